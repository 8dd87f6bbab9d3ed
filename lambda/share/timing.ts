/** Durations in milliseconds. */

/** How many calls run at the same time: the burst that the service documents. */
export const CONCURRENT_CALLS = 5;

/** Reserved for undoing a Create that fails. The Delete that follows revokes the rest. */
export const UNDO_RESERVE = 60_000;

/** The pause between two reads while the permissions settle. */
export const SETTLE_PAUSE = 5_000;

/** How long after the first read an Update reads again that cannot ask CloudFormation whether it is a rollback. */
export const UNCHANGED_RECHECK = 6_000;

/**
 * How long a Create waits before it refuses existing permissions, because a duplicate delivery may be granting them. If
 * the event settles, the duplicate does so, too, before it responds.
 */
export const DUPLICATE_CREATE_WATCH = 6_000;

/** How long it waits after each read that shows more of them. */
export const GROWING_CREATE_WATCH = 60_000;

/** After a refusal, reads have this long to show that the call was not needed. */
export const REFUSAL_RECHECK = 5_000;

/** A call is repeated after this time if reads do not show its change. */
export const CALL_AGAIN_AFTER = 4_000;

/** A change must show in a read within this time. */
export const VISIBLE_WITHIN = 60_000;
