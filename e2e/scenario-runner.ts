import type { CdkRun } from './cdk';
import type { FinalStatus, Location, Scenario } from './scenarios';
import type { Stacks } from './stacks';

interface AnyStep {
  readonly name: string;
  readonly emulator?: { readonly note: string };
}

/** A stack, with the status that a step leads to. */
export interface DeployedStack {
  readonly stack: string;
  readonly location: Location;
  readonly status: FinalStatus;
}

/** What a step leads to, and how this differs from what is declared. */
export interface Played {
  readonly state: string;
  readonly problems: readonly string[];
}

/** Plays a scenario, prints a line for each step, and compares what each leads to with what is declared. */
export abstract class ScenarioRunner<Step extends AnyStep> {
  constructor(
    private readonly stacks: Stacks,
    private readonly print: (line: string) => void,
  ) {}

  /** Stops at the first step that does not end as declared, and returns whether none did. */
  async play({ title, steps }: Scenario<Step>): Promise<boolean> {
    this.print(`\n${title}`);
    for (const step of steps) {
      if (!(await this.reportStep(step))) {
        return false;
      }
    }
    return true;
  }

  protected abstract playStep(step: Step): Promise<Played>;

  /** How a run of the CDK CLI, and the stacks after it, differ from what is declared. */
  protected async runProblems(run: CdkRun, stacks: readonly DeployedStack[]): Promise<string[]> {
    const problems: string[] = [];
    for (const { stack, location, status } of stacks) {
      const actual = (await this.stacks.statusOf(stack, location)) ?? 'DELETE_COMPLETE';
      if (actual !== status) {
        problems.push(`The stack ${stack} is ${actual}. Expected: ${status}.`);
      }
    }
    const isFailure = stacks.some(({ status }) => /ROLLBACK/.test(status));
    if ((run.code === 0) === isFailure) {
      problems.push(`The CDK CLI exited with code ${run.code}.`);
    }
    return problems.length === 0 ? [] : [...problems, `The CDK CLI printed: ${run.output}`];
  }

  private async reportStep(step: Step): Promise<boolean> {
    const started = Date.now();
    const { state, problems } = await this.playStep(step);
    const mark = problems.length === 0 ? '✓' : '✗';
    const took = ((Date.now() - started) / 1_000).toFixed(1);
    this.print(`  ${mark} ${step.name} → ${state} (${took} s)`);
    if (step.emulator) {
      this.print(`      The emulator deviates. ${step.emulator.note}`);
    }
    for (const problem of problems) {
      this.print(`      ${problem}`);
    }
    return problems.length === 0;
  }
}
