/** The time, as all components of the simulator see it. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Waits until the time has passed or the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => interruptible((end) => setTimeout(end, ms), clearTimeout, signal),
};

/**
 * A clock that starts at the real time, runs faster, and can be moved ahead. Its timers do not keep the process
 * running.
 */
export class AcceleratedClock implements Clock {
  /** Added to the real time multiplied by the speed. */
  offset: number;

  constructor(readonly speed: number) {
    this.offset = Date.now() * (1 - speed);
  }

  now(): number {
    return Date.now() * this.speed + this.offset;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return interruptible((end) => setTimeout(end, ms / this.speed).unref(), clearTimeout, signal);
  }

  /** Moves the clock ahead. Timers that are running do not notice. */
  skip(ms: number): void {
    this.offset += ms;
  }
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
