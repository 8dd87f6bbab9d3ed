import { BUNDLE_TYPE, COPY_TYPE } from '../../lib/custom-resource/resource-types';
import type { AssembledStack } from '../assembly';
import type { AcceleratedClock } from '../clock';
import type { SentRequest, StackEventRecord } from '../cloudformation';
import { inOrder, reversed } from '../cloudformation/dependency-order';
import type { FunctionThreads } from '../function-threads';
import type { Bindings } from '../inputs/bindings';
import { semaphore } from '../semaphore';
import type { Services } from '../services';
import { AccessJudgement } from './access-judgement';
import { deploymentOrder, type Order } from './deployment-order';
import { Deployments, type Outcome } from './deployments';
import { ItemJudgement } from './item-judgement';
import { type LiveItem, LiveResources, type LiveShare } from './live-resources';
import {
  count,
  eventReport,
  type Problem,
  type StackStep,
  type StackSummary,
  type StepReport,
} from './step-report';
import { type Step, Steps, type Version } from './steps';

/**
 * Simulated milliseconds between steps. If a deployment followed another within seconds, which is rare on real stacks,
 * the function would settle for 15 seconds, because an earlier invocation could still be running.
 */
const BETWEEN_STEPS = 60_000;
/** How many stacks are deployed at a time. */
const CONCURRENCY = 8;

/** Receives what happens, as soon as it has happened. */
export interface Listener {
  onStart?(stacks: readonly StackSummary[]): void;
  onEvent?(event: StackEventRecord): void;
  onStep?(step: string, newImages: Readonly<Record<string, string>>): void;
  onStack?(stack: StackStep): void;
  onReport?(step: StepReport): void;
}

/** The deployments of an app: all its stacks, through one list of steps. */
export class AppLifecycle {
  private readonly live: LiveResources;
  private readonly access: AccessJudgement;
  private readonly images = new ItemJudgement(COPY_TYPE, {
    noun: 'image',
    verb: 'is a copy of',
    apposition: 'a copy of',
  });
  private readonly bundles = new ItemJudgement(BUNDLE_TYPE, {
    noun: 'bundle',
    verb: 'has',
    apposition: 'with',
  });
  private readonly deployments: Deployments;
  private stacks: readonly AssembledStack[] = [];
  private order: Order = new Map();
  /** The steps in which stacks have failed. They are left out from then on, and so are those after them. */
  readonly failedIn = new Map<string, string>();
  private readonly known = new Set<string>();

  constructor(
    private readonly versions: readonly Version[],
    private readonly bindings: Bindings,
    private readonly clock: AcceleratedClock,
    private readonly services: Services<FunctionThreads>,
    private readonly listener: Listener,
  ) {
    const { cloudFormation, workspaces } = services;
    this.live = new LiveResources(cloudFormation, bindings.bound);
    this.access = new AccessJudgement(this.live, workspaces, bindings.recipients);
    this.deployments = new Deployments(cloudFormation, bindings);
  }

  async run(): Promise<StepReport[]> {
    const { versions, bindings, deployments, live, services } = this;
    this.use(versions[0]);
    const steps = new Steps(deployments, live, bindings, services.cloudFormation);
    const reports: StepReport[] = [];
    for (const step of steps.of(versions, this.order)) {
      this.clock.skip(BETWEEN_STEPS);
      const report = await this.runStep(step);
      reports.push(report);
      this.listener.onReport?.(report);
    }
    return reports;
  }

  /** From now on, the stacks are those of a version, after them those that it no longer has. */
  private use({ stacks }: Version): void {
    const former = this.stacks.filter(({ id }) => !stacks.some((each) => each.id === id));
    this.stacks = [...stacks, ...former];
    this.order = new Map([
      ...[...this.order].filter(([id]) => former.some((each) => each.id === id)),
      ...deploymentOrder(stacks),
    ]);
    this.bindings.stacks = this.stacks;
  }

