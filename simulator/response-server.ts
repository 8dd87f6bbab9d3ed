import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpenResponseUrl, ResponseUrls } from './cloudformation';

/** What goes wrong with one attempt to send a response. */
export interface ResponseFault {
  /** The HTTP status instead of 200. The body is not accepted. */
  readonly status?: number;
  /** Closes the connection, before or after the body is accepted. */
  readonly cut?: 'before' | 'after';
  /** Milliseconds until the server replies. */
  readonly delay?: number;
}

export interface ResponseServerOptions {
  /** Called for each attempt. The attempts for one URL are counted from 1. */
  readonly fault?: (attempt: number, body: string) => ResponseFault | undefined;
}

interface Expected {
  attempts: number;
  accept(body: string): void;
}

/** Receives the responses of custom resources as S3 does: by PUT, at one secret URL per event. */
export class ResponseServer implements ResponseUrls {
  static async start(options: ResponseServerOptions = {}): Promise<ResponseServer> {
    const server = createServer();
    const responses = new ResponseServer(server, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return responses;
  }

  private readonly expected = new Map<string, Expected>();

  private constructor(
    private readonly server: Server,
    private readonly options: ResponseServerOptions,
  ) {
    server.on('request', (request, response) => void this.serve(request, response));
  }

  open(): OpenResponseUrl {
    const path = `/${randomBytes(24).toString('base64url')}`;
    const body = new Promise<string>((accept) => this.expected.set(path, { attempts: 0, accept }));
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}${path}`, body };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const expected = this.expected.get(request.url ?? '');
    if (request.method !== 'PUT' || !expected) {
      return end(response, 403, 'Only PUT on a response URL is allowed.');
    }
    if (request.headers['content-length'] === undefined) {
      // S3 accepts no chunked body at a pre-signed URL.
      return end(response, 411, 'The header Content-Length is missing.');
    }
    const body = await bodyOf(request);
    expected.attempts++;
    const fault = this.options.fault?.(expected.attempts, body);
    if (fault?.delay) {
      await new Promise((resolve) => setTimeout(resolve, fault.delay));
    }
    if (fault?.cut === 'before') {
      request.socket.destroy();
      return;
    }
    if (fault?.status !== undefined) {
      return end(response, fault.status, 'Injected fault');
    }
    // Only the first response counts: accepting another one changes nothing.
    expected.accept(body);
    if (fault?.cut === 'after') {
      request.socket.destroy();
      return;
    }
    end(response, 200, '');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}
