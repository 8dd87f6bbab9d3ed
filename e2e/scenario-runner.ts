import type { Cdk, CdkRun } from './cdk';
import {
  type Access,
  type Chapter,
  IMAGES,
  type ImageIds,
  type Life,
  type StackEnd,
  type Step,
} from './scenarios';
import type { Stacks } from './stacks';
import type { Calls, Workspaces } from './workspaces';

/** Plays a life, a line a step, and compares each end with what was declared. */
export class Story {
  constructor(
    private readonly cdk: Cdk,
    private readonly workspaces: Workspaces,
    private readonly stacks: Stacks,
    private readonly imageIds: ImageIds,
    private readonly print: (line: string) => void,
  ) {}

  async play(life: Life): Promise<boolean> {
    for (const chapter of life) {
      if (!(await this.playChapter(chapter))) {
        return false;
      }
    }
    return true;
  }

  private async playChapter({ title, steps }: Chapter): Promise<boolean> {
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
    if (step.differs !== undefined && 'deploy' in step.act) {
      const differs = await this.cdk.differs(step.act.deploy, this.imageIds);
      problems.push(
        ...(differs === step.differs ? [] : [`cdk diff ${differs ? 'finds' : 'misses'} a change.`]),
      );
    }
    const run = await this.act(step);
    if (run && step.ends) {
      problems.push(...(await this.endProblems(step, step.ends, run)));
    }
    if (run && step.says && !step.says.test(run.output)) {
      problems.push(`The CDK CLI does not show ${step.says}:\n${run.output}`);
    }
    if (run) {
      problems.push(...callProblems(step, before, this.workspaces.calls()));
    }
    const access = await this.workspaces.access();
    const expected = step.emulator?.access ?? step.access;
    if (described(access) !== described(expected)) {
      problems.push(`It should be ${described(expected)}.`);
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

  private async endProblems({ act }: Step, expected: StackEnd, run: CdkRun): Promise<string[]> {
    const declared = 'deploy' in act ? act.deploy : 'destroy' in act ? act.destroy : undefined;
    const status = (await this.stacks.statusOf(declared?.stack ?? '')) ?? 'DELETE_COMPLETE';
    const problems = status === expected ? [] : [`The stack is ${status} and should be ${expected}.`];
    if ((run.code === 0) === /ROLLBACK/.test(expected)) {
      problems.push(`The CDK CLI ended with code ${run.code}.`);
    }
    return problems.length === 0 ? [] : [...problems, `The CDK CLI said: ${run.output}`];
  }

  private async act({ act }: Step): Promise<CdkRun | undefined> {
    if ('deploy' in act) {
      return this.cdk.deploy(act.deploy, this.imageIds);
    }
    if ('destroy' in act) {
      return this.cdk.destroy(act.destroy, this.imageIds);
    }
    await this.workspaces.grant(act.grantByHand.image, act.grantByHand.account);
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
      `The function called for ${calls.grants} grants and ${calls.revokes} revokes, and should for ${grants} and ${revokes}.`,
    );
  }
  // Each event begins with a read, so a share that is never read was never sent anything.
  if ((calls.reads === 0) !== (events.length === 0)) {
    problems.push(
      `The function read the permissions ${calls.reads} times, and should ${events.length ? '' : 'not '}have been sent something.`,
    );
  }
  return problems;
}

function described(access: Access): string {
  return IMAGES.map((image) => `${image}: ${[...access[image]].sort().join(', ') || 'nobody'}`).join('; ');
}
