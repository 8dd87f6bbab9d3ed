/** The time, as all components of the simulator see it. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Waits until the time is over or the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => interruptible((end) => setTimeout(end, ms), clearTimeout, signal),
};

/** A clock that runs faster than real time. Its timers do not keep the process running. */
export function acceleratedClock(speed: number, startedAt = Date.now()): Clock {
  return {
    now: () => startedAt + (Date.now() - startedAt) * speed,
    sleep: (ms, signal) => interruptible((end) => setTimeout(end, ms / speed).unref(), clearTimeout, signal),
  };
}

/** Waits for a timer, which a signal can end early. */
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
