import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { AcceleratedClock } from './clock';
import type { CustomResourceEvent, FunctionRunner, InvocationEnd, LambdaFunction } from './cloudformation';
import { accessKeyOf } from './workspaces/caller';

export interface FunctionProcessOptions {
  /** The directory with the files of a function's code. */
  readonly codeDirectory: (lambda: LambdaFunction) => string;
  /** The endpoint of the function's WorkSpaces calls. */
  readonly workspacesUrl: string;
  /** The endpoint of the function's CloudFormation calls. */
  readonly cloudFormationUrl: string;
  /** The clock that the function sees. */
  readonly clock: AcceleratedClock;
}

/** Runs each invocation in its own Node.js process, with the environment variables that Lambda sets. */
export class FunctionProcesses implements FunctionRunner {
  constructor(private readonly options: FunctionProcessOptions) {}

  run(lambda: LambdaFunction, event: CustomResourceEvent, awsRequestId: string): Promise<InvocationEnd> {
    const { speed } = this.options.clock;
    const sentAt = this.options.clock.now();
    const directory = resolve(this.options.codeDirectory(lambda));
    const child = spawn(process.execPath, ['--no-warnings', '-e', RUNTIME_SOURCE], {
      cwd: directory,
      env: this.environment(lambda),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log: string[] = [];
    let error: string | undefined;
    let outcome: InvocationEnd['outcome'] = 'crashed';
    child.stdout?.setEncoding('utf8').on('data', collectLines(log));
    child.stderr?.setEncoding('utf8').on('data', collectLines(log));
    child.on('message', (message: { returned?: boolean; error?: string }) => {
      outcome = message.returned ? 'returned' : 'crashed';
      error = message.error;
    });
    const timeout = setTimeout(
      () => {
        outcome = 'timed out';
        error = `The function timed out after ${lambda.timeoutSeconds} seconds.`;
        child.kill('SIGKILL');
      },
      (lambda.timeoutSeconds * 1000) / speed,
    );
    const end = new Promise<InvocationEnd>((ended) => {
      child.once('error', (cause) => ended({ outcome: 'crashed', error: cause.message, log }));
      child.once('close', (code, signal) => {
        if (outcome === 'crashed') {
          error ??= `The process exited with ${signal ?? `code ${code}`} before the handler returned.`;
        }
        ended({ outcome, log, ...(error && { error }) });
      });
    }).finally(() => clearTimeout(timeout));
    child.send(
      {
        handler: lambda.handler,
        event,
        awsRequestId,
        lambda: contextOf(lambda),
        speed,
        sentAt,
        directory,
      },
      () => {
        // If the process has already exited, its `close` event reports that.
      },
    );
    return end;
  }

  private environment(lambda: LambdaFunction): Record<string, string> {
    return {
      ...lambda.environment,
      AWS_ACCESS_KEY_ID: accessKeyOf(lambda.arn),
      AWS_SECRET_ACCESS_KEY: 'simulation',
      AWS_SESSION_TOKEN: 'simulation',
      AWS_REGION: lambda.region,
      AWS_DEFAULT_REGION: lambda.region,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs',
      AWS_LAMBDA_FUNCTION_NAME: lambda.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memoryMiB),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${lambda.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'simulation',
      AWS_ENDPOINT_URL_WORKSPACES: this.options.workspacesUrl,
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.options.cloudFormationUrl,
      LAMBDA_TASK_ROOT: this.options.codeDirectory(lambda),
      TZ: 'UTC',
    };
  }
}

function contextOf({ name, arn, memoryMiB, timeoutSeconds }: LambdaFunction) {
  return { name, arn, memoryMiB, timeoutSeconds };
}

function collectLines(lines: string[]): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.filter((line) => line !== ''));
  };
}

/**
 * The program of a function's process: it receives one event, calls the handler, and reports the result. It is text
 * instead of a module because the command line is bundled into a single file.
 */
const RUNTIME_SOURCE = `
'use strict';
process.once('message', async ({ handler, event, awsRequestId, lambda, speed, sentAt, directory }) => {
  const startClock = replaceClock(speed, sentAt);
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
    startClock();
    await loaded[handler.slice(dot + 1)](event, context);
    report = { returned: true };
  } catch (error) {
    report = { error: error instanceof Error ? error.stack : String(error) };
  }
  process.send(report, () => process.exit(report.returned ? 0 : 1));
});

function replaceClock(speed, startsAt) {
  const RealDate = Date;
  let offset;
  const start = () => {
    offset = startsAt - RealDate.now() * speed;
  };
  start();
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
  return start;
}
`;
