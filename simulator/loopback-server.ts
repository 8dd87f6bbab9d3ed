import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Clock } from './clock';

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

/** Sends a response with the time of a clock, by which SDKs correct theirs. */
export function respond(
  response: ServerResponse,
  clock: Clock,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-length': Buffer.byteLength(body),
    date: new Date(clock.now()).toUTCString(),
    ...headers,
  });
  response.end(body);
}
