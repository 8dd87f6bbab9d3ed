import type { OperationResult, SentRequest } from '../../simulator/cloudformation';
import type { ResponseFault } from '../../simulator/response-server';
import type { Call, Fault } from '../../simulator/workspaces-endpoint';
import { type SimulatedServices, startServices } from '../support/simulated-services';
import { Expectations } from './expectations';
import type { EventFault, Operation, Scenario, Step } from './scenario';
import { ACCOUNTS, IMAGES, MORE_IMAGES, parametersFor, templateFor } from './templates';

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
    const { retriedRollbacks, seconds } = simulation;
    return { retriedRollbacks, seconds };
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
}

class Simulation {
  static async start(scenario: Scenario, isStrict: boolean): Promise<Simulation> {
    const draw = random(scenario.seed ?? 1);
    const { readLag, backwards = false, stackEventLag = 0, cannotAsk, cold } = scenario;
    const services = await startServices({
      workspaces: {
        ...scenario,
        readLag: backwards ? () => Math.floor(draw() * (readLag + 1)) : readLag,
        images: [...IMAGES, ...MORE_IMAGES].map((imageId) => ({ imageId, sharedWith: BYSTANDERS })),
        onCall: (call) => simulation.faultFor(call),
      },
      stackEvents: { lag: () => Math.floor(draw() * (stackEventLag + 1)), fault: cannotAsk },
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
  /** When the first response to each request arrived, whether or not CloudFormation waited for it. */
  private readonly respondedAt = new Map<string, number>();
  private readonly expectations: Expectations;
  private step?: Operation;
  private callsInStep = 0;
  /** How many calls for each event failed, other than by passing throttling. */
  private readonly failedCalls = new Map<string, number>();
  private firstRequest = 0;

  private constructor(
    private readonly scenario: Scenario,
    private readonly isStrict: boolean,
    readonly services: SimulatedServices,
  ) {
    this.expectations = new Expectations(services.cloudFormation, scenario, this.respondedAt, isStrict);
  }

  async play(scenario: Scenario): Promise<void> {
    for (const [index, step] of scenario.steps.entries()) {
      await this.carryOut(step);
      if (!step.overlaps) {
        await this.services.cloudFormation.quiet();
        this.expectations.quiet();
        this.check(`After step ${index + 1} (${JSON.stringify(step)})`);
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
      const allowed = this.services.workspaces.accounts(image).includes(account);
      if (allowed !== step.allow) {
        this.services.workspaces[step.allow ? 'share' : 'unshare'](image, account);
      }
      this.expectations.byHand(image, account, step.allow);
      // A person checks the result before going on.
      await this.services.clock.sleep(this.scenario.readLag + 1);
      return;
    }
    if (step.kind === 'respell') {
      this.services.respell(`Stack${step.stack}`);
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

  private tryAgain(name: string, { status }: OperationResult): Promise<OperationResult> {
    return status === 'UPDATE_ROLLBACK_FAILED'
      ? this.services.cloudFormation.continueRollback(name)
      : this.services.cloudFormation.destroy(name);
  }

  private check(moment: string): void {
    for (const image of IMAGES) {
      const permitted = new Set(this.services.workspaces.accounts(image));
      for (const bystander of BYSTANDERS) {
        if (!permitted.has(bystander)) {
          throw new Error(`${moment}, ${bystander}, which no share declares, lost ${image}.`);
        }
      }
      for (const account of ACCOUNTS) {
        const expected = this.expectations.of(image, account);
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
      case 'slow':
        return { kind: 'delay', ms: 7_000 };
      default:
        this.services.functions.kill(String(call.headers.authorization));
        return { kind: 'cut', after: fault === 'killed after the change' };
    }
  }

  private countFailure(call: Call): void {
    const request = this.services.functions.requestOf(String(call.headers.authorization));
    this.failedCalls.set(request, (this.failedCalls.get(request) ?? 0) + 1);
  }

  private responseFault(attempt: number, body: string): ResponseFault | undefined {
    const { RequestId } = JSON.parse(body);
    if (!this.respondedAt.has(RequestId)) {
      this.respondedAt.set(RequestId, this.services.clock.now());
    }
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

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
