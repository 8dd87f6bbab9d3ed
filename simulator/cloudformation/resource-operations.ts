import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock';
import { type JsonObject, NotSupported, type ResourceDeclaration, type StackTemplate } from '../template';
import type { CustomResources, Hooks } from './dispatcher';
import { isCustomResourceType, onTheWire, type RequestType } from './protocol';
import {
  type Cancellation,
  type Change,
  cancelledReason,
  type Deletion,
  type DeployedStack,
  type LiveResource,
  type ResourceResult,
} from './stack';
import type { StackEvents } from './stack-events';
import {
  explicitName,
  generatedAttribute,
  generatedPhysicalId,
  type ResourceRequest,
  type ResourceTypeHandler,
} from './stub-resources';

export interface ResourceOperationsOptions {
  /** Implementations of resource types. Other types are stubs that always succeed. */
  readonly resourceTypes?: Readonly<Record<string, ResourceTypeHandler>>;
  /**
   * Whether the events of a resource type are sent to a function.
   *
   * @default - those of all custom resources without a handler in `resourceTypes`
   */
  readonly isCustomResource?: (type: string) => boolean;
  /** Implements the types that are neither in `resourceTypes` nor sent to functions. */
  readonly otherResources?: ResourceTypeHandler;
  /**
   * Replaces dynamic references in the properties of a resource by their values, which stack events do not show.
   *
   * @default - dynamic references are not resolved
   */
  readonly dynamicReferences?: (properties: JsonObject, request: ResourceRequest) => JsonObject;
  readonly hooks?: Hooks;
}

/** The status reasons of the event that reports a new physical ID before the resource is complete. */
const CREATION_INITIATED = 'Resource creation Initiated';
const REPLACEMENT_CREATED = 'Requested update required the provider to create a new physical resource';

/** Milliseconds from the failure of a stack's creation to the Delete of a custom resource that it did not create. */
const FAILED_CREATE_DELAY = 26_000;
/** The type of a custom resource in the stack events of a cleanup. */
const TYPE_IN_CLEANUP = 'AWS::CloudFormation::CustomResource';

