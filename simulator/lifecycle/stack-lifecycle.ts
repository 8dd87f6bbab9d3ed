import { type AssembledStack, copiesOf, sharesOf } from '../assembly';
import type { AcceleratedClock } from '../clock';
import type { OperationResult, StackStatus } from '../cloudformation';
import type { FunctionThreads } from '../function-threads';
import type { Inputs } from '../inputs/inputs';
import type { Services } from '../services';
import type { Template } from '../template';
import { AccessJudgement } from './access-judgement';
import { ImageJudgement } from './image-judgement';
import { keyOf, LiveResources } from './live-resources';
import { imagesToReplace } from './replaced-images';
import { copiesOfLinks, count, eventReport, type StepReport } from './step-report';
import { FAILURE, withAccounts, withFailure } from './template-edits';

/**
 * Simulated milliseconds between steps. If a deployment followed another within seconds, which is rare on real stacks,
 * the function would settle for 15 seconds, because an earlier invocation could still be running.
 */
const BETWEEN_STEPS = 60_000;

interface Step {
  readonly name: string;
  readonly expected: StackStatus;
  readonly act: () => Promise<OperationResult>;
}

/** The simulated lifecycle of one stack and of the stacks that it depends on. */
export class StackLifecycle {
  private readonly steps: StepReport[] = [];
  private readonly stack: AssembledStack;
  private readonly live: LiveResources;
  private readonly access: AccessJudgement;
  private readonly images: ImageJudgement;
  /** The templates that were deployed last, by stack, in the order of deployment. */
  private readonly templates: Map<AssembledStack, Template>;
  /** The construct paths of the copies that resources wait for. */
  private readonly copiesOfLinks: ReadonlyMap<string, string>;

  constructor(
    private readonly inputs: Inputs,
    private readonly clock: AcceleratedClock,
    private readonly services: Services<FunctionThreads>,
    private readonly progress: { step: string },
  ) {
    const { cloudFormation, workspaces } = services;
    this.stack = inputs.stack;
    this.live = new LiveResources(cloudFormation, inputs.dynamicReference);
    this.access = new AccessJudgement(this.live, workspaces, (image) =>
      inputs.copySources.recipientsOf(image),
    );
    this.images = new ImageJudgement(this.live, workspaces);
    this.copiesOfLinks = copiesOfLinks(inputs.deployed);
    this.templates = new Map(inputs.deployed.map((each) => [each, inputs.images.addTo(each.template)]));
  }

  async run(): Promise<StepReport[]> {
    for (const step of this.lifecycle()) {
      this.clock.skip(BETWEEN_STEPS);
      if (!(await this.runStep(step))) {
        break;
      }
    }
    return this.steps;
  }

  private lifecycle(): Step[] {
    const { template } = this.stack;
    const hasShares = sharesOf(template).length > 0;
    const hasCopies = copiesOf(template).length > 0;
    const isAlone = this.inputs.deployed.length === 1;
    const steps: (Step | false)[] = [
      { name: 'deploy', expected: 'CREATE_COMPLETE', act: () => this.deployAll() },
      hasShares && {
        name: 'add an account',
        expected: 'UPDATE_COMPLETE',
        act: () => this.update(this.withAccounts((now) => this.oneMore(now))),
      },
      hasShares && {
        name: 'remove an account',
        expected: 'UPDATE_COMPLETE',
        act: () => this.update(this.withAccounts((now) => now.slice(1))),
      },
      { name: 'replace the image', expected: 'UPDATE_COMPLETE', act: () => this.replaceImages() },
      hasShares && {
        name: 'fail an update',
        expected: 'UPDATE_ROLLBACK_COMPLETE',
        act: () => this.failUpdate(),
      },
      hasCopies && {
        name: 'fail while copying',
        expected: 'UPDATE_ROLLBACK_COMPLETE',
        act: () => this.failWhileCopying(),
      },
      {
        name: isAlone ? 'delete the stack' : 'delete the stacks',
        expected: 'DELETE_COMPLETE',
        act: () => this.deleteAll(),
      },
    ];
    return steps.filter((step) => step !== false);
  }

