import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { StackEventRecord } from '../simulator/cloudformation';
import { CloudFormationEndpoint } from '../simulator/cloudformation-endpoint';
import type { JsonObject } from '../simulator/template';
import { type Call, WorkspacesEndpoint } from '../simulator/workspaces-endpoint';
import { type Certificate, loopbackCertificate } from './certificate';

export const IMAGE = 'wsi-8t4x2k9p7';

/** The documented rate of the WorkSpaces API. */
export const RATE = { perSecond: 2, burst: 5 };

export interface ServicesOptions {
  /** Milliseconds that a call takes. */
  readonly latency?: number;
  /** The rate of the WorkSpaces API. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** TLS between the function and its services. */
  readonly tls?: boolean;
}

/** One execution environment and the events that it receives, one after the other. */
export interface Invocations {
  readonly handler: string;
  readonly events: readonly DeliveredEvent[];
  /** Seconds after which Lambda ends the process. @default 900 */
  readonly timeout?: number;
  /** Where responses go, for a handler that always uses port 443. */
  readonly respondTo?: { readonly port: number; readonly tls: boolean };
}

/** What an event of this project's function and one of the baseline have in common. */
export interface DeliveredEvent {
  readonly RequestType: string;
  readonly RequestId: string;
  readonly ResponseURL: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: JsonObject;
}

/** What running a function took. */
export interface Took {
  /** Milliseconds from the start of the process to each response. */
  readonly responses: readonly number[];
  /** Milliseconds from the start of the process to the last response. */
  readonly wall: number;
  /** Milliseconds of CPU. */
  readonly cpu: number;
  /** The maximum resident memory in MiB. */
  readonly memory: number;
  /** The reasons of the responses that are FAILED. */
  readonly failures: readonly string[];
}

interface Response {
  readonly RequestId: string;
  readonly PhysicalResourceId?: string;
  readonly Status: string;
  readonly Reason?: string;
}

const STACK = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1';
const AN_HOUR = 3_600_000;

/** The services that a function calls, on loopback: the WorkSpaces and CloudFormation APIs, and the response URL. */
/** A copy and a bundle, as CloudFormation sends them. */
const DECLARED = {
  copy: {
    ResourceType: 'Custom::WorkspaceImageCopy',
    ResourceProperties: {
      SourceImageId: IMAGE,
      SourceRegion: 'eu-west-1',
      SourceAccountId: '123456789012',
      NamePrefix: 'Golden',
    },
  },
  bundle: {
    ResourceType: 'Custom::WorkspaceBundle',
    ResourceProperties: {
      ImageId: IMAGE,
      ComputeType: 'STANDARD',
      UserVolumeGib: '50',
      NamePrefix: 'Standard',
      Description: 'Made by CloudFormation',
    },
  },
};

export class Services {
  static async start(node: string, options: ServicesOptions = {}): Promise<Services> {
    const workspaces = await WorkspacesEndpoint.start(options);
    const stackEvents: StackEventRecord[] = [];
    const cloudFormation = await CloudFormationEndpoint.start({
      events: () => stackEvents,
      latency: options.latency,
    });
    const certificate = options.tls ? await loopbackCertificate() : undefined;
    const services = new Services(node, workspaces, cloudFormation, stackEvents, certificate);
    await listen(services.responseServer);
    if (certificate !== undefined) {
      for (const port of [portIn(workspaces.url), portIn(cloudFormation.url), services.responsePort]) {
        services.tlsPorts.set(port, await services.terminateTls(port));
      }
    }
    services.reset();
    return services;
  }

