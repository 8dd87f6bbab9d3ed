import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpenResponseUrl, ResponseUrls } from './cloudformation';

/** What goes wrong with one attempt to answer. */
export interface AnswerFault {
  /** Answered instead of 200; the body is not taken. */
  readonly status?: number;
  /** The connection is cut, without or after taking the body. */
  readonly cut?: 'before' | 'after';
  /** Milliseconds until the attempt is answered. */
  readonly delay?: number;
}

export interface ResponseServerOptions {
  /** Asked at each attempt; attempts at one URL count from 1. */
  readonly fault?: (attempt: number, body: string) => AnswerFault | undefined;
}

interface Expected {
  attempts: number;
  take(body: string): void;
}

/** Takes the answers of custom resources as S3 does: by PUT, one secret URL an event. */
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
    const body = new Promise<string>((take) => this.expected.set(path, { attempts: 0, take }));
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
      // S3 takes no chunked body at a pre-signed URL.
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
      return end(response, fault.status, 'A fault was asked for.');
    }
    // Only the first answer counts: taking another one changes nothing.
    expected.take(body);
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
