/**
 * CloudFormation in one process: the order of operations in deployments, cleanups, rollbacks and deletions. What the
 * operations do is in `cloudformation/resource-operations.ts`.
 */

import { randomUUID } from 'node:crypto';
import { type Clock, realClock } from './clock';
import { inOrder, reversed } from './cloudformation/dependency-order';
import { CustomResources, type ResponseUrls, type SentRequest } from './cloudformation/dispatcher';
import { type FunctionRunner, Lambda } from './cloudformation/lambda';
import {
  messageOf,
  ResourceOperations,
  type ResourceOperationsOptions,
} from './cloudformation/resource-operations';
import {
  Cancellation,
  type Change,
  type Deletion,
  DeployedStack,
  type Deployment,
  type DisabledRollback,
  type Failure,
  type LiveResource,
  type StackEventRecord,
  type StackStatus,
} from './cloudformation/stack';
import { StackEvents } from './cloudformation/stack-events';
import { pathOf } from './construct-paths';
import { DEFAULT_ACCOUNT } from './default-account';
import { type Json, partitionOf, StackTemplate, type Template } from './template';
import { type Caller, DEFAULT_REGION } from './workspaces/caller';

export type * from './cloudformation/dispatcher';
export type * from './cloudformation/lambda';
export type * from './cloudformation/protocol';
export type * from './cloudformation/stack';
export type * from './cloudformation/stub-resources';

export interface CloudFormationOptions extends ResourceOperationsOptions {
  readonly functions: FunctionRunner;
  readonly responses: ResponseUrls;
  readonly clock?: Clock;
  /** Whether to fail an event as soon as no invocation is left that could respond, instead of after its timeout. */
  readonly impatient?: boolean;
  /** A random number from 0 to 1, for generated physical IDs. */
  readonly random?: () => number;
  /** The values of exports and outputs of stacks that were never deployed. @default - a reference to one fails */
  readonly outside?: {
    exported(name: string): Json | undefined;
    stackOutput(stackName: string, outputName: string): Json | undefined;
  };
}

export interface StackLocation {
  /** The name of the stack, if it is not the one by which the caller knows it. */
  readonly stackName?: string;
  readonly account?: string;
  readonly region?: string;
}

/** The result of an operation on a stack. */
export interface OperationResult {
  readonly status: StackStatus;
  readonly failures: readonly Failure[];
}

/** Milliseconds from the failure of an update to the first event of its rollback. */
const ROLLBACK_DELAY = 2_000;

export class CloudFormation {
  readonly stacks = new Map<string, DeployedStack>();
  readonly requests: readonly SentRequest[];
  readonly problems: readonly string[];

  private readonly clock: Clock;
  private readonly stackEvents: StackEvents;
  private readonly lambda: Lambda;
  private readonly operations: ResourceOperations;

  constructor(private readonly options: CloudFormationOptions) {
    this.clock = options.clock ?? realClock;
    this.stackEvents = new StackEvents(this.clock, (event) => options.hooks?.event?.(event));
    this.lambda = new Lambda(
      this.clock,
      options.functions,
      () => this.stacks.values(),
      (name) => this.operations.everExisted(name),
    );
    const customResources = new CustomResources(this.clock, this.lambda, options);
    this.requests = customResources.requests;
    this.problems = customResources.problems;
    this.operations = new ResourceOperations(
      this.clock,
      this.stackEvents,
      customResources,
      options.random ?? Math.random,
      options,
    );
  }

  /** The events of all stacks, the oldest first. */
  get events(): readonly StackEventRecord[] {
    return this.stackEvents.records;
  }

