import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { log } from './log';
import { CALL_TIMEOUT, doubling, pause } from './timing';

/**
 * The answer to an event.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** CloudFormation takes no larger document. */
const MOST_BYTES = 4_096;
const ATTEMPTS = 4;

/** The answer as a document that CloudFormation takes: its reason is cut where it would be too long. */
export function documentOf(answer: Answer): string {
  const whole = JSON.stringify(answer);
  if (fits(whole)) {
    return whole;
  }
  const { Reason = '' } = answer;
  const cutAfter = (length: number) => JSON.stringify({ ...answer, Reason: `${Reason.slice(0, length)} …` });
  let short = 0;
  let long = Reason.length;
  while (long - short > 1) {
    const length = Math.floor((short + long) / 2);
    if (fits(cutAfter(length))) {
      short = length;
    } else {
      long = length;
    }
  }
  return cutAfter(short);
}

function fits(document: string): boolean {
  return Buffer.byteLength(document) <= MOST_BYTES;
}

/**
 * Sends the answer, and sends it again where the store answers 5xx, cuts the connection or is slow. The URL
 * is a credential: neither it nor an error that may quote it reaches a log.
 *
 * @throws Error when the answer could not be delivered
 */
export async function send(responseUrl: string, answer: Answer): Promise<void> {
  const url = new URL(responseUrl);
  const document = documentOf(answer);
  const pauses = doubling(200);
  for (let attempt = 1; ; attempt++) {
    const outcome = await put(url, document);
    log('answered', { status: answer.Status, reason: answer.Reason, attempt, outcome });
    if (/^2/.test(outcome)) {
      return;
    }
    if (/^4/.test(outcome) || attempt === ATTEMPTS) {
      throw new Error(`The answer could not be delivered to CloudFormation: ${outcome}.`);
    }
    await pause(pauses.next().value);
  }
}

/** The status code of the response, or what went wrong instead. */
function put(url: URL, document: string): Promise<string> {
  return new Promise((resolve) => {
    // A pre-signed URL is signed without a content type.
    const headers = { 'content-type': '' };
    const request = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, { method: 'PUT', headers });
    const slow = Object.assign(new Error(), { code: 'no answer in time' });
    const timer = setTimeout(() => request.destroy(slow), CALL_TIMEOUT);
    const settle = (outcome: string) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    request.on('response', (response) => {
      response.resume();
      response.on('error', () => undefined);
      settle(String(response.statusCode));
    });
    request.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'the connection failed'));
    request.end(document);
  });
}
