import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Clock } from './clock';

/** The longest delay of a timer in Node.js. */
const FOREVER = 2 ** 31 - 1;

/** An HTTP server on the loopback interface. */
export abstract class LoopbackServer {
  private readonly server: Server;

  constructor() {
    this.server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
      text(request).then(
        (body) => this.serve(request, body, response),
        () => {
          // The client has closed the connection before the end of the request.
        },
      );
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Closes all connections, also those of requests in progress. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** @param port 0 for a free port */
  protected async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }

  protected abstract serve(request: IncomingMessage, body: string, response: ServerResponse): Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

/** Sends a response with the time of a clock, by which SDKs correct theirs. */
export function respond(
  response: ServerResponse,
  clock: Clock,
  status: number,
  body: string,
  headers: Headers,
): void {
  begin(response, clock, status, body, headers);
  response.end(body);
}

/** Sends a response without the second half of its body. */
export async function respondPartly(
  response: ServerResponse,
  clock: Clock,
  status: number,
  body: string,
  headers: Headers,
): Promise<void> {
  begin(response, clock, status, body, headers);
  const half = body.slice(0, Math.ceil(body.length / 2));
  await new Promise<void>((sent) => response.write(half, () => sent()));
}

/** Waits until the client closes the connection. */
export async function clientGone(response: ServerResponse, clock: Clock): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await clock.sleep(FOREVER, gone.signal);
}

function begin(response: ServerResponse, clock: Clock, status: number, body: string, headers: Headers): void {
  response.writeHead(status, {
    'content-length': Buffer.byteLength(body),
    date: new Date(clock.now()).toUTCString(),
    ...headers,
  });
}
