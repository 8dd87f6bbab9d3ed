import { setMaxListeners } from 'node:events';

/**
 * Every wait of the handler, in milliseconds, and why it is as long as it is.
 */

/** Kept back for the answer, its retries included. */
export const ANSWER_RESERVE = 15_000;

/** How long a new role or policy may stay unknown to IAM before a denial is taken for one. */
export const IAM_GRACE = 30_000;

/**
 * A writing invocation looks again at least this often whether another one has undone its work, and after
 * any pause of this length before it writes on.
 */
export const GUARD_INTERVAL = 3_000;

/**
 * Where another invocation may be at work on the same accounts, an answer waits until the reads have stayed
 * right for this long. Longer than any pause between two steps of a running invocation, so that a running
 * one shows itself.
 */
export const SETTLE = 10_000;

/**
 * The same, where nothing was found to change: the other invocation, if there is one, has not written yet. Until then
 * it may be held up by more than one call that is slow, throttled or denied, and reads lag behind what it writes.
 */
export const SETTLE_UNTOUCHED = 30_000;

/**
 * How long a Create watches accounts that have permission already before it refuses. Long enough for another
 * delivery of the same event to show itself or to answer; no longer, because a Create that is cancelled before
 * it refused is followed by a Delete that cannot know of the refusal.
 */
export const TWIN_WATCH = 3_000;

/** How long Lambda may hold an event back before it drops it (the function's MaximumEventAgeInSeconds). */
export const EVENT_AGE = 60_000;

/** The longest pause between two attempts. Well under SETTLE, see there. */
export const LONGEST_PAUSE = 4_000;

/** What the service says no to, or what a read shows as undone, is looked at again for this long first. */
export const SECOND_LOOK = 3_000;

/** A change that was made must show in a read within this time. */
export const VISIBLE_WITHIN = 60_000;

/** A call that is not answered within this time is given up and tried again. */
export const CALL_TIMEOUT = 5_000;

/** At most this much is kept back for putting things back, where a later event can finish it. */
const RESTORE_RESERVE = 60_000;

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Pauses that double from `first` up to `longest`. */
export function* doubling(first: number, longest = LONGEST_PAUSE): Generator<number, never> {
  for (let milliseconds = first; ; milliseconds = Math.min(2 * milliseconds, longest)) {
    yield milliseconds;
  }
}

/** A point in time up to which work may go on; its signal ends calls that are still running then. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  public constructor(public readonly at: number) {
    // Each call that is under way listens, and there are more of them than Node expects.
    setMaxListeners(0, this.controller.signal);
    this.timer = setTimeout(() => this.controller.abort(), Math.max(0, at - Date.now()));
  }

  public get signal(): AbortSignal {
    return this.controller.signal;
  }

  public get passed(): boolean {
    return Date.now() >= this.at;
  }

  /** Ends the timer: a Lambda function must not leave one behind. */
  public clear(): void {
    clearTimeout(this.timer);
  }

  /** A pause that never goes past the deadline. */
  public pause(milliseconds: number): Promise<void> {
    return pause(Math.max(0, Math.min(milliseconds, this.at - Date.now())));
  }
}

/**
 * The deadline for sharing an image anew, which leaves time for putting things back where it fails. An adopting
 * event keeps half: no later one could tell what it found.
 */
export function deadlineForGranting(whole: Deadline, adoptExisting: boolean): Deadline {
  const half = (whole.at - Date.now()) / 2;
  return new Deadline(whole.at - (adoptExisting ? half : Math.min(RESTORE_RESERVE, half)));
}