  private async runStep({ name, expected, act }: Step): Promise<boolean> {
    const { cloudFormation, workspaces } = this.services;
    this.progress.step = name;
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
    const access = this.access.after();
    const images = this.images.after(requests);
    problems.push(...access.problems, ...images.problems);
    const ok = problems.length === 0;
    // The log of a function is complete only when the function has ended, which is after its response.
    await cloudFormation.quiet();
    this.steps.push({
      step: name,
      ok,
      status,
      events: requests.map((request) => eventReport(request, this.copiesOfLinks)),
      calls: count(workspaces.calls.slice(seen.calls)),
      ...access,
      ...images,
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

  /** Changes each share, and fails after them. */
  private failUpdate(): Promise<OperationResult> {
    const changed = this.withAccounts(([, ...others]) => this.oneMore(others));
    return this.update(withFailure(changed, sharesOf(changed)));
  }

  /** Replaces the images that the stack uses, in all stacks that use them. */
  private replaceImages(edit = (template: Template) => template): Promise<OperationResult> {
    const { images } = this.inputs;
    const replaced = imagesToReplace(this.stack.name, this.live, images);
    return this.deployAll((stack, template) => {
      const imageOf = (logicalId: string) => this.live.imageOf(stack.name, logicalId);
      const changed = images.replaceIn(template, replaced, imageOf);
      return stack === this.stack ? edit(changed) : changed;
    });
  }

  /** Replaces the images, and fails when all copies have started. */
  private failWhileCopying(): Promise<OperationResult> {
    return this.replaceImages((template) => withFailure(template, copiesOf(template)));
  }

  /** Deploys all stacks, each after those that it depends on, until one fails. */
  private deployAll(change = (_: AssembledStack, template: Template) => template): Promise<OperationResult> {
    return untilFailure([...this.templates], ([stack, template]) =>
      this.deploy(stack, change(stack, template)),
    );
  }

  /** Deletes all stacks, each before those that it depends on, until one fails. */
  private deleteAll(): Promise<OperationResult> {
    const { cloudFormation } = this.services;
    return untilFailure([...this.inputs.deployed].reverse(), ({ name }) => cloudFormation.destroy(name));
  }

  private update(template: Template): Promise<OperationResult> {
    return this.deploy(this.stack, template);
  }

  private async deploy(stack: AssembledStack, template: Template): Promise<OperationResult> {
    const { cloudFormation } = this.services;
    const parameters = this.inputs.parameters.get(stack);
    const result = await cloudFormation.deploy(stack.name, template, parameters, stack);
    if (isComplete(result)) {
      this.templates.set(stack, template);
    }
    return result;
  }

  /** The template of the stack with other accounts in each share. */
  private withAccounts(change: (now: readonly string[]) => string[]): Template {
    const shares = this.live.shares();
    return withAccounts(this.templates.get(this.stack) as Template, (logicalId) =>
      change(shares.get(keyOf({ stack: this.stack.name, logicalId }))?.accountIds ?? []),
    );
  }

  private oneMore(accounts: readonly string[]): string[] {
    return [...accounts, this.inputs.newAccount(accounts)];
  }
}

/** Operates on stacks until it fails for one. The result has the status of the last one, and the failures of all. */
async function untilFailure<T>(
  stacks: readonly T[],
  operate: (stack: T) => Promise<OperationResult>,
): Promise<OperationResult> {
  const results: OperationResult[] = [];
  for (const stack of stacks) {
    const result = await operate(stack);
    results.push(result);
    if (!isComplete(result)) {
      break;
    }
  }
  const { status } = results[results.length - 1];
  return { status, failures: results.flatMap(({ failures }) => failures) };
}

function isComplete({ status }: OperationResult): boolean {
  return /^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(status);
}
