import files from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { Response } from '../../lambda/response';
import type { StackEventRecord } from '../../simulator/cloudformation';
import { CloudFormationEndpoint } from '../../simulator/cloudformation-endpoint';
import {
  type Call,
  WorkspacesEndpoint,
  type WorkspacesEndpointOptions,
} from '../../simulator/workspaces-endpoint';
import { IMAGE, OTHER_IMAGE } from '../lambda/events';
import { NO_FILES, VirtualClock } from './virtual-clock';

/** What the response URL does instead of accepting a response. */
export type ResponseFault = number | 'cut' | 'slow';

export type Handler = (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void>;

/** Runs the handler from its source, with the services that it calls over HTTP, and virtual time. */
export class FunctionHarness {
  static async start(options: WorkspacesEndpointOptions = {}): Promise<FunctionHarness> {
    const clock = new VirtualClock();
    const endpoint = await WorkspacesEndpoint.start({
      images: [{ imageId: IMAGE }, { imageId: OTHER_IMAGE }],
      ...options,
      clock: clock.serverSide,
    });
    const stackEvents: StackEventRecord[] = [];
    const cloudFormation = await CloudFormationEndpoint.start({
      events: () => stackEvents,
      clock: clock.serverSide,
    });
    const harness = new FunctionHarness(clock, endpoint, cloudFormation, stackEvents);
    await new Promise<void>((resolve) => harness.store.listen(0, '127.0.0.1', resolve));
    return harness;
  }

  /** The responses as they arrived, accepted or not. */
  readonly documents: string[] = [];
  readonly deliveries: { method?: string; headers: IncomingHttpHeaders; at: number }[] = [];
  readonly responseFaults: ResponseFault[] = [];
  readonly logLines: string[] = [];
  timeout = 900_000;
  private readonly store: Server;
  private readonly restore: () => void;

  private constructor(
    readonly clock: VirtualClock,
    readonly endpoint: WorkspacesEndpoint,
    readonly cloudFormation: CloudFormationEndpoint,
    /** The events of the stack, the oldest first. */
    readonly stackEvents: StackEventRecord[],
  ) {
    this.store = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        this.documents.push(Buffer.concat(chunks).toString());
        this.deliveries.push({ method: request.method, headers: request.headers, at: this.clock.now() });
        const fault = this.responseFaults.shift();
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
    const restoreClock = this.clock.install(globalThis);
    const written = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
      this.logLines.push(String(line));
      return true;
    });
    const read = jest.spyOn(files, 'readFile').mockImplementation(NO_FILES.readFile);
    this.restore = () => {
      restoreClock();
      written.mockRestore();
      read.mockRestore();
    };
    Object.assign(process.env, {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_WORKSPACES: endpoint.url,
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
    });
  }

  get responseUrl(): string {
    return `http://127.0.0.1:${(this.store.address() as AddressInfo).port}/secret-path?signature=secret`;
  }

  /** The function in a new execution environment. */
  newEnvironment(): Handler {
    let handler: Handler | undefined;
    jest.isolateModules(() => {
      handler = require('../../lambda/index').handler;
    });
    return handler as Handler;
  }

  /** Records a stack event of the resource that an event is for. */
  record(event: CloudFormationCustomResourceEvent, status: string): void {
    this.stackEvents.push({
      at: this.clock.now(),
      stack: 'Images',
      stackId: event.StackId,
      logicalId: event.LogicalResourceId,
      type: event.ResourceType,
      physicalId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined,
      status,
      properties: event.ResourceProperties as never,
    });
  }

  /** Sends an event as CloudFormation does, and returns the response. */
  async send(event: CloudFormationCustomResourceEvent, handler?: Handler): Promise<Response> {
    this.record(event, `${event.RequestType.toUpperCase()}_IN_PROGRESS`);
    return this.deliver(event, handler);
  }

  /** Delivers an event, whether or not CloudFormation waits for it, and returns the response. */
  async deliver(event: CloudFormationCustomResourceEvent, handler?: Handler): Promise<Response> {
    const before = this.documents.length;
    await this.clock.run(this.invoke(event, handler));
    if (this.documents.length === before) {
      throw new Error('There was no response to the event.');
    }
    return JSON.parse(this.documents.at(-1) as string);
  }

  /** Starts an invocation. It goes on while the clock runs. */
  invoke(event: CloudFormationCustomResourceEvent, handler = this.newEnvironment()): Promise<void> {
    const end = this.clock.now() + this.timeout;
    return handler(
      { ...event, ResponseURL: event.ResponseURL === UNSET_URL ? this.responseUrl : event.ResponseURL },
      {
        invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
        getRemainingTimeInMillis: () => end - this.clock.now(),
      } as Context,
    );
  }

  accounts(imageId = IMAGE): string[] {
    return this.endpoint.accounts(imageId);
  }

  /** Makes the service refuse to share with an account, or to unshare from it. */
  refuse(accountId: string, allow = true): void {
    this.endpoint.onCall = (call) =>
      call.accountId === accountId && call.allow === allow
        ? { kind: 'error', name: 'OperationNotSupportedException', message: 'Not this one.' }
        : undefined;
  }

  /** The lines of the log with a message. */
  logged(message: string): Record<string, unknown>[] {
    return this.logLines.map((line) => JSON.parse(line)).filter((line) => line.message === message);
  }

  /** The changes that were called for: `+111122223333`, `-444455556666`. */
  changes(calls: readonly Call[] = this.endpoint.calls): string[] {
    return calls
      .filter((call) => call.operation === 'UpdateWorkspaceImagePermission')
      .map((call) => `${call.allow ? '+' : '-'}${call.accountId}`);
  }

  async close(): Promise<void> {
    this.restore();
    this.store.closeAllConnections();
    await Promise.all([
      this.endpoint.close(),
      this.cloudFormation.close(),
      new Promise((resolve) => this.store.close(resolve)),
    ]);
  }
}

/** Events get the URL of the harness unless they name another one. */
export const UNSET_URL = 'http://127.0.0.1:1/';
