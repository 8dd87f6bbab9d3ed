/**
 * CloudFormation in one process: the order of resources, updates, replacements, cleanups, rollbacks and timeouts, and
 * the events that custom resources receive.
 */

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, realClock } from './clock';
import { inOrder, reversed } from './cloudformation/dependency-order';
import {
  CustomResources,
  type Hooks,
  type ResponseUrls,
  type SentRequest,
} from './cloudformation/dispatcher';
import { type FunctionRunner, Lambda } from './cloudformation/lambda';
import { isCustomResourceType, onTheWire, type RequestType } from './cloudformation/protocol';
import {
  Cancellation,
  type Change,
  cancelledReason,
  DeployedStack,
  type Deployment,
  type LiveResource,
  type ResourceResult,
  type StackEventRecord,
  type StackStatus,
} from './cloudformation/stack';
import {
  explicitName,
  generatedAttribute,
  generatedPhysicalId,
  type ResourceRequest,
  type ResourceTypeHandler,
} from './cloudformation/stub-resources';
import {
  type Json,
  type JsonObject,
  partitionOf,
  type ResourceDeclaration,
  StackTemplate,
  type Template,
} from './template';

export type { Hooks, OpenResponseUrl, ResponseUrls, SentRequest } from './cloudformation/dispatcher';
export type {
  Delivery,
  FunctionRunner,
  Invocation,
  InvocationEnd,
  LambdaFunction,
} from './cloudformation/lambda';
export type {
  CustomResourceEvent,
  CustomResourceResponse,
  RequestType,
} from './cloudformation/protocol';
export type {
  DeployedStack,
  LiveResource,
  StackEventRecord,
  StackStatus,
} from './cloudformation/stack';
export type { Provisioned, ResourceRequest, ResourceTypeHandler } from './cloudformation/stub-resources';

export interface CloudFormationOptions {
  readonly functions: FunctionRunner;
  readonly responses: ResponseUrls;
  readonly clock?: Clock;
  /** Implementations of resource types. Other types are stubs that always succeed. */
  readonly resourceTypes?: Readonly<Record<string, ResourceTypeHandler>>;
  /**
   * Whether the events of a resource type are sent to a function.
   *
   * @default - those of all custom resources without a handler in `resourceTypes`
   */
  readonly isCustomResource?: (type: string) => boolean;
  readonly hooks?: Hooks;
  /** Whether to fail an event as soon as no invocation is left that could respond, instead of after its timeout. */
  readonly impatient?: boolean;
  /** A random number from 0 to 1, for generated physical IDs. */
  readonly random?: () => number;
}

export interface StackLocation {
  readonly account?: string;
  readonly region?: string;
}

export interface Failure {
  readonly logicalId: string;
  readonly reason: string;
}

/** The result of an operation on a stack. */
export interface OperationResult {
  readonly status: StackStatus;
  readonly failures: readonly Failure[];
}

interface Deletion {
  readonly resource: LiveResource;
  readonly physicalId: string;
  readonly properties: JsonObject;
}

/** The status reasons of the event that reports a new physical ID before the resource is complete. */
const CREATION_INITIATED = 'Resource creation Initiated';
const REPLACEMENT_CREATED = 'Requested update required the provider to create a new physical resource';

/** Milliseconds from the failure of an update to the first event of its rollback. */
const ROLLBACK_DELAY = 2_000;
/** Milliseconds from the failure of a stack's creation to the Delete of a custom resource that it did not create. */
const FAILED_CREATE_DELAY = 26_000;
/** The type of a custom resource in the stack events of a cleanup. */
const TYPE_IN_CLEANUP = 'AWS::CloudFormation::CustomResource';

const DEFAULT_ACCOUNT = '123456789012';
const DEFAULT_REGION = 'us-east-1';

export class CloudFormation {
  readonly stacks = new Map<string, DeployedStack>();
  readonly events: StackEventRecord[] = [];
  /** The events sent to custom resources, in order, each with its result. */
  readonly requests: SentRequest[] = [];
  /** Violations that no deployment should cause, such as an invalid response or a function without its role. */
  readonly problems: string[] = [];

  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly lambda: Lambda;
  private readonly customResources: CustomResources;
  private readonly everExisted = new Set<string>();

