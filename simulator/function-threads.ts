import { resolve } from 'node:path';
import type { AcceleratedClock } from './clock';
import type { CustomResourceEvent, FunctionRunner, InvocationEnd, LambdaFunction } from './cloudformation';
import { ExecutionEnvironment } from './execution-environment';
import { semaphore } from './semaphore';
import { accessKeyOf } from './workspaces/caller';

/** How many threads wait for an invocation at most. Each needs about 20 MiB. */
const MAX_WAITING = 32;
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
  /** The threads that wait for an invocation, the one that has waited the longest first. */
  private readonly idle: { readonly configuration: string; readonly environment: ExecutionEnvironment }[] =
    [];
  private readonly slot = semaphore(MAX_RUNNING);

  constructor(private readonly options: FunctionThreadOptions) {}

  run(lambda: LambdaFunction, event: CustomResourceEvent, awsRequestId: string): Promise<InvocationEnd> {
    return this.slot(async () => {
      const { clock, codeDirectory } = this.options;
      const { name, arn, memoryMiB, timeoutSeconds, handler } = lambda;
      const directory = resolve(codeDirectory(lambda));
      const configuration = JSON.stringify(lambda);
      const n = this.idle.findLastIndex((each) => each.configuration === configuration);
      const [reused] = n < 0 ? [] : this.idle.splice(n, 1);
      const environment = reused?.environment ?? new ExecutionEnvironment(this.environment(lambda), clock);
      const context = { name, arn, memoryMiB, timeoutSeconds };
      const invocation = { handler, event, awsRequestId, lambda: context, directory };
      const end = await environment.invoke(invocation, timeoutSeconds);
      if (end.outcome === 'returned') {
        this.idle.push({ configuration, environment });
      }
      if (this.idle.length > MAX_WAITING) {
        this.idle.shift()?.environment.close();
      }
      return end;
    });
  }

  /** Ends the threads that wait for an invocation. */
  close(): void {
    for (const { environment } of this.idle) {
      environment.close();
    }
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
