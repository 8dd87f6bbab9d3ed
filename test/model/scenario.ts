import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WorkspaceImageShare } from '../../lib';
import { CloudFormation, type OperationResult, type SentRequest } from '../../simulator/cloudformation';
import { ResponseServer } from '../../simulator/response-server';
import { type Call, type Fault, WorkspacesEndpoint } from '../../simulator/workspaces-endpoint';
import { VirtualClock } from '../support/virtual-clock';
import { WarmFunctions } from './warm-functions';

/** What goes wrong with one call of a function to the service. */
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

/** What goes wrong with one event on its way to the function and back. */
export interface EventFault {
  /** Milliseconds after which the event is delivered a second time. */
  readonly twice?: number;
  readonly oneAfterTheOther?: boolean;
  /** Milliseconds by which Lambda is late. */
  readonly late?: number;
  /** So many attempts to answer fail. */
  readonly unanswered?: number;
}

/**
 * What the properties look like: as a release before this one, or one after it, may have spelled them, or as no
 * construct spells them.
 */
export type Spelling = 'earlier' | 'later' | 'malformed';

export interface Declared {
  readonly spelling?: Spelling;
  readonly image: number;
  readonly accounts: readonly number[];
  readonly byParameter: boolean;
  readonly adoptExisting: boolean;
  readonly retain: boolean;
}

/** When another resource of the stack fails: before the share, after it, or so many milliseconds beside it. */
export type OtherFailure = 'before' | 'after' | number;

export type Step =
  | {
      readonly kind: 'deploy';
      readonly stack: number;
      readonly declared: Declared;
      readonly fails?: OtherFailure;
      /** From this call on, the service throttles whatever comes, for longer than a function may run. */
      readonly throttledFrom?: number;
      readonly calls: Readonly<Record<number, CallFault>>;
      readonly events: Readonly<Record<number, EventFault>>;
    }
  | {
      readonly kind: 'destroy';
      readonly stack: number;
      readonly throttledFrom?: number;
      readonly calls: Readonly<Record<number, CallFault>>;
      readonly events: Readonly<Record<number, EventFault>>;
    }
  /** Somebody shares or unshares by hand, or drift, if you like. */
  | { readonly kind: 'by hand'; readonly image: number; readonly account: number; readonly allow: boolean };

export interface Life {
  readonly steps: readonly Step[];
  readonly readLag: number;
  readonly latency: number;
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
const BYSTANDERS = ['900000000001', '900000000002'] as const;
const PARAMETER_ID = 'WorkspaceImageShareByParameter';

const base = baseTemplate();

/** Whether an account has permission: it must, it must not, or what happened leaves it open. */
type Expectation = 'yes' | 'no' | 'open';

/**
 * Plays a life against the real bundle, and holds after each step what has access against what must have.
 *
 * @throws Error that says which step left whom with, or without, access
 */
export async function play(life: Life): Promise<void> {
  const world = await World.start(life);
  try {
    await world.clock.run(world.play(life));
  } finally {
    await world.close();
  }
}

class World {
  static async start(life: Life): Promise<World> {
    const clock = new VirtualClock();
    const endpoint = await WorkspacesEndpoint.start({
      ...life,
      clock: clock.serverSide,
      images: IMAGES.map((imageId) => ({ imageId, sharedWith: BYSTANDERS })),
    });
    const world = new World(clock, endpoint, life.readLag);
    world.responses = await ResponseServer.start({
      fault: (attempt, body) => {
        const sent = world.requestOf(JSON.parse(body).RequestId);
        return attempt <= (world.eventFault(sent)?.unanswered ?? 0)
          ? attempt % 2 === 1
            ? { status: 503 }
            : { cut: 'before' }
          : undefined;
      },
    });
    world.cloudFormation = new CloudFormation({
      clock,
      functions: world.functions,
      responses: world.responses,
      random: () => 0.5,
      hooks: {
        delivery: ({ RequestId }) => world.delivery(RequestId),
        resource: async (_action, { type, properties }) => {
          if (type === 'Test::Failing' && properties.Fails !== 'never') {
            await clock.sleep(Number(properties.Fails) || 1);
            throw new Error('The other resource fails.');
          }
        },
      },
    });
    endpoint.onCall = (call) => world.faultFor(call);
    return world;
  }

