/** Durations in milliseconds, and functions that wait. */

/** How long one attempt of a call may take, from the request to the end of the response. */
export const CALL_TIMEOUT = 5_000;

/**
 * Reserved at the end of the invocation: up to 22 seconds for sending the response, the rest for calls that are
 * still running.
 */
export const RESPONSE_RESERVE = 40_000;

/** A new role or policy can take this long to reach every host of the service. */
export const IAM_PROPAGATION = 30_000;

/** How long errors are repeated that usually pass, but may be permanent. */
export const PATIENCE = 60_000;

/** The maximum age of an answer from CloudFormation before a write or a response. */
export const ASK_AGAIN_AFTER = 4_500;

/** How long CloudFormation may take to answer a question. */
export const ASK_TIMEOUT = 4_000;

/** The pause after a question that got no answer, because each costs up to four seconds. */
export const ASK_UNANSWERED_AGAIN_AFTER = 8_000;

/** Before the first write, an event has this long to appear in the stack events, which can lag behind. */
export const STACK_EVENT_LAG = 5_000;

/** An event that starts later than this after it was sent settles, because it may be a duplicate of one that does. */
export const LATE_DELIVERY = 3_000;

/** How long such an event waits for an answer before the first write. Slow ones have taken 16 seconds. */
export const LATE_PATIENCE = 20_000;

/**
 * How long reads must show a state to which another invocation may still be writing. Such an invocation asks CloudFormation
 * every 4.5 seconds, stack events and reads may lag behind by two or three, and a call that it sent may be carried out
 * until its timeout.
 */
export const SETTLE = 15_000;

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A pause that doubles with each repetition, up to four seconds. */
export function backoff(repetition: number, first = 250): number {
  return Math.min(4_000, first * 2 ** repetition);
}

/**
 * Limits the time of some work, which goes on in the background if it takes longer.
 *
 * @throws TimeoutError, which the SDK repeats
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error(`No response within ${milliseconds / 1_000} seconds.`), {
      name: 'TimeoutError',
    });
    timer = setTimeout(() => reject(error), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
