import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { join } from 'node:path';
import { format } from 'node:util';
import { compileFunction, constants } from 'node:vm';
import type {
  CustomResourceEvent,
  FunctionRunner,
  InvocationEnd,
  LambdaFunction,
} from '../../simulator/cloudformation';
import { accessKeyOf } from '../../simulator/workspaces/caller';
import { NO_FILES, type VirtualClock } from './virtual-clock';

/** What a function runs. */
export interface Code {
  /** The file that exports the handler. */
  readonly handler: string;
  /** Modules of Lambda's runtime that the bundle requires, each with the file to load instead. */
  readonly runtime?: Readonly<Record<string, string>>;
}

const built = (handler: string): Code => ({
  handler: join(__dirname, '..', '..', 'build', handler, 'index.js'),
});

/** The handlers, as `npm run build` bundles them. */
export const SHARE = built('share');
export const COPY = built('copy');
export const BUNDLE = built('bundle');

/** The code that the construct of a function gives to it. */
export function codeOf({ name }: LambdaFunction): Code {
  return name.includes('WorkspaceBundleFunction')
    ? BUNDLE
    : name.includes('WorkspaceImageCopyFunction')
      ? COPY
      : SHARE;
}

type Compiled = (
  module: { exports: object },
  require: (name: string) => unknown,
  ...globals: unknown[]
) => void;
type Handler = (event: unknown, context: unknown) => Promise<void>;

const PARAMETERS = [
  'module',
  'require',
  'exports',
  'process',
  'console',
  'Date',
  'setTimeout',
  'clearTimeout',
];

/** Compiled once, and run by each execution environment. */
const compiled = new Map<string, Compiled>();

function compile(file: string): Compiled {
  let load = compiled.get(file);
  if (load === undefined) {
    load = compileFunction(readFileSync(file, 'utf8'), PARAMETERS, {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    } as object) as Compiled;
    compiled.set(file, load);
  }
  return load;
}

/** An execution environment: the code, loaded once, with virtual time and connections that a kill ends. */
class Environment {
  readonly log: string[] = [];
  /** The event that it carries out, or carried out last. */
  requestId = '';
  busy = true;
  alive = true;
  die: () => void = () => undefined;
  private readonly globals: readonly unknown[];
  private readonly handler: Handler;
  private responsePort = '';

  constructor(
    private readonly clock: VirtualClock,
    readonly key: string,
    readonly arn: string,
    region: string,
    workspacesUrl: string,
    private readonly code: Code,
    cloudFormationUrl?: string,
  ) {
    const env = {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: 'model',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_WORKSPACES: workspacesUrl,
      ...(cloudFormationUrl !== undefined && { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormationUrl }),
      HOME: '/nonexistent',
    };
    const stdout = { write: (line: string) => this.log.push(line) };
    const write = (...words: unknown[]) => this.log.push(format(...words));
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
    const console = { log: write, error: write };
    this.globals = [process, console, VirtualDate, schedule, clock.clearTimeout];
    this.handler = (this.load(code.handler) as { handler: Handler }).handler;
  }

  run(event: CustomResourceEvent, lambda: LambdaFunction): Promise<void> {
    const end = this.clock.now() + lambda.timeoutSeconds * 1_000;
    this.responsePort = new URL(event.ResponseURL).port;
    // A copy, because a handler may change its event.
    return this.handler(JSON.parse(JSON.stringify(event)), {
      invokedFunctionArn: lambda.arn,
      logStreamName: `2026/01/01/[$LATEST]${this.key}`,
      getRemainingTimeInMillis: () => end - this.clock.now(),
    });
  }

  private load(file: string): unknown {
    const module = { exports: {} };
    compile(file)(module, this.require, module.exports, ...this.globals);
    return module.exports;
  }

  private readonly require = (name: string): unknown => {
    const file = this.code.runtime?.[name];
    if (file !== undefined) {
      return this.load(file);
    }
    switch (name.replace('node:', '')) {
      case 'http':
        return { ...http, request: this.request };
      case 'fs/promises':
        return NO_FILES;
      case 'https':
        // The handler of AwsCustomResource sends responses with https and without a port.
        return { ...https, request: this.answer };
      default:
        return require(name);
    }
  };

  private readonly request = (...given: Parameters<typeof http.request>) => {
    this.mustLive();
    return http.request(...given);
  };

  private readonly answer = (
    options: http.RequestOptions,
    answered: (response: http.IncomingMessage) => void,
  ) => {
    this.mustLive();
    return http.request({ ...options, port: this.responsePort }, (response) => {
      // A response that is not read would stop the clock.
      response.resume();
      answered(response);
    });
  };

  private mustLive(): void {
    if (!this.alive) {
      throw new Error('This environment has died.');
    }
  }
}

/**
 * Runs bundles inside this process, in execution environments that are reused as Lambda reuses them. A killed
 * environment sends no more calls and runs no more timers.
 */
export class WarmFunctions implements FunctionRunner {
  private readonly environments: Environment[] = [];

  constructor(
    private readonly clock: VirtualClock,
    private readonly workspacesUrl: string,
    private readonly code: (lambda: LambdaFunction) => Code = codeOf,
    private readonly cloudFormationUrl?: string,
    /** Whether every invocation gets a new execution environment. */
    private readonly alwaysCold = false,
  ) {}

  run(lambda: LambdaFunction, event: CustomResourceEvent): Promise<InvocationEnd> {
    const idle = this.environments.find(
      (each) => each.arn === lambda.arn && each.alive && !each.busy && !this.alwaysCold,
    );
    const environment = idle ?? this.grow(lambda);
    environment.busy = true;
    environment.requestId = event.RequestId;
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
    return new Promise<InvocationEnd>((resolve) => {
      environment.die = () => resolve(kill('killed')());
      timer = this.clock.setTimeout(() => resolve(kill('timed out')()), lambda.timeoutSeconds * 1_000);
      environment.run(event, lambda).then(
        () => resolve(ended('returned')),
        (error) => resolve(ended('crashed', error)),
      );
    }).finally(() => this.clock.clearTimeout(timer));
  }

  /** Kills the environment that made a call. */
  kill(authorization: string): void {
    const environment = this.callerOf(authorization);
    if (environment?.alive) {
      environment.die();
    }
  }

  /** Whether the environment that made a call has been killed. */
  isKilled(authorization: string): boolean {
    return this.callerOf(authorization)?.alive === false;
  }

  /** The ID of the event for which a call was made. */
  requestOf(authorization: string): string {
    return this.callerOf(authorization)?.requestId ?? '';
  }

  private callerOf(authorization: string): Environment | undefined {
    return this.environments.find(({ key }) => authorization.includes(`Credential=${key}/`));
  }

  private grow(lambda: LambdaFunction): Environment {
    const key = accessKeyOf(lambda.arn, `N${this.environments.length}`);
    const environment = new Environment(
      this.clock,
      key,
      lambda.arn,
      lambda.region,
      this.workspacesUrl,
      this.code(lambda),
      this.cloudFormationUrl,
    );
    this.environments.push(environment);
    return environment;
  }
}