  readonly failures: string[] = [];
  /** When the last response arrived. */
  lastResponseAt = 0;
  private readonly home = mkdtempSync(join(tmpdir(), 'bench-'));
  private readonly terminators: NetServer[] = [];
  private readonly tlsPorts = new Map<number, number>();
  private readonly waiting = new Map<string, (response: Response) => void>();
  private requests = 0;
  private resources = 0;
  private processes = 0;
  private readonly responseServer: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200).end();
      const document = JSON.parse(Buffer.concat(chunks).toString()) as Response;
      this.waiting.get(document.RequestId)?.(document);
    });
  });

  private constructor(
    private readonly node: string,
    private readonly workspaces: WorkspacesEndpoint,
    private readonly cloudFormation: CloudFormationEndpoint,
    private readonly stackEvents: StackEventRecord[],
    private readonly certificate?: Certificate,
  ) {
    if (certificate !== undefined) {
      writeFileSync(join(this.home, 'certificate.pem'), certificate.cert);
    }
  }

  /** Forgets all events, and shares the images with these accounts only. */
  reset(imageIds: readonly string[] = [IMAGE], accountIds: readonly string[] = []): void {
    for (const imageId of imageIds) {
      this.workspaces.addImage({ imageId, sharedWith: accountIds });
    }
    this.workspaces.calls.length = 0;
    this.cloudFormation.calls.length = 0;
    this.stackEvents.length = 0;
    // The other resources of the stack, which were created an hour ago.
    for (const logicalId of ['LogGroup', 'Role', 'Policy', 'Function']) {
      this.record({ logicalId, status: 'CREATE_IN_PROGRESS' });
      this.record({ logicalId, status: 'CREATE_IN_PROGRESS', reason: 'Resource creation Initiated' });
      this.record({ logicalId, status: 'CREATE_COMPLETE' });
    }
  }

  get calls(): readonly Call[] {
    return this.workspaces.calls;
  }

  /** The number of permissions that images have. */
  permissions(imageIds: readonly string[]): number {
    return imageIds.flatMap((imageId) => this.workspaces.accounts(imageId)).length;
  }

  /** How often functions asked CloudFormation. */
  get questions(): number {
    return this.cloudFormation.calls.length;
  }

  /** An event of this project's function, of a resource of its own. */
  event(
    type: 'Create' | 'Update' | 'Delete',
    accountIds: readonly string[],
    { imageId = IMAGE, former = [] as readonly string[] } = {},
  ): DeliveredEvent {
    const properties = (AccountIds: readonly string[]) => ({ ImageId: imageId, AccountIds: [...AccountIds] });
    const envelope = this.envelope(type);
    const logicalId = envelope.LogicalResourceId;
    const physicalId = type === 'Create' ? undefined : `share/${imageId}/${logicalId}`;
    if (type !== 'Create') {
      const sent = properties(type === 'Update' ? former : accountIds);
      this.record({ logicalId, status: 'CREATE_IN_PROGRESS', properties: sent });
      this.record({ logicalId, physicalId, status: 'CREATE_COMPLETE', properties: sent });
    }
    const event = {
      ...envelope,
      ResourceProperties: properties(accountIds),
      ...(type === 'Update' && { OldResourceProperties: properties(former) }),
      ...(physicalId && { PhysicalResourceId: physicalId }),
    };
    this.recordStatus(event, 'IN_PROGRESS');
    return event;
  }

  /** The event that creates a copy of the image, whose owner is checked, or a bundle with it. */
  createEvent(kind: 'copy' | 'bundle'): DeliveredEvent {
    const event = { ...this.envelope('Create'), ...DECLARED[kind] };
    this.recordStatus(event, 'IN_PROGRESS');
    return event;
  }

  /** The event that CloudFormation sends if an operation is repeated after the response to an event was FAILED. */
  repeated(event: DeliveredEvent): DeliveredEvent {
    const next = { ...event, ...this.delivery() };
    this.recordStatus(next, 'IN_PROGRESS');
    return next;
  }

  /** An event of `AwsCustomResource`, which grants or revokes one permission. */
  baselineEvent(type: 'Create' | 'Delete', account: string, imageId = IMAGE): DeliveredEvent {
    const physicalId = `${imageId}/${account}`;
    const call = {
      service: 'WorkSpaces',
      action: 'updateWorkspaceImagePermission',
      parameters: { ImageId: imageId, AllowCopyImage: type === 'Create', SharedAccountId: account },
      physicalResourceId: { id: physicalId },
    };
    return {
      ...this.envelope(type),
      ResourceProperties: { [type]: JSON.stringify(call), InstallLatestAwsSdk: 'false' },
      ...(type === 'Delete' && { PhysicalResourceId: physicalId }),
    };
  }

  get respondTo(): { port: number; tls: boolean } {
    return { port: this.portFor(this.responsePort), tls: this.certificate !== undefined };
  }

  /** Starts a process that handles the events, and returns what it took. */
  async run(invocations: Invocations): Promise<Took> {
    // In a file, because arguments are limited to some 128 KB.
    const file = join(this.home, `invocations-${this.processes++}.json`);
    writeFileSync(file, JSON.stringify(invocations));
    const from = performance.now();
    const responses: number[] = [];
    const failures: string[] = [];
    const child = spawn(this.node, [join(__dirname, 'invoke.cjs'), file], {
      env: this.environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: (invocations.timeout ?? 900) * 1_000,
    });
    for (const event of invocations.events) {
      this.waiting.set(event.RequestId, ({ RequestId, PhysicalResourceId, Status, Reason = 'no reason' }) => {
        this.waiting.delete(RequestId);
        responses.push(performance.now() - from);
        this.lastResponseAt = Date.now();
        const failed = Status !== 'SUCCESS';
        this.recordStatus({ ...event, PhysicalResourceId }, failed ? 'FAILED' : 'COMPLETE');
        failures.push(...(failed ? [Reason] : []));
      });
    }
    let written = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      written += text;
    });
    await new Promise((ended) => child.once('close', ended));
    this.failures.push(...failures);
    const last = written.slice(written.lastIndexOf('\n') + 1);
    const wall = responses.at(-1);
    if (wall === undefined || !last.startsWith('{')) {
      throw new Error(`The function did not respond. ${written}`);
    }
    return { responses, wall, failures, ...(JSON.parse(last) as { cpu: number; memory: number }) };
  }

  /** Runs Node.js without a program, and returns the milliseconds that it took. */
  async runNothing(): Promise<number> {
    const from = performance.now();
    const child = spawn(this.node, ['-e', '0'], { env: this.environment(), stdio: 'ignore' });
    await new Promise((ended) => child.once('close', ended));
    return performance.now() - from;
  }

  async close(): Promise<void> {
    this.responseServer.closeAllConnections();
    await Promise.all([
      this.workspaces.close(),
      this.cloudFormation.close(),
      ...[this.responseServer, ...this.terminators].map((server) => new Promise((r) => server.close(r))),
    ]);
    rmSync(this.home, { recursive: true });
  }

  private get responsePort(): number {
    return portOf(this.responseServer);
  }

  private record(event: Partial<StackEventRecord> & Pick<StackEventRecord, 'logicalId' | 'status'>): void {
    this.stackEvents.push({
      at: Date.now() - AN_HOUR,
      stack: 'Images',
      stackId: STACK,
      type: 'Custom::WorkspaceImageShare',
      ...event,
    });
  }

  private recordStatus(event: DeliveredEvent, status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'): void {
    this.record({
      at: Date.now(),
      logicalId: event.LogicalResourceId,
      physicalId: event.PhysicalResourceId,
      status: `${event.RequestType.toUpperCase()}_${status}`,
      properties: event.ResourceProperties,
    });
  }

  private envelope(type: string) {
    return {
      ...this.delivery(),
      RequestType: type,
      ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
      StackId: STACK,
      LogicalResourceId: `Share${this.resources++}`,
      ResourceType: 'Custom::WorkspaceImageShare',
    };
  }

  /** A response URL is signed when the event is sent, with a date that is cut to the second. */
  private delivery() {
    const { port, tls } = this.respondTo;
    const request = this.requests++;
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    return {
      RequestId: `request-${request}`,
      ResponseURL: `http${tls ? 's' : ''}://127.0.0.1:${port}/response/${request}?X-Amz-Date=${date}`,
    };
  }

  /** The environment variables that Lambda sets and the SDK reads. */
  private environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'Share',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_SESSION_TOKEN: 'session',
      AWS_ENDPOINT_URL_WORKSPACES: this.urlFor(this.workspaces.url),
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.urlFor(this.cloudFormation.url),
      ...(this.certificate && { NODE_EXTRA_CA_CERTS: join(this.home, 'certificate.pem') }),
    };
  }

  private urlFor(url: string): string {
    return this.certificate ? `https://127.0.0.1:${this.portFor(portIn(url))}` : url;
  }

  private portFor(port: number): number {
    return this.tlsPorts.get(port) ?? port;
  }

  private async terminateTls(port: number): Promise<number> {
    const terminator = createTlsServer({ ...this.certificate }, (secure) => {
      const plain = connect({ port, host: '127.0.0.1', noDelay: true });
      secure.setNoDelay(true);
      secure.pipe(plain).pipe(secure);
      secure.on('error', () => plain.destroy());
      plain.on('error', () => secure.destroy());
    });
    this.terminators.push(terminator);
    await listen(terminator);
    return portOf(terminator);
  }
}

export function accounts(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(100_000_000_000 + from + index));
}

export function images(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `wsi-${String(index).padStart(9, '0')}`);
}

function listen(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port;
}

function portIn(url: string): number {
  return Number(new URL(url).port);
}
