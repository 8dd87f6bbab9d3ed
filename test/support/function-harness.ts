import files from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { Response } from '../../lambda/event/response';
import type { StackEventRecord } from '../../simulator/cloudformation';
import { CloudFormationEndpoint } from '../../simulator/cloudformation-endpoint';
import { ResponseServer } from '../../simulator/response-server';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { IMAGE, OTHER_IMAGE } from '../lambda/share/events';
import { NO_FILES, VirtualClock } from './virtual-clock';

/** What the response URL does instead of accepting a response. */
export type ResponseFault = number | 'cut' | 'slow';

type Handler = (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void>;

/** One attempt to respond. */
interface Delivery {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
}

/** Runs a handler from its source, with the services that it calls over HTTP, and virtual time. */
export class FunctionHarness {
  clock!: VirtualClock;
  endpoint!: WorkspacesEndpoint;
  cloudFormation!: CloudFormationEndpoint;
  /** The events of the stack, the oldest first. */
  stackEvents!: StackEventRecord[];
  /** The responses as they arrived, accepted or not. */
  deliveries!: Delivery[];
  responseFaults!: ResponseFault[];
  logLines!: string[];
  timeout!: number;
  /** The error with which the last invocation ended. */
  invocationError?: Error;
  /** The response URL of the event that was sent last, which its duplicates have too. */
  responseUrl!: string;
  private responses!: ResponseServer;
  private restore!: () => void;

  constructor(
    private readonly folder: 'share' | 'copy' | 'bundle',
    private readonly options: WorkspacesEndpointOptions,
  ) {}

  /** Starts the services anew, and forgets what the harness has recorded. */
  async start(): Promise<void> {
    this.clock = new VirtualClock();
    this.stackEvents = [];
    this.deliveries = [];
    this.responseFaults = [];
    this.logLines = [];
    this.timeout = 900_000;
    this.invocationError = undefined;
    const clock = this.clock.serverSide;
    this.endpoint = await WorkspacesEndpoint.start({
      images: [{ imageId: IMAGE }, { imageId: OTHER_IMAGE }],
      ...this.options,
      clock,
    });
    this.cloudFormation = await CloudFormationEndpoint.start({ events: () => this.stackEvents, clock });
    this.responses = await ResponseServer.start({
      clock,
      fault: (_, body, headers) => this.faultOf({ body, headers, at: this.clock.now() }),
    });
    this.responseUrl = this.responses.open().url;
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
      AWS_ENDPOINT_URL_WORKSPACES: this.endpoint.url,
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.cloudFormation.url,
    });
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

  /** Records stack events of other resources, which end now, or were that old. */
  recordOthers(
    event: CloudFormationCustomResourceEvent,
    count: number,
    age = 0,
    status = 'CREATE_COMPLETE',
  ): void {
    for (let n = 0; n < count; n++) {
      this.record({ ...event, LogicalResourceId: `Other${n}` }, status);
      Object.assign(this.stackEvents.at(-1) as object, { at: this.clock.now() - age });
    }
  }

  /** Sends an event as CloudFormation does, and returns the response. */
  async send(event: CloudFormationCustomResourceEvent): Promise<Response> {
    this.begin(event);
    const response = await this.deliver(event);
    const type = event.RequestType.toUpperCase();
    this.record(event, response.Status === 'SUCCESS' ? `${type}_COMPLETE` : `${type}_FAILED`);
    return response;
  }

  /** Records that an event begins, with a response URL of now. */
  begin(event: CloudFormationCustomResourceEvent): void {
    this.responseUrl = this.responses.open().url;
    this.record(event, `${event.RequestType.toUpperCase()}_IN_PROGRESS`);
  }

  /** Lets time pass, for example so that the next event does not settle. */
  async pass(seconds: number): Promise<void> {
    await this.clock.run(this.clock.sleep(seconds * 1_000));
  }

  /** Delivers an event, whether or not CloudFormation waits for it, and returns the response. */
  async deliver(event: CloudFormationCustomResourceEvent): Promise<Response> {
    const before = this.deliveries.length;
    this.invocationError = undefined;
    const invocation = this.invoke(event).catch((error) => {
      this.invocationError = error;
    });
    await this.clock.run(invocation);
    const response = this.deliveries.at(-1)?.body;
    if (response === undefined || this.deliveries.length === before) {
      throw this.invocationError ?? new Error('There was no response to the event.');
    }
    const error = this.invocationError as Error | undefined;
    if (error?.message.includes('could not be delivered')) {
      throw error;
    }
    return JSON.parse(response);
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
  changes(): string[] {
    return this.endpoint.calls
      .filter((call) => call.operation === 'UpdateWorkspaceImagePermission')
      .map((call) => `${call.allow ? '+' : '-'}${call.accountId}`);
  }

  async close(): Promise<void> {
    this.restore();
    await Promise.all([this.endpoint, this.cloudFormation, this.responses].map((server) => server.close()));
  }

  /** Runs the function in a new execution environment. */
  private invoke(event: CloudFormationCustomResourceEvent): Promise<void> {
    let handler: Handler = () => Promise.reject();
    jest.isolateModules(() => {
      handler = require(`../../lambda/${this.folder}/index`).handler;
    });
    const end = this.clock.now() + this.timeout;
    return handler({ ...event, ResponseURL: event.ResponseURL || this.responseUrl }, {
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
      getRemainingTimeInMillis: () => end - this.clock.now(),
    } as Context);
  }

  private async faultOf(delivery: Delivery) {
    this.deliveries.push(delivery);
    const fault = this.responseFaults.shift();
    if (fault === 'slow') {
      await this.clock.serverSide.sleep(60_000);
      return undefined;
    }
    return fault === 'cut' ? { cut: true as const } : { status: fault };
  }
}

/** The function for shares, or for copies, which starts anew before each test of the file. */
export function useFunction(
  options: WorkspacesEndpointOptions = {},
  folder: 'share' | 'copy' | 'bundle' = 'share',
): FunctionHarness {
  const harness = new FunctionHarness(folder, options);
  beforeEach(() => harness.start());
  afterEach(() => harness.close());
  return harness;
}
