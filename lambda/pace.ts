import { LONGEST_PAUSE, pause } from './timing';

/** Calls that are throttled within this time of another were under way with it, and say nothing new. */
const ONE_THROTTLE = 500;

/** In calls a second. No pause between two calls is longer than this makes it. */
const SLOWEST = 0.5;

/** What is taken at first of the rate that was let through: the rest makes up for the throttled call. */
const JUST_UNDER = 0.9;

/** Where less than this part of the limit was let through, others took the rest for a moment. */
const LEAST_LEFT = 0.7;

/** Calls a second that are added, times the square of the seconds since the last throttle. */
const PROBING = 0.1;

/** What the client's adaptive retries ask before each attempt, and tell after it. */
interface Pace {
  /** Resolves when a call may be sent, one after the other. */
  getSendToken(): Promise<void>;
  /** Without an error, where the attempt succeeded. */
  updateClientSendingRate(ended: { error?: unknown; errorType?: string }): void;
}

/**
 * The pace of the calls: as fast as they come until the service throttles, then just under what it let through,
 * and faster the longer it does not throttle. Why not the client's own: docs/decisions/0008-the-pace.md.
 */
export function newPace(): Pace {
  /** Calls a second that the service let through before it throttled last. */
  let limit: number | undefined;
  /** When the measuring began: at the last throttle, or after an idle while. */
  let since = 0;
  /** Calls that succeeded since. */
  let successes = 0;
  let lastSentAt = 0;
  let queue = Promise.resolve();

  const seconds = () => (Date.now() - since) / 1_000;
  const rate = () => (limit ?? Number.POSITIVE_INFINITY) * JUST_UNDER + PROBING * seconds() ** 2;
  const measureAnew = () => {
    since = Date.now();
    successes = 0;
  };

  const wait = () => lastSentAt + 1_000 / rate() - Date.now();
  const turn = async () => {
    if (Date.now() - lastSentAt > LONGEST_PAUSE) {
      measureAnew();
    }
    while (wait() > 0) {
      // In steps, since the rate changes.
      await pause(Math.min(wait(), 250));
    }
    lastSentAt = Date.now();
  };

  const slowDown = () => {
    // What a service lets through at once is, as a rule, what it lets through in a second.
    const measured = successes / Math.max(1, seconds());
    const next = limit === undefined ? measured : Math.min(rate(), Math.max(measured, LEAST_LEFT * limit));
    limit = Math.max(SLOWEST, next);
    lastSentAt = Date.now();
    measureAnew();
  };

  return {
    getSendToken() {
      queue = queue.then(turn);
      return queue;
    },
    updateClientSendingRate({ error, errorType }) {
      if (errorType !== 'THROTTLING') {
        successes += error ? 0 : 1;
      } else if (limit === undefined || seconds() * 1_000 >= ONE_THROTTLE) {
        slowDown();
      }
    },
  };
}
