import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WorkspaceImageShare } from '../../lib';
import {
  CloudFormation,
  type CustomResourceEvent,
  type OperationResult,
  type SentRequest,
} from '../../simulator/cloudformation';
import { CloudFormationEndpoint, type CloudFormationFault } from '../../simulator/cloudformation-endpoint';
import { ResponseServer } from '../../simulator/response-server';
import { type Call, type Fault, WorkspacesEndpoint } from '../../simulator/workspaces-endpoint';
import { VirtualClock } from '../support/virtual-clock';
import { WarmFunctions } from './warm-functions';

/** What happens to one call to the service. */
export type CallFault =
  | 'throttled'
  | 'broken'
  | 'refused'
  | 'cut'
  | 'cut after the change'
  | 'broken after the change'
  | 'slow'
  | 'killed before the change'
  | 'killed after the change';

/** What happens to the delivery of one event, or to the response. */
export interface EventFault {
  /** Milliseconds until a duplicate delivery. */
  readonly twice?: number;
  /** Whether the duplicate is delivered that long after the first invocation ended. */
  readonly oneAfterTheOther?: boolean;
  /** Milliseconds until the first delivery. */
  readonly late?: number;
  /** How many attempts to send the response fail. */
  readonly unanswered?: number;
}

/** How the properties are spelled: as an earlier or a later release may spell them, or with invalid values. */
export type Spelling = 'earlier' | 'later' | 'malformed';

export interface Declared {
  readonly spelling?: Spelling;
  readonly image: number;
  readonly accounts: readonly number[];
  readonly byParameter: boolean;
  readonly adoptExisting: boolean;
  readonly retain: boolean;
}

/** When another resource of the stack fails: before the share, after it, or concurrently after some milliseconds. */
export type OtherFailure = 'before' | 'after' | number;

/** The step after one that `overlaps` starts while events may still be delivered. */
export type Step =
  | {
      readonly kind: 'deploy';
      readonly stack: number;
      readonly overlaps?: boolean;
      /** Absent if the template declares no share. */
      readonly declared?: Declared;
      /** How many more shares the template declares, each of another image. */
      readonly more?: number;
      readonly fails?: OtherFailure;
      /** Whether the stack keeps its resources if one fails, until the next step. */
      readonly rollbackDisabled?: boolean;
      /** From this call on, the service throttles all calls until the step ends. */
      readonly throttledFrom?: number;
      readonly calls: Readonly<Record<number, CallFault>>;
      readonly events: Readonly<Record<number, EventFault>>;
    }
  | {
      readonly kind: 'destroy';
      readonly stack: number;
      readonly overlaps?: boolean;
      readonly throttledFrom?: number;
      readonly calls: Readonly<Record<number, CallFault>>;
      readonly events: Readonly<Record<number, EventFault>>;
    }
  /** The physical ID looks as if another release had spelled it. */
  | { readonly kind: 'respell'; readonly stack: number; readonly overlaps?: false }
  /** A person grants or revokes a permission. */
  | {
      readonly kind: 'by hand';
      readonly overlaps?: false;
      readonly image: number;
      readonly account: number;
      readonly allow: boolean;
    };

type Deployment = Extract<Step, { kind: 'deploy' }>;
type Operation = Deployment | Extract<Step, { kind: 'destroy' }>;

export interface Scenario {
  readonly steps: readonly Step[];
  /** Milliseconds that reads lag behind. */
  readonly readLag: number;
  /** Whether each read lags behind by a random time up to that, so that two reads can run backwards. */
  readonly backwards?: boolean;
  /** Milliseconds that stack events lag behind at most. */
  readonly stackEventLag?: number;
  /** Why CloudFormation cannot be asked. */
  readonly cannotAsk?: CloudFormationFault;
  /** Whether every invocation gets a new execution environment. */
  readonly cold?: boolean;
  /** Milliseconds that a call to the service takes. */
  readonly latency: number;
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** Seed of the random lags. */
  readonly seed?: number;
  /** Error for a grant of an existing permission, and for a revoke of a missing one. */
  readonly grantingGranted?: string;
  readonly revokingMissing?: string;
}