/** Creates, updates, rolls back and deletes single resources. */
export class ResourceOperations {
  private readonly existed = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly events: StackEvents,
    private readonly customResources: CustomResources,
    private readonly random: () => number,
    private readonly options: ResourceOperationsOptions,
  ) {}

  /** Whether a resource with this physical ID or ARN has ever been created. */
  everExisted(nameOrArn: string): boolean {
    return this.existed.has(nameOrArn);
  }

  /**
   * Creates a resource of a template, or updates it if it exists.
   *
   * @returns the reason of a failure
   */
  async createOrUpdate(
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
    const request = { ...stack.location, logicalId, type: declared.Type };
    let properties: JsonObject;
    try {
      properties = this.resolvedProperties(stack, target, logicalId, custom);
      refuseImpossibleChange(declared, custom, properties, before);
    } catch (error) {
      const reason = messageOf(error);
      const failed = { ...request, properties: {}, physicalId: before?.physicalId };
      this.events.resource(stack, failed, before ? 'UPDATE_FAILED' : 'CREATE_FAILED', reason);
      return reason;
    }
    if (before && !before.stable && isDeepStrictEqual(before.properties, properties)) {
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
    const former = changes.get(logicalId);
    const physicalIds = new Map([...(former?.physicalIds ?? []), [before.physicalId, before.properties]]);
    const change: Change = {
      logicalId,
      before: former?.before ?? before,
      properties,
      physicalIds,
      rolledBack: false,
    };
    changes.set(logicalId, change);
    const { properties: failed, stable = failed } = before;
    const oldProperties = stack.disabledRollback?.oldProperties === 'stable' ? stable : failed;
    const outcome = await this.perform(
      'Update',
      stack,
      { ...request, properties, physicalId: before.physicalId, oldProperties },
      custom,
      cancellation,
    );
    this.takeOver(stack, change, { ...before, declared, waitsFor, properties }, outcome);
    return outcome.done ? undefined : outcome.reason;
  }

  /**
   * Rolls back the change of a resource.
   *
   * @returns the reason of a failure
   */
  async rollBack(stack: DeployedStack, change: Change): Promise<string | undefined> {
    const { before } = change;
    const now = stack.live.get(change.logicalId) as LiveResource;
    if (!before.custom && now.physicalId !== before.physicalId) {
      // The replaced resource, of a type other than a custom resource, still exists.
      stack.live.set(change.logicalId, before);
      return undefined;
    }
    const request = {
      ...stack.location,
      logicalId: change.logicalId,
      type: before.declared.Type,
      physicalId: now.physicalId,
      properties: before.properties,
      oldProperties: change.properties,
    };
    const outcome = await this.perform('Update', stack, request, before.custom);
    this.takeOver(stack, change, { ...before, physicalId: now.physicalId }, outcome);
    return outcome.done ? undefined : outcome.reason;
  }

  /** Adopts the physical ID of the response to an Update, even if it failed. */
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
        ? this.existing(stack, { ...resource, physicalId, attributes: outcome.attributes, stable: undefined })
        : { ...resource, physicalId, stable: change.before.stable ?? change.before.properties },
    );
  }

  /** Records that a resource is retained. */
  skip(stack: DeployedStack, { logicalId, declared, physicalId, properties }: LiveResource): void {
    const request = { ...stack.location, logicalId, type: declared.Type, physicalId, properties };
    this.events.resource(stack, request, 'DELETE_SKIPPED');
  }

  /** Deletes a physical ID of a resource. */
  async delete(
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
    const request = { ...stack.location, logicalId, type: declared.Type, physicalId, properties };
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
    this.events.resource(stack, recorded, `${action.toUpperCase()}_IN_PROGRESS`);
    let outcome: ResourceResult;
    try {
      await unlessCancelled(action, this.options.hooks?.resource?.(action, request), cancellation);
      outcome = custom
        ? await this.customResources.send(action, stack, this.resolved(request), cancellation)
        : await this.provisionStub(action, stack, this.resolved(request));
    } catch (error) {
      outcome = { done: false, reason: messageOf(error) };
    }
    const physicalId = outcome.physicalId || request.physicalId;
    if (outcome.done && physicalId !== request.physicalId) {
      const reason = request.physicalId === undefined ? CREATION_INITIATED : REPLACEMENT_CREATED;
      this.events.resource(stack, { ...recorded, physicalId }, `${action.toUpperCase()}_IN_PROGRESS`, reason);
    }
    const [end, reason] = outcome.done ? ['COMPLETE'] : ['FAILED', outcome.reason];
    this.events.resource(stack, { ...recorded, physicalId }, `${action.toUpperCase()}_${end}`, reason);
    return outcome;
  }

  private resolved(request: ResourceRequest): ResourceRequest {
    const resolve = (properties: JsonObject) =>
      this.options.dynamicReferences?.(properties, request) ?? properties;
    const { properties, oldProperties } = request;
    return {
      ...request,
      properties: resolve(properties),
      oldProperties: oldProperties && resolve(oldProperties),
    };
  }

  private async provisionStub(
    action: RequestType,
    stack: DeployedStack,
    request: ResourceRequest,
  ): Promise<ResourceResult> {
    const handler = this.options.resourceTypes?.[request.type] ?? this.options.otherResources;
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
      const isUsed = this.options.resourceTypes?.[type] || /^AWS::(Lambda|IAM|Logs)::/.test(type);
      if (isUsed || !(error instanceof NotSupported)) {
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
    return (
      explicitName(type, properties) ??
      generatedPhysicalId(stack.environment.stackName, logicalId, this.random)
    );
  }

  private existing(stack: DeployedStack, resource: LiveResource): LiveResource {
    this.existed.add(resource.physicalId);
    this.existed.add(String(generatedAttribute(resource, 'Arn', stack.environment)));
    return resource;
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
