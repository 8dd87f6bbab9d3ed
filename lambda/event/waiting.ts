/** How long one attempt of a call may take, from the request to the end of the response, in milliseconds. */
export const CALL_TIMEOUT = 5_000;

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A pause that doubles with each repetition, up to four seconds. */
export function backoff(repetition: number, first = 250): number {
  return Math.min(4_000, first * 2 ** repetition);
}

/** How to wait for what reads show. Durations are in milliseconds, and can depend on what the last read shows. */
export interface Waiting<T> {
  /** How long to wait, from the first read on. */
  readonly within: number;
  /** For how long reads must show a target state without interruption. @default 0 */
  readonly stays?: (value: T) => number;
  /** The pause between two reads. */
  readonly every: (value: T) => number;
  /** Waits, and throws if there is no time left. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/**
 * Reads until a target state is shown, or the time is over.
 *
 * @param targetOf the target state that a value is, or a falsy value. Another target state must be shown for its own time.
 * @returns what the last read shows, which is not necessarily a target state
 */
export async function until<T>(
  read: () => Promise<T>,
  targetOf: (value: T) => unknown,
  { within, stays = () => 0, every, pause }: Waiting<T>,
): Promise<T> {
  const end = Date.now() + within;
  let target: unknown;
  let since = 0;
  for (;;) {
    const value = await read();
    const now = Date.now();
    const shown = targetOf(value);
    if (shown !== target) {
      target = shown;
      since = now;
    }
    if ((shown && now - since >= stays(value)) || now >= end) {
      return value;
    }
    await pause(every(value));
  }
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
