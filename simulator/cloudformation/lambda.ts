import type { Clock } from '../clock';
import type { Json, JsonObject } from '../template';
import type { CustomResourceEvent } from './protocol';
import type { DeployedStack, LiveResource } from './stack';
import { explicitName } from './stub-resources';

/** A function as its resource configures it. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly code: JsonObject;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface InvocationEnd {
  readonly outcome: 'returned' | 'crashed' | 'timed out' | 'killed';
  /** The error message of a crash. */
  readonly error?: string;
  readonly log: readonly string[];
}

/** Runs a function's code. */
export interface FunctionRunner {
  run(lambda: LambdaFunction, event: CustomResourceEvent, awsRequestId: string): Promise<InvocationEnd>;
}

/** How Lambda delivers an event: the delay of each delivery in milliseconds. */
export interface Delivery {
  readonly delays: readonly number[];
  /** Whether a delivery starts only after the previous one has ended. */
  readonly oneAfterTheOther?: boolean;
}

/** The result of one delivery. */
export interface Invocation {
  readonly at: number;
  readonly outcome: InvocationEnd['outcome'] | 'expired' | 'not run';
  readonly error?: string;
  readonly log: readonly string[];
}

const POLICY_TYPES: Record<string, string> = {
  'AWS::IAM::Policy': 'Roles',
  'AWS::IAM::ManagedPolicy': 'Roles',
  'AWS::IAM::RolePolicy': 'RoleName',
};
const MAX_EVENT_AGE_SECONDS = 6 * 3600;
/** Lambda waits a minute before the first retry of an asynchronous event and two before the second. */
const RETRY_AFTER_MS = [60_000, 120_000];

interface DeployedResource {
  readonly stack: DeployedStack;
  readonly resource: LiveResource;
}

/** Runs the functions of all stacks, and knows what they need in order to run. */
export class Lambda {
  private readonly pending = new Set<Promise<void>>();
  private requests = 0;

  constructor(
    private readonly clock: Clock,
    private readonly runner: FunctionRunner,
    private readonly stacks: () => Iterable<DeployedStack>,
    /** Whether a resource with this name or ARN has ever been created. */
    private readonly everExisted: (name: string) => boolean,
  ) {}

  /** Lists the missing resources that a function needs, by logical ID. */
  missing(arn: string): string[] {
    const deployed = this.find(arn);
    if (!deployed) {
      return [`the function ${arn}`];
    }
    const { stack, resource } = deployed;
    const missing = resource.state === 'deleting' ? [`the function ${resource.logicalId}`] : [];
    const roleArn = text(resource.properties.Role);
    const role = this.withArn('AWS::IAM::Role', roleArn);
    if (role?.resource.state === 'complete') {
      missing.push(...this.missingPolicies(role));
    } else if (role || this.everExisted(roleArn)) {
      missing.push(`its role ${role?.resource.logicalId ?? roleArn}`);
    }
    const name = logGroupOf(resource);
    const isLogGroup = (properties: JsonObject) => explicitName('AWS::Logs::LogGroup', properties) === name;
    const logGroups = missingResources(stack, 'AWS::Logs::LogGroup', isLogGroup);
    const isGone = this.everExisted(name) && !this.named('AWS::Logs::LogGroup', name);
    if (logGroups.length === 0 && missing.length === 0 && isGone) {
      logGroups.push(name);
    }
    const isConfig = ({ FunctionName }: JsonObject) => FunctionName === resource.physicalId;
    const configs = missingResources(stack, 'AWS::Lambda::EventInvokeConfig', isConfig);
    return [
      ...missing,
      ...logGroups.map((id) => `its log group ${id}`),
      ...configs.map((id) => `its event invoke config ${id}`),
    ];
  }

  /**
   * Accepts an event as `InvocationType: Event` does, and delivers it asynchronously.
   *
   * @returns when all deliveries have ended
   */
  send(
    event: CustomResourceEvent,
    delivery: Delivery,
    onInvocation: (invocation: Invocation) => void,
  ): Promise<void> {
    const accepted = this.clock.now();
    const { retries, maxAgeSeconds } = this.eventInvokeConfig(event.ServiceToken);
    const deliver = async (delay: number) => {
      if (delay > 0) {
        await this.clock.sleep(delay);
      }
      for (let attempt = 0; ; attempt++) {
        const end = await this.invoke(event, accepted, maxAgeSeconds);
        onInvocation(end);
        if (attempt >= retries || ['returned', 'expired', 'not run'].includes(end.outcome)) {
          return;
        }
        await this.clock.sleep(RETRY_AFTER_MS[attempt]);
      }
    };
    const work = delivery.oneAfterTheOther
      ? delivery.delays.reduce((before, delay) => before.then(() => deliver(delay)), Promise.resolve())
      : Promise.all(delivery.delays.map(deliver)).then(() => undefined);
    this.pending.add(work);
    return work.finally(() => this.pending.delete(work));
  }