  /** Creates a stack, or updates it if it exists. */
  async deploy(
    name: string,
    template: Template,
    parameters: Readonly<Record<string, string>> = {},
    location: StackLocation = {},
    disabledRollback?: DisabledRollback,
  ): Promise<OperationResult> {
    const existing = this.stacks.get(name);
    if (existing && existing.live.size === 0 && existing.status === 'ROLLBACK_COMPLETE') {
      this.stacks.delete(name);
    } else if (
      existing &&
      !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(existing.status) &&
      !(disabledRollback && /^(CREATE|UPDATE)_FAILED$/.test(existing.status))
    ) {
      throw new Error(`The stack "${name}" is in state ${existing.status} and cannot be updated.`);
    }
    const stack = this.stacks.get(name) ?? this.newStack(name, location);
    const target = new StackTemplate(template, parameters, stack.environment);
    this.stacks.set(name, stack);
    stack.disabledRollback = disabledRollback;
    for (const [logicalId, declared] of Object.entries(template.Resources ?? {})) {
      stack.paths.set(logicalId, pathOf(declared) ?? logicalId);
    }
    for (const secret of target.noEchoValues) {
      stack.secrets.add(secret);
    }
    return this.operation(stack, () =>
      stack.inForce ? this.update(stack, stack.inForce, target) : this.create(stack, target),
    );
  }