  readonly functions: WarmFunctions;
  private responses!: ResponseServer;
  private cloudFormation!: CloudFormation;
  /** What was granted by hand, or is left by a share that retains: it stays until a share takes it over. */
  private readonly others = new Map<string, Expectation>();
  /** What was unshared by hand though a share declares it: no event tells a share before its next one. */
  private readonly drifted = new Set<string>();
  /** Stacks whose last template retains: a rollback goes by the template it goes back to. */
  private readonly retaining = new Set<number>();
  private step?: Step;
  private callsInStep = 0;
  private firstRequest = 0;

  private constructor(
    readonly clock: VirtualClock,
    readonly endpoint: WorkspacesEndpoint,
    private readonly readLag: number,
  ) {
    this.functions = new WarmFunctions(clock, endpoint.url);
  }

  async close(): Promise<void> {
    await this.endpoint.close();
    await this.responses.close();
  }

  async play(life: Life): Promise<void> {
    for (const [index, step] of life.steps.entries()) {
      await this.carryOut(step);
      this.check(`After step ${index + 1} (${JSON.stringify(step)})`);
    }
    for (const name of [...this.cloudFormation.stacks.keys()]) {
      await this.operation({ kind: 'destroy', stack: Number(name.slice(5)), calls: {}, events: {} });
    }
    this.check('After all stacks are destroyed');
  }

  private async carryOut(step: Step): Promise<void> {
    if (step.kind === 'by hand') {
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
      // A person looks before going on.
      await this.clock.sleep(this.readLag + 1);
      return;
    }
    await this.operation(step);
  }

  private async operation(step: Exclude<Step, { kind: 'by hand' }>): Promise<void> {
    const name = `Stack${step.stack}`;
    if (step.kind === 'destroy' && !this.cloudFormation.stacks.has(name)) {
      return;
    }
    const before = this.declaredNow();
    this.step = step;
    this.callsInStep = 0;
    this.firstRequest = this.cloudFormation.requests.length;
    let result =
      step.kind === 'deploy'
        ? await this.cloudFormation.deploy(
            name,
            templateFor(step, this.cloudFormation.events.length),
            parametersFor(step.declared),
          )
        : await this.cloudFormation.destroy(name);
    await this.cloudFormation.quiet();
    this.step = undefined;
    // What failed for good is tried again, as a person would, when the trouble is over.
    for (let attempt = 0; /FAILED$/.test(result.status); attempt++) {
      if (attempt === 3) {
        throw new Error(
          `${name} stays in ${result.status}: ${JSON.stringify(result.failures)}\n${this.story()}`,
        );
      }
      result = await this.tryAgain(name, result);
      await this.cloudFormation.quiet();
    }
    this.noteWhatIsOpen(step, before, /^(CREATE|UPDATE)_COMPLETE$/.test(result.status));
    if (this.cloudFormation.problems.length > 0) {
      throw new Error(this.cloudFormation.problems.join('\n'));
    }
  }

  private tryAgain(name: string, { status }: OperationResult): Promise<OperationResult> {
    return status === 'UPDATE_ROLLBACK_FAILED'
      ? this.cloudFormation.continueRollback(name)
      : this.cloudFormation.destroy(name);
  }

  /** Each account of each share that CloudFormation believes to be there, and whether it is to be retained. */
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

  /**
   * What the events of a step leave open for accounts that no share declares any more. All exceptions stand here;
   * they are those of the decision records and of the README.
   */
  private noteWhatIsOpen(
    step: Step,
    before: ReadonlyMap<string, { readonly retain: boolean }>,
    deployed: boolean,
  ): void {
    const now = this.declaredNow();
    const requests = this.cloudFormation.requests.slice(this.firstRequest);
    const retains = step.kind === 'deploy' && (step.declared.retain || this.retaining.has(step.stack));
    const named = new Set<string>();
    for (const sent of requests) {
      for (const key of [
        ...namedIn(sent.event.ResourceProperties),
        ...namedIn(sent.event.OldResourceProperties),
      ]) {
        named.add(key);
        const adopting = adopts(sent.event.ResourceProperties);
        if (
          before.has(key) &&
          sent.event.RequestType === 'Create' &&
          (adopting || sent.answer === undefined)
        ) {
          // Two shares hold the account now: an adopting one took it over, or a refusal never arrived. A Delete of
          // either takes it for its own.
          this.drifted.add(key);
        }
        if (
          leavesOpen(sent, requests, key, this.others.get(key) === 'yes') ||
          retains ||
          this.isGrantedTooLate(sent, requests, key)
        ) {
          this.others.set(key, 'open');
        }
      }
      if (sent.outcome === 'succeeded' && sent.event.RequestType === 'Update') {
        for (const key of namedIn(sent.event.ResourceProperties)) {
          this.drifted.delete(key);
        }
      }
    }
    if (step.kind === 'deploy' && deployed) {
      this.retaining[step.declared.retain ? 'add' : 'delete'](step.stack);
    }
    for (const [key, { retain }] of before) {
      if (retain && !now.has(key)) {
        this.others.set(key, named.has(key) || this.drifted.has(key) ? 'open' : 'yes');
      }
    }
    for (const key of now.keys()) {
      this.others.delete(key);
    }
  }

