import type { Clock } from '../clock';
import type { Json, JsonObject } from '../template';
import type { CustomResourceEvent } from './protocol';
import type { LiveResource, Stack } from './stack';
import { givenName } from './stub-resources';

/** A function as its resource configures it. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly code: JsonObject;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface InvocationEnd {
  readonly outcome: 'returned' | 'crashed' | 'timed out' | 'killed';
  /** What a crash said. */
  readonly error?: string;
  readonly log: readonly string[];
}

export interface RunningFunction {
  readonly end: Promise<InvocationEnd>;
  /** Ends it as a lost machine would. */
  kill(): void;
}

/** Runs a function's code. */
export interface FunctionRunner {
  start(lambda: LambdaFunction, event: CustomResourceEvent, awsRequestId: string): RunningFunction;
}

/** How Lambda delivers an event: a delay in milliseconds for each time that it does. */
export interface Delivery {
  readonly delays: readonly number[];
  /** Each delivery begins when the one before it has ended, instead of on its own. */
  readonly oneAfterTheOther?: boolean;
}

/** What became of one delivery. */
export interface Invocation {
  readonly at: number;
  readonly outcome: InvocationEnd['outcome'] | 'dropped by its age' | 'not run';
  readonly error?: string;
  readonly log: readonly string[];
}

const POLICY_TYPES: Record<string, string> = {
  'AWS::IAM::Policy': 'Roles',
  'AWS::IAM::ManagedPolicy': 'Roles',
  'AWS::IAM::RolePolicy': 'RoleName',
};
const LONGEST_EVENT_AGE_SECONDS = 6 * 3600;
/** Lambda waits a minute before the first retry of an asynchronous event and two before the second. */
const RETRY_AFTER_MS = [60_000, 120_000];

interface Deployed {
  readonly stack: Stack;
  readonly resource: LiveResource;
}

/** The functions of the world, and what they need in order to run. */
export class Lambda {
  private readonly underWay = new Set<Promise<void>>();
  private requests = 0;

  constructor(
    private readonly clock: Clock,
    private readonly runner: FunctionRunner,
    private readonly stacks: () => Iterable<Stack>,
    /** Whether a name or ARN belongs to something that this world has ever created. */
    private readonly everExisted: (name: string) => boolean,
  ) {}

  /** What a function needs and does not exist at this moment, each named with its logical id. */
  missing(arn: string): string[] {
    const deployed = this.find(arn);
    if (!deployed) {
      return [`the function ${arn}`];
    }
    const { stack, resource } = deployed;
    const missing: string[] = [];
    if (resource.state === 'deleting') {
      missing.push(`the function ${resource.logicalId}`);
    }
    const roleArn = text(resource.properties.Role);
    const role = this.withArn('AWS::IAM::Role', roleArn);
    if (role?.resource.state === 'complete') {
      missing.push(...this.missingPolicies(role));
    } else if (role || this.everExisted(roleArn)) {
      missing.push(`its role ${role?.resource.logicalId ?? roleArn}`);
    }
    const logGroup = logGroupOf(resource);
    missing.push(
      ...absent(
        stack,
        'AWS::Logs::LogGroup',
        (properties) => givenName('AWS::Logs::LogGroup', properties) === logGroup,
      ).map((id) => `its log group ${id}`),
    );
    if (missing.length === 0 && this.everExisted(logGroup) && !this.named('AWS::Logs::LogGroup', logGroup)) {
      missing.push(`its log group ${logGroup}`);
    }
    missing.push(
      ...absent(
        stack,
        'AWS::Lambda::EventInvokeConfig',
        ({ FunctionName }) => FunctionName === resource.physicalId,
      ).map((id) => `its invocation setting ${id}`),
    );
    return missing;
  }

  /**
   * Accepts an event as `InvocationType: Event` does, and delivers it on its own.
   *
   * @returns when no delivery of it will begin or end any more
   */
  send(
    event: CustomResourceEvent,
    delivery: Delivery,
    tell: (invocation: Invocation) => void,
  ): Promise<void> {
    const accepted = this.clock.now();
    const { retries, longestAgeSeconds } = this.invocationSetting(event.ServiceToken);
    const deliver = async (delay: number) => {
      if (delay > 0) {
        await this.clock.sleep(delay);
      }
      for (let attempt = 0; ; attempt++) {
        const end = await this.once(event, accepted, longestAgeSeconds);
        tell(end);
        if (
          attempt >= retries ||
          end.outcome === 'returned' ||
          end.outcome === 'dropped by its age' ||
          end.outcome === 'not run'
        ) {
          return;
        }
        await this.clock.sleep(RETRY_AFTER_MS[attempt]);
      }
    };
    const work = delivery.oneAfterTheOther
      ? delivery.delays.reduce((before, delay) => before.then(() => deliver(delay)), Promise.resolve())
      : Promise.all(delivery.delays.map(deliver)).then(() => undefined);
    this.underWay.add(work);
    return work.finally(() => this.underWay.delete(work));
  }

