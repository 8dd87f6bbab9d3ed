/** Durations in milliseconds. */

/** How often the state of an image is read. A copy takes minutes, and all copies of a Region share the rate of the API. */
export const POLL = 30_000;

/** How long reads may take to show a change, such as what was made, or that something was deleted. */
export const VISIBLE_WITHIN = 60_000;

/** The pause between two reads while they do not show what they should. */
export const LOOK_AGAIN = 2_000;

/** A refused deletion is repeated after this time: what uses the image or the bundle may still be deleting. */
export const DELETE_AGAIN_AFTER = 10_000;

/** How long a deletion is repeated that is refused, or not carried out. */
export const DELETE_PATIENCE = 180_000;