  /** Whether a second delivery of an Update, held up by its pace, granted after the next event was carried out. */
  private isGrantedTooLate(sent: SentRequest, all: readonly SentRequest[], key: string): boolean {
    if (sent.event.RequestType !== 'Update' || sent.invocations.length < 2) {
      return false;
    }
    const next = all
      .slice(all.indexOf(sent) + 1)
      .find(
        ({ stack, event }) =>
          stack === sent.stack && event.LogicalResourceId === sent.event.LogicalResourceId,
      );
    if (next?.milliseconds === undefined) {
      return false;
    }
    const carriedOutAt = next.at + next.milliseconds;
    return this.endpoint.calls.some(
      (call) => call.allow && `${call.imageId}/${call.accountId}` === key && call.at > carriedOutAt,
    );
  }

  private check(moment: string): void {
    const declared = this.declaredNow();
    for (const image of IMAGES) {
      const permitted = new Set(this.endpoint.accounts(image));
      for (const bystander of BYSTANDERS) {
        if (!permitted.has(bystander)) {
          throw new Error(`${moment}, ${bystander}, which nobody named, lost ${image}.`);
        }
      }
      for (const account of ACCOUNTS) {
        const key = `${image}/${account}`;
        const standing = declared.has(key) ? 'yes' : (this.others.get(key) ?? 'no');
        const expected = this.drifted.has(key) ? 'open' : standing;
        const actual = permitted.has(account) ? 'yes' : 'no';
        if (expected !== 'open' && actual !== expected) {
          throw new Error(
            `${moment}, ${account} ${actual === 'yes' ? 'has' : 'does not have'} access to ${image}.\n${this.story()}`,
          );
        }
      }
    }
  }

