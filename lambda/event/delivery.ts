import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';

/** The account and Region of the function, which are those of its images. */
export interface Location {
  readonly region: string;
  readonly accountId: string;
}

/**
 * A delivery of an event. Lambda can deliver an event twice, late, or after the next one, and repeats it if the policy of the
 * function says so.
 */
export interface Delivery {
  readonly location: Location;
  /** When to stop, so that enough time is left to respond. */
  readonly deadline: number;
  /** Whether it is certainly none that Lambda repeats. */
  readonly isFirst: boolean;
  /** Whether Lambda does not repeat it any more. */
  readonly isLast: boolean;
  /**
   * The physical ID of the response if the event fails. CloudFormation adopts any ID that a failed Update responds with, so that
   * is always the ID of the event. That of a Create changes with what the Create leaves behind for its Delete.
   */
  failureId: string;
}

/** The physical ID of a resource whose Create failed and left nothing behind. */
export const nothingId = (logicalId: string) => `nothing/${logicalId}`;

/**
 * Reserved at the end of the invocation: up to 22 seconds for sending the response, the rest for calls that are
 * still running.
 */
const RESPONSE_RESERVE = 40_000;

/** Lambda repeats an event a minute after it ended with an error, so a delivery that begins earlier is no repetition. */
const REPEATED_FROM = 50_000;

/**
 * Lambda repeats an event twice, after one and two minutes. The second delivery begins after 16 minutes at the latest, and the
 * last one after 17 if only one of those before it took less than all its time.
 */
const LAST_FROM = 17 * 60_000;

export function deliveryOf(event: CloudFormationCustomResourceEvent, context: Context): Delivery {
  const [, , , region = '', accountId = ''] = context.invokedFunctionArn.split(':');
  // Decided now, because an invocation takes minutes. Without a date, as in emulators, neither is known.
  const age = Date.now() - (timeSent(event) ?? Number.NaN);
  return {
    location: { region, accountId },
    deadline: Date.now() + context.getRemainingTimeInMillis() - RESPONSE_RESERVE,
    isFirst: age < REPEATED_FROM,
    isLast: age >= LAST_FROM,
    failureId: event.RequestType === 'Create' ? nothingId(event.LogicalResourceId) : event.PhysicalResourceId,
  };
}

/**
 * When CloudFormation sent an event, to the second: it signs the response URL with the date. Undefined if the URL has no
 * date, as in emulators.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function timeSent({ ResponseURL }: CloudFormationCustomResourceEvent): number | undefined {
  const [, date, time] = /[?&]X-Amz-Date=(\d{8})T(\d{6})Z/.exec(ResponseURL) ?? [];
  return date && time
    ? Date.parse(`${date.replace(/(....)(..)/, '$1-$2-')}T${time.replace(/(..)(..)/, '$1:$2:')}Z`)
    : undefined;
}
