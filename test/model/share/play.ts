import type { OperationResult, SentRequest } from '../../../simulator/cloudformation';
import type { ResponseFault } from '../../../simulator/response-server';
import type { Call, Fault } from '../../../simulator/workspaces-endpoint';
import { random } from '../../support/random';
import { type SimulatedServices, startServices } from '../../support/simulated-services';
import { Expectations, keeps } from './expectations';
import { type EventFault, type Operation, type Scenario, STALE, type Step } from './scenario';
import { ACCOUNTS, IMAGES, MORE_IMAGES, parametersFor, sharesOf, templateFor } from './templates';

const BYSTANDERS = ['900000000001', '900000000002'] as const;

const THROTTLED: Fault = { kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' };

/**
 * Plays a scenario with the handler's bundle, and compares the permissions after each step with those expected.
 *
 * @throws Error that contains the step and the log of its events
 */
export async function play(scenario: Scenario, isStrict = false): Promise<Played> {
  const simulation = await Simulation.start(scenario, isStrict);
  try {
    await simulation.services.clock.run(simulation.play(scenario));
    const { retriedRollbacks, seconds, checked, unchecked } = simulation;
    return { retriedRollbacks, seconds, checked, unchecked };
  } finally {
    await simulation.services.close();
  }
}

/** What a scenario that ended right is measured by. */
export interface Played {
  /** The reasons of the rollbacks that failed before they succeeded. */
  readonly retriedRollbacks: readonly string[];
  /** How long each deployment and deletion took. */
  readonly seconds: readonly number[];
  /** How often the oracle looked at an account's access to an image, and how often it expected nothing of it. */
  readonly checked: number;
  readonly unchecked: number;
}

/** An account that the old and the new declaration of a share contain, with the image of each. */
interface KeptAccount {
  readonly account: string;
  readonly images: readonly string[];
}

class Simulation {
  static async start(scenario: Scenario, isStrict: boolean): Promise<Simulation> {
    const draw = random(scenario.seed ?? 1);
    const { readLag, backwards = false, stackEventLag = 0, cannotAsk, cold } = scenario;
    const { throttled, slow, stale } = scenario.cloudFormation ?? {};
    const now = (hiccup: boolean | undefined) => hiccup === true && draw() < 0.3;
    let staleUntil = 0;
    let staleFor = 0;
    /** Stays the same for some seconds, so that repeated requests agree on what is no longer true. */
    const staleness = () => {
      const time = services.clock.now();
      if (time >= staleUntil) {
        staleUntil = time + 1_000 + Math.floor(draw() * STALE);
        staleFor = draw() < 0.5 ? Math.floor(draw() * STALE) : 0;
      }
      return staleFor;
    };
    const services = await startServices({
      workspaces: {
        ...scenario,
        readLag: backwards ? () => Math.floor(draw() * (readLag + 1)) : readLag,
        images: [...IMAGES, ...MORE_IMAGES].map((imageId) => ({ imageId, sharedWith: BYSTANDERS })),
        onCall: (call) => simulation.faultFor(call),
        onChange: (call) => simulation.checkChange(call),
        onResponse: (call) => simulation.noteError(call),
      },
      stackEvents: {
        lag: () => Math.max(stale ? staleness() : 0, Math.floor(draw() * (stackEventLag + 1))),
        latency: () => (now(slow) ? 5_000 + Math.floor(draw() * 11_000) : 0),
        fault: () => cannotAsk ?? (now(throttled) ? 'throttled' : undefined),
      },
      responses: { fault: (attempt, body) => simulation.responseFault(attempt, body) },
      delivery: ({ RequestId }) => simulation.delivery(RequestId),
      random: random(1),
      cold,
    });
    const simulation = new Simulation(scenario, isStrict, services);
    return simulation;
  }

  readonly retriedRollbacks: string[] = [];
  readonly seconds: number[] = [];
  checked = 0;
  unchecked = 0;
  private readonly expectations: Expectations;
  private step?: Operation;
  private callsInStep = 0;
  /** How many calls for each event failed, other than by passing throttling. */
  private readonly failedCalls = new Map<string, number>();
  /** The events for which the service refused a call. */
  private readonly refused = new Set<string>();
  private firstRequest = 0;
  /** The images whose access is checked. */
  private readonly images: readonly string[];
  /** The accounts that the current operation must not leave without access. */
  private kept: KeptAccount[] = [];
  /** The permissions that the current operation, and those before it that overlap, may grant. */
  private mayGrant = new Set<string>();
  /** Those of the operation before. The service can carry out the last call of an event that stopped when the event is over. */
  private mayStillGrant = new Set<string>();
  /** What went wrong during the current operation. */
  private violation?: string;

  private constructor(
    private readonly scenario: Scenario,
    private readonly isStrict: boolean,
    readonly services: SimulatedServices,
  ) {
    this.expectations = new Expectations(services.cloudFormation, scenario, isStrict);
    const more = Math.max(...scenario.steps.map((step) => (step.kind === 'deploy' && step.more) || 0));
    this.images = [...IMAGES, ...MORE_IMAGES.slice(0, more)];
  }

  async play(scenario: Scenario): Promise<void> {
    for (const [index, step] of scenario.steps.entries()) {
      await this.carryOut(step);
      if (!step.overlaps) {
        await this.services.cloudFormation.quiet();
        this.mayStillGrant = this.mayGrant;
        this.mayGrant = new Set();
        this.check(`After step ${index + 1} (${JSON.stringify(step)})`);
        await this.services.clock.sleep(scenario.between ?? 0);
      }
    }
    await this.services.cloudFormation.quiet();
    for (const name of [...this.services.cloudFormation.stacks.keys()]) {
      await this.operation({ kind: 'destroy', stack: Number(name.slice(5)), calls: {}, events: {} });
    }
    await this.services.cloudFormation.quiet();
    this.check('After all stacks are destroyed');
  }

  private async carryOut(step: Step): Promise<void> {
    if (step.kind === 'by hand') {
      // Otherwise, an invocation may take the change for its own.
      await this.services.cloudFormation.quiet();
      const [image, account] = [IMAGES[step.image] as string, ACCOUNTS[step.account] as string];
      if (step.allow && this.expectations.isClosed(account)) {
        return;
      }
      const allowed = this.services.workspaces.accounts(image).includes(account);
      if (allowed !== step.allow) {
        this.services.workspaces[step.allow ? 'share' : 'unshare'](image, account);
      }
      this.expectations.byHand(image, account, step.allow);
      // A person checks the result before going on.
      await this.services.clock.sleep(this.scenario.readLag + 1);
      return;
    }
    if (step.kind === 'close account') {
      await this.services.cloudFormation.quiet();
      const account = ACCOUNTS[step.account] as string;
      this.services.workspaces.closeAccount(account);
      this.expectations.close(account);
      return;
    }
    await this.operation(step);
  }

  private async operation(step: Operation): Promise<void> {
    const name = `Stack${step.stack}`;
    if (step.kind === 'destroy' && !this.services.cloudFormation.stacks.has(name)) {
      return;
    }
    const before = this.expectations.declared();
    this.step = step;
    this.callsInStep = 0;
    this.firstRequest = this.services.cloudFormation.requests.length;
    this.watch(step, before.keys());
    const startedAt = this.services.clock.now();
    let result =
      step.kind === 'deploy'
        ? await this.services.cloudFormation.deploy(
            name,
            templateFor(step, this.services.cloudFormation.events.length),
            parametersFor(step),
          )
        : await this.services.cloudFormation.destroy(name);
    this.seconds.push((this.services.clock.now() - startedAt) / 1_000);
    if (!step.overlaps) {
      await this.services.cloudFormation.quiet();
    }
    this.step = undefined;
    for (let attempt = 0; /FAILED$/.test(result.status); attempt++) {
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
    this.kept = [];
    this.checkFailures(this.services.cloudFormation.requests.slice(this.firstRequest));
    if (this.violation !== undefined) {
      throw new Error(`During ${JSON.stringify(step)}, ${this.violation}.\n${this.report()}`);
    }
    this.expectations.after({
      step,
      before,
      requests: this.services.cloudFormation.requests.slice(this.firstRequest),
      failedCalls: this.failedCalls,
      deployed: /^(CREATE|UPDATE)_COMPLETE$/.test(result.status),
    });
    if (this.services.cloudFormation.problems.length > 0) {
      throw new Error(this.services.cloudFormation.problems.join('\n'));
    }
  }

  private tryAgain(name: string, { status, failures }: OperationResult): Promise<OperationResult> {
    const isRefused = ACCOUNTS.some(
      (account) => this.expectations.isClosed(account) && failures.at(-1)?.reason.includes(account),
    );
    if (status === 'UPDATE_ROLLBACK_FAILED' && !isRefused) {
      return this.services.cloudFormation.continueRollback(name);
    }
    // No rollback can grant again to an account that was closed.
    this.kept = [];
    return this.services.cloudFormation.destroy(name);
  }

  /** Prepares the invariants of an operation. Accounts whose access the oracle does not know are left out. */
  private watch(step: Operation, declared: Iterable<string>): void {
    for (const key of declared) {
      this.mayGrant.add(key);
    }
    const live = this.services.cloudFormation.stacks.get(`Stack${step.stack}`)?.live;
    for (const [logicalId, { image, accounts }] of step.kind === 'deploy' ? sharesOf(step) : []) {
      const old = live?.get(logicalId)?.properties;
      const oldImage = String(old?.ImageId);
      for (const account of accounts) {
        this.mayGrant.add(`${image}/${account}`);
        if ([old?.AccountIds].flat().includes(account) && this.expectations.of(oldImage, account) === 'yes') {
          this.kept.push({ account, images: [oldImage, image] });
        }
      }
    }
  }

  /** An account of both declarations never loses access to both images, and one of neither never gains access. */
  checkChange({ imageId = '', accountId = '', allow, headers }: Call): void {
    if (this.services.functions.isKilled(String(headers.authorization))) {
      // The service carries out the last calls of a killed function when the step may be over.
      return;
    }
    const hasAccess = (image: string) => this.services.workspaces.accounts(image).includes(accountId);
    if (allow) {
      const key = `${imageId}/${accountId}`;
      if (!this.mayGrant.has(key) && !this.mayStillGrant.has(key)) {
        this.violation ??= `${accountId}, which is not declared, gained access to ${imageId}`;
      }
    } else if (this.kept.some(({ account, images }) => account === accountId && !images.some(hasAccess))) {
      this.violation ??= `${accountId}, which remains declared, lost access with ${imageId}`;
    }
  }

  /** An event fails only because of a call, its properties, or permissions that existed before. */
  private checkFailures(requests: readonly SentRequest[]): void {
    for (const { event, outcome, response: { Reason = '' } = {} } of requests) {
      const { RequestId, RequestType } = event;
      if (
        outcome === 'failed' &&
        !this.failedCalls.has(RequestId) &&
        !this.refused.has(RequestId) &&
        !(RequestType === 'Create' && Reason.includes('already shared')) &&
        !(RequestType !== 'Delete' && Reason.startsWith('Invalid properties'))
      ) {
        this.violation ??= `the ${RequestType} failed without a cause`;
      }
    }
  }

  noteError(call: Call): void {
    if (call.error !== undefined && call.error !== 'ThrottlingException' && !this.isOfClosedAccount(call)) {
      this.refused.add(this.requestIdOf(call));
    }
  }

  private isOfClosedAccount({ accountId = '', allow }: Call): boolean {
    return allow === true && this.expectations.isClosed(accountId);
  }

  private check(moment: string): void {
    for (const image of this.images) {
      const permitted = new Set(this.services.workspaces.accounts(image));
      for (const bystander of BYSTANDERS) {
        if (!permitted.has(bystander)) {
          throw new Error(`${moment}, ${bystander}, which no share declares, lost ${image}.`);
        }
      }
      for (const account of ACCOUNTS) {
        const expected = this.expectations.of(image, account);
        this.checked++;
        this.unchecked += expected === 'open' ? 1 : 0;
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
    if (this.isOfClosedAccount(call)) {
      const event = this.requestOf(this.requestIdOf(call))?.event;
      // To restore what an event only keeps is no reason to fail.
      if (event && !keeps(event, call.imageId ?? '', call.accountId ?? '')) {
        this.countFailure(call);
      }
    }
    if (step === undefined) {
      return undefined;
    }
    if (this.callsInStep >= (step.throttledFrom ?? Number.POSITIVE_INFINITY)) {
      this.countFailure(call);
      return THROTTLED;
    }
    const fault = step.calls[this.callsInStep];
    if (fault !== undefined && fault !== 'throttled') {
      this.countFailure(call);
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
      case 'cut in the body':
        return { kind: 'truncate', after: true };
      case 'stalled':
        return { kind: 'stall', after: true };
      case 'html':
        return { kind: 'foreign', status: 503, contentType: 'text/html', body: '<html>Unavailable</html>' };
      case 'too many':
        return { kind: 'foreign', status: 429, contentType: 'text/plain', body: 'Rate exceeded' };
      case 'slow':
        return { kind: 'delay', ms: 7_000 };
      default:
        this.services.functions.kill(String(call.headers.authorization));
        return { kind: 'cut', after: fault === 'killed after the change' };
    }
  }

  private countFailure(call: Call): void {
    const request = this.requestIdOf(call);
    this.failedCalls.set(request, (this.failedCalls.get(request) ?? 0) + 1);
  }

  private requestIdOf({ headers }: Call): string {
    return this.services.functions.requestOf(String(headers.authorization));
  }

  private responseFault(attempt: number, body: string): ResponseFault | undefined {
    const { RequestId } = JSON.parse(body);
    const { unanswered = 0 } = this.eventFault(this.requestOf(RequestId)) ?? {};
    if (attempt > unanswered) {
      return undefined;
    }
    return attempt % 2 === 1 ? { status: 503 } : { cut: true };
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
    return this.services.cloudFormation.requests.find(({ event }) => event.RequestId === requestId);
  }

  private eventFault(sent: SentRequest | undefined): EventFault | undefined {
    const index =
      sent === undefined ? -1 : this.services.cloudFormation.requests.indexOf(sent) - this.firstRequest;
    return this.step?.events[index];
  }

  /** All events with their logs. */
  private report(): string {
    return this.services.cloudFormation.requests
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
