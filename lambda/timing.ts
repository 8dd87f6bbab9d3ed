/** Durations in milliseconds. */

/** How long a single call may take before it is abandoned and repeated. */
export const CALL_TIMEOUT = 5_000;

/** How many calls run at the same time: the burst that the service documents. */
export const CONCURRENT_CALLS = 5;

/**
 * Reserved at the end of the invocation: up to 22 seconds for sending the response, the rest for calls that are
 * still running.
 */
export const RESPONSE_RESERVE = 40_000;

/** Reserved for undoing a Create that fails. The Delete that follows completes what does not fit. */
export const UNDO_RESERVE = 60_000;

/** A new role or policy can take this long to reach every host of the service. */
export const IAM_PROPAGATION = 30_000;

/** Before a write or a response, the function asks CloudFormation again when it last asked longer ago than this. */
export const ASK_AGAIN_AFTER = 2_000;

/** How long CloudFormation may take to respond. After that, the event is carried out without asking. */
export const ASK_TIMEOUT = 2_000;

/** How long the function asks again before it treats an event as superseded, because stack events can lag behind. */
export const STACK_EVENT_LAG = 5_000;

/**
 * How long reads must show the state where another invocation may still be writing. Such an invocation stops within
 * two seconds of learning that it is superseded, stack events and reads may lag behind by two or three, and a call
 * that it sent may be carried out after its timeout.
 */
export const SETTLE = 15_000;

/**
 * How long a Create watches permissions that exist already before it refuses: a duplicate delivery may have granted
 * them, and responds after it has settled.
 */
export const DUPLICATE_CREATE_WATCH = SETTLE + 6_000;

/** How long it watches after permissions were added in that time. */
export const GROWING_CREATE_WATCH = 60_000;

/** After a refusal, reads have this long to show that the call was not needed. */
export const REFUSAL_RECHECK = 5_000;

/** A call is repeated after this time if reads do not show its change. */
export const CALL_AGAIN_AFTER = 4_000;

/** A change must show in a read within this time. */
export const VISIBLE_WITHIN = 60_000;

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A pause that doubles with each repetition, up to four seconds. */
export function backoff(repetition: number, first = 250): number {
  return Math.min(4_000, first * 2 ** repetition);
}
