import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, realClock } from './clock';
import type { StackEventRecord } from './cloudformation';
import { clientGone, LoopbackServer, respond } from './loopback-server';

/** A request to the endpoint. */
export interface CloudFormationCall {
  readonly operation: string;
  readonly stackName?: string;
  readonly nextToken?: string;
  readonly at: number;
  /** The HTTP status; 0 until the response is sent. */
  status: number;
  /** The code of the error in the response. */
  error?: string;
}

/**
 * How a request fails: `broken` responds with the HTML page of a proxy, and `unreachable` accepts the request and never
 * responds to it.
 */
export type CloudFormationFault = 'denied' | 'throttled' | 'broken' | 'unreachable';

/** A value for all requests, or one for each. */
type PerRequest<T> = T | ((call: CloudFormationCall) => T);

type Lag = number | ((event: StackEventRecord) => number);

export interface CloudFormationEndpointOptions {
  /** The events of a stack by its name or ID, the oldest first; undefined if there is no such stack. */
  readonly events: (stackNameOrId: string) => readonly StackEventRecord[] | undefined;
  /** @default - the real time */
  readonly clock?: Clock;
  /** Milliseconds that a request takes. @default 0 */
  readonly latency?: PerRequest<number>;
  /**
   * Milliseconds until an event is shown. A function is called for each request, so that a page can show fewer
   * events than the one before it, and can return the lag of each event.
   *
   * @default 0
   */
  readonly lag?: number | (() => Lag);
  /** @default - requests succeed */
  readonly fault?: PerRequest<CloudFormationFault | undefined>;
}

/** The number of events in a page of DescribeStackEvents. */
const PAGE = 100;
/** What a proxy responds if it cannot reach the service. */
const PROXY_PAGE = '<html><body><h1>503 Service Unavailable</h1></body></html>';
const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/** An error in the form of the AWS Query protocol. */
class QueryError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/**
 * AWS CloudFormation on loopback, reduced to DescribeStackEvents: the AWS Query protocol over HTTP. A request must
 * be signed, but the signature is not verified.
 */
export class CloudFormationEndpoint extends LoopbackServer {
  static async start(options: CloudFormationEndpointOptions): Promise<CloudFormationEndpoint> {
    const endpoint = new CloudFormationEndpoint(options);
    await endpoint.listen();
    return endpoint;
  }

  /** The requests in the order of their arrival. */
  readonly calls: CloudFormationCall[] = [];
  latency: PerRequest<number>;
  lag: number | (() => Lag);
  fault: PerRequest<CloudFormationFault | undefined>;

  private readonly clock: Clock;

  private constructor(private readonly options: CloudFormationEndpointOptions) {
    super();
    this.clock = options.clock ?? realClock;
    this.latency = options.latency ?? 0;
    this.lag = options.lag ?? 0;
    this.fault = options.fault;
  }

  protected async serve(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(body);
    const call: CloudFormationCall = {
      operation: form.get('Action') ?? '',
      stackName: form.get('StackName') ?? undefined,
      nextToken: form.get('NextToken') ?? undefined,
      at: this.clock.now(),
      status: 0,
    };
    this.calls.push(call);

    const fault = forRequest(this.fault, call);
    if (fault === 'unreachable') {
      return clientGone(response, this.clock);
    }
    const latency = forRequest(this.latency, call);
    if (latency > 0) {
      // Stop waiting when the client closes the connection.
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      await this.clock.sleep(latency, gone.signal);
      if (gone.signal.aborted) {
        return;
      }
    }
    if (fault === 'broken') {
      call.status = 503;
      return respond(response, this.clock, call.status, PROXY_PAGE, { 'content-type': 'text/html' });
    }
    const requestId = randomUUID();
    const document = this.document(call, request, element('RequestId', requestId), fault);
    respond(response, this.clock, call.status, document, {
      'content-type': 'text/xml',
      'x-amzn-RequestId': requestId,
    });
  }