  constructor(private readonly options: CloudFormationOptions) {
    this.clock = options.clock ?? realClock;
    this.random = options.random ?? Math.random;
    this.lambda = new Lambda(
      this.clock,
      options.functions,
      () => this.stacks.values(),
      (name) => this.everExisted.has(name),
    );
    this.customResources = new CustomResources(
      this.clock,
      this.lambda,
      options.responses,
      options.hooks ?? {},
      this.requests,
      this.problems,
      options.impatient ?? false,
    );
  }

  /** Creates a stack, or updates it if it exists. */
  async deploy(
    name: string,
    template: Template,
    parameters: Readonly<Record<string, string>> = {},
    location: StackLocation = {},
  ): Promise<OperationResult> {
    const existing = this.stacks.get(name);
    if (existing && existing.live.size === 0 && existing.status === 'ROLLBACK_COMPLETE') {
      this.stacks.delete(name);
    } else if (existing && !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(existing.status)) {
      throw new Error(`The stack "${name}" is in state ${existing.status} and cannot be updated.`);
    }
    const stack = this.stacks.get(name) ?? this.newStack(name, location);
    const target = new StackTemplate(template, parameters, stack.environment);
    this.stacks.set(name, stack);
    for (const secret of target.noEchoValues) {
      stack.secrets.add(secret);
    }
    return this.operation(stack, (failures) =>
      stack.inForce
        ? this.update(stack, stack.inForce, target, failures)
        : this.create(stack, target, failures),
    );
  }

  /** Deletes a stack, or continues a deletion that failed. */
  async destroy(name: string): Promise<OperationResult> {
    const stack = this.known(name);
    return this.operation(stack, async (failures) => {
      this.status(stack, 'DELETE_IN_PROGRESS');
      const leftovers = this.replacedIds(stack, stack.stuck?.changes ?? new Map());
      stack.stuck = undefined;
      const kept = (resource: LiveResource) => /^Retain/.test(resource.declared.DeletionPolicy ?? '');
      await this.deleteLive(stack, kept, failures, leftovers);
      this.status(stack, stack.live.size === 0 ? 'DELETE_COMPLETE' : 'DELETE_FAILED');
      if (stack.live.size === 0) {
        this.stacks.delete(name);
      }
    });
  }

  /** Continues the failed rollback of an update. */
  async continueRollback(name: string): Promise<OperationResult> {
    const stack = this.known(name);
    const { stuck } = stack;
    if (!stuck) {
      throw new Error(
        `The stack "${name}" is in state ${stack.status}, so there is no failed rollback to continue.`,
      );
    }
    return this.operation(stack, (failures) => this.rollBackUpdate(stack, stuck, failures));
  }

  /**
   * The events of a stack, the oldest first, or undefined if there is no such stack. A deleted stack is found by its ID
   * only.
   */
  eventsOf(stackNameOrId: string): readonly StackEventRecord[] | undefined {
    const stackId = this.stacks.get(stackNameOrId)?.environment.stackId ?? stackNameOrId;
    const events = this.events.filter((event) => event.stackId === stackId);
    return events.length > 0 ? events : undefined;
  }

  /** Resolves when no function is running and no event is waiting, including late deliveries. */
  quiet(): Promise<void> {
    return this.lambda.quiet();
  }

  private newStack(name: string, location: StackLocation): DeployedStack {
    const account = location.account ?? DEFAULT_ACCOUNT;
    const region = location.region ?? DEFAULT_REGION;
    const stackId = `arn:${partitionOf(region).partition}:cloudformation:${region}:${account}:stack/${name}/${randomUUID()}`;
    return new DeployedStack({ stackName: name, account, region, stackId }, (exported) =>
      this.exported(exported),
    );
  }

  private exported(name: string): Json {
    for (const stack of this.stacks.values()) {
      if (stack.exports[name] !== undefined) {
        return stack.exports[name];
      }
    }
    throw new Error(`No deployed stack exports "${name}".`);
  }

  private known(name: string): DeployedStack {
    const stack = this.stacks.get(name);
    if (!stack) {
      throw new Error(`The stack "${name}" does not exist.`);
    }
    return stack;
  }

  private async operation(
    stack: DeployedStack,
    work: (failures: Failure[]) => Promise<void>,
  ): Promise<OperationResult> {
    const failures: Failure[] = [];
    await work(failures);
    return { status: stack.status, failures };
  }

