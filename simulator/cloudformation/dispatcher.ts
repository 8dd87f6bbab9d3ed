import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { JsonObject } from '../template';
import type { Delivery, Invocation, Lambda } from './lambda';
import {
  type CustomResourceEvent,
  type CustomResourceResponse,
  onTheWire,
  type RequestType,
  readResponse,
} from './protocol';
import {
  type Cancellation,
  cancelledReason,
  type DeployedStack,
  type ResourceResult,
  type StackEventRecord,
} from './stack';
import type { ResourceRequest } from './stub-resources';

/** A response URL for one event. */
export interface OpenResponseUrl {
  readonly url: string;
  /** The first response. Later ones are accepted and ignored. */
  readonly body: Promise<string>;
}

export interface ResponseUrls {
  open(): OpenResponseUrl | Promise<OpenResponseUrl>;
}

/** How long CloudFormation waits for a response to a custom resource without a ServiceTimeout. */
const MAX_TIMEOUT_SECONDS = 3600;

/** Callbacks for tests. */
export interface Hooks {
  /** Called before a resource is created, updated or deleted. The operation waits for a promise, and fails if it throws. */
  resource?(action: RequestType, request: ResourceRequest): Promise<void> | void;
  /** How Lambda delivers an event. @default - once, without delay */
  delivery?(event: CustomResourceEvent): Delivery | undefined;
  /** Called for each stack event. */
  event?(event: StackEventRecord): void;
}

/** One event sent to a custom resource. */
export interface SentRequest {
  readonly at: number;
  readonly stack: string;
  /** The construct path of the custom resource. */
  readonly path: string;
  readonly event: CustomResourceEvent;
  readonly invocations: Invocation[];
  /** Absent while CloudFormation waits for the response. */
  outcome?: 'succeeded' | 'failed' | 'cancelled' | 'timed out' | 'refused' | 'invalid response';
  reason?: string;
  response?: CustomResourceResponse;
  milliseconds?: number;
}

/** Sends events to functions and waits for their responses. */
export class CustomResources {
  /** The events sent to custom resources, in order, each with its result. */
  readonly requests: SentRequest[] = [];
  /** Violations that no deployment should cause, such as an invalid response or a function without its role. */
  readonly problems: string[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly lambda: Lambda,
    private readonly options: {
      readonly responses: ResponseUrls;
      readonly hooks?: Hooks;
      readonly impatient?: boolean;
    },
  ) {}

  async send(
    action: RequestType,
    stack: DeployedStack,
    request: ResourceRequest,
    cancellation?: Cancellation,
  ): Promise<ResourceResult> {
    const timeout = Number(request.properties.ServiceTimeout ?? MAX_TIMEOUT_SECONDS);
    const response = await this.options.responses.open();
    const event = eventFor(action, stack, request, response.url);
    const sent: SentRequest = {
      at: this.clock.now(),
      stack: stack.name,
      path: stack.pathOf(request.logicalId),
      event,
      invocations: [],
    };
    this.requests.push(sent);
    const outcome =
      this.refusal(sent, 'cannot run') ?? (await this.waitForResponse(sent, response, timeout, cancellation));
    sent.reason = outcome.done ? undefined : outcome.reason;
    sent.milliseconds = this.clock.now() - sent.at;
    return outcome;
  }

  private async waitForResponse(
    sent: SentRequest,
    response: OpenResponseUrl,
    timeout: number,
    cancellation: Cancellation | undefined,
  ): Promise<ResourceResult> {
    const delivery = this.options.hooks?.delivery?.(sent.event) ?? { delays: [0] };
    const delivered = this.lambda.send(sent.event, delivery, (invocation) =>
      sent.invocations.push(invocation),
    );
    const decided = new AbortController();
    const first = await Promise.race([
      response.body.then((body) => ({ body })),
      this.clock.sleep(timeout * 1000, decided.signal).then(() => 'timed out' as const),
      ...(this.options.impatient ? [delivered.then(() => 'timed out' as const)] : []),
      ...(cancellation ? [cancellation.whenCancelled.then(() => 'cancelled' as const)] : []),
    ]);
    decided.abort();
    if (typeof first === 'object') {
      return this.evaluate(sent, first.body);
    }
    sent.outcome = first;
    return {
      done: false,
      reason:
        first === 'cancelled'
          ? cancelledReason(sent.event.RequestType)
          : `The function did not respond within ${timeout} seconds.`,
    };
  }

  private evaluate(sent: SentRequest, body: string): ResourceResult {
    const { response, violations } = readResponse(body, sent.event);
    if (!response) {
      sent.outcome = 'invalid response';
      const reason = `The function sent an invalid response. ${violations.join(' ')}`;
      this.problems.push(`${nameOf(sent)}: ${reason}`);
      return { done: false, reason };
    }
    sent.response = response;
    const refusal = this.refusal(sent, 'ran while it was being deleted');
    if (refusal) {
      return refusal;
    }
    if (response.Status === 'FAILED') {
      sent.outcome = 'failed';
      return { done: false, reason: response.Reason ?? '', physicalId: response.PhysicalResourceId };
    }
    sent.outcome = 'succeeded';
    return { done: true, physicalId: response.PhysicalResourceId, attributes: response.Data ?? {} };
  }

  private refusal(sent: SentRequest, what: string): ResourceResult | undefined {
    const missing = this.lambda.missing(sent.event.ServiceToken);
    if (missing.length === 0) {
      return undefined;
    }
    sent.outcome = 'refused';
    const reason = `The function ${what}: ${missing.join(', ')} does not exist.`;
    this.problems.push(`${nameOf(sent)}: ${reason}`);
    return { done: false, reason };
  }
}

function eventFor(
  action: RequestType,
  stack: DeployedStack,
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

function nameOf({ event, path }: SentRequest): string {
  return `${event.RequestType} of ${path}`;
}