  /** Resolves when no event is waiting and no function is running. */
  async quiet(): Promise<void> {
    while (this.pending.size > 0) {
      await Promise.all(this.pending);
    }
  }

  private async invoke(
    event: CustomResourceEvent,
    accepted: number,
    maxAgeSeconds: number,
  ): Promise<Invocation> {
    const at = this.clock.now();
    if (at - accepted > maxAgeSeconds * 1000) {
      return { at, outcome: 'expired', log: [] };
    }
    const deployed = this.find(event.ServiceToken);
    const missing = this.missing(event.ServiceToken);
    if (!deployed || missing.length > 0) {
      return { at, outcome: 'not run', error: `${missing.join(', ')} does not exist.`, log: [] };
    }
    this.requests++;
    const end = await this.runner.run(
      functionOf(deployed),
      event,
      `00000000-0000-4000-8000-${String(this.requests).padStart(12, '0')}`,
    );
    return { at, ...end };
  }

  private eventInvokeConfig(arn: string): { retries: number; maxAgeSeconds: number } {
    const deployed = this.find(arn);
    const config = [...(deployed?.stack.live.values() ?? [])].find(
      ({ declared, properties }) =>
        declared.Type === 'AWS::Lambda::EventInvokeConfig' &&
        properties.FunctionName === deployed?.resource.physicalId,
    );
    return {
      retries: Math.min(Number(config?.properties.MaximumRetryAttempts ?? 2), RETRY_AFTER_MS.length),
      maxAgeSeconds: Number(config?.properties.MaximumEventAgeInSeconds ?? MAX_EVENT_AGE_SECONDS),
    };
  }

  private missingPolicies(role: DeployedResource): string[] {
    const missing: string[] = [];
    for (const stack of this.stacks()) {
      for (const [type, key] of Object.entries(POLICY_TYPES)) {
        const names = missingResources(stack, type, (properties) =>
          [properties[key] ?? []].flat().includes(role.resource.physicalId),
        );
        missing.push(...names.map((id) => `the policy ${id} of its role`));
      }
    }
    return missing;
  }

  private find(arn: string): DeployedResource | undefined {
    return this.withArn('AWS::Lambda::Function', arn);
  }

  private withArn(type: string, arn: string): DeployedResource | undefined {
    return this.each(type, (stack, { logicalId }) => stack.references.attribute(logicalId, 'Arn') === arn);
  }

  private named(type: string, name: string): DeployedResource | undefined {
    return this.each(type, (_, { physicalId, state }) => physicalId === name && state === 'complete');
  }

  private each(
    type: string,
    wanted: (stack: DeployedStack, resource: LiveResource) => boolean,
  ): DeployedResource | undefined {
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

/** The logical IDs of the resources of a type that the template declares and that do not exist. */
function missingResources(
  stack: DeployedStack,
  type: string,
  wanted: (properties: JsonObject) => boolean,
): string[] {
  const template = stack.inForce;
  return [...(template?.resources ?? [])]
    .filter(([id, declared]) => {
      if (declared.Type !== type || stack.live.get(id)?.state === 'complete') {
        return false;
      }
      try {
        return wanted(template?.properties(id, stack.references) ?? {});
      } catch {
        // It depends on something that does not exist yet, so it cannot refer to a function that does.
        return false;
      }
    })
    .map(([id]) => id);
}

function logGroupOf({ properties, physicalId }: LiveResource): string {
  const configured = (properties.LoggingConfig as JsonObject | undefined)?.LogGroup;
  return typeof configured === 'string' ? configured : `/aws/lambda/${physicalId}`;
}

function functionOf({ stack, resource }: DeployedResource): LambdaFunction {
  const { properties } = resource;
  const variables = ((properties.Environment as JsonObject | undefined)?.Variables ?? {}) as JsonObject;
  return {
    name: resource.physicalId,
    arn: text(stack.references.attribute(resource.logicalId, 'Arn')),
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