export const IMAGES = ['wsi-aaaaaaaaa', 'wsi-bbbbbbbbb'] as const;
export const ACCOUNTS = [
  '111111111111',
  '222222222222',
  '333333333333',
  '444444444444',
  '555555555555',
] as const;
const MORE_IMAGES = Array.from({ length: 10 }, (_, index) => `wsi-ccccccccc${index}`);
const BYSTANDERS = ['900000000001', '900000000002'] as const;
const PARAMETER_ID = 'WorkspaceImageShareByParameter';

const THROTTLED: Fault = { kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' };

const base = baseTemplate();

/** Whether an account must have permission, must not, or may. */
type Expectation = 'yes' | 'no' | 'open';

/**
 * Plays a scenario with the handler's bundle, and compares the permissions after each step with those expected.
 *
 * @throws Error that contains the step and the log of its events
 */
export async function play(scenario: Scenario, isStrict = false): Promise<Played> {
  const simulation = await Simulation.start(scenario, isStrict);
  try {
    await simulation.clock.run(simulation.play(scenario));
    const { retriedRollbacks, seconds } = simulation;
    return { retriedRollbacks, seconds };
  } finally {
    await simulation.close();
  }
}

/** What a scenario that ended right is measured by. */
export interface Played {
  /** The reasons of the rollbacks that failed before they succeeded. */
  readonly retriedRollbacks: readonly string[];
  /** How long each deployment and deletion took. */
  readonly seconds: readonly number[];
}

class Simulation {
  static async start(scenario: Scenario, isStrict: boolean): Promise<Simulation> {
    const clock = new VirtualClock();
    const draw = random(scenario.seed ?? 1);
    const { readLag, backwards = false, stackEventLag = 0, cannotAsk } = scenario;
    const endpoint = await WorkspacesEndpoint.start({
      ...scenario,
      readLag: backwards ? () => Math.floor(draw() * (readLag + 1)) : readLag,
      clock: clock.serverSide,
      images: [...IMAGES, ...MORE_IMAGES].map((imageId) => ({ imageId, sharedWith: BYSTANDERS })),
    });
    const asked = await CloudFormationEndpoint.start({
      clock: clock.serverSide,
      events: (stack) => simulation.cloudFormation.eventsOf(stack),
      lag: () => Math.floor(draw() * (stackEventLag + 1)),
      fault: cannotAsk,
    });
    const simulation = new Simulation(clock, endpoint, asked, scenario, isStrict);
    simulation.responses = await ResponseServer.start({
      fault: (attempt, body) => {
        const { RequestId } = JSON.parse(body);
        if (!simulation.respondedAt.has(RequestId)) {
          simulation.respondedAt.set(RequestId, clock.now());
        }
        const sent = simulation.requestOf(RequestId);
        return attempt <= (simulation.eventFault(sent)?.unanswered ?? 0)
          ? attempt % 2 === 1
            ? { status: 503 }
            : { cut: 'before' }
          : undefined;
      },
    });
    simulation.cloudFormation = new CloudFormation({
      clock,
      functions: simulation.functions,
      responses: simulation.responses,
      random: random(1),
      hooks: {
        delivery: ({ RequestId }) => simulation.delivery(RequestId),
        resource: async (action, { type, properties }) => {
          if (type === 'Test::Failing' && properties.Fails !== 'never' && action !== 'Delete') {
            await clock.sleep(Number(properties.Fails) || 1);
            throw new Error('The other resource fails.');
          }
        },
      },
    });
    endpoint.onCall = (call) => simulation.faultFor(call);
    return simulation;
  }

  readonly retriedRollbacks: string[] = [];
  /** When the first response to each request arrived, whether or not CloudFormation waited for it. */
  readonly respondedAt = new Map<string, number>();
  readonly seconds: number[] = [];
  readonly functions: WarmFunctions;
  private responses!: ResponseServer;
  private cloudFormation!: CloudFormation;
  /** Permissions that were granted by hand, or retained. They remain until a share takes them over. */
  private readonly others = new Map<string, Expectation>();
  /** Permissions of a share that were revoked by hand or by another share. The next Update grants them. */
  private readonly drifted = new Set<string>();
  /** Permissions that an adopting event which was cancelled may still be revoking. */
  private readonly undoing = new Set<string>();
  /** The accounts in the events of each stack since an operation failed with rollback disabled. */
  private readonly unfinished = new Map<string, ReadonlySet<string>>();
  /** Stacks whose last template retains its share. A rollback goes by the template that it goes back to. */
  private readonly retaining = new Set<number>();
  private step?: Operation;
  private callsInStep = 0;
  /** Whether a call of the step failed, other than by passing throttling. */
  private callFailed = false;
  private firstRequest = 0;

  private constructor(
    readonly clock: VirtualClock,
    readonly endpoint: WorkspacesEndpoint,
    private readonly asked: CloudFormationEndpoint,
    private readonly scenario: Scenario,
    /** Whether nothing is left open, not even the known limitations. */
    private readonly isStrict: boolean,
  ) {
    this.functions = new WarmFunctions(clock, endpoint.url, undefined, asked.url, scenario.cold);
  }

  async close(): Promise<void> {
    await this.endpoint.close();
    await this.asked.close();
    await this.responses.close();
  }

  async play(scenario: Scenario): Promise<void> {
    for (const [index, step] of scenario.steps.entries()) {
      await this.carryOut(step);
      if (!step.overlaps) {
        await this.cloudFormation.quiet();
        this.undoing.clear();
        this.check(`After step ${index + 1} (${JSON.stringify(step)})`);
      }
    }
    await this.cloudFormation.quiet();
    for (const name of [...this.cloudFormation.stacks.keys()]) {
      await this.operation({ kind: 'destroy', stack: Number(name.slice(5)), calls: {}, events: {} });
    }
    await this.cloudFormation.quiet();
    this.check('After all stacks are destroyed');
  }

  private async carryOut(step: Step): Promise<void> {
    if (step.kind === 'by hand') {
      // Otherwise, an invocation may take the change for its own.
      await this.cloudFormation.quiet();
      const [image, account] = [IMAGES[step.image] as string, ACCOUNTS[step.account] as string];
      const allowed = this.endpoint.accounts(image).includes(account);
      if (allowed !== step.allow) {
        this.endpoint[step.allow ? 'share' : 'unshare'](image, account);
      }
      const key = `${image}/${account}`;
      if (this.declaredNow().has(key)) {
        this.drifted[step.allow ? 'delete' : 'add'](key);
      } else {
        this.others.set(key, step.allow ? 'yes' : 'no');
      }
      // A person checks the result before going on.
      await this.clock.sleep(this.scenario.readLag + 1);
      return;
    }
    if (step.kind === 'respell') {
      const live = this.cloudFormation.stacks.get(`Stack${step.stack}`)?.live;
      for (const [logicalId, resource] of live ?? []) {
        if (resource.custom) {
          live?.set(logicalId, { ...resource, physicalId: resource.physicalId.replaceAll('/', ':') });
        }
      }
      return;
    }
    await this.operation(step);
  }

  private async operation(step: Operation): Promise<void> {
    const name = `Stack${step.stack}`;
    if (step.kind === 'destroy' && !this.cloudFormation.stacks.has(name)) {
      return;
    }
    const before = this.declaredNow();
    this.step = step;
    this.callsInStep = 0;
    this.callFailed = false;
    this.firstRequest = this.cloudFormation.requests.length;
    const startedAt = this.clock.now();
    let result =
      step.kind === 'deploy'
        ? await this.cloudFormation.deploy(
            name,
            templateFor(step, this.cloudFormation.events.length),
            parametersFor(step),
            {},
            { disableRollback: step.rollbackDisabled || this.isPaused(name) },
          )
        : await this.cloudFormation.destroy(name);
    this.seconds.push((this.clock.now() - startedAt) / 1_000);
    if (!step.overlaps) {
      await this.cloudFormation.quiet();
    }
    this.step = undefined;
    for (let attempt = 0; /FAILED$/.test(result.status) && !this.isPaused(name); attempt++) {
      if (attempt === 3) {
        throw new Error(
          `${name} remains in ${result.status}: ${JSON.stringify(result.failures)}\n${this.report()}`,
        );
      }
      if (/ROLLBACK_FAILED$/.test(result.status)) {
        this.retriedRollbacks.push(result.failures.at(-1)?.reason ?? '');
      }
      result = await this.tryAgain(name, result);
    }
    this.expect(step, before, /^(CREATE|UPDATE)_COMPLETE$/.test(result.status));
    this.expectUnfinished(name);
    if (this.cloudFormation.problems.length > 0) {
      throw new Error(this.cloudFormation.problems.join('\n'));
    }
  }

  /** Whether a deployment with rollback disabled failed, so that the next one continues from there. */
  private isPaused(name: string): boolean {
    return this.cloudFormation.stacks.get(name)?.unfinished !== undefined;
  }

  private tryAgain(name: string, { status }: OperationResult): Promise<OperationResult> {
    return status === 'UPDATE_ROLLBACK_FAILED'
      ? this.cloudFormation.continueRollback(name)
      : this.cloudFormation.destroy(name);
  }

  /** Each account of each deployed share, and whether it is to be retained. */
  private declaredNow(): Map<string, { readonly retain: boolean }> {
    const all = new Map<string, { readonly retain: boolean }>();
    for (const stack of this.cloudFormation.stacks.values()) {
      for (const { declared, properties, state } of stack.live.values()) {
        if (declared.Type === 'Custom::WorkspaceImageShare' && state === 'complete') {
          for (const key of namedIn(properties)) {
            all.set(key, { retain: declared.UpdateReplacePolicy === 'Retain' });
          }
        }
      }
    }
    return all;
  }

  /** Updates what is expected of accounts that no share declares, from the events of a step. */
  private expect(
    step: Operation,
    before: ReadonlyMap<string, { readonly retain: boolean }>,
    deployed: boolean,
  ): void {
    const now = this.declaredNow();
    const requests = this.cloudFormation.requests.slice(this.firstRequest);
    const retains = step.kind === 'deploy' && (step.declared?.retain || this.retaining.has(step.stack));
    const named = new Set<string>();
    for (const [index, sent] of requests.entries()) {
      const { event, outcome } = sent;
      const failedTwice = step.events[index]?.twice !== undefined && this.callFailed;
      for (const key of namedInBoth(event)) {
        named.add(key);
        if (this.isStrict) {
          continue;
        }
        if (
          before.has(key) &&
          event.RequestType === 'Create' &&
          (adopts(event.ResourceProperties) ||
            sent.response === undefined ||
            (outcome === 'succeeded' && this.scenario.readLag > 0))
        ) {
          // Two shares contain the account: an adopting one took it over, a refusal did not arrive, or no read showed
          // the account yet. The Delete of either revokes it.
          this.drifted.add(key);
        }
        if (failedTwice && event.RequestType === 'Create' && outcome === 'succeeded') {
          // The service accepted the calls of one delivery and refused those of the other, which revoked the grants.
          this.drifted.add(key);
        }
        const notRevoked =
          outcome === 'cancelled' &&
          (step.overlaps ||
            this.callFailed ||
            step.events[index]?.unanswered !== undefined ||
            this.scenario.cannotAsk !== undefined ||
            this.respondedBeforeNotice(sent));
        const isStopped = outcome === 'cancelled' || failedTwice;
        if (isStopped && step.overlaps && adopts(event.ResourceProperties)) {
          this.undoing.add(key);
        }
        const isOpen =
          retains ||
          isLeftBy(sent, key, failedTwice, notRevoked) ||
          failedForGood(sent, requests) ||
          // Without CloudFormation, an Update that settles after a lost response competes with its rollback.
          (outcome === 'cancelled' && this.callFailed && this.scenario.cannotAsk !== undefined) ||
          (this.others.get(key) === 'yes' && takesOver(sent));
        if (isOpen) {
          this.others.set(key, 'open');
        }
      }
      if (outcome === 'succeeded' && event.RequestType === 'Update') {
        for (const key of namedIn(event.ResourceProperties)) {
          this.drifted.delete(key);
        }
      }
    }
    if (step.kind === 'deploy' && deployed) {
      this.retaining[step.declared?.retain ? 'add' : 'delete'](step.stack);
    }
    for (const [key, { retain }] of before) {
      if (retain && !now.has(key)) {
        this.others.set(key, named.has(key) || this.drifted.has(key) ? 'open' : 'yes');
      }
    }
    for (const key of now.keys()) {
      this.others.delete(key);
      if (this.undoing.has(key)) {
        this.drifted.add(key);
      }
    }
    for (const key of this.drifted) {
      if (!now.has(key)) {
        this.drifted.delete(key);
      }
    }
  }

  /** With rollback disabled, what an operation that failed has changed is open, and so is what the next ones make of it. */
  private expectUnfinished(name: string): void {
    if (!this.isPaused(name) && !this.unfinished.has(name)) {
      return;
    }
    const events = this.cloudFormation.requests.slice(this.firstRequest).map(({ event }) => event);
    const accounts = events.flatMap(namedInBoth).map((key) => key.split('/')[1] as string);
    const unfinished = new Set([...(this.unfinished.get(name) ?? []), ...accounts]);
    if (this.isPaused(name)) {
      this.unfinished.set(name, unfinished);
      return;
    }
    this.unfinished.delete(name);
    const declared = this.declaredNow();
    for (const account of this.isStrict ? [] : unfinished) {
      for (const key of IMAGES.map((image) => `${image}/${account}`)) {
        if (declared.has(key)) {
          this.drifted.add(key);
        } else {
          this.others.set(key, 'open');
        }
      }
    }
  }

  /** Whether the response to an event that was cancelled was sent before stack events showed that. */
  private respondedBeforeNotice({ at, event, milliseconds = 0 }: SentRequest): boolean {
    const { stackEventLag = 0, latency } = this.scenario;
    const respondedAt = this.respondedAt.get(event.RequestId) ?? Number.POSITIVE_INFINITY;
    return respondedAt - (at + milliseconds) <= stackEventLag + latency;
  }

  private check(moment: string): void {
    const declared = this.declaredNow();
    for (const image of IMAGES) {
      const permitted = new Set(this.endpoint.accounts(image));
      for (const bystander of BYSTANDERS) {
        if (!permitted.has(bystander)) {
          throw new Error(`${moment}, ${bystander}, which no share declares, lost ${image}.`);
        }
      }
      for (const account of ACCOUNTS) {
        const key = `${image}/${account}`;
        const standing = declared.has(key) ? 'yes' : (this.others.get(key) ?? 'no');
        const isOpen =
          this.drifted.has(key) || [...this.unfinished.values()].some((accounts) => accounts.has(account));
        const expected = isOpen ? 'open' : standing;
        const actual = permitted.has(account) ? 'yes' : 'no';
        if (expected !== 'open' && actual !== expected) {
          throw new Error(
            `${moment}, ${account} ${actual === 'yes' ? 'has' : 'does not have'} access to ${image}.\n${this.report()}`,
          );
        }
      }
    }
  }

  private faultFor(call: Call): Fault | undefined {
    this.callsInStep++;
    const step = this.step;
    if (step === undefined) {
      return undefined;
    }
    if (this.callsInStep >= (step.throttledFrom ?? Number.POSITIVE_INFINITY)) {
      this.callFailed = true;
      return THROTTLED;
    }
    const fault = step.calls[this.callsInStep];
    if (fault !== undefined && fault !== 'throttled') {
      this.callFailed = true;
    }
    switch (fault) {
      case undefined:
        return undefined;
      case 'throttled':
        return THROTTLED;
      case 'broken':
        return { kind: 'error', name: 'InternalServerException', status: 500 };
      case 'broken after the change':
        return { kind: 'error', name: 'InternalServerException', status: 500, after: true };
      case 'refused':
        return { kind: 'error', name: 'OperationNotSupportedException' };
      case 'cut':
        return { kind: 'cut' };
      case 'cut after the change':
        return { kind: 'cut', after: true };
      case 'slow':
        return { kind: 'delay', ms: 7_000 };
      default:
        this.functions.kill(String(call.headers.authorization));
        return { kind: 'cut', after: fault === 'killed after the change' };
    }
  }

  private delivery(requestId: string) {
    const fault = this.eventFault(this.requestOf(requestId));
    if (fault === undefined || (this.scenario.cannotAsk !== undefined && !this.isStrict)) {
      // Without CloudFormation, the function cannot tell a duplicate or late delivery from an event that is awaited.
      return undefined;
    }
    const { late = 0, twice, oneAfterTheOther } = fault;
    return { delays: twice === undefined ? [late] : [late, late + twice], oneAfterTheOther };
  }

  private requestOf(requestId: string): SentRequest | undefined {
    return this.cloudFormation.requests.find(({ event }) => event.RequestId === requestId);
  }

  private eventFault(sent: SentRequest | undefined): EventFault | undefined {
    const index = sent === undefined ? -1 : this.cloudFormation.requests.indexOf(sent) - this.firstRequest;
    return this.step?.events[index];
  }

  /** All events with their logs. */
  private report(): string {
    return this.cloudFormation.requests
      .map(({ event, outcome, response, invocations }) =>
        [
          `${event.RequestType} ${event.PhysicalResourceId ?? ''}: ${outcome} ${response?.PhysicalResourceId ?? ''} ${response?.Reason ?? ''}`,
          ...invocations.flatMap(({ at, outcome: end, log }) => [
            `  at ${at}: ${end}`,
            ...log.map((line) => `    ${line.trim()}`),
          ]),
        ].join('\n'),
      )
      .join('\n');
  }
}

/**
 * Whether an event may leave permissions that it granted.
 *
 * @param failedTwice whether it was delivered twice, and a call failed
 * @param notRevoked whether it was cancelled, and either did not notice or could not revoke in time
 */
function isLeftBy(
  { event, outcome, response, invocations }: SentRequest,
  key: string,
  failedTwice: boolean,
  notRevoked: boolean,
): boolean {
  const died = invocations.some((invocation) => /killed|timed out/.test(invocation.outcome));
  const adopting = adopts(event.ResourceProperties) || adopts(event.OldResourceProperties);
  if (adopting && event.RequestType !== 'Delete') {
    // Only the invocation that granted knows which permissions existed before. What it cannot revoke, it reports.
    const reported = response?.Reason?.split('may still have permission: ')[1];
    const gaveUp = died || failedTwice || notRevoked || outcome === 'timed out';
    return gaveUp || (reported?.includes(key.split('/')[1] as string) ?? false);
  }
  // The duplicate takes the grants of the invocation that failed for those of another share.
  return event.RequestType === 'Create' && outcome === 'failed' && failedTwice;
}

/** Whether a Delete failed that CloudFormation did not send again: those of a cleanup are sent once. */
function failedForGood({ event, outcome }: SentRequest, requests: readonly SentRequest[]): boolean {
  return (
    event.RequestType === 'Delete' &&
    outcome !== 'succeeded' &&
    !requests.some(
      (other) =>
        other.event.RequestType === 'Delete' &&
        other.outcome === 'succeeded' &&
        other.event.PhysicalResourceId === event.PhysicalResourceId,
    )
  );
}

/** Whether an event takes permissions that were granted by hand for those of its share. */
function takesOver({ event }: SentRequest): boolean {
  switch (event.RequestType) {
    case 'Create':
      return false;
    case 'Update':
      return true;
    case 'Delete':
      return (
        /^(share|undo)\//.test(event.PhysicalResourceId ?? '') ||
        !(adopts(event.ResourceProperties) || event.PhysicalResourceId?.startsWith('nothing/'))
      );
  }
}

type Properties = Readonly<Record<string, unknown>> | undefined;

/** A property, in the spelling of any release. */
function property(properties: Properties, name: string): unknown {
  return Object.entries(properties ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function adopts(properties: Properties): boolean {
  return property(properties, 'AdoptExisting') === 'true';
}

function namedInBoth({ ResourceProperties, OldResourceProperties }: CustomResourceEvent): string[] {
  return [...namedIn(ResourceProperties), ...namedIn(OldResourceProperties)];
}

function namedIn(properties: Properties): string[] {
  const accounts = (property(properties, 'AccountIds') ?? []) as string[];
  return accounts
    .filter((account) => /^\d{12}$/.test(account))
    .map((account) => `${property(properties, 'ImageId')}/${account}`);
}

/** The template that the construct synthesizes, and the share in it, which the steps change. */
function baseTemplate() {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Base');
  new WorkspaceImageShare(stack, 'Share', { imageId: IMAGES[0], accountIds: [ACCOUNTS[0]] });
  const template = Template.fromStack(stack).toJSON();
  const [logicalId, share] = Object.entries(template.Resources).find(
    ([, resource]) => (resource as { Type: string }).Type === 'Custom::WorkspaceImageShare',
  ) as [string, { Properties: object; DependsOn: string[] }];
  delete template.Resources[logicalId];
  return { template, share };
}

function templateFor({ declared, fails, more = 0 }: Deployment, turn: number) {
  const logicalId = declared && logicalIdFor(declared);
  const share = declared && shareFor(declared);
  return {
    Parameters: { ImageId: { Type: 'String', Default: '' } },
    Resources: {
      ...base.template.Resources,
      Other: {
        Type: 'Test::Failing',
        Properties: { Fails: fails === undefined ? 'never' : String(fails), Turn: turn },
        ...(fails === 'after' && logicalId && { DependsOn: [logicalId] }),
      },
      ...Object.fromEntries(
        MORE_IMAGES.slice(0, declared ? more : 0).map((ImageId) => [
          `WorkspaceImageShare${ImageId.replace('-', '')}`,
          { ...share, Properties: { ...share?.Properties, ImageId } },
        ]),
      ),
      ...(logicalId && {
        [logicalId]: fails === 'before' ? { ...share, DependsOn: [...base.share.DependsOn, 'Other'] } : share,
      }),
    },
  };
}

function logicalIdFor({ byParameter, image }: Declared): string {
  return byParameter ? PARAMETER_ID : `WorkspaceImageShare${IMAGES[image]?.replace('-', '')}`;
}

function shareFor({ byParameter, image, accounts, spelling, adoptExisting, retain }: Declared) {
  const accountIds = accounts.map((account) => ACCOUNTS[account]);
  const properties = {
    ...base.share.Properties,
    ImageId: byParameter ? { Ref: 'ImageId' } : IMAGES[image],
    AccountIds: spelling === 'malformed' ? [...accountIds, ` ${ACCOUNTS[0]}`, 'nobody'] : accountIds,
    ...(adoptExisting && { AdoptExisting: 'true' }),
    ...(spelling === 'later' && { Recipients: { Accounts: ACCOUNTS } }),
  };
  return {
    ...base.share,
    Properties: spelling === 'earlier' ? uncapitalized(properties) : properties,
    DeletionPolicy: retain ? (adoptExisting ? 'Retain' : 'RetainExceptOnCreate') : 'Delete',
    UpdateReplacePolicy: retain ? 'Retain' : 'Delete',
  };
}

/** Except the properties that CloudFormation reads. */
function uncapitalized(properties: object): object {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) =>
      key.startsWith('Service') ? [key, value] : [key.charAt(0).toLowerCase() + key.slice(1), value],
    ),
  );
}

function parametersFor({ declared }: Deployment) {
  return { ImageId: IMAGES[declared?.image ?? 0] as string };
}

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
