import { type AssembledStack, dependenciesOf } from '../assembly';
import type { AcceleratedClock } from '../clock';
import type { OperationResult, StackStatus } from '../cloudformation';
import type { FunctionProcesses } from '../function-process';
import type { Inputs } from '../inputs/inputs';
import type { Services } from '../services';
import type { Template } from '../template';
import { Judgement } from './judgement';
import { count, eventReport, type StepReport } from './step-report';
import { FAILURE, withAccounts, withFailure } from './template-edits';

/**
 * Simulated milliseconds between steps. If a deployment followed another within seconds, which is rare on real stacks,
 * the function would settle for 15 seconds, because an earlier invocation could still be running.
 */
const BETWEEN_STEPS = 60_000;

/** The simulated lifecycle of one stack and of the stacks that it depends on. */
export class StackLifecycle {
  private readonly steps: StepReport[] = [];
  private readonly stack: AssembledStack;
  private readonly judgement: Judgement;
  private template: Template;

  constructor(
    private readonly inputs: Inputs,
    private readonly clock: AcceleratedClock,
    private readonly services: Services<FunctionProcesses>,
    private readonly progress: { step: string },
  ) {
    this.judgement = new Judgement(services.cloudFormation, services.workspaces, inputs.dynamicReference);
    this.stack = inputs.stack;
    this.template = inputs.images.addTo(this.stack.template);
  }

  async run(): Promise<StepReport[]> {
    const { cloudFormation } = this.services;
    const lifecycle: [step: string, expected: StackStatus, act: () => Promise<OperationResult>][] = [
      ['deploy', 'CREATE_COMPLETE', () => this.deployAll()],
      ['add an account', 'UPDATE_COMPLETE', () => this.deploy(this.changed((now) => this.oneMore(now)))],
      ['remove an account', 'UPDATE_COMPLETE', () => this.deploy(this.changed((now) => now.slice(1)))],
      [
        'replace the image',
        'UPDATE_COMPLETE',
        () => this.deploy(this.inputs.images.replaceIn(this.template)),
      ],
      ['fail an update', 'UPDATE_ROLLBACK_COMPLETE', () => this.deploy(this.failing())],
      ['delete the stack', 'DELETE_COMPLETE', () => cloudFormation.destroy(this.stack.name)],
    ];
    for (const [step, expected, act] of lifecycle) {
      this.clock.skip(BETWEEN_STEPS);
      if (!(await this.runStep(step, expected, act))) {
        break;
      }
    }
    return this.steps;
  }

  private async runStep(
    step: string,
    expected: StackStatus,
    act: () => Promise<OperationResult>,
  ): Promise<boolean> {
    const { cloudFormation, workspaces } = this.services;
    this.progress.step = step;
    const started = this.clock.now();
    const seen = {
      requests: cloudFormation.requests.length,
      calls: workspaces.calls.length,
      problems: cloudFormation.problems.length,
    };
    const problems: string[] = [];
    const reasons: string[] = [];
    let status = '';
    try {
      const result = await act();
      status = result.status;
      const unexpected = result.failures.filter(({ logicalId }) => logicalId !== FAILURE);
      problems.push(...unexpected.map(({ path, reason }) => `${path}: ${reason}`));
      reasons.push(...unexpected.map(({ reason }) => reason));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    const milliseconds = Math.round(this.clock.now() - started);
    const requests = cloudFormation.requests.slice(seen.requests);
    problems.push(
      ...cloudFormation.problems
        .slice(seen.problems)
        .filter((problem) => !reasons.some((reason) => problem.includes(reason))),
    );
    if (status !== '' && status !== expected) {
      problems.push(`The stack status is ${status} instead of ${expected}.`);
    }
    const judged = this.judgement.after(this.inputs.images.known);
    problems.push(...judged.problems);
    const ok = problems.length === 0;
    // The log of a function is complete only when the function has ended, which is after its response.
    await cloudFormation.quiet();
    this.steps.push({
      step,
      ok,
      status,
      events: requests.map(eventReport),
      calls: count(workspaces.calls.slice(seen.calls)),
      ...judged,
      milliseconds,
      problems,
      log: ok
        ? []
        : requests.flatMap(({ invocations }) =>
            invocations.flatMap(({ log, error }) => [...log, ...(error ? [error] : [])]),
          ),
    });
    return ok;
  }

  private async deployAll(): Promise<OperationResult> {
    for (const dependency of dependenciesOf(this.stack)) {
      const result = await this.deployStack(dependency, this.inputs.images.addTo(dependency.template));
      if (result.status !== 'CREATE_COMPLETE') {
        return result;
      }
    }
    return this.deploy(this.template);
  }

  private deploy(template: Template): Promise<OperationResult> {
    this.template = template;
    return this.deployStack(this.stack, template);
  }

  private deployStack(stack: AssembledStack, template: Template): Promise<OperationResult> {
    const parameters = this.inputs.parameters.get(stack);
    return this.services.cloudFormation.deploy(stack.name, template, parameters, stack);
  }

  /** The template with other accounts in each share. */
  private changed(change: (now: readonly string[]) => string[]): Template {
    const live = this.services.cloudFormation.stacks.get(this.stack.name)?.live;
    return withAccounts(this.template, (logicalId) =>
      change([live?.get(logicalId)?.properties.AccountIds ?? []].flat().map(String)),
    );
  }

  private oneMore(accounts: readonly string[]): string[] {
    return [...accounts, this.inputs.newAccount(accounts)];
  }

  /** The template with a change of each share, and a resource that fails after them. */
  private failing(): Template {
    return withFailure(this.changed(([, ...others]) => this.oneMore(others)));
  }
}
