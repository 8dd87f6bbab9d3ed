import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AcceleratedClock } from './clock';
import type { InvocationEnd } from './cloudformation';

/** The program of the threads. In the package, the bundled command line is next to it, too. */
const RUNTIME = join(__dirname, 'function-runtime.js');

/** That a thread has done what was due, with the time of the next; a part of the log; the end of an invocation. */
type Message = { readonly due?: number; readonly log?: string; readonly ended?: { readonly error?: string } };

/**
 * A thread that runs the invocations of a function, one after the other, by the time of a clock. It has its own
 * environment variables, modules and globals, and needs a small part of the memory of a process.
 */
export class ExecutionEnvironment {
  private readonly thread: Worker;
  private onMessage: (message: Message) => void = () => {};
  private onClose: (reason: string) => void = () => {};
  private onStepped: (due: number) => void = () => {};

  constructor(
    environment: Readonly<Record<string, string>>,
    private readonly clock: AcceleratedClock,
  ) {
    this.thread = new Worker(RUNTIME, {
      env: environment,
      execArgv: ['--no-warnings'],
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    // A function without an event does not keep the process running.
    this.thread.unref();
    this.thread.on('message', (message: Message) =>
      message.due === undefined ? this.onMessage(message) : this.onStepped(message.due),
    );
    this.thread.once('error', (cause) => this.onClose(cause.stack ?? cause.message));
    this.thread.once('exit', (code) => {
      this.onStepped(Number.POSITIVE_INFINITY);
      this.onClose(`The function exited with code ${code} before the handler returned.`);
    });
  }

  /** Runs an invocation. The thread can run another one if the handler has returned. Otherwise, it ends. */
  async invoke(invocation: object, timeoutSeconds: number): Promise<InvocationEnd> {
    let log = '';
    const lines = () => log.split('\n').filter((line) => line !== '');
    const ended = new AbortController();
    const follower = (now: number) => this.step(now);
    this.clock.follow(follower);
    this.thread.ref();
    const end = await new Promise<InvocationEnd>((resolve) => {
      const crashed = (error: string) => resolve({ outcome: 'crashed', error, log: lines() });
      this.onMessage = (message) => {
        log += message.log ?? '';
        if (message.ended?.error !== undefined) {
          crashed(message.ended.error);
        } else if (message.ended) {
          resolve({ outcome: 'returned', log: lines() });
        }
      };
      this.onClose = crashed;
      void this.clock.sleep(timeoutSeconds * 1_000, ended.signal).then(() =>
        resolve({
          outcome: 'timed out',
          error: `The function timed out after ${timeoutSeconds} seconds.`,
          log: lines(),
        }),
      );
      this.thread.postMessage({ now: this.clock.now(), invocation });
    });
    ended.abort();
    this.clock.unfollow(follower);
    this.thread.unref();
    if (end.outcome !== 'returned') {
      this.close();
    }
    return end;
  }

  close(): void {
    void this.thread.terminate();
  }

  /** Tells the thread the time. Resolves when it has done what was due, with the time of the next, or has exited. */
  private step(now: number): Promise<number> {
    return new Promise((resolve) => {
      this.onStepped = resolve;
      this.thread.postMessage({ now });
    });
  }
}
