import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log } from './log';
import { backoff, CALL_TIMEOUT, pause } from './waiting';

/**
 * The response to an event.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export interface Response {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** What to respond to an event. */
export interface Outcome {
  readonly physicalId: string;
  /** The attributes of the resource. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Information about an event that succeeded. */
  readonly note?: string;
}

/** What to respond to an event that failed. */
interface Failed extends Outcome {
  readonly failure?: string;
  /** Whether CloudFormation ignores the response. */
  readonly isIgnored?: boolean;
}

/** The maximum size of a response in bytes. */
const MAX_BYTES = 4_096;
const ATTEMPTS = 4;

/**
 * Sends the response to an event, up to four times if S3 responds 5xx, does not respond, or the connection breaks. The URL is
 * a credential: neither it nor an error that may quote it reaches the log.
 *
 * @throws Error if the response could not be delivered
 */
export async function respond(
  { ResponseURL, StackId, RequestId, LogicalResourceId }: CloudFormationCustomResourceEvent,
  { physicalId, attributes, note, failure, isIgnored }: Failed,
): Promise<void> {
  const response: Response = {
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    Reason: failure ?? note,
    PhysicalResourceId: physicalId,
    StackId,
    RequestId,
    LogicalResourceId,
    Data: attributes,
  };
  const level = failure === undefined ? 'info' : isIgnored ? 'warn' : 'error';
  const url = new URL(ResponseURL);
  const document = documentOf(response);
  for (let attempt = 1; ; attempt++) {
    const result = await put(url, document);
    log[level]('responded', { status: response.Status, reason: response.Reason, attempt, result });
    if (/^2/.test(result)) {
      return;
    }
    if (/^4/.test(result) || attempt === ATTEMPTS) {
      throw new Error(`The response could not be delivered to CloudFormation: ${result}.`);
    }
    await pause(backoff(attempt, 100));
  }
}

/** The response as a document that CloudFormation accepts. A reason that is too long is cut. */
export function documentOf(response: Response): string {
  const document = JSON.stringify(response);
  const excess = Buffer.byteLength(document) - MAX_BYTES;
  if (excess <= 0) {
    return document;
  }
  const { Reason = '' } = response;
  // A character takes one to six bytes of JSON, so this ends after a few rounds.
  const shorter = `${Reason.slice(0, Reason.length - Math.ceil(excess / 6) - 3)} …`;
  return documentOf({ ...response, Reason: shorter });
}

/** Returns the status code, or what went wrong. */
function put(url: URL, document: string): Promise<string> {
  return new Promise((resolve) => {
    // The URL is signed without a content type.
    const headers = { 'content-type': '' };
    const request = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, { method: 'PUT', headers });
    const timeout = Object.assign(new Error(), { code: 'timeout' });
    const timer = setTimeout(() => request.destroy(timeout), CALL_TIMEOUT);
    const end = (result: string) => {
      clearTimeout(timer);
      resolve(result);
    };
    request.on('response', (response) => {
      response.resume();
      response.on('error', () => undefined);
      end(String(response.statusCode));
    });
    request.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'connection failed'));
    request.end(document);
  });
}
