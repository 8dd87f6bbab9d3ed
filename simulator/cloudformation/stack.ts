import type {
  Json,
  JsonObject,
  Outputs,
  ReferenceValues,
  ResourceDeclaration,
  StackEnvironment,
  StackTemplate,
} from '../template';
import type { RequestType } from './protocol';
import { generatedAttribute, type ResourceRequest } from './stub-resources';

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

/** The current state of a resource. */
export interface LiveResource {
  readonly logicalId: string;
  readonly declared: ResourceDeclaration;
  readonly waitsFor: ReadonlySet<string>;
  readonly physicalId: string;
  /** The properties of the last Create or Update. */
  readonly properties: JsonObject;
  /** The results of Fn::GetAtt. Other attributes are generated, except for custom resources. */
  readonly attributes: JsonObject;
  readonly custom: boolean;
  readonly state: 'incomplete' | 'complete' | 'deleting';
  /** The properties before an Update that failed. */
  readonly stable?: JsonObject;
}

/** A deployment with rollback disabled, and what AWS does not document about the one that follows its failure. */
export interface DisabledRollback {
  /** When the resources that failed to be created are deleted, relative to their next Create. */
  readonly deletesFailed: 'before' | 'meanwhile' | 'after';
  /** Which properties are the old ones when an Update is repeated. */
  readonly oldProperties: 'failed' | 'stable';
}

/** A physical ID to delete. */
export interface Deletion {
  readonly resource: LiveResource;
  readonly physicalId: string;
  readonly properties: JsonObject;
}

/** How a deployment changed an existing resource. */
export interface Change {
  readonly logicalId: string;
  /** The resource before the deployment. */
  readonly before: LiveResource;
  /** The properties after the change. */
  readonly properties: JsonObject;
  /** Each physical ID since the deployment began, with its properties. */
  readonly physicalIds: Map<string, JsonObject>;
  rolledBack: boolean;
}

/** An update that can be rolled back. */
export interface Deployment {
  readonly previous: StackTemplate;
  readonly before: ReadonlyMap<string, LiveResource>;
  readonly changes: Map<string, Change>;
  readonly imports: Set<string>;
}

export interface Failure {
  readonly logicalId: string;
  /** The construct path, or the logical ID if it is unknown. */
  readonly path: string;
  readonly reason: string;
}

export class DeployedStack {
  status: StackStatus = 'CREATE_IN_PROGRESS';
  /** The template that is being deployed or was deployed last. */
  inForce?: StackTemplate;
  readonly live = new Map<string, LiveResource>();
  outputs: Outputs = { values: {}, exports: {} };
  /** The deployment whose rollback failed. */
  stuck?: Deployment;
  disabledRollback?: DisabledRollback;
  /** With rollback disabled: the changes since the last deployment that succeeded, and the Creates that have failed since. */
  unfinished?: { readonly changes: Map<string, Change>; readonly failed: readonly Deletion[] };
  /** What a deletion of the stack deletes, besides its resources. */
  leftovers: readonly Deletion[] = [];
  failures: Failure[] = [];
  /** The construct paths of all resources that the stack has had, by logical ID. */
  readonly paths = new Map<string, string>();
  /** The values that NoEcho parameters have had. */
  readonly secrets = new Set<string>();
  /** The exports that the stack in force imports. */
  imports = new Set<string>();

  constructor(
    readonly environment: StackEnvironment,
    /** Tells stacks of the same name in several environments apart. */
    readonly name: string,
    private readonly otherStacks: Pick<ReferenceValues, 'exported' | 'stackOutput'>,
  ) {}

  /** Where the resources of the stack are. */
  get location(): Pick<ResourceRequest, 'stack' | 'account' | 'region'> {
    const { account, region } = this.environment;
    return { stack: this.name, account, region };
  }

  isIn({ account, region }: Pick<StackEnvironment, 'account' | 'region'>): boolean {
    return this.environment.account === account && this.environment.region === region;
  }

  /** Records what has failed since the operation began. */
  fail(logicalId: string, reason: string): void {
    this.failures.push({ logicalId, path: this.pathOf(logicalId), reason });
  }

  /** Names a resource in messages. */
  pathOf(logicalId: string): string {
    return this.paths.get(logicalId) ?? logicalId;
  }

  /** Masks the values of NoEcho parameters. */
  withoutSecrets(value: Json): Json {
    if (Array.isArray(value)) {
      return value.map((entry) => this.withoutSecrets(entry));
    }
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, this.withoutSecrets(entry)]),
      );
    }
    return typeof value === 'string' && this.secrets.has(value) ? '****' : value;
  }

  readonly references: ReferenceValues = {
    ref: (logicalId) => this.existing(logicalId).physicalId,
    attribute: (logicalId, name) => {
      const resource = this.existing(logicalId);
      const known = resource.attributes[name];
      if (known === undefined && resource.custom) {
        throw new Error(`The response of the custom resource "${logicalId}" has no attribute "${name}".`);
      }
      return known ?? generatedAttribute(resource, name, this.environment);
    },
    exported: (name) => {
      this.imports.add(name);
      return this.otherStacks.exported(name);
    },
    stackOutput: (...output) => this.otherStacks.stackOutput(...output),
  };

  private existing(logicalId: string): LiveResource {
    const resource = this.live.get(logicalId);
    if (!resource) {
      throw new Error(`The resource "${logicalId}" does not exist.`);
    }
    return resource;
  }
}

/** An event of a stack, as DescribeStackEvents returns it. */
export interface StackEventRecord {
  readonly at: number;
  readonly stack: string;
  readonly stackId: string;
  /** The name of the stack if the event is about the stack itself. */
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly status: string;
  readonly reason?: string;
  /** The properties of the resource. Absent in events about the stack itself and about Deletes of a cleanup. */
  readonly properties?: JsonObject;
  /** The type of a hook that runs before the operation, which is recorded with the status of the resource. */
  readonly hookType?: string;
}

/** The result of creating, updating or deleting a resource. */
export type ResourceResult =
  | { readonly done: true; readonly physicalId: string; readonly attributes: JsonObject }
  | { readonly done: false; readonly reason: string; readonly physicalId?: string };

/** Cancels the resources in progress when one fails. */
export class Cancellation {
  cancelled = false;
  cancel!: () => void;
  readonly whenCancelled = new Promise<void>((resolve) => {
    this.cancel = () => {
      this.cancelled = true;
      resolve();
    };
  });
}

/** The status reason of a resource that was in progress when another one failed. */
export function cancelledReason(action: RequestType): string {
  return `Resource ${action === 'Update' ? 'update' : 'creation'} cancelled`;
}