  private async create(stack: DeployedStack, target: StackTemplate, failures: Failure[]): Promise<void> {
    this.status(stack, 'CREATE_IN_PROGRESS');
    stack.inForce = target;
    if (await this.goForward(stack, target, new Map(), failures)) {
      this.status(stack, 'CREATE_COMPLETE');
      return;
    }
    this.status(stack, 'ROLLBACK_IN_PROGRESS', failures[0]?.reason);
    await this.deleteLive(stack, ({ declared }) => declared.DeletionPolicy === 'Retain', failures);
    this.status(stack, stack.live.size === 0 ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED');
  }

  private async update(
    stack: DeployedStack,
    previous: StackTemplate,
    target: StackTemplate,
    failures: Failure[],
  ): Promise<void> {
    this.status(stack, 'UPDATE_IN_PROGRESS');
    const deployment: Deployment = { previous, before: new Map(stack.live), changes: new Map() };
    stack.inForce = target;
    if (!(await this.goForward(stack, target, deployment.changes, failures))) {
      await this.rollBackUpdate(stack, deployment, failures);
      return;
    }
    this.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const removed = [...deployment.before.values()].filter(
      ({ logicalId }) => !target.resources.has(logicalId),
    );
    const deletions = [
      ...removed
        .filter(({ declared }) => !/^Retain/.test(declared.DeletionPolicy ?? ''))
        .map((resource) => ({ resource, ...resource })),
      ...this.replacedIds(stack, deployment.changes),
    ];
    await this.cleanup(stack, deletions, deployment.before.values(), failures);
    for (const resource of removed) {
      if (/^Retain/.test(resource.declared.DeletionPolicy ?? '')) {
        this.skip(stack, resource);
      }
      stack.live.delete(resource.logicalId);
    }
    this.status(stack, 'UPDATE_COMPLETE');
  }

  private async rollBackUpdate(
    stack: DeployedStack,
    deployment: Deployment,
    failures: Failure[],
  ): Promise<void> {
    const { previous, before, changes } = deployment;
    this.status(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', failures[0]?.reason);
    stack.inForce = previous;
    stack.stuck = undefined;
    await this.clock.sleep(ROLLBACK_DELAY);
    const rolledBack = await inOrder(
      previous.resources.keys(),
      (id) => previous.dependencies.get(id) ?? [],
      async (id) => {
        const change = changes.get(id);
        if (!change || change.rolledBack) {
          this.restoreDeclaration(stack, before.get(id));
        } else {
          change.rolledBack = await this.rollBack(stack, change, failures);
          return change.rolledBack;
        }
        return true;
      },
    );
    if (rolledBack.size < previous.resources.size) {
      stack.stuck = deployment;
      this.status(stack, 'UPDATE_ROLLBACK_FAILED', failures[failures.length - 1]?.reason);
      return;
    }
    this.status(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    const created = [...stack.live.values()].filter(({ logicalId }) => !before.has(logicalId));
    const deletions = [
      ...created
        .filter(({ declared }) => declared.DeletionPolicy !== 'Retain')
        .map((resource) => ({ resource, ...resource })),
      ...this.replacedIds(stack, deployment.changes),
    ];
    await this.cleanup(stack, deletions, [...created, ...before.values()], failures);
    for (const { logicalId } of created) {
      stack.live.delete(logicalId);
    }
    this.status(stack, 'UPDATE_ROLLBACK_COMPLETE');
  }

  /** Creates and updates the resources of a template. The first failure cancels those in progress. */
  private async goForward(
    stack: DeployedStack,
    target: StackTemplate,
    changes: Map<string, Change>,
    failures: Failure[],
  ): Promise<boolean> {
    const cancellation = new Cancellation();
    const done = await inOrder(
      target.resources.keys(),
      (id) => target.dependencies.get(id) ?? [],
      async (id) => {
        if (cancellation.cancelled) {
          return false;
        }
        const failure = await this.createOrUpdate(stack, target, id, changes, cancellation);
        if (failure && !cancellation.cancelled) {
          failures.push({ logicalId: id, reason: failure });
          cancellation.cancel();
        }
        return failure === undefined;
      },
    );
    return done.size === target.resources.size && this.publishOutputs(stack, target, failures);
  }

  /** @returns the reason of a failure */
  private async createOrUpdate(
    stack: DeployedStack,
    target: StackTemplate,
    logicalId: string,
    changes: Map<string, Change>,
    cancellation: Cancellation,
  ): Promise<string | undefined> {
    const declared = target.resources.get(logicalId) as ResourceDeclaration;
    const waitsFor = target.dependencies.get(logicalId) ?? new Set();
    const before = stack.live.get(logicalId);
    const custom = this.isCustom(declared.Type);
    const request = { stack: stack.name, logicalId, type: declared.Type };
    let properties: JsonObject;
    try {
      properties = this.resolvedProperties(stack, target, logicalId, custom);
      refuseImpossibleChange(declared, custom, properties, before);
    } catch (error) {
      return this.record(
        stack,
        { ...request, properties: {}, physicalId: before?.physicalId },
        before ? 'UPDATE_FAILED' : 'CREATE_FAILED',
        messageOf(error),
      );
    }
    if (before && isDeepStrictEqual(before.properties, properties)) {
      stack.live.set(logicalId, { ...before, declared, waitsFor });
      return undefined;
    }
    if (!before) {
      const physicalId = this.newPhysicalId(stack, declared.Type, logicalId, properties);
      const resource = { logicalId, declared, waitsFor, physicalId, properties, attributes: {}, custom };
      stack.live.set(logicalId, { ...resource, state: 'incomplete' });
      const outcome = await this.perform('Create', stack, { ...request, properties }, custom, cancellation);
      const created = { ...resource, physicalId: outcome.physicalId || physicalId };
      stack.live.set(
        logicalId,
        outcome.done
          ? this.existing(stack, { ...created, attributes: outcome.attributes, state: 'complete' })
          : { ...created, state: 'incomplete' },
      );
      return outcome.done ? undefined : outcome.reason;
    }
    const physicalIds = new Map([[before.physicalId, before.properties]]);
    const change: Change = { logicalId, before, properties, physicalIds, rolledBack: false };
    changes.set(logicalId, change);
    const outcome = await this.perform(
      'Update',
      stack,
      { ...request, properties, physicalId: before.physicalId, oldProperties: before.properties },
      custom,
      cancellation,
    );
    this.takeOver(stack, change, { ...before, declared, waitsFor, properties }, outcome);
    return outcome.done ? undefined : outcome.reason;
  }

  /** Rolls a changed resource back. */
  private async rollBack(stack: DeployedStack, change: Change, failures: Failure[]): Promise<boolean> {
    const { before } = change;
    const now = stack.live.get(change.logicalId) as LiveResource;
    if (!before.custom && now.physicalId !== before.physicalId) {
      // The replaced resource, of a type other than a custom resource, still exists.
      stack.live.set(change.logicalId, before);
      return true;
    }
    const request = {
      stack: stack.name,
      logicalId: change.logicalId,
      type: before.declared.Type,
      physicalId: now.physicalId,
      properties: before.properties,
      oldProperties: change.properties,
    };
    const outcome = await this.perform('Update', stack, request, before.custom);
    this.takeOver(stack, change, { ...before, physicalId: now.physicalId }, outcome);
    if (!outcome.done) {
      failures.push({ logicalId: change.logicalId, reason: outcome.reason });
    }
    return outcome.done;
  }

  /** Takes over the physical ID of the response to an Update, even of a failed one. */
  private takeOver(
    stack: DeployedStack,
    change: Change,
    resource: LiveResource,
    outcome: ResourceResult,
  ): void {
    const physicalId = outcome.physicalId || resource.physicalId;
    if (!change.physicalIds.has(physicalId)) {
      change.physicalIds.set(physicalId, resource.properties);
    }
    stack.live.set(
      change.logicalId,
      outcome.done
        ? this.existing(stack, { ...resource, physicalId, attributes: outcome.attributes })
        : { ...resource, physicalId },
    );
  }

  private restoreDeclaration(stack: DeployedStack, before: LiveResource | undefined): void {
    const now = before && stack.live.get(before.logicalId);
    if (before && now) {
      stack.live.set(before.logicalId, { ...now, declared: before.declared, waitsFor: before.waitsFor });
    }
  }

  /** The physical IDs that resources had during a deployment and no longer have. */
  private replacedIds(stack: DeployedStack, changes: ReadonlyMap<string, Change>): Deletion[] {
    const deletions: Deletion[] = [];
    for (const { logicalId, physicalIds } of changes.values()) {
      const resource = stack.live.get(logicalId);
      if (resource && resource.declared.UpdateReplacePolicy !== 'Retain') {
        for (const [physicalId, properties] of physicalIds) {
          if (physicalId !== resource.physicalId) {
            deletions.push({ resource, physicalId, properties });
          }
        }
      }
    }
    return deletions;
  }

  /** Deletes resources at the end of an update. If one fails, its resource remains and the update still succeeds. */
  private async cleanup(
    stack: DeployedStack,
    deletions: readonly Deletion[],
    resources: Iterable<LiveResource>,
    failures: Failure[],
  ): Promise<void> {
    const graph = new Map([...resources].map(({ logicalId, waitsFor }) => [logicalId, waitsFor]));
    const dependents = reversed(graph);
    await inOrder(
      graph.keys(),
      (id) => dependents.get(id) ?? [],
      async (id) => {
        const own = deletions.filter(({ resource }) => resource.logicalId === id);
        const outcomes = await Promise.all(own.map((deletion) => this.deleteOne(stack, deletion)));
        for (const outcome of outcomes) {
          if (!outcome.done) {
            failures.push({ logicalId: id, reason: outcome.reason });
          }
        }
        return true;
      },
    );
  }

  /** Deletes the resources of a stack except those to keep, dependents first. */
  private async deleteLive(
    stack: DeployedStack,
    kept: (resource: LiveResource) => boolean,
    failures: Failure[],
    leftovers: readonly Deletion[] = [],
  ): Promise<void> {
    const dependents = reversed(new Map([...stack.live].map(([id, { waitsFor }]) => [id, waitsFor])));
    await inOrder(
      [...stack.live.keys()],
      (id) => dependents.get(id) ?? [],
      async (id) => {
        const resource = stack.live.get(id) as LiveResource;
        const deletions = leftovers.filter((leftover) => leftover.resource.logicalId === id);
        if (kept(resource)) {
          this.skip(stack, resource);
        } else {
          deletions.push({ resource, ...resource });
        }
        for (const deletion of deletions) {
          const outcome = await this.deleteOne(stack, deletion);
          if (!outcome.done) {
            failures.push({ logicalId: id, reason: outcome.reason });
            return false;
          }
        }
        stack.live.delete(id);
        return true;
      },
    );
  }

  private skip(stack: DeployedStack, { logicalId, declared, physicalId, properties }: LiveResource): void {
    const request = { stack: stack.name, logicalId, type: declared.Type, physicalId, properties };
    this.record(stack, request, 'DELETE_SKIPPED');
  }

  private async deleteOne(
    stack: DeployedStack,
    { resource, physicalId, properties }: Deletion,
  ): Promise<ResourceResult> {
    const { logicalId, declared, custom } = resource;
    const current = resource.physicalId === physicalId && stack.live.get(logicalId) === resource;
    if (custom && resource.state === 'incomplete' && stack.status === 'ROLLBACK_IN_PROGRESS') {
      await this.clock.sleep(FAILED_CREATE_DELAY);
    }
    if (current) {
      stack.live.set(logicalId, { ...resource, state: 'deleting' });
    }
    const request = { stack: stack.name, logicalId, type: declared.Type, physicalId, properties };
    const neverCreated = !custom && resource.state === 'incomplete';
    const outcome: ResourceResult = neverCreated
      ? { done: true, physicalId, attributes: {} }
      : await this.perform('Delete', stack, request, custom);
    if (current && outcome.done) {
      stack.live.delete(logicalId);
    }
    return outcome;
  }

  private async perform(
    action: RequestType,
    stack: DeployedStack,
    request: ResourceRequest,
    custom: boolean,
    cancellation?: Cancellation,
  ): Promise<ResourceResult> {
    const isCleanup = custom && action === 'Delete' && stack.status.endsWith('CLEANUP_IN_PROGRESS');
    const recorded = isCleanup ? { ...request, type: TYPE_IN_CLEANUP, properties: undefined } : request;
    this.record(stack, recorded, `${action.toUpperCase()}_IN_PROGRESS`);
    let outcome: ResourceResult;
    try {
      await unlessCancelled(action, this.options.hooks?.resource?.(action, request), cancellation);
      outcome = custom
        ? await this.customResources.send(action, stack, request, cancellation)
        : await this.provisionStub(action, stack, request);
    } catch (error) {
      outcome = { done: false, reason: messageOf(error) };
    }
    const physicalId = outcome.physicalId || request.physicalId;
    if (outcome.done && physicalId !== request.physicalId) {
      const reason = request.physicalId === undefined ? CREATION_INITIATED : REPLACEMENT_CREATED;
      this.record(stack, { ...recorded, physicalId }, `${action.toUpperCase()}_IN_PROGRESS`, reason);
    }
    if (outcome.done) {
      this.record(stack, { ...recorded, physicalId }, `${action.toUpperCase()}_COMPLETE`);
    } else {
      this.record(stack, { ...recorded, physicalId }, `${action.toUpperCase()}_FAILED`, outcome.reason);
    }
    return outcome;
  }

  private async provisionStub(
    action: RequestType,
    stack: DeployedStack,
    request: ResourceRequest,
  ): Promise<ResourceResult> {
    const handler = this.options.resourceTypes?.[request.type];
    // An operation takes time, so that a resource with a missing dependency on this one finds it missing.
    await this.clock.sleep(1);
    if (action === 'Delete') {
      await handler?.delete?.(request);
      return { done: true, physicalId: request.physicalId ?? '', attributes: {} };
    }
    const provisioned =
      action === 'Create' ? await handler?.create?.(request) : await handler?.update?.(request);
    return {
      done: true,
      physicalId:
        provisioned?.physicalId ||
        request.physicalId ||
        this.newPhysicalId(stack, request.type, request.logicalId, request.properties),
      attributes: provisioned?.attributes ?? {},
    };
  }

  private isCustom(type: string): boolean {
    return (
      this.options.isCustomResource?.(type) ??
      (isCustomResourceType(type) && !this.options.resourceTypes?.[type])
    );
  }

  private resolvedProperties(
    stack: DeployedStack,
    target: StackTemplate,
    logicalId: string,
    custom: boolean,
  ): JsonObject {
    if (custom) {
      return onTheWire(target.properties(logicalId, stack.references)) as JsonObject;
    }
    try {
      return target.properties(logicalId, stack.references);
    } catch (error) {
      const type = target.resources.get(logicalId)?.Type ?? '';
      if (this.options.resourceTypes?.[type] || /^AWS::(Lambda|IAM|Logs)::/.test(type)) {
        throw error;
      }
      // The properties of a stub are never used.
      return target.resources.get(logicalId)?.Properties ?? {};
    }
  }

  private newPhysicalId(
    stack: DeployedStack,
    type: string,
    logicalId: string,
    properties: JsonObject,
  ): string {
    return explicitName(type, properties) ?? generatedPhysicalId(stack.name, logicalId, this.random);
  }

  private existing(stack: DeployedStack, resource: LiveResource): LiveResource {
    this.everExisted.add(resource.physicalId);
    this.everExisted.add(String(generatedAttribute(resource, 'Arn', stack.environment)));
    return resource;
  }

  private publishOutputs(stack: DeployedStack, target: StackTemplate, failures: Failure[]): boolean {
    try {
      stack.exports = target.exports(stack.references);
      return true;
    } catch (error) {
      failures.push({ logicalId: stack.name, reason: messageOf(error) });
      return false;
    }
  }

  private status(stack: DeployedStack, status: StackStatus, reason?: string): void {
    stack.status = status;
    this.log(stack, {
      logicalId: stack.name,
      type: 'AWS::CloudFormation::Stack',
      physicalId: stack.environment.stackId,
      status,
      reason,
    });
  }

  private record(
    stack: DeployedStack,
    {
      logicalId,
      type,
      physicalId,
      properties,
    }: Omit<ResourceRequest, 'properties'> & { properties?: JsonObject },
    status: string,
    reason = '',
  ): string {
    const shown = properties && (stack.withoutSecrets(properties) as JsonObject);
    this.log(stack, { logicalId, type, physicalId, status, properties: shown, ...(reason && { reason }) });
    return reason;
  }

  private log(stack: DeployedStack, event: Omit<StackEventRecord, 'at' | 'stack' | 'stackId'>): void {
    const { stackName, stackId } = stack.environment;
    const logged = { at: this.clock.now(), stack: stackName, stackId, ...event };
    this.events.push(logged);
    this.options.hooks?.event?.(logged);
  }
}

function refuseImpossibleChange(
  declared: ResourceDeclaration,
  custom: boolean,
  properties: JsonObject,
  before: LiveResource | undefined,
): void {
  if (before && before.declared.Type !== declared.Type) {
    throw new Error(
      `The type of an existing resource cannot change (${before.declared.Type} to ${declared.Type}).`,
    );
  }
  if (before && custom && before.properties.ServiceToken !== properties.ServiceToken) {
    throw new Error('The ServiceToken of an existing custom resource cannot change.');
  }
}

async function unlessCancelled(
  action: RequestType,
  work: Promise<void> | void,
  cancellation?: Cancellation,
): Promise<void> {
  if (work) {
    await (cancellation ? Promise.race([work, cancellation.whenCancelled]) : work);
  }
  if (cancellation?.cancelled) {
    throw new Error(cancelledReason(action));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
