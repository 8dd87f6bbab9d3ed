import { Agent, type ClientRequest } from 'node:http';
import { type Clock, interruptible } from '../../simulator/clock';

/** HTTP requests of this process that have not ended, whoever made them, from the moment they are made. */
let requestsUnderWay = 0;
type AddRequest = (request: ClientRequest, ...rest: unknown[]) => void;
const UNCOUNTED = Symbol.for('addRequest, uncounted');
const agent = Agent.prototype as unknown as { addRequest: AddRequest; [UNCOUNTED]?: AddRequest };
// Each test file loads this module anew, and all of them share Node's own: counting must not pile up on counting.
agent[UNCOUNTED] ??= agent.addRequest;
const addRequest = agent[UNCOUNTED];
agent.addRequest = function (request, ...rest) {
  requestsUnderWay++;
  request.once('close', () => {
    requestsUnderWay--;
  });
  addRequest.call(this, request, ...rest);
};

/** Longer than anything that CloudFormation waits for. */
const DAY = 24 * 60 * 60 * 1_000;

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Time that passes only while everybody waits: minutes of a handler's waiting take milliseconds, and the order
 * of events is the same in each run. HTTP stays real; a request that is under way holds the clock, unless the
 * server that has it is waiting on this clock itself.
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

  readonly sleep = (ms: number): Promise<void> => new Promise((resolve) => this.setTimeout(resolve, ms));

  /** For a server: its sleep does not hold the clock though a request waits for it. */
  readonly serverSide: Clock = {
    now: this.now,
    sleep: async (ms, signal) => {
      this.held++;
      await interruptible((end) => this.setTimeout(end, ms), this.clearTimeout, signal);
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
        throw new Error('Everybody waits, and nothing is going to happen.');
      }
      if (next.at > longest) {
        throw new Error('A day has passed, and nothing is going to change.');
      }
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    return work;
  }

  /** Takes the place of the timers and of the time of a global object; returns how to undo that. */
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

  /** Until nobody does anything but wait on this clock. */
  private async quiet(ended: () => boolean): Promise<void> {
    for (let turns = 0; turns < 3 && !ended(); ) {
      await new Promise((resolve) => setImmediate(resolve));
      turns = requestsUnderWay > this.held || readsFiles() ? 0 : turns + 1;
    }
  }
}

function readsFiles(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo)/.test(name));
}
