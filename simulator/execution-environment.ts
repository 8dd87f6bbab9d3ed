import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { AcceleratedClock } from './clock';
import type { InvocationEnd } from './cloudformation';

/** The program of the processes. In the package, the bundled command line is next to it, too. */
const RUNTIME = join(__dirname, 'function-runtime.js');

/** The start of the line that a process writes after an invocation. */
const END = 'END OF INVOCATION ';

/** A Node.js process that runs the invocations of a function, one after the other, by the time of a clock. */
export class ExecutionEnvironment {
  private readonly process: ChildProcess;
  private onLine: (line: string) => void = () => {};
  private onClose: (reason: string) => void = () => {};
  private onStepped: () => void = () => {};

  constructor(
    directory: string,
    environment: Readonly<Record<string, string>>,
    private readonly clock: AcceleratedClock,
  ) {
    this.process = spawn(process.execPath, ['--no-warnings', RUNTIME, END], {
      cwd: directory,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on(
        'data',
        eachLine((line) => this.onLine(line)),
      );
    }
    this.process.on('message', () => this.onStepped());
    this.process.once('disconnect', () => this.onStepped());
    this.process.once('error', (cause) => this.onClose(cause.message));
    this.process.once('close', (code, signal) =>
      this.onClose(`The process exited with ${signal ?? `code ${code}`} before the handler returned.`),
    );
  }

  /** Runs an invocation. The process can run another one if the handler has returned. Otherwise, it ends. */
  async invoke(invocation: object, timeoutSeconds: number): Promise<InvocationEnd> {
    const log: string[] = [];
    const ended = new AbortController();
    const follower = (now: number) => this.step(now);
    this.clock.follow(follower);
    const end = await new Promise<InvocationEnd>((resolve) => {
      const crashed = (error: string) => resolve({ outcome: 'crashed', error, log });
      this.onLine = (line) => {
        if (!line.startsWith(END)) {
          log.push(line);
          return;
        }
        const { error } = JSON.parse(line.slice(END.length));
        if (error === undefined) {
          resolve({ outcome: 'returned', log });
        } else {
          crashed(error);
        }
      };
      this.onClose = crashed;
      void this.clock.sleep(timeoutSeconds * 1_000, ended.signal).then(() =>
        resolve({
          outcome: 'timed out',
          error: `The function timed out after ${timeoutSeconds} seconds.`,
          log,
        }),
      );
      this.process.send({ now: this.clock.now(), invocation }, () => {
        // If the process has already exited, its `close` event reports that.
      });
    });
    ended.abort();
    this.clock.unfollow(follower);
    if (end.outcome !== 'returned') {
      this.close();
    }
    return end;
  }

  close(): void {
    this.process.kill('SIGKILL');
  }

  /** Tells the process the time. Resolves when it has done what was due, or has exited. */
  private step(now: number): Promise<void> {
    return new Promise((resolve) => {
      this.onStepped = resolve;
      this.process.send({ now }, (error) => error && resolve());
    });
  }
}

function eachLine(receive: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts.filter((part) => part !== '')) {
      receive(line);
    }
  };
}
