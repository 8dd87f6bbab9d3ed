import { type Channel, channel } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { type Clock, interruptible } from '../../simulator/clock';

const UNDER_WAY = Symbol.for('requests under way');

/** The HTTP requests that this process has sent and that have not ended. */
const underWay = countRequests();

/** Each test file loads this module anew, but not the channel: one subscriber counts for all of them. */
function countRequests(): { requests: number } {
  const started = channel('http.client.request.start') as object as Channel & {
    [UNDER_WAY]?: { requests: number };
  };
  if (started[UNDER_WAY]) {
    return started[UNDER_WAY];
  }
  const count = { requests: 0 };
  started[UNDER_WAY] = count;
  started.subscribe((message) => {
    count.requests++;
    (message as { request: ClientRequest }).request.once('close', () => {
      count.requests--;
    });
  });
  return count;
}

/** Longer than anything that CloudFormation waits for. */
const DAY = 24 * 60 * 60 * 1_000;

/** A replacement of `fs/promises` for the SDK, which looks for configuration files. */
export const NO_FILES = { readFile: () => Promise.reject(new Error('There are no files.')) };

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Time that passes only when the code under test waits for it: minutes take milliseconds, and events have the same order
 * in each run. HTTP is real. A request stops the clock until it ends, unless its server waits for this clock.
 */
export class VirtualClock {
  private time = Date.UTC(2026, 0, 1);
  private started = 0;
  private held = 0;
  private readonly timers = new Set<Timer>();

  /** How many timers have not run. */
  get waiting(): number {
    return this.timers.size;
  }

  readonly now = (): number => this.time;

  readonly setTimeout = (run: (...args: never[]) => void, ms = 0, ...args: never[]): Timer & object => {
    const timer = {
      at: this.time + Math.max(1, Math.trunc(ms)),
      order: this.started++,
      run: () => run(...args),
    };
    this.timers.add(timer);
    return Object.assign(timer, { ref: () => timer, unref: () => timer, hasRef: () => true });
  };

  readonly clearTimeout = (timer: unknown): void => {
    this.timers.delete(timer as Timer);
  };

  readonly sleep: Clock['sleep'] = (ms, signal) =>
    interruptible((end) => this.setTimeout(end, ms), this.clearTimeout, signal);

  /** For a server, whose waiting lets time pass although a request is under way. */
  readonly serverSide: Clock = {
    now: this.now,
    sleep: async (ms, signal) => {
      this.held++;
      await this.sleep(ms, signal);
      this.held--;
    },
  };

  /** Lets time pass until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    const longest = this.time + DAY;
    while (!ended) {
      await this.quiet(() => ended);
      if (ended) {
        break;
      }
      const next = this.next();
      if (next === undefined) {
        throw new Error('The work waits for something that never happens.');
      }
      if (next.at > longest) {
        throw new Error('The work did not end within a day of virtual time.');
      }
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    return work;
  }

  /** Replaces the timers and the time of a global object, and returns how to restore them. */
  install(target: typeof globalThis): () => void {
    const { setTimeout, clearTimeout } = target;
    const { now } = target.Date;
    Object.assign(target, { setTimeout: this.setTimeout, clearTimeout: this.clearTimeout });
    target.Date.now = this.now;
    return () => {
      Object.assign(target, { setTimeout, clearTimeout });
      target.Date.now = now;
    };
  }

  private next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }

  /** Resolves when only timers of this clock are left to wait for. */
  private async quiet(ended: () => boolean): Promise<void> {
    for (let turns = 0; turns < 3 && !ended(); ) {
      await new Promise((resolve) => setImmediate(resolve));
      turns = underWay.requests > this.held || isReadingFile() ? 0 : turns + 1;
    }
  }
}

/** Some versions of Node.js do not list file reads. Tests that depend on them give `NO_FILES` to the SDK. */
function isReadingFile(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}