  /** Deletes a stack, or continues a deletion that failed. */
  async destroy(name: string): Promise<OperationResult> {
    const stack = this.known(name);
    return this.operation(stack, async () => {
      const [inUse] = this.exportsInUse(stack, {});
      if (inUse !== undefined) {
        stack.fail(stack.name, inUse);
        return;
      }
      this.stackEvents.status(stack, 'DELETE_IN_PROGRESS');
      const { changes = new Map() } = stack.stuck ?? stack.unfinished ?? {};
      stack.leftovers = [
        ...stack.leftovers,
        ...this.replacedIds(stack, changes),
        ...(stack.unfinished?.failed ?? []),
      ];
      stack.stuck = undefined;
      stack.unfinished = undefined;
      const kept = (resource: LiveResource) => /^Retain/.test(resource.declared.DeletionPolicy ?? '');
      await this.deleteLive(stack, kept);
      const isDone = stack.live.size === 0 && stack.leftovers.length === 0;
      this.stackEvents.status(stack, isDone ? 'DELETE_COMPLETE' : 'DELETE_FAILED');
      if (isDone) {
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
    return this.operation(stack, () => this.rollBackUpdate(stack, stuck));
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
    const stackName = location.stackName ?? name;
    const stackId = `arn:${partitionOf(region).partition}:cloudformation:${region}:${account}:stack/${stackName}/${randomUUID()}`;
    return new DeployedStack({ stackName, account, region, stackId }, name, {
      exported: (exported) => this.exported(exported, { account, region }),
      stackOutput: (stackName, outputName, where) =>
        this.stackOutput(stackName, outputName, { account, region, ...where }),
    });
  }

  private exported(name: string, where: Caller): Json {
    for (const stack of this.stacks.values()) {
      if (stack.isIn(where) && stack.outputs.exports[name] !== undefined) {
        return stack.outputs.exports[name];
      }
    }
    const outside = this.options.outside?.exported(name);
    if (outside !== undefined) {
      return outside;
    }
    throw new Error(`No deployed stack exports "${name}".`);
  }

  /** Why the exports of a stack cannot change: those that others import, and that would have other values or none. */
  private exportsInUse(stack: DeployedStack, exports: Readonly<Record<string, Json>>): string[] {
    return Object.entries(stack.outputs.exports).flatMap(([name, value]) => {
      const user = [...this.stacks.values()].find(
        (each) => each !== stack && each.isIn(stack.environment) && each.imports.has(name),
      );
      const verb = exports[name] === undefined ? 'deleted' : 'updated';
      return user && exports[name] !== value
        ? [`Export ${name} cannot be ${verb} as it is in use by ${user.name}.`]
        : [];
    });
  }

  private stackOutput(stackName: string, outputName: string, where: Caller): Json {
    const deployed = [...this.stacks.values()].find(
      (each) => each.environment.stackName === stackName && each.isIn(where),
    );
    const value = deployed
      ? deployed.outputs.values[outputName]
      : this.options.outside?.stackOutput(stackName, outputName);
    if (value === undefined) {
      const problem = deployed ? `has no output "${outputName}"` : 'does not exist';
      throw new Error(`The stack "${stackName}" ${problem}.`);
    }
    return value;
  }

  private known(name: string): DeployedStack {
    const stack = this.stacks.get(name);
    if (!stack) {
      throw new Error(`The stack "${name}" does not exist.`);
    }
    return stack;
  }

  private async operation(stack: DeployedStack, work: () => Promise<void>): Promise<OperationResult> {
    stack.failures = [];
    await work();
    return { status: stack.status, failures: stack.failures };
  }

  private async create(stack: DeployedStack, target: StackTemplate): Promise<void> {
    this.stackEvents.status(stack, 'CREATE_IN_PROGRESS');
    stack.inForce = target;
    if (await this.goForward(stack, target, new Map())) {
      this.stackEvents.status(stack, 'CREATE_COMPLETE');
      return;
    }
    if (stack.disabledRollback) {
      this.stackEvents.status(stack, 'CREATE_FAILED', stack.failures[0]?.reason);
      return;
    }
    this.stackEvents.status(stack, 'ROLLBACK_IN_PROGRESS', stack.failures[0]?.reason);
    await this.deleteLive(stack, ({ declared }) => declared.DeletionPolicy === 'Retain');
    this.stackEvents.status(stack, stack.live.size === 0 ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED');
  }

  private async update(stack: DeployedStack, previous: StackTemplate, target: StackTemplate): Promise<void> {
    this.stackEvents.status(stack, 'UPDATE_IN_PROGRESS');
    const { changes, failed: failedBefore } = stack.unfinished ?? { changes: new Map(), failed: [] };
    const deployment: Deployment = {
      previous,
      before: new Map(stack.live),
      changes,
      imports: stack.imports,
    };
    const isIncomplete = ({ state }: LiveResource) => state === 'incomplete';
    const failed = [...stack.live.values()]
      .filter((resource) => isIncomplete(resource) && resource.declared.DeletionPolicy !== 'Retain')
      .map((resource) => ({ resource, ...resource }));
    for (const [logicalId, resource] of stack.live) {
      if (isIncomplete(resource)) {
        stack.live.delete(logicalId);
      }
    }
    let undeleted: readonly Deletion[] = [...failedBefore, ...failed];
    const deletesFailed = stack.disabledRollback?.deletesFailed;
    const deleteFailed = async () => {
      const due = undeleted;
      undeleted = [];
      await Promise.all(due.map((deletion) => this.operations.delete(stack, deletion)));
    };
    stack.inForce = target;
    stack.imports = new Set();
    if (deletesFailed === 'before') {
      await deleteFailed();
    }
    const [isDone] = await Promise.all([
      this.goForward(stack, target, changes),
      deletesFailed === 'meanwhile' ? deleteFailed() : undefined,
    ]);
    stack.unfinished = { changes, failed: undeleted };
    if (!isDone && stack.disabledRollback) {
      this.stackEvents.status(stack, 'UPDATE_FAILED', stack.failures[0]?.reason);
      return;
    }
    if (!isDone) {
      stack.unfinished = undefined;
      await this.rollBackUpdate(stack, deployment);
      return;
    }
    this.stackEvents.status(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const before = [...deployment.before.values()];
    const removed = before.filter(
      (resource) => !target.resources.has(resource.logicalId) && !isIncomplete(resource),
    );
    await this.cleanup(stack, removed, before, changes);
    stack.unfinished = undefined;
    this.stackEvents.status(stack, 'UPDATE_COMPLETE');
  }

  private async rollBackUpdate(stack: DeployedStack, deployment: Deployment): Promise<void> {
    const { previous, before, changes } = deployment;
    this.stackEvents.status(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', stack.failures[0]?.reason);
    stack.inForce = previous;
    stack.imports = deployment.imports;
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
          const failure = await this.operations.rollBack(stack, change);
          if (failure !== undefined) {
            stack.fail(id, failure);
          }
          change.rolledBack = failure === undefined;
          return change.rolledBack;
        }
        return true;
      },
    );
    if (rolledBack.size < previous.resources.size) {
      stack.stuck = deployment;
      this.stackEvents.status(
        stack,
        'UPDATE_ROLLBACK_FAILED',
        stack.failures[stack.failures.length - 1]?.reason,
      );
      return;
    }
    this.stackEvents.status(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    const created = [...stack.live.values()].filter(({ logicalId }) => !before.has(logicalId));
    await this.cleanup(stack, created, [...created, ...before.values()], deployment.changes);
    this.stackEvents.status(stack, 'UPDATE_ROLLBACK_COMPLETE');
  }

  /** Creates and updates the resources of a template. The first failure cancels those in progress. */
  private async goForward(
    stack: DeployedStack,
    target: StackTemplate,
    changes: Map<string, Change>,
  ): Promise<boolean> {
    const cancellation = new Cancellation();
    const done = await inOrder(
      target.resources.keys(),
      (id) => target.dependencies.get(id) ?? [],
      async (id) => {
        if (cancellation.cancelled) {
          return false;
        }
        const failure = await this.operations.createOrUpdate(stack, target, id, changes, cancellation);
        if (failure && !cancellation.cancelled) {
          stack.fail(id, failure);
          cancellation.cancel();
        }
        return failure === undefined;
      },
    );
    return done.size === target.resources.size && this.publishOutputs(stack, target);
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

  /**
   * Deletes resources at the end of an update or of its rollback, and what was replaced, dependents first. If one fails,
   * its resource remains and the update still succeeds.
   */
  private async cleanup(
    stack: DeployedStack,
    obsolete: readonly LiveResource[],
    resources: readonly LiveResource[],
    changes: ReadonlyMap<string, Change>,
  ): Promise<void> {
    const isRollback = stack.status.startsWith('UPDATE_ROLLBACK');
    const isKept = ({ declared: { DeletionPolicy = '' } }: LiveResource) =>
      isRollback ? DeletionPolicy === 'Retain' : DeletionPolicy.startsWith('Retain');
    const deletions = [
      ...(stack.unfinished?.failed ?? []),
      ...obsolete.filter((each) => !isKept(each)).map((resource) => ({ resource, ...resource })),
      ...this.replacedIds(stack, changes),
    ];
    // The resources of Creates that failed may no longer be in the template.
    const all = [...deletions.map(({ resource }) => resource), ...resources];
    const graph = new Map(all.map(({ logicalId, waitsFor }) => [logicalId, waitsFor]));
    const dependents = reversed(graph);
    await inOrder(
      graph.keys(),
      (id) => dependents.get(id) ?? [],
      async (id) => {
        const own = deletions.filter(({ resource }) => resource.logicalId === id);
        for (const outcome of await Promise.all(
          own.map((deletion) => this.operations.delete(stack, deletion)),
        )) {
          if (!outcome.done) {
            stack.fail(id, outcome.reason);
          }
        }
        return true;
      },
    );
    for (const resource of obsolete) {
      if (isKept(resource)) {
        this.operations.skip(stack, resource);
      }
      stack.live.delete(resource.logicalId);
    }
  }

  /** Deletes the resources of a stack except those to keep, and its leftovers, dependents first. */
  private async deleteLive(stack: DeployedStack, kept: (resource: LiveResource) => boolean): Promise<void> {
    const { leftovers } = stack;
    const all = [...leftovers.map(({ resource }) => resource), ...stack.live.values()];
    const graph = new Map(all.map(({ logicalId, waitsFor }) => [logicalId, waitsFor]));
    const dependents = reversed(graph);
    await inOrder(
      [...graph.keys()],
      (id) => dependents.get(id) ?? [],
      async (id) => {
        const resource = stack.live.get(id);
        const deletions = leftovers.filter((leftover) => leftover.resource.logicalId === id);
        if (resource && kept(resource)) {
          this.operations.skip(stack, resource);
        } else if (resource) {
          deletions.push({ resource, ...resource });
        }
        for (const deletion of deletions) {
          const outcome = await this.operations.delete(stack, deletion);
          if (!outcome.done) {
            stack.fail(id, outcome.reason);
            return false;
          }
          stack.leftovers = stack.leftovers.filter((leftover) => leftover !== deletion);
        }
        stack.live.delete(id);
        return true;
      },
    );
  }

  private publishOutputs(stack: DeployedStack, target: StackTemplate): boolean {
    try {
      const outputs = target.outputs(stack.references);
      const [inUse] = this.exportsInUse(stack, outputs.exports);
      if (inUse !== undefined) {
        throw new Error(inUse);
      }
      stack.outputs = outputs;
      return true;
    } catch (error) {
      stack.fail(stack.name, messageOf(error));
      return false;
    }
  }
}
