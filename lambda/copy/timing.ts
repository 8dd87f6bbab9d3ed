/** Durations in milliseconds. */

/** How often the state of an image is read. A copy takes minutes, and all copies of a Region share the rate of the API. */
export const POLL = 30_000;

/** How long reads may take to show a copy that was made, or to no longer show one that was deleted. */
export const VISIBLE_WITHIN = 60_000;

/** The pause between two reads while they do not show what they should. */
export const LOOK_AGAIN = 2_000;

/** A refused deletion is repeated after this time: a share or a bundle of the image may be being deleted. */
export const DELETE_AGAIN_AFTER = 10_000;

/** How long a refused deletion is repeated. */
export const DELETE_PATIENCE = 180_000;

/**
 * Lambda delivers an event that ends with an error twice more, after one and two minutes. If each invocation takes all its
 * time, the second begins after 16 minutes, and the last one after 32.
 */
export const LAST_DELIVERY_FROM = 25 * 60_000;