  private faultFor(call: Call): Fault | undefined {
    this.callsInStep++;
    const step = this.step;
    const fault = step && 'calls' in step ? step.calls[this.callsInStep] : undefined;
    const twice =
      step && 'events' in step && Object.values(step.events).some((event) => event.twice !== undefined);
    if (twice && fault !== 'throttled') {
      // Decision 4 says what is not possible: to tell a first delivery that died, failed, or waits for a write that
      // nothing came back to, from an account that somebody else granted.
      return undefined;
    }
    if (step && 'calls' in step && this.callsInStep >= (step.throttledFrom ?? Number.POSITIVE_INFINITY)) {
      return twice ? undefined : { kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' };
    }
    switch (fault) {
      case undefined:
        return undefined;
      case 'throttled':
        return { kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' };
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
    const late = fault?.late ?? 0;
    return {
      delays: fault?.twice === undefined ? [late] : [late, late + fault.twice],
      oneAfterTheOther: fault?.oneAfterTheOther,
    };
  }

  private requestOf(requestId: string): SentRequest | undefined {
    return this.cloudFormation.requests.find(({ event }) => event.RequestId === requestId);
  }

  private eventFault(sent: SentRequest | undefined): EventFault | undefined {
    const index = sent === undefined ? -1 : this.cloudFormation.requests.indexOf(sent) - this.firstRequest;
    return this.step !== undefined && 'events' in this.step ? this.step.events[index] : undefined;
  }

  /** The events and calls of the last step, for a person who looks for the fault. */
  private story(): string {
    const requests = this.cloudFormation.requests.slice(this.firstRequest);
    return requests
      .map(({ event, outcome, answer, invocations }) =>
        [
          `${event.RequestType} ${event.PhysicalResourceId ?? ''}: ${outcome} ${answer?.PhysicalResourceId ?? ''} ${answer?.Reason ?? ''}`,
          ...invocations.flatMap(({ at, outcome: end, log }) => [
            `  at ${at}: ${end}`,
            ...log.map((line) => `    ${line.trim()}`),
          ]),
        ].join('\n'),
      )
      .join('\n');
  }
}

/** Whether an event leaves open what becomes of the accounts it names. */
function leavesOpen(
  sent: SentRequest,
  all: readonly SentRequest[],
  key: string,
  othersGranted: boolean,
): boolean {
  const { event, outcome, answer } = sent;
  const unanswered = outcome === 'timed out' || outcome === 'cancelled';
  const adopting = [event.ResourceProperties, event.OldResourceProperties].some(adopts);
  const named = answer?.Reason?.split('may still have permission: ')[1];
  if (adopting && named?.includes(key.split('/')[1] as string)) {
    // It could not put this back, and its Delete must not: the reason says so.
    return true;
  }
  if (adopting && unanswered && event.RequestType !== 'Delete') {
    // No state tells what it found from what it granted.
    return true;
  }
  if (event.RequestType === 'Delete' && outcome !== 'succeeded') {
    // A clean-up is tried once. Where the Delete was sent again, its end counts.
    const again = (other: SentRequest) =>
      other.event.RequestType === 'Delete' &&
      other.outcome === 'succeeded' &&
      other.event.PhysicalResourceId === event.PhysicalResourceId;
    return !all.some(again);
  }
  // An Update and a Delete take what somebody else granted for the share's own.
  const refused = event.RequestType === 'Create' && answer?.PhysicalResourceId.startsWith('nothing/');
  const idle = event.RequestType === 'Delete' && event.PhysicalResourceId?.startsWith('nothing/');
  return othersGranted && !refused && !idle;
}

type Properties = Readonly<Record<string, unknown>> | undefined;

/** In whatever spelling. */
function property(properties: Properties, name: string): unknown {
  return Object.entries(properties ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function adopts(properties: Properties): boolean {
  return property(properties, 'AdoptExisting') === 'true';
}

function namedIn(properties: Properties): string[] {
  const accounts = (property(properties, 'AccountIds') ?? []) as string[];
  return accounts
    .filter((account) => /^\d{12}$/.test(account))
    .map((account) => `${property(properties, 'ImageId')}/${account}`);
}

/** The template of the construct itself; only the share in it changes from step to step. */
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

function templateFor({ declared, fails }: Extract<Step, { kind: 'deploy' }>, turn: number) {
  const image = IMAGES[declared.image] as string;
  const logicalId = declared.byParameter ? PARAMETER_ID : `WorkspaceImageShare${image.replace('-', '')}`;
  const accountIds = declared.accounts.map((account) => ACCOUNTS[account]);
  const properties = {
    ...base.share.Properties,
    ImageId: declared.byParameter ? { Ref: 'ImageId' } : image,
    AccountIds: declared.spelling === 'malformed' ? [...accountIds, ` ${ACCOUNTS[0]}`, 'nobody'] : accountIds,
    ...(declared.adoptExisting && { AdoptExisting: 'true' }),
    ...(declared.spelling === 'later' && { Recipients: { Accounts: ACCOUNTS } }),
  };
  const share = {
    ...base.share,
    Properties: declared.spelling === 'earlier' ? uncapitalized(properties) : properties,
    DeletionPolicy: declared.retain ? (declared.adoptExisting ? 'Retain' : 'RetainExceptOnCreate') : 'Delete',
    UpdateReplacePolicy: declared.retain ? 'Retain' : 'Delete',
  };
  const other = {
    Type: 'Test::Failing',
    Properties: { Fails: fails === undefined ? 'never' : String(fails), Turn: turn },
    ...(fails === 'after' && { DependsOn: [logicalId] }),
  };
  return {
    Parameters: { ImageId: { Type: 'String', Default: '' } },
    Resources: {
      ...base.template.Resources,
      Other: other,
      [logicalId]: fails === 'before' ? { ...share, DependsOn: [...base.share.DependsOn, 'Other'] } : share,
    },
  };
}

/** But for those that CloudFormation itself reads. */
function uncapitalized(properties: object): object {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) =>
      key.startsWith('Service') ? [key, value] : [key.charAt(0).toLowerCase() + key.slice(1), value],
    ),
  );
}

function parametersFor({ image }: Declared) {
  return { ImageId: IMAGES[image] as string };
}
