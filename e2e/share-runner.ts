import type { Cdk, CdkRun } from './cdk';
import { type DeployedStack, type Played, ScenarioRunner } from './scenario-runner';
import { type Access, type FinalStatus, IMAGES, type ImageIds, OWNER, type Step } from './scenarios';
import type { Stacks } from './stacks';
import type { Calls, Workspaces } from './workspaces';

/** Plays what happens to shares. */
export class ShareRunner extends ScenarioRunner<Step> {
  constructor(
    private readonly cdk: Cdk,
    private readonly workspaces: Workspaces,
    private readonly imageIds: ImageIds,
    stacks: Stacks,
    print: (line: string) => void,
  ) {
    super(stacks, print);
  }

  protected async playStep(step: Step): Promise<Played> {
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
      problems.push(...(await this.runProblems(run, [deployed(step, step.status)])));
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
    return { state: described(access), problems };
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

function deployed({ action }: Step, status: FinalStatus): DeployedStack {
  const declared = 'deploy' in action ? action.deploy : 'destroy' in action ? action.destroy : undefined;
  return { stack: declared?.stack ?? '', location: OWNER, status };
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