  private async runStep(step: Step): Promise<StepReport> {
    const { cloudFormation, workspaces } = this.services;
    if (step.version) {
      this.use(step.version);
    }
    const newImages = Object.fromEntries(step.begin?.() ?? []);
    this.listener.onStep?.(step.name, newImages);
    const started = this.clock.now();
    const [firstRequest, firstCall] = [cloudFormation.requests.length, workspaces.calls.length];
    const copiesBefore = this.live.copies();
    const failures: Problem[] = [];
    const stacks = await this.forAll(step, failures);
    const position = ({ stacks: [id] }: Problem) => stacks.findIndex(({ stack }) => stack === id);
    failures.sort((one, other) => position(one) - position(other));
    const milliseconds = Math.round(this.clock.now() - started);
    const requests = cloudFormation.requests.slice(firstRequest);
    const { problems: accessProblems, ...access } = this.access.after();
    const { problems: itemProblems, ...items } = this.judgeItems(requests);
    const stale =
      step.name === 'new image' ? this.stale(stacks, newImages, copiesBefore) : { items: [], shares: [] };
    // What follows from a failure of this step, or of a former one, is not another problem.
    const failed = new Set([...this.failedIn.keys(), ...failures.flatMap((failure) => failure.stacks)]);
    const judged = [...accessProblems, ...itemProblems, ...stale.items].filter(
      ({ stacks: about }) => !about.some((id) => failed.has(id)),
    );
    const all = [...failures, ...judged].filter(({ text }) => !this.known.has(text));
    const isNote = ({ path = '', stacks: about }: Problem) =>
      this.stacks.some(({ warned }) => warned.includes(path)) &&
      stacks.every(({ stack, isExpected }) => isExpected || !about.includes(stack));
    // The log of a function is complete only when the function has ended, which is after its response.
    await cloudFormation.quiet();
    const problems = all
      .filter((problem) => !isNote(problem))
      .map((problem) => ({ ...problem, log: logOf(problem, requests) }));
    for (const { text, stacks: about } of problems) {
      this.known.add(text);
      for (const id of about.filter((each) => !this.failedIn.has(each))) {
        this.failedIn.set(id, step.name);
      }
    }
    return {
      step: step.name,
      ok: problems.length === 0,
      isRollback: step.failing !== undefined,
      newImages,
      stacks,
      calls: count(workspaces.calls.slice(firstCall)),
      ...access,
      ...items,
      milliseconds,
      problems,
      notes: [...all.filter(isNote), ...stale.shares].map(({ text }) => text),
    };
  }

  /** Compares the copies and bundles that exist with those that are declared. */
  private judgeItems(
    requests: readonly SentRequest[],
  ): Pick<StepReport, 'images' | 'bundles'> & { problems: Problem[] } {
    const { workspaces } = this.services;
    const images = workspaces.allImages();
    const bundles = workspaces.allBundles();
    const copies = images.filter(({ sourceImageId }) => sourceImageId !== undefined);
    const problems = [
      ...this.images.after(
        this.live.copies(),
        copies.map((image) => ({ ...image, id: image.imageId, source: image.sourceImageId })),
        requests,
      ),
      ...this.bundles.after(
        this.live.bundles(),
        bundles.map((bundle) => ({ ...bundle, id: bundle.bundleId, source: bundle.imageId })),
        requests,
      ),
    ];
    return {
      images: images.map(({ sourceImageId, ...image }) => ({
        ...image,
        ...(sourceImageId !== undefined && { copyOf: sourceImageId }),
        ...(this.images.isRetained(image.imageId) && { retained: true }),
      })),
      bundles: bundles.map((bundle) => ({
        ...bundle,
        ...(this.bundles.isRetained(bundle.bundleId) && { retained: true }),
      })),
      problems,
    };
  }

  private async forAll({ templateOf, failing, refusal }: Step, failures: Problem[]): Promise<StackStep[]> {
    const steps = new Map<string, StackStep>();
    const slot = semaphore(CONCURRENCY);
    const done = (step: StackStep) => {
      steps.set(step.stack, step);
      this.listener.onStack?.(step);
    };
    const order = templateOf ? this.order : reversed(this.order);
    await inOrder(
      order.keys(),
      (id) => order.get(id) ?? [],
      (id) =>
        slot(async () => {
          if (this.failedIn.has(id)) {
            done({ ...NOTHING, stack: id, result: 'left out' });
            return false;
          }
          const stack = this.stacks.find((each) => each.id === id) as AssembledStack;
          const before = this.snapshot();
          const outcome = await (templateOf
            ? this.attempt(stack, async () => this.deployments.deploy(stack, templateOf(stack)))
            : this.attempt(stack, () => this.deployments.destroy(stack)));
          const isDone = outcome.result !== 'failed' && outcome.result !== 'rolled back';
          const isExpected = failing?.includes(stack) ? outcome.result === 'rolled back' : isDone;
          failures.push(...problemsOf(id, outcome, isExpected, refusal));
          done({ ...this.stackStep(id, before), result: outcome.result, status: outcome.status, isExpected });
          return isDone;
        }),
    );
    for (const { id } of this.stacks.filter((each) => !steps.has(each.id))) {
      done({ ...NOTHING, stack: id, result: 'not reached' });
    }
    return this.stacks.map(({ id }) => steps.get(id) as StackStep);
  }

