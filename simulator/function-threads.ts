import { resolve } from 'node:path';
import type { AcceleratedClock } from './clock';
import type { CustomResourceEvent, FunctionRunner, InvocationEnd, LambdaFunction } from './cloudformation';
import { ExecutionEnvironment } from './execution-environment';
import { semaphore } from './semaphore';
import { accessKeyOf } from './workspaces/caller';

/** How many threads wait for an invocation at most. Each needs about 20 MiB. */
const MAX_WAITING = 16;
/** How many threads run an invocation at most. As when Lambda throttles, the time goes on for further events. */
const MAX_RUNNING = 64;

export interface FunctionThreadOptions {
  /** The directory with the files of a function's code. */
  readonly codeDirectory: (lambda: LambdaFunction) => string;
  /** The endpoint of the function's WorkSpaces calls. */
  readonly workspacesUrl: string;
  /** The endpoint of the function's CloudFormation calls. */
  readonly cloudFormationUrl: string;
  /** The clock that the function sees. */
  readonly clock: AcceleratedClock;
}

/** Runs functions in threads of their own. As Lambda does, it reuses a thread when its invocation has returned. */
export class FunctionThreads implements FunctionRunner {
  /** The threads that wait for an invocation, by the configuration of the function. */
  private readonly idle = new Map<string, ExecutionEnvironment[]>();
  /** The same threads, the one that has waited the longest first. */
  private readonly waiting: ExecutionEnvironment[] = [];

  private readonly slot = semaphore(MAX_RUNNING);

  constructor(private readonly options: FunctionThreadOptions) {}

  run(lambda: LambdaFunction, event: CustomResourceEvent, awsRequestId: string): Promise<InvocationEnd> {
    return this.slot(() => this.invoke(lambda, event, awsRequestId));
  }

  private async invoke(
    lambda: LambdaFunction,
    event: CustomResourceEvent,
    awsRequestId: string,
  ): Promise<InvocationEnd> {
    const { clock, codeDirectory } = this.options;
    const directory = resolve(codeDirectory(lambda));
    const idle = this.idleFor(lambda);
    const reused = idle.pop();
    if (reused) {
      this.waiting.splice(this.waiting.indexOf(reused), 1);
    }
    const environment = reused ?? new ExecutionEnvironment(this.environment(lambda), clock);
    const invocation = {
      handler: lambda.handler,
      event,
      awsRequestId,
      lambda: contextOf(lambda),
      directory,
    };
    const end = await environment.invoke(invocation, lambda.timeoutSeconds);
    if (end.outcome === 'returned') {
      idle.push(environment);
      this.waiting.push(environment);
      if (this.waiting.length > MAX_WAITING) {
        this.end(this.waiting.shift() as ExecutionEnvironment);
      }
    }
    return end;
  }

  private end(environment: ExecutionEnvironment): void {
    environment.close();
    for (const idle of this.idle.values()) {
      const n = idle.indexOf(environment);
      if (n >= 0) {
        idle.splice(n, 1);
      }
    }
  }

  /** Ends the threads that wait for an invocation. */
  close(): void {
    for (const environment of [...this.idle.values()].flat()) {
      environment.close();
    }
  }

  private idleFor(lambda: LambdaFunction): ExecutionEnvironment[] {
    const configuration = JSON.stringify(lambda);
    const idle = this.idle.get(configuration) ?? [];
    this.idle.set(configuration, idle);
    return idle;
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