  /** Resolves when no event waits and no function runs. */
  async quiet(): Promise<void> {
    while (this.underWay.size > 0) {
      await Promise.all(this.underWay);
    }
  }

  private async once(
    event: CustomResourceEvent,
    accepted: number,
    longestAgeSeconds: number,
  ): Promise<Invocation> {
    const at = this.clock.now();
    if (at - accepted > longestAgeSeconds * 1000) {
      return { at, outcome: 'dropped by its age', log: [] };
    }
    const deployed = this.find(event.ServiceToken);
    const missing = this.missing(event.ServiceToken);
    if (!deployed || missing.length > 0) {
      return { at, outcome: 'not run', error: `${missing.join(', ')} does not exist any more.`, log: [] };
    }
    this.requests++;
    const running = this.runner.start(
      configured(deployed),
      event,
      `00000000-0000-4000-8000-${String(this.requests).padStart(12, '0')}`,
    );
    return { at, ...(await running.end) };
  }

  private invocationSetting(arn: string): { retries: number; longestAgeSeconds: number } {
    const deployed = this.find(arn);
    const setting = [...(deployed?.stack.live.values() ?? [])].find(
      ({ declared, properties }) =>
        declared.Type === 'AWS::Lambda::EventInvokeConfig' &&
        properties.FunctionName === deployed?.resource.physicalId,
    );
    return {
      retries: Math.min(Number(setting?.properties.MaximumRetryAttempts ?? 2), RETRY_AFTER_MS.length),
      longestAgeSeconds: Number(setting?.properties.MaximumEventAgeInSeconds ?? LONGEST_EVENT_AGE_SECONDS),
    };
  }

  private missingPolicies(role: Deployed): string[] {
    const missing: string[] = [];
    for (const stack of this.stacks()) {
      for (const [type, key] of Object.entries(POLICY_TYPES)) {
        const names = absent(stack, type, (properties) =>
          [properties[key] ?? []].flat().includes(role.resource.physicalId),
        );
        missing.push(...names.map((id) => `the policy ${id} of its role`));
      }
    }
    return missing;
  }

  private find(arn: string): Deployed | undefined {
    return this.withArn('AWS::Lambda::Function', arn);
  }

  private withArn(type: string, arn: string): Deployed | undefined {
    return this.each(type, (stack, { logicalId }) => stack.living.attribute(logicalId, 'Arn') === arn);
  }

  private named(type: string, name: string): Deployed | undefined {
    return this.each(type, (_, { physicalId, state }) => physicalId === name && state === 'complete');
  }

  private each(
    type: string,
    wanted: (stack: Stack, resource: LiveResource) => boolean,
  ): Deployed | undefined {
    for (const stack of this.stacks()) {
      for (const resource of stack.live.values()) {
        if (resource.declared.Type === type && wanted(stack, resource)) {
          return { stack, resource };
        }
      }
    }
    return undefined;
  }
}

/** The resources of a type that the template in force declares and that do not exist. */
function absent(stack: Stack, type: string, wanted: (properties: JsonObject) => boolean): string[] {
  const template = stack.inForce;
  return [...(template?.resources ?? [])]
    .filter(([id, declared]) => {
      if (declared.Type !== type || stack.live.get(id)?.state === 'complete') {
        return false;
      }
      try {
        return wanted(template?.properties(id, stack.living) ?? {});
      } catch {
        // It waits for something that does not exist yet, so it cannot be about a function that does.
        return false;
      }
    })
    .map(([id]) => id);
}

function logGroupOf({ properties, physicalId }: LiveResource): string {
  const configured = (properties.LoggingConfig as JsonObject | undefined)?.LogGroup;
  return typeof configured === 'string' ? configured : `/aws/lambda/${physicalId}`;
}

function configured({ stack, resource }: Deployed): LambdaFunction {
  const { properties } = resource;
  const variables = ((properties.Environment as JsonObject | undefined)?.Variables ?? {}) as JsonObject;
  return {
    name: resource.physicalId,
    arn: text(stack.living.attribute(resource.logicalId, 'Arn')),
    stack: stack.name,
    account: stack.environment.account,
    region: stack.environment.region,
    code: (properties.Code ?? {}) as JsonObject,
    handler: text(properties.Handler),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMiB: Number(properties.MemorySize ?? 128),
    environment: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
