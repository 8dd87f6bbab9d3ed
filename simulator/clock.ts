/** The time, as everything here that waits takes it. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Waits, until the signal at the latest. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => interruptible((end) => setTimeout(end, ms), clearTimeout, signal),
};

/** A timer that a signal ends early. */
export function interruptible<T>(
  start: (end: () => void) => T,
  clear: (timer: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clear(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = start(end);
    if (signal?.aborted) {
      end();
    }
    signal?.addEventListener('abort', end);
  });
}
