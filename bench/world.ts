import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type Call, WorkspacesEndpoint } from '../simulator/workspaces-endpoint';
import { type Certificate, loopbackCertificate } from './certificate';

export const IMAGE = 'wsi-8t4x2k9p7';
export const OTHER_IMAGE = 'wsi-0other000';

/** A token bucket, as the rows with a rate limit have it. */
export const RATE = { perSecond: 10, burst: 10 };

export interface Surroundings {
  readonly latency?: number;
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** TLS between the function and both of its servers. */
  readonly tls?: boolean;
}

/** One execution environment and the events that it gets, one after the other. */
export interface Invocation {
  readonly handler: string;
  readonly events: readonly object[];
  /** Where the answers of a handler go that knows no port. */
  readonly answersAt?: { readonly port: number; readonly tls: boolean };
}

/** What running a function took: milliseconds from its start to its last answer, of CPU, and MiB. */
export interface Took {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
}

interface Answer {
  readonly RequestId: string;
  readonly Status: string;
  readonly Reason?: string;
}

/** The WorkSpaces API and the store for answers, on loopback, with what came in. */
export class World {
  static async start(node: string, surroundings: Surroundings = {}): Promise<World> {
    const endpoint = await WorkspacesEndpoint.start(surroundings);
    const certificate = surroundings.tls ? await loopbackCertificate() : undefined;
    const world = new World(node, endpoint, certificate);
    await listen(world.store);
    if (certificate !== undefined) {
      await Promise.all([
        world.terminateTls(Number(new URL(endpoint.url).port)),
        world.terminateTls(portOf(world.store)),
      ]);
    }
    return world;
  }

  readonly failures: string[] = [];
  private readonly home = mkdtempSync(join(tmpdir(), 'bench-'));
  private readonly terminators: NetServer[] = [];
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private requests = 0;
  private invocations = 0;
  private readonly store: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200).end();
      const answer = JSON.parse(Buffer.concat(chunks).toString()) as Answer;
      this.waiting.get(answer.RequestId)?.(answer);
    });
  });

  private constructor(
    private readonly node: string,
    readonly endpoint: WorkspacesEndpoint,
    private readonly certificate?: Certificate,
  ) {
    if (certificate !== undefined) {
      writeFileSync(join(this.home, 'certificate.pem'), certificate.cert);
    }
  }

  /** Both images, shared with nobody but these. */
  reset(shared: readonly string[] = []): void {
    this.endpoint.addImage({ imageId: IMAGE, sharedWith: shared });
    this.endpoint.addImage({ imageId: OTHER_IMAGE, sharedWith: shared });
    this.endpoint.calls.length = 0;
  }

  get calls(): readonly Call[] {
    return this.endpoint.calls;
  }

  /** An event of this project's function. */
  event(accountIds: readonly string[], imageId = IMAGE, former?: readonly string[]): object {
    const properties = (AccountIds: readonly string[]) => ({ ImageId: imageId, AccountIds });
    return {
      ...this.envelope(),
      RequestType: former ? 'Update' : 'Create',
      ResourceProperties: properties(accountIds),
      ...(former && {
        PhysicalResourceId: `share/${imageId}/Share`,
        OldResourceProperties: properties(former),
      }),
    };
  }

  /** An event of `AwsCustomResource`, which has one account. */
  builtInEvent(account: string): object {
    const call = {
      service: 'WorkSpaces',
      action: 'updateWorkspaceImagePermission',
      parameters: { ImageId: IMAGE, AllowCopyImage: true, SharedAccountId: account },
      physicalResourceId: { id: `${IMAGE}/${account}` },
    };
    return {
      ...this.envelope(),
      RequestType: 'Create',
      ResourceProperties: { Create: JSON.stringify(call), InstallLatestAwsSdk: 'false' },
    };
  }

  get answersAt(): { port: number; tls: boolean } {
    return { port: portOf(this.terminators[1] ?? this.store), tls: this.certificate !== undefined };
  }

  /** Starts a process for the invocation, and returns what it took up to its last answer. */
  async run(invocation: Invocation): Promise<Took> {
    // Not as an argument: a system takes none that is longer than some 128 KB.
    const file = join(this.home, `invocation-${this.invocations++}.json`);
    writeFileSync(file, JSON.stringify(invocation));
    const from = performance.now();
    let wall = 0;
    const child = spawn(this.node, [join(__dirname, 'invoke.cjs'), file], {
      env: this.environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for (const event of invocation.events as { RequestId: string }[]) {
      this.waiting.set(event.RequestId, ({ RequestId, Status, Reason }) => {
        this.waiting.delete(RequestId);
        wall = performance.now() - from;
        if (Status !== 'SUCCESS') {
          this.failures.push(Reason ?? 'for no reason');
        }
      });
    }
    let written = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      written += text;
    });
    await new Promise((ended) => child.once('close', ended));
    const last = written.slice(written.lastIndexOf('\n') + 1);
    if (wall === 0 || !last.startsWith('{')) {
      throw new Error(`The function did not answer. ${written}`);
    }
    return { wall, ...(JSON.parse(last) as { cpu: number; memory: number }) };
  }

  /** Node doing nothing, from its start to its end. */
  async runNothing(): Promise<number> {
    const from = performance.now();
    const child = spawn(this.node, ['-e', '0'], { env: this.environment(), stdio: 'ignore' });
    await new Promise((ended) => child.once('close', ended));
    return performance.now() - from;
  }

  async close(): Promise<void> {
    this.store.closeAllConnections();
    await this.endpoint.close();
    await Promise.all([this.store, ...this.terminators].map((server) => new Promise((r) => server.close(r))));
    rmSync(this.home, { recursive: true });
  }

  private envelope() {
    const { port, tls } = this.answersAt;
    return {
      ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
      ResponseURL: `http${tls ? 's' : ''}://127.0.0.1:${port}/answer/${this.requests}`,
      StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
      RequestId: `request-${this.requests++}`,
      LogicalResourceId: 'Share',
      ResourceType: 'Custom::WorkspaceImageShare',
    };
  }

  /** What Lambda sets, in all that the client could look at. */
  private environment(): Record<string, string> {
    const port = this.terminators[0] && portOf(this.terminators[0]);
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'Share',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_SESSION_TOKEN: 'session',
      AWS_ENDPOINT_URL_WORKSPACES: port ? `https://127.0.0.1:${port}` : this.endpoint.url,
      ...(this.certificate && { NODE_EXTRA_CA_CERTS: join(this.home, 'certificate.pem') }),
    };
  }

  private async terminateTls(port: number): Promise<void> {
    const terminator = createTlsServer({ ...this.certificate }, (secure) => {
      const plain = connect({ port, host: '127.0.0.1', noDelay: true });
      secure.setNoDelay(true);
      secure.pipe(plain).pipe(secure);
      secure.on('error', () => plain.destroy());
      plain.on('error', () => secure.destroy());
    });
    this.terminators.push(terminator);
    await listen(terminator);
  }
}

export function accounts(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(100_000_000_000 + from + index));
}

/** Reads before, writes, and reads after, with `listed` accounts before; reads of the guard come on top. */
export function callsNeeded(granted: number, listed = 0): number {
  const pages = (count: number) => Math.max(1, Math.ceil(count / 25));
  return pages(listed) + granted + pages(listed + granted);
}

function listen(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port;
}
