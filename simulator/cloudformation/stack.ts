import type {
  Json,
  JsonObject,
  Living,
  ResourceDeclaration,
  StackEnvironment,
  StackTemplate,
} from '../template';
import type { RequestType } from './protocol';
import { madeUpAttribute } from './stub-resources';

export type StackStatus =
  | 'CREATE_IN_PROGRESS'
  | 'CREATE_COMPLETE'
  | 'CREATE_FAILED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_COMPLETE'
  | 'ROLLBACK_FAILED'
  | 'UPDATE_IN_PROGRESS'
  | 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'
  | 'UPDATE_COMPLETE'
  | 'UPDATE_FAILED'
  | 'UPDATE_ROLLBACK_IN_PROGRESS'
  | 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'
  | 'UPDATE_ROLLBACK_COMPLETE'
  | 'UPDATE_ROLLBACK_FAILED'
  | 'DELETE_IN_PROGRESS'
  | 'DELETE_COMPLETE'
  | 'DELETE_FAILED';

/** What a resource is at the moment. */
export interface LiveResource {
  readonly logicalId: string;
  readonly declared: ResourceDeclaration;
  readonly waitsFor: ReadonlySet<string>;
  readonly physicalId: string;
  /** The properties it was last created or updated with. */
  readonly properties: JsonObject;
  /** What it answers to Fn::GetAtt; other names are made up, but for a custom resource. */
  readonly attributes: JsonObject;
  readonly custom: boolean;
  readonly state: 'incomplete' | 'complete' | 'deleting';
}

/** What one deployment did to one resource. */
export interface Change {
  readonly logicalId: string;
  /** The resource as it was; absent where the deployment creates it. */
  readonly before?: LiveResource;
  /** What it was changed to. */
  readonly properties: JsonObject;
  /** Every physical id it had since the deployment began, and the properties that go with it. */
  readonly physicalIds: Map<string, JsonObject>;
  rolledBack: boolean;
  /** Whether the last attempt to carry it out failed. */
  failed?: boolean;
}

/** An update that may have to be rolled back. */
export interface Deployment {
  readonly previous: StackTemplate;
  readonly target: StackTemplate;
  readonly before: ReadonlyMap<string, LiveResource>;
  readonly changes: Map<string, Change>;
}

export class Stack {
  status: StackStatus = 'CREATE_IN_PROGRESS';
  /** The template that says what is to exist at the moment. */
  inForce?: StackTemplate;
  readonly live = new Map<string, LiveResource>();
  outputs: Record<string, Json> = {};
  exports: Record<string, Json> = {};
  /** The deployment whose rollback failed. */
  stuck?: Deployment;
  /** What deployments changed that failed with rollback disabled, until one succeeds. */
  unfinished?: ReadonlyMap<string, Change>;

  constructor(
    readonly environment: StackEnvironment,
    private readonly exported: (name: string) => Json,
  ) {}

  get name(): string {
    return this.environment.stackName;
  }

  readonly living: Living = {
    ref: (logicalId) => this.existing(logicalId).physicalId,
    attribute: (logicalId, name) => {
      const resource = this.existing(logicalId);
      const known = resource.attributes[name];
      if (known === undefined && resource.custom) {
        throw new Error(`The custom resource "${logicalId}" answered no attribute "${name}".`);
      }
      return known ?? madeUpAttribute(resource, name, this.environment);
    },
    exported: (name) => this.exported(name),
  };

  private existing(logicalId: string): LiveResource {
    const resource = this.live.get(logicalId);
    if (!resource) {
      throw new Error(`The resource "${logicalId}" does not exist at this moment.`);
    }
    return resource;
  }
}

/** One line of a stack's events. */
export interface StackEvent {
  readonly at: number;
  readonly stack: string;
  readonly stackId: string;
  /** The stack's own name where the event is about the stack. */
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly status: string;
  readonly reason?: string;
  /** The properties of the resource as they were sent; absent in the events of a stack. */
  readonly properties?: JsonObject;
}

/** How creating, updating or deleting a resource ended. */
export type Outcome =
  | { readonly done: true; readonly physicalId: string; readonly attributes: JsonObject }
  | { readonly done: false; readonly reason: string; readonly physicalId?: string };

/** The reason of a resource that was in progress when another one failed. */
export function cancelledReason(action: RequestType): string {
  return `Resource ${action === 'Update' ? 'update' : 'creation'} cancelled`;
}