  private document(
    call: CloudFormationCall,
    request: IncomingMessage,
    requestId: string,
    fault: CloudFormationFault | undefined,
  ): string {
    try {
      refuse(call, request, fault);
      const result = this.describeStackEvents(call);
      call.status = 200;
      return `<DescribeStackEventsResponse xmlns="${NAMESPACE}"><DescribeStackEventsResult>${result}</DescribeStackEventsResult><ResponseMetadata>${requestId}</ResponseMetadata></DescribeStackEventsResponse>`;
    } catch (error) {
      // Any other error comes from the function that returns the events.
      const { code, message, status } =
        error instanceof QueryError ? error : new QueryError('InternalFailure', `${error}`, 500);
      call.status = status;
      call.error = code;
      const type = element('Type', status < 500 ? 'Sender' : 'Receiver');
      return `<ErrorResponse xmlns="${NAMESPACE}"><Error>${type}${element('Code', code)}${element('Message', message)}</Error>${requestId}</ErrorResponse>`;
    }
  }

  private describeStackEvents({ stackName = '', nextToken }: CloudFormationCall): string {
    const events = this.options.events(stackName);
    if (events === undefined) {
      throw new QueryError('ValidationError', `Stack [${stackName}] does not exist`);
    }
    const lag = typeof this.lag === 'function' ? this.lag() : this.lag;
    const lagOf = typeof lag === 'function' ? lag : () => lag;
    const now = this.clock.now();
    const shown = events.filter((event) => event.at + lagOf(event) <= now);
    // A token is the number of older events, so that new events do not move the pages.
    const end = nextToken === undefined ? shown.length : olderThan(nextToken);
    const start = Math.max(0, end - PAGE);
    const members = shown
      .slice(start, end)
      .map((event, index) => member(event, start + index))
      .reverse();
    const next = start > 0 ? element('NextToken', tokenFor(start)) : '';
    return `<StackEvents>${members.join('')}</StackEvents>${next}`;
  }
}

function forRequest<T extends string | number | undefined>(
  value: PerRequest<T>,
  call: CloudFormationCall,
): T {
  return typeof value === 'function' ? value(call) : value;
}

function refuse(
  { operation, stackName }: CloudFormationCall,
  { method, url, headers }: IncomingMessage,
  fault: CloudFormationFault | undefined,
): void {
  const missing =
    "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null";
  const denied = `User is not authorized to perform: cloudformation:DescribeStackEvents on resource: ${stackName}`;
  const isKnown = method === 'POST' && url === '/' && operation === 'DescribeStackEvents';
  const errors: [isRefused: boolean, code: string, message: string, status?: number][] = [
    [!headers.authorization, 'MissingAuthenticationToken', 'Request is missing Authentication Token', 403],
    [!isKnown, 'InvalidAction', `Could not find operation ${operation}`],
    [!stackName, 'ValidationError', missing],
    [fault === 'throttled', 'Throttling', 'Rate exceeded'],
    [fault === 'denied', 'AccessDenied', denied, 403],
  ];
  for (const [isRefused, ...error] of errors) {
    if (isRefused) {
      throw new QueryError(...error);
    }
  }
}

function member(event: StackEventRecord, index: number): string {
  const { at, stack, stackId, logicalId, physicalId, type, status, reason, properties, hookType } = event;
  return `<member>${[
    element('StackId', stackId),
    element('EventId', `${logicalId}-${status}-${index}`),
    element('StackName', stack),
    element('LogicalResourceId', logicalId),
    element('PhysicalResourceId', physicalId ?? ''),
    element('ResourceType', type),
    element('Timestamp', new Date(at).toISOString()),
    element('ResourceStatus', status),
    ...(reason === undefined ? [] : [element('ResourceStatusReason', reason)]),
    ...(hookType === undefined ? [] : [element('HookType', hookType)]),
    ...(properties === undefined ? [] : [element('ResourceProperties', JSON.stringify(properties))]),
  ].join('')}</member>`;
}

function tokenFor(older: number): string {
  return Buffer.from(`events/${older}`).toString('base64url');
}

function olderThan(token: string): number {
  const older = Number(/^events\/(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1]);
  if (!(older > 0)) {
    throw new QueryError('ValidationError', 'NextToken is invalid');
  }
  return older;
}

function element(name: string, text: string): string {
  return `<${name}>${text.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`)}</${name}>`;
}
