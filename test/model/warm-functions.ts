import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import { join } from 'node:path';
import { compileFunction, constants } from 'node:vm';
import type {
  CustomResourceEvent,
  FunctionRunner,
  InvocationEnd,
  LambdaFunction,
  RunningFunction,
} from '../../rehearsal/cloudformation';
import type { VirtualClock } from '../world/virtual-clock';

const BUNDLE = join(__dirname, '..', '..', 'build', 'handler', 'index.js');

type Bundle = (
  module: { exports: { handler: (event: unknown, context: unknown) => Promise<void> } },
  require: (name: string) => unknown,
  ...globals: unknown[]
) => void;

const PARAMETERS = ['module', 'require', 'exports', 'process', 'Date', 'setTimeout', 'clearTimeout'];

/** Compiled once: each environment runs it anew. */
const load = compileFunction(readFileSync(BUNDLE, 'utf8'), PARAMETERS, {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
} as object) as Bundle;

/** An execution environment: the bundle, loaded once, with a clock and connections that can be taken away. */
class Environment {
  readonly log: string[] = [];
  busy = true;
  alive = true;
  die: () => void = () => undefined;
  private readonly handler: (event: unknown, context: unknown) => Promise<void>;

  constructor(
    private readonly clock: VirtualClock,
    readonly key: string,
    workspacesUrl: string,
  ) {
    const module = { exports: {} as never };
    const env = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: 'model',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_WORKSPACES: workspacesUrl,
      HOME: '/nonexistent',
    };
    const stdout = { write: (line: string) => this.log.push(line) };
    const process = Object.create(globalThis.process, {
      env: { value: env },
      stdout: { value: stdout },
      emitWarning: { value: () => undefined },
    });
    const time = clock.now;
    class VirtualDate extends Date {
      constructor(...given: unknown[]) {
        super(...((given.length > 0 ? given : [time()]) as [number]));
      }
      static override now = time;
    }
    const schedule = (run: () => void, ms?: number) =>
      clock.setTimeout(() => {
        if (this.alive) {
          run();
        }
      }, ms);
    load(module, this.require, module.exports, process, VirtualDate, schedule, clock.clearTimeout);
    this.handler = (
      module.exports as { handler: (event: unknown, context: unknown) => Promise<void> }
    ).handler;
  }

  run(event: CustomResourceEvent, lambda: LambdaFunction): Promise<void> {
    const end = this.clock.now() + lambda.timeoutSeconds * 1_000;
    return this.handler(event, {
      invokedFunctionArn: lambda.arn,
      getRemainingTimeInMillis: () => end - this.clock.now(),
    });
  }

  /** What has died sends nothing more. */
  private readonly require = (name: string): unknown => {
    if (name !== 'node:http' && name !== 'http') {
      return require(name);
    }
    const request = (...given: Parameters<typeof http.request>) => {
      if (!this.alive) {
        throw new Error('This environment has died.');
      }
      return http.request(...given);
    };
    return { ...http, request };
  };
}

/**
 * Runs the real bundle inside this process, in environments that stay warm as Lambda's do: an idle one is taken
 * before a new one is made. Thousands of lives fit into minutes this way, and a kill is still one: nothing that
 * a killed environment had in mind is carried out.
 */
export class WarmFunctions implements FunctionRunner {
  private readonly environments: Environment[] = [];

  constructor(
    private readonly clock: VirtualClock,
    private readonly workspacesUrl: string,
  ) {}

  start(lambda: LambdaFunction, event: CustomResourceEvent): RunningFunction {
    const environment = this.environments.find(({ alive, busy }) => alive && !busy) ?? this.grow();
    environment.busy = true;
    const logFrom = environment.log.length;
    const ended = (outcome: InvocationEnd['outcome'], error?: unknown): InvocationEnd => {
      environment.busy = false;
      const log = environment.log.slice(logFrom);
      return { outcome, log, ...(error !== undefined && { error: String((error as Error).stack) }) };
    };
    const kill = (outcome: 'killed' | 'timed out') => () => {
      environment.alive = false;
      return ended(outcome);
    };
    let timer: unknown;
    const end = new Promise<InvocationEnd>((resolve) => {
      environment.die = () => resolve(kill('killed')());
      timer = this.clock.setTimeout(() => resolve(kill('timed out')()), lambda.timeoutSeconds * 1_000);
      environment.run(event, lambda).then(
        () => resolve(ended('returned')),
        (error) => resolve(ended('crashed', error)),
      );
    }).finally(() => this.clock.clearTimeout(timer));
    return { end, kill: () => environment.die() };
  }

  /** Kills the environment that made a call. */
  kill(authorization: string): void {
    this.environments.find(({ key, alive }) => alive && authorization.includes(`Credential=${key}/`))?.die();
  }

  private grow(): Environment {
    const key = `AKIA${String(this.environments.length).padStart(6, '0')}`;
    const environment = new Environment(this.clock, key, this.workspacesUrl);
    this.environments.push(environment);
    return environment;
  }
}
