/** Durations in milliseconds. */

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

/** How long a question is repeated that decides whether something is deleted. */
export const UNANSWERED_PATIENCE = 60_000;

/**
 * How long reads must show a state to which another invocation may still be writing. Such an invocation asks CloudFormation
 * every 4.5 seconds, stack events and reads may lag behind by two or three, and a call that it sent may be carried out
 * until its timeout.
 */
export const SETTLE = 15_000;
