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

/** Runs the handler from its source, with the services that it calls over HTTP, and virtual time. */
export class FunctionHarness {
  static async start(
    options: WorkspacesEndpointOptions = {},
    room: 'share' | 'copy' = 'share',
  ): Promise<FunctionHarness> {
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
    const responses = await ResponseServer.start({
      clock: clock.serverSide,
      fault: (_, body, headers) => harness.faultOf({ body, headers, at: clock.now() }),
    });
    const harness = new FunctionHarness(room, clock, endpoint, cloudFormation, responses, stackEvents);
    return harness;
  }

  /** The responses as they arrived, accepted or not. */
  readonly deliveries: Delivery[] = [];
  readonly responseFaults: ResponseFault[] = [];
  readonly logLines: string[] = [];
  timeout = 900_000;
  /** The error with which the last invocation ended. */
  invocationError?: Error;
  /** The response URL of the event that was sent last, which its duplicates have too. */
  responseUrl: string;
  private readonly restore: () => void;

  private constructor(
    private readonly room: string,
    readonly clock: VirtualClock,
    readonly endpoint: WorkspacesEndpoint,
    readonly cloudFormation: CloudFormationEndpoint,
    private readonly responses: ResponseServer,
    /** The events of the stack, the oldest first. */
    readonly stackEvents: StackEventRecord[],
  ) {
    this.responseUrl = responses.open().url;
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
      handler = require(`../../lambda/${this.room}/index`).handler;
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
