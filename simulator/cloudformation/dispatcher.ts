import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { JsonObject } from '../template';
import type { Delivery, Invocation, Lambda } from './lambda';
import {
  type CustomResourceAnswer,
  type CustomResourceEvent,
  onTheWire,
  type RequestType,
  readAnswer,
  serviceTimeoutSeconds,
} from './protocol';
import { cancelledReason, type Outcome, type Stack, type StackEvent } from './stack';
import type { ResourceRequest } from './stub-resources';

/** A response URL for one event. */
export interface OpenResponseUrl {
  readonly url: string;
  /** The first answer; later ones are taken and ignored. */
  readonly body: Promise<string>;
}

export interface ResponseUrls {
  open(): OpenResponseUrl | Promise<OpenResponseUrl>;
}

/** Where a test steps in. */
export interface Hooks {
  /** Before a resource of any type is created, updated or deleted: a throw fails it, a promise makes it wait. */
  resource?(action: RequestType, request: ResourceRequest): Promise<void> | void;
  /** How Lambda delivers an event; by default once, at once. */
  delivery?(event: CustomResourceEvent): Delivery | undefined;
  /** Each line of the stacks' events. */
  event?(event: StackEvent): void;
}

/** One event sent to a custom resource. */
export interface SentRequest {
  readonly at: number;
  readonly stack: string;
  readonly event: CustomResourceEvent;
  readonly invocations: Invocation[];
  /** Absent while CloudFormation waits. */
  outcome?: 'succeeded' | 'failed' | 'cancelled' | 'timed out' | 'refused' | 'broke the protocol';
  reason?: string;
  answer?: CustomResourceAnswer;
  milliseconds?: number;
}

/** Sends events to functions and waits for their answers. */
export class CustomResources {
  constructor(
    private readonly clock: Clock,
    private readonly lambda: Lambda,
    private readonly responses: ResponseUrls,
    private readonly hooks: Hooks,
    private readonly requests: SentRequest[],
    private readonly problems: string[],
    /** Whether to go on at once where nothing is left that could answer. */
    private readonly impatient: boolean,
  ) {}

  async send(
    action: RequestType,
    stack: Stack,
    request: ResourceRequest,
    cancelled?: AbortSignal,
  ): Promise<Outcome> {
    const timeout = serviceTimeoutSeconds(request.properties);
    const response = await this.responses.open();
    const event = eventFor(action, stack, request, response.url);
    const sent: SentRequest = { at: this.clock.now(), stack: stack.name, event, invocations: [] };
    this.requests.push(sent);
    const outcome =
      this.refusal(sent, 'cannot run') ?? (await this.answered(sent, response, timeout, cancelled));
    sent.reason = outcome.done ? undefined : outcome.reason;
    sent.milliseconds = this.clock.now() - sent.at;
    return outcome;
  }

  private async answered(
    sent: SentRequest,
    response: OpenResponseUrl,
    timeout: number,
    cancelled: AbortSignal | undefined,
  ): Promise<Outcome> {
    const delivery = this.hooks.delivery?.(sent.event) ?? { delays: [0] };
    const delivered = this.lambda.send(sent.event, delivery, (invocation) =>
      sent.invocations.push(invocation),
    );
    const first = await Promise.race([
      response.body.then((body) => ({ body })),
      this.clock.sleep(timeout * 1000).then(() => 'timed out' as const),
      ...(this.impatient ? [delivered.then(() => 'timed out' as const)] : []),
      ...(cancelled ? [aborted(cancelled).then(() => 'cancelled' as const)] : []),
    ]);
    if (typeof first === 'object') {
      return this.judged(sent, first.body);
    }
    sent.outcome = first;
    return {
      done: false,
      reason:
        first === 'cancelled'
          ? cancelledReason(sent.event.RequestType)
          : `The function did not answer within ${timeout} seconds.`,
    };
  }

  private judged(sent: SentRequest, body: string): Outcome {
    const { answer, violations } = readAnswer(body, sent.event);
    if (!answer) {
      sent.outcome = 'broke the protocol';
      const reason = `Invalid answer of the function. ${violations.join(' ')}`;
      this.problems.push(`${nameOf(sent)}: ${reason}`);
      return { done: false, reason };
    }
    sent.answer = answer;
    const withdrawn = this.refusal(sent, 'ran while it was being taken apart');
    if (withdrawn) {
      return withdrawn;
    }
    if (answer.Status === 'FAILED') {
      sent.outcome = 'failed';
      return { done: false, reason: answer.Reason ?? '', physicalId: answer.PhysicalResourceId };
    }
    sent.outcome = 'succeeded';
    return { done: true, physicalId: answer.PhysicalResourceId, attributes: answer.Data ?? {} };
  }

  private refusal(sent: SentRequest, what: string): Outcome | undefined {
    const missing = this.lambda.missing(sent.event.ServiceToken);
    if (missing.length === 0) {
      return undefined;
    }
    sent.outcome = 'refused';
    const reason = `The function ${what}: ${missing.join(', ')} does not exist at this moment.`;
    this.problems.push(`${nameOf(sent)}: ${reason}`);
    return { done: false, reason };
  }
}

function eventFor(
  action: RequestType,
  stack: Stack,
  request: ResourceRequest,
  url: string,
): CustomResourceEvent {
  const properties = onTheWire(request.properties) as JsonObject;
  return {
    RequestType: action,
    ServiceToken: String(properties.ServiceToken),
    ResponseURL: url,
    StackId: stack.environment.stackId,
    RequestId: randomUUID(),
    LogicalResourceId: request.logicalId,
    ...(action !== 'Create' && { PhysicalResourceId: request.physicalId }),
    ResourceType: request.type,
    ResourceProperties: properties,
    ...(action === 'Update' && { OldResourceProperties: request.oldProperties }),
  };
}

function nameOf({ event }: SentRequest): string {
  return `${event.RequestType} of ${event.LogicalResourceId}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
