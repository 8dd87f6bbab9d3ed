import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import {
  type Call,
  WorkspacesEndpoint,
  type WorkspacesEndpointOptions,
} from '../../simulator/workspaces-endpoint';
import { VirtualClock } from './virtual-clock';

export const IMAGE = 'wsi-8t4x2k9p7';
export const OTHER_IMAGE = 'wsi-0other000';
export const A = '111122223333';
export const B = '444455556666';
export const C = '777788889999';
/** Shared with by hand, and named by no share. */
export const BYSTANDER = '999900001111';
export const LOGICAL_ID = 'WorkspaceImageSharewsi8t4x2k9p7';

export interface Answered {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: Record<string, string>;
}

/** What the response URL does with an answer, in place of taking it. */
export type AnswerFault = number | 'cut' | 'slow';

export type Handler = (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void>;

/** The surroundings of one function: the WorkSpaces API, the store behind the response URL, and time. */
export class LambdaWorld {
  static async start(options: WorkspacesEndpointOptions = {}): Promise<LambdaWorld> {
    const clock = new VirtualClock();
    const endpoint = await WorkspacesEndpoint.start({
      images: [{ imageId: IMAGE }, { imageId: OTHER_IMAGE }],
      ...options,
      clock: clock.serverSide,
    });
    const world = new LambdaWorld(clock, endpoint);
    await new Promise<void>((resolve) => world.store.listen(0, '127.0.0.1', resolve));
    return world;
  }

  /** The answers as they arrived, taken or not. */
  readonly documents: string[] = [];
  /** What each of them came with, and when. */
  readonly deliveries: { method?: string; headers: IncomingHttpHeaders; at: number }[] = [];
  readonly answerFaults: AnswerFault[] = [];
  readonly logLines: string[] = [];
  timeout = 900_000;
  private readonly store: Server;
  private readonly restore: () => void;
  private events = 0;

  private constructor(
    readonly clock: VirtualClock,
    readonly endpoint: WorkspacesEndpoint,
  ) {
    this.store = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        this.documents.push(Buffer.concat(chunks).toString());
        this.deliveries.push({ method: request.method, headers: request.headers, at: this.clock.now() });
        const fault = this.answerFaults.shift();
        if (fault === 'cut') {
          request.socket.destroy();
          return;
        }
        if (fault === 'slow') {
          await this.clock.serverSide.sleep(60_000);
        }
        response.writeHead(typeof fault === 'number' ? fault : 200).end();
      });
    });
    this.restore = this.clock.install(globalThis);
    const written = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
      this.logLines.push(String(line));
      return true;
    });
    this.stopListening = () => written.mockRestore();
    Object.assign(process.env, {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_WORKSPACES: endpoint.url,
    });
  }

  private readonly stopListening: () => void;

  get responseUrl(): string {
    return `http://127.0.0.1:${(this.store.address() as AddressInfo).port}/secret-path?signature=secret`;
  }

  /** The function in a new execution environment, from its source. */
  newEnvironment(): Handler {
    let handler: Handler | undefined;
    jest.isolateModules(() => {
      handler = require('../../lambda/index').handler;
    });
    return handler as Handler;
  }

  create(properties: object, more: object = {}): CloudFormationCustomResourceEvent {
    return this.event({ RequestType: 'Create', ResourceProperties: properties, ...more });
  }

  update(properties: object, old: object, more: object = {}): CloudFormationCustomResourceEvent {
    return this.event({
      RequestType: 'Update',
      PhysicalResourceId: `share/${IMAGE}/${LOGICAL_ID}`,
      ResourceProperties: properties,
      OldResourceProperties: old,
      ...more,
    });
  }

  delete(properties: object, more: object = {}): CloudFormationCustomResourceEvent {
    return this.event({
      RequestType: 'Delete',
      PhysicalResourceId: `share/${IMAGE}/${LOGICAL_ID}`,
      ResourceProperties: properties,
      ...more,
    });
  }

  /** Sends an event to an execution environment, a new one unless it is given, and returns the last answer. */
  async send(event: CloudFormationCustomResourceEvent, handler = this.newEnvironment()): Promise<Answered> {
    const before = this.documents.length;
    await this.clock.run(this.invoke(event, handler));
    if (this.documents.length === before) {
      throw new Error('The event was not answered.');
    }
    return JSON.parse(this.documents.at(-1) as string);
  }

  /** Starts an invocation; the clock must be run for it to go on. */
  invoke(event: CloudFormationCustomResourceEvent, handler = this.newEnvironment()): Promise<void> {
    const end = this.clock.now() + this.timeout;
    return handler(event, {
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
      getRemainingTimeInMillis: () => end - this.clock.now(),
    } as Context);
  }

  /** When the first answer arrived. */
  get answeredAt(): number | undefined {
    return this.deliveries[0]?.at;
  }

  accounts(imageId = IMAGE): string[] {
    return this.endpoint.accounts(imageId);
  }

  /** The lines of the log with a message. */
  logged(message: string): Record<string, unknown>[] {
    return this.logLines.map((line) => JSON.parse(line)).filter((line) => line.message === message);
  }

  /** The writes as the endpoint got them: `+111122223333`, `-444455556666`. */
  writes(calls: readonly Call[] = this.endpoint.calls): string[] {
    return calls
      .filter((call) => call.operation === 'UpdateWorkspaceImagePermission')
      .map((call) => `${call.allow ? '+' : '-'}${call.accountId}`);
  }

  reads(): number {
    return this.endpoint.calls.filter((call) => call.operation === 'DescribeWorkspaceImagePermissions')
      .length;
  }

  async close(): Promise<void> {
    this.restore();
    this.stopListening();
    this.store.closeAllConnections();
    await Promise.all([this.endpoint.close(), new Promise((resolve) => this.store.close(resolve))]);
  }

  private event(event: object): CloudFormationCustomResourceEvent {
    this.events++;
    return {
      ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
      ResponseURL: this.responseUrl,
      StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
      RequestId: `request-${this.events}`,
      LogicalResourceId: LOGICAL_ID,
      ResourceType: 'Custom::WorkspaceImageShare',
      ...event,
    } as CloudFormationCustomResourceEvent;
  }
}

/** Different account ids, all with the same first digit. */
export function accountIds(count: number, leading: number): string[] {
  return Array.from({ length: count }, (_, index) => `${leading}${String(index).padStart(11, '0')}`);
}

/** The properties of a share, as CloudFormation sends them. */
export function share(accounts: unknown = [A, B], more: object = {}): object {
  return {
    ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
    ServiceTimeout: '1020',
    ImageId: IMAGE,
    AccountIds: accounts,
    ...more,
  };
}
