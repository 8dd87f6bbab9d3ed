import { type ChildProcess, spawn } from 'node:child_process';
import type { InvocationEnd } from './cloudformation';

/** The start of the line that a process writes after an invocation. */
const END = 'END OF INVOCATION ';

/** A Node.js process that runs the invocations of a function, one after the other. */
export class ExecutionEnvironment {
  private readonly process: ChildProcess;
  private onLine: (line: string) => void = () => {};
  private onClose: (reason: string) => void = () => {};

  constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.process = spawn(process.execPath, ['--no-warnings', '-e', RUNTIME_SOURCE], {
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
    this.process.once('error', (cause) => this.onClose(cause.message));
    this.process.once('close', (code, signal) =>
      this.onClose(`The process exited with ${signal ?? `code ${code}`} before the handler returned.`),
    );
  }

  /** Runs an invocation. The process can run another one if the handler has returned. Otherwise, it ends. */
  invoke(invocation: object, timeoutSeconds: number, speed: number): Promise<InvocationEnd> {
    const log: string[] = [];
    return new Promise((resolve) => {
      let timedOut = false;
      const timeout = setTimeout(
        () => {
          timedOut = true;
          this.close();
        },
        (timeoutSeconds * 1000) / speed,
      );
      const end = (outcome: InvocationEnd['outcome'], error?: string) => {
        clearTimeout(timeout);
        resolve({ outcome, log, ...(error && { error }) });
      };
      this.onLine = (line) => {
        if (!line.startsWith(END)) {
          log.push(line);
          return;
        }
        const { returned, error } = JSON.parse(line.slice(END.length));
        if (returned) {
          end('returned');
        } else {
          this.close();
          end('crashed', error);
        }
      };
      this.onClose = (reason) =>
        timedOut
          ? end('timed out', `The function timed out after ${timeoutSeconds} seconds.`)
          : end('crashed', reason);
      this.process.send(invocation, () => {
        // If the process has already exited, its `close` event reports that.
      });
    });
  }

  close(): void {
    this.process.kill('SIGKILL');
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

/**
 * The program of a function's process: it receives events, calls the handler, and reports the results. It is text
 * instead of a module because the command line is bundled into a single file.
 */
const RUNTIME_SOURCE = `
'use strict';
process.stderr.write = process.stdout.write.bind(process.stdout);
let setClock;
process.on('message', async ({ handler, event, awsRequestId, lambda, speed, sentAt, directory }) => {
  setClock ??= replaceClock(speed);
  setClock(sentAt);
  const deadline = Date.now() + lambda.timeoutSeconds * 1000;
  const context = {
    awsRequestId,
    functionName: lambda.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: lambda.arn,
    memoryLimitInMB: String(lambda.memoryMiB),
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  const dot = handler.lastIndexOf('.');
  let report;
  try {
    const loaded = require(require('node:path').join(directory, handler.slice(0, dot)));
    // At a high speed, the start of the process would take seconds, and the event would be late.
    setClock(sentAt);
    await loaded[handler.slice(dot + 1)](event, context);
    report = { returned: true };
  } catch (error) {
    report = { error: error instanceof Error ? error.stack : String(error) };
  }
  process.stdout.write('\\n${END}' + JSON.stringify(report) + '\\n');
});

function replaceClock(speed) {
  const RealDate = Date;
  let offset;
  const now = () => Math.round(RealDate.now() * speed + offset);
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      given.length === 0 ? super(now()) : super(...given);
    }
    static now() {
      return now();
    }
  };
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (task, delay = 1, ...given) => setTimeout(task, delay / speed, ...given);
  const timeout = AbortSignal.timeout;
  AbortSignal.timeout = (delay) => timeout.call(AbortSignal, Math.ceil(delay / speed));
  return (time) => {
    offset = time - RealDate.now() * speed;
  };
}
`;
