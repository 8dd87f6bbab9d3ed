import type { Cdk, CdkRun } from './cdk';
import { type Access, type FinalStatus, IMAGES, type ImageIds, type Scenario, type Step } from './scenarios';
import type { Stacks } from './stacks';
import type { Calls, Workspaces } from './workspaces';

/** Plays a scenario, prints a line for each step, and compares what each leads to with what is declared. */
export class ScenarioRunner {
  constructor(
    private readonly cdk: Cdk,
    private readonly workspaces: Workspaces,
    private readonly stacks: Stacks,
    private readonly imageIds: ImageIds,
    private readonly print: (line: string) => void,
  ) {}

  /** Stops at the first step that does not end as declared, and returns whether none did. */
  async play({ title, steps }: Scenario): Promise<boolean> {
    this.print(`\n${title}`);
    for (const step of steps) {
      if (!(await this.playStep(step))) {
        return false;
      }
    }
    return true;
  }

  private async playStep(step: Step): Promise<boolean> {
    const started = Date.now();
    const before = this.workspaces.calls();
    const problems: string[] = [];
    if (step.differs !== undefined && 'deploy' in step.action) {
      const differs = await this.cdk.differs(step.action.deploy, this.imageIds);
      problems.push(
        ...(differs === step.differs
          ? []
          : [`cdk diff ${differs ? 'finds' : 'does not find'} a difference.`]),
      );
    }
    const run = await this.act(step);
    if (run && step.status) {
      problems.push(...(await this.statusProblems(step, step.status, run)));
    }
    if (run && step.message && !step.message.test(run.output)) {
      problems.push(`The CDK CLI does not print ${step.message}:\n${run.output}`);
    }
    if (run) {
      problems.push(...callProblems(step, before, this.workspaces.calls()));
    }
    const access = await this.workspaces.access();
    if (described(access) !== described(step.access)) {
      problems.push(`Expected: ${described(step.access)}.`);
    }
    const mark = problems.length === 0 ? '✓' : '✗';
    const took = ((Date.now() - started) / 1_000).toFixed(1);
    this.print(`  ${mark} ${step.name} → ${described(access)} (${took} s)`);
    if (step.emulator) {
      this.print(`      The emulator deviates. ${step.emulator.note}`);
    }
    for (const problem of problems) {
      this.print(`      ${problem}`);
    }
    return problems.length === 0;
  }

  private async statusProblems({ action }: Step, expected: FinalStatus, run: CdkRun): Promise<string[]> {
    const declared = 'deploy' in action ? action.deploy : 'destroy' in action ? action.destroy : undefined;
    const status = (await this.stacks.statusOf(declared?.stack ?? '')) ?? 'DELETE_COMPLETE';
    const problems = status === expected ? [] : [`The stack is ${status}. Expected: ${expected}.`];
    if ((run.code === 0) === /ROLLBACK/.test(expected)) {
      problems.push(`The CDK CLI exited with code ${run.code}.`);
    }
    return problems.length === 0 ? [] : [...problems, `The CDK CLI printed: ${run.output}`];
  }

  private async act({ action }: Step): Promise<CdkRun | undefined> {
    if ('deploy' in action) {
      return this.cdk.deploy(action.deploy, this.imageIds);
    }
    if ('destroy' in action) {
      return this.cdk.destroy(action.destroy, this.imageIds);
    }
    await this.workspaces.grant(action.grantByHand.image, action.grantByHand.account);
    return undefined;
  }
}

function callProblems(step: Step, before: Calls, after: Calls): string[] {
  const calls = {
    reads: after.reads - before.reads,
    grants: after.grants - before.grants,
    revokes: after.revokes - before.revokes,
  };
  const { events, grants = 0, revokes = 0 } = { ...step, ...step.emulator };
  const problems: string[] = [];
  if (calls.grants !== grants || calls.revokes !== revokes) {
    problems.push(
      `${calls.grants} grants and ${calls.revokes} revokes were called for. Expected: ${grants} and ${revokes}.`,
    );
  }
  // Each event reads the permissions.
  if ((calls.reads === 0) !== (events.length === 0)) {
    problems.push(
      `The permissions were read ${calls.reads} times. Expected: ${events.length ? 'at least once' : 'never'}.`,
    );
  }
  return problems;
}

function described(access: Access): string {
  return IMAGES.map((image) => `${image}: ${[...access[image]].sort().join(', ') || 'no account'}`).join(
    '; ',
  );
}