  private async attempt({ id }: AssembledStack, operate: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await operate();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { result: 'failed', failures: [{ logicalId: id, path: id, reason }] };
    }
  }

  private snapshot() {
    const { cloudFormation, workspaces } = this.services;
    const shares = this.live.shares();
    return {
      at: this.clock.now(),
      requests: cloudFormation.requests.length,
      shares,
      accounts: new Map([...shares.values()].map(({ imageId }) => [imageId, workspaces.accounts(imageId)])),
    };
  }

  /** What has happened to a stack since a snapshot. */
  private stackStep(id: string, before: ReturnType<AppLifecycle['snapshot']>) {
    const { cloudFormation, workspaces } = this.services;
    const events = cloudFormation.requests
      .slice(before.requests)
      .filter(({ stack }) => stack === id)
      .map(eventReport);
    const isOfEvent = ({ stack, logicalId }: Pick<LiveShare, 'stack' | 'logicalId'>) =>
      stack === id && events.some((event) => event.logicalId === logicalId);
    const shared = [...before.shares.values(), ...this.live.shares().values()].filter(isOfEvent);
    return {
      stack: id,
      milliseconds: Math.round(this.clock.now() - before.at),
      events,
      shared: [...new Set(shared.map(({ imageId }) => imageId))].map((imageId) => ({
        imageId,
        before: before.accounts.get(imageId) ?? [],
        accounts: workspaces.accounts(imageId),
      })),
      copied: [...this.live.copies().values()]
        .filter(isOfEvent)
        .map(({ id: imageId, source: copyOf }) => ({ imageId, copyOf })),
      bundles: [...this.live.bundles().values()]
        .filter(isOfEvent)
        .map(({ id: bundleId, source: imageId }) => ({ bundleId, imageId })),
    };
  }

  /** After a new image, what still has a former one. */
  private stale(steps: readonly StackStep[], newImages: object, before: ReturnType<LiveResources['copies']>) {
    const copies = this.live.copies();
    const replaced = [...before].filter(([key, { id: imageId }]) => copies.get(key)?.id !== imageId);
    const former = new Set([
      ...Object.keys(newImages),
      ...this.bindings.former,
      ...replaced.map(([, { id: imageId }]) => imageId),
    ]);
    const found = (what: string, { stack, path }: LiveItem | LiveShare, image: string): Problem[] => {
      const step = steps.find((each) => each.stack === stack);
      const skipped =
        step?.result === 'skipped'
          ? ' Its template is the same for both images, so "cdk deploy" skips its stack.'
          : '';
      const text = `${path} ${what} the former image ${image}.${skipped}`;
      return former.has(image) && (skipped || step?.result === 'updated')
        ? [{ text, stacks: [stack], path }]
        : [];
    };
    return {
      items: [
        ...[...copies.values()].flatMap((copy) => found('is still a copy of', copy, copy.source)),
        ...[...this.live.bundles().values()].flatMap((bundle) => found('still has', bundle, bundle.source)),
      ],
      shares: [...this.live.shares().values()].flatMap((share) =>
        found('still shares', share, share.imageId),
      ),
    };
  }
}

/** What happens to a stack that is not deployed. */
const NOTHING = { isExpected: true, milliseconds: 0, events: [], shared: [], copied: [], bundles: [] };

function problemsOf(
  stack: string,
  { failures: all, status }: Outcome,
  isExpected: boolean,
  refusal?: RegExp,
): Problem[] {
  const failures = all.filter(({ reason }) => !refusal?.test(reason));
  if (failures.length === 0 && !isExpected) {
    return [{ text: `The status of the stack ${stack} is ${status}.`, stacks: [stack] }];
  }
  // What else happens to a resource that has failed is no other cause.
  const causes = new Map([...failures].reverse().map((failure) => [failure.path, failure]));
  return [...causes.values()]
    .reverse()
    .map(({ path, reason }) => ({ text: `${path}: ${reason}`, stacks: [stack], path }));
}

/** The log of the event that has failed, or of those that the problem is about. */
function logOf({ stacks, path }: Problem, requests: readonly SentRequest[]): string[] {
  const own = requests.filter(
    (each) => stacks.includes(each.stack) && (path === undefined || each.path.startsWith(path)),
  );
  const failed = own.filter(({ outcome }) => outcome !== 'succeeded' && outcome !== 'cancelled');
  return (failed.length > 0 ? failed : own).flatMap(({ invocations }) =>
    invocations.flatMap(({ log, error }) => [...log, ...(error ? [error] : [])]),
  );
}
