import { SHARE_TYPE } from '../lib/custom-resource/resource-types';
import { type AssembledStack, type Assembly, dependenciesOf, sharesOf } from './assembly';
import { AcceleratedClock } from './clock';
import type { OperationResult, ResourceTypeHandler, StackEventRecord, StackStatus } from './cloudformation';
import { FunctionCode } from './function-code';
import { FunctionProcesses } from './function-process';
import { Inputs } from './inputs/inputs';
import { Judgement } from './lifecycle/judgement';
import { count, eventReport, type StackReport, type StepReport } from './lifecycle/step-report';
import { FAILURE, FAILURE_TYPE, withAccounts, withFailure } from './lifecycle/template-edits';
import { type Services, startServices } from './services';
import type { Template } from './template';

export interface SimulationOptions {
  /** The values of stack parameters. @default - defaults of the template, or generated values */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How many times faster than real time the function's clock runs. @default 1 */
  readonly speed?: number;
  readonly onProgress?: (stack: string, step: string, event: StackEventRecord) => void;
}

/**
 * Simulated milliseconds between steps. If a deployment followed another within seconds, which is rare on real stacks,
 * the function would settle for 15 seconds, because an earlier invocation could still be running.
 */
const BETWEEN_STEPS = 60_000;

const FAILS: ResourceTypeHandler = {
  create: () => {
    throw new Error('This resource always fails, so that the update is rolled back.');
  },
};

/** Simulates the lifecycle of each stack with a share. */
export async function simulate(assembly: Assembly, options: SimulationOptions = {}): Promise<StackReport[]> {
  refuseUnknownParameters(assembly, options.parameters ?? {});
  const functionCode = new FunctionCode();
  const simulated: StackReport[] = [];
  try {
    for (const stack of assembly.stacks) {
      if (sharesOf(stack.template).length > 0) {
        simulated.push(await simulateStack(assembly, stack, functionCode, options));
      }
    }
  } finally {
    functionCode.delete();
  }
  return simulated;
}

async function simulateStack(
  assembly: Assembly,
  stack: AssembledStack,
  functionCode: FunctionCode,
  options: SimulationOptions,
): Promise<StackReport> {
  const clock = new AcceleratedClock(options.speed ?? 1);
  const inputs = new Inputs(stack, assembly.stacks, options.parameters ?? {});
  const progress = { step: '' };
  const services = await startServices({
    clock,
    workspaces: { ownerAccount: inputs.account },
    functions: (workspacesUrl, cloudFormationUrl) =>
      new FunctionProcesses({
        codeDirectory: ({ code }) => functionCode.directory(assembly.code(code.S3Key)),
        workspacesUrl,
        cloudFormationUrl,
        clock,
      }),
    cloudFormation: (workspaces) => ({
      resourceTypes: { ...inputs.images.resourceTypes(workspaces), [FAILURE_TYPE]: FAILS },
      isCustomResource: (type) => type === SHARE_TYPE,
      impatient: true,
      dynamicReference: inputs.dynamicReference,
      hooks: { event: (event) => options.onProgress?.(stack.name, progress.step, event) },
    }),
  });
  try {
    const lifecycle = new StackLifecycle(inputs, clock, services, progress);
    const steps = await lifecycle.run();
    return {
      stack: stack.name,
      dependencies: dependenciesOf(stack).map(({ name }) => name),
      ok: steps.every(({ ok }) => ok),
      steps,
    };
  } finally {
    await services.close();
  }
}

/** The simulated lifecycle of one stack and of the stacks that it depends on. */
class StackLifecycle {
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

function refuseUnknownParameters(assembly: Assembly, given: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(given)) {
    if (!assembly.stacks.some(({ template }) => template.Parameters?.[name])) {
      throw new Error(`No stack of the app has a parameter "${name}".`);
    }
  }
}
