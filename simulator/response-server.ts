import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, realClock } from './clock';
import type { OpenResponseUrl, ResponseUrls } from './cloudformation';
import { LoopbackServer } from './loopback-server';

/** What goes wrong with one attempt to send a response. */
export interface ResponseFault {
  /** The HTTP status instead of 200. The body is not accepted. */
  readonly status?: number;
  /** Closes the connection. The body is not accepted. */
  readonly cut?: true;
}

export interface ResponseServerOptions {
  /** @default - the real time */
  readonly clock?: Clock;
  /** Called for each attempt, which waits for a promise. The attempts for one URL are counted from 1. */
  readonly fault?: (
    attempt: number,
    body: string,
    headers: IncomingHttpHeaders,
  ) => ResponseFault | undefined | Promise<ResponseFault | undefined>;
}

interface Expected {
  attempts: number;
  accept(body: string): void;
}

/** Receives the responses of custom resources as S3 does: by PUT, at one pre-signed URL per event. */
export class ResponseServer extends LoopbackServer implements ResponseUrls {
  static async start(options: ResponseServerOptions = {}): Promise<ResponseServer> {
    const server = new ResponseServer(options);
    await server.listen();
    return server;
  }

  private readonly expected = new Map<string, Expected>();

  private constructor(private readonly options: ResponseServerOptions) {
    super();
  }

  open(): OpenResponseUrl {
    const path = `/${randomBytes(24).toString('base64url')}?${this.signature()}`;
    const body = new Promise<string>((accept) => this.expected.set(path, { attempts: 0, accept }));
    return { url: this.url + path, body };
  }

  /** The query of a pre-signed URL, with the second in which it is opened. */
  private signature(): string {
    const now = new Date((this.options.clock ?? realClock).now()).toISOString();
    const date = `${now.slice(0, 19).replace(/[-:]/g, '')}Z`;
    return new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Date': date,
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Expires': '7200',
      'X-Amz-Credential': `AKIAEXAMPLE/${date.slice(0, 8)}/us-east-1/s3/aws4_request`,
      'X-Amz-Signature': randomBytes(32).toString('hex'),
    }).toString();
  }

  protected async serve(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const expected = this.expected.get(request.url ?? '');
    if (request.method !== 'PUT' || !expected) {
      return end(response, 403, 'Only PUT on a response URL is allowed.');
    }
    if (request.headers['content-length'] === undefined) {
      // S3 accepts no chunked body at a pre-signed URL.
      return end(response, 411, 'The header Content-Length is missing.');
    }
    expected.attempts++;
    const fault = await this.options.fault?.(expected.attempts, body, request.headers);
    if (fault?.cut) {
      request.socket.destroy();
      return;
    }
    if (fault?.status !== undefined) {
      return end(response, fault.status, 'Injected fault');
    }
    // Only the first response counts: accepting another one changes nothing.
    expected.accept(body);
    end(response, 200, '');
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}
