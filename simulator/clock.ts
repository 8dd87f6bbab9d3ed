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

/** The real time, with timers that do not keep the process running. */
export const backgroundClock: Clock = {
  ...realClock,
  sleep: (ms, signal) => interruptible((end) => setTimeout(end, ms).unref(), clearTimeout, signal),
};

/**
 * A function that lives by the time of a clock. The promise resolves when it has done what was due, with the time at which
 * it must be called again.
 */
export type Follower = (now: number) => Promise<number>;

/** How far a step goes, in milliseconds of the clock: a small part of each timeout of a function. */
const STEP = 100;
/** The longest real time between two steps. */
const MAX_PAUSE = 5;

/**
 * A clock that starts at the real time, runs faster, and can be moved ahead. It moves in steps. A step ends at the time at
 * which something is due, and waits for the functions that do it. So work takes no time, however slow the machine is, and
 * no timeout expires because a function had to wait for a processor. It stops while it has no followers and nothing sleeps, and does not keep the
 * process running.
 */
export class AcceleratedClock implements Clock {
  private time = Date.now();
  private readonly sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  /** The functions that follow the clock, each with the time at which it must be called. */
  private readonly followers = new Map<Follower, number>();
  private isRunning = false;

  constructor(private readonly speed: number) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return interruptible(
      (wake) => {
        const sleeper = { until: this.time + ms, wake };
        this.sleepers.add(sleeper);
        void this.run();
        return sleeper;
      },
      (sleeper) => this.sleepers.delete(sleeper),
      signal,
    );
  }

  /** Moves the clock ahead. Sleeps that would have ended meanwhile end with the next step. */
  skip(ms: number): void {
    this.time += ms;
  }

  /** Makes the clock wait for a function. */
  follow(follower: Follower): void {
    this.followers.set(follower, this.time);
    void this.run();
  }

  unfollow(follower: Follower): void {
    this.followers.delete(follower);
  }

  private async run(): Promise<void> {
    if (this.isRunning) {
      return;
    }
    this.isRunning = true;
    let last = performance.now();
    while (this.sleepers.size > 0 || this.followers.size > 0) {
      await backgroundClock.sleep(Math.min(MAX_PAUSE, STEP / this.speed));
      const now = performance.now();
      // A timer fires late rather than early. A step that is much too late is one of a machine that is busy.
      const passed = Math.min(2 * STEP, Math.round((now - last) * this.speed));
      const due = Math.min(...[...this.sleepers].map(({ until }) => until), ...this.followers.values());
      this.time = Math.max(this.time, Math.min(due, this.time + passed));
      last = now;
      for (const { until, wake } of [...this.sleepers].sort((a, b) => a.until - b.until)) {
        if (until <= this.time) {
          wake();
        }
      }
      await Promise.all([...this.followers].map(([follower, at]) => at <= this.time && this.call(follower)));
    }
    this.isRunning = false;
  }

  private async call(follower: Follower): Promise<void> {
    const due = await follower(this.time);
    if (this.followers.has(follower)) {
      this.followers.set(follower, due);
    }
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
