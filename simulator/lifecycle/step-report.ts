import { READY_TYPE } from '../../lib/custom-resource/resource-types';
import type { SentRequest } from '../cloudformation';
import type { Call, LocatedBundle, LocatedImage } from '../workspaces-endpoint';

/** Account IDs by image ID. */
export type Access = Record<string, readonly string[]>;

export interface EventReport {
  readonly requestType: string;
  readonly resourceType: string;
  /** The construct path of the share, copy or bundle. */
  readonly path: string;
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly outcome: string;
  readonly reason?: string;
}

export interface ImageReport extends Omit<LocatedImage, 'sourceImageId'> {
  /** The image that this one is a copy of. */
  readonly copyOf?: string;
  /** Whether a removal policy has left the copy in place. */
  readonly retained?: boolean;
}

export interface BundleReport extends LocatedBundle {
  /** Whether a removal policy has left the bundle in place. */
  readonly retained?: boolean;
}

/** A stack is not reached if one before it has failed, and left out if it has failed in an earlier step. */
export type StackResult = Done | 'failed' | 'rolled back' | 'skipped' | 'not reached' | 'left out';
type Done = 'created' | 'updated' | 'deleted';

/** What a step has done with a stack. */
export interface StackStep {
  readonly stack: string;
  readonly result: StackResult;
  readonly isExpected: boolean;
  /** The status of the stack, if it was deployed. */
  readonly status?: string;
  /** The simulated duration. */
  readonly milliseconds: number;
  /** The events in the order in which CloudFormation has sent them. */
  readonly events: readonly EventReport[];
  /** The accounts with access to each image that a share had an event about, before and after it. */
  readonly shared: readonly {
    readonly imageId: string;
    readonly before: readonly string[];
    readonly accounts: readonly string[];
  }[];
  /** The copies that had an event. */
  readonly copied: readonly { readonly imageId: string; readonly copyOf: string }[];
  /** The bundles that had an event, with their declared images. */
  readonly bundles: readonly { readonly bundleId: string; readonly imageId: string }[];
}

/** A reason why a step has failed. */
export interface Problem {
  /** A sentence. */
  readonly text: string;
  /** The stacks that it is about. */
  readonly stacks: readonly string[];
  /** The construct that it is about. */
  readonly path?: string;
  /** The log of the failed event. */
  readonly log?: readonly string[];
}

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  /** Whether an update had to fail. */
  readonly isRollback: boolean;
  readonly stacks: readonly StackStep[];
  /** The images that replace those in the templates, by image ID. */
  readonly newImages: Readonly<Record<string, string>>;
  readonly calls: ReturnType<typeof count>;
  readonly access: Access;
  readonly declared: Access;
  /** The part of the access that retained shares have left in place. */
  readonly retained: Access;
  /** The images of all accounts and Regions. */
  readonly images: readonly ImageReport[];
  /** The bundles of all accounts and Regions. */
  readonly bundles: readonly BundleReport[];
  /** The simulated duration. */
  readonly milliseconds: number;
  /** Each problem that no earlier step has had. */
  readonly problems: readonly Problem[];
  /** What the app itself warns of, each a sentence. */
  readonly notes: readonly string[];
}

export interface StackSummary {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  /** The number of shares, copies and bundles. */
  readonly shares: number;
  readonly copies: number;
  readonly bundles: number;
  /** The step in which the stack has failed. */
  readonly failedIn?: string;
}

export interface AppReport {
  readonly ok: boolean;
  readonly stacks: readonly StackSummary[];
  readonly steps: readonly StepReport[];
  /** What the simulation assumes about images outside of the app, each a sentence. */
  readonly assumptions: readonly string[];
}

export function eventReport({ path, event, outcome, reason, response }: SentRequest): EventReport {
  const { RequestType, ResourceType, LogicalResourceId: logicalId, PhysicalResourceId } = event;
  return {
    requestType: RequestType,
    resourceType: ResourceType,
    // A resource that waits belongs to its copy.
    path: ResourceType === READY_TYPE ? path.replace(/\/Ready\d*$/, '') : path,
    logicalId,
    physicalId: response?.PhysicalResourceId ?? PhysicalResourceId,
    outcome: outcome ?? 'no response',
    ...(reason && { reason }),
  };
}

/** Counts the calls by what they do. */
export function count(calls: readonly Call[]) {
  const times = (wanted: (call: Call) => boolean) => calls.filter(wanted).length;
  const succeeded = (name: string) => times(({ operation, status }) => operation === name && status === 200);
  const changes = (allowed: boolean) =>
    times(({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === allowed);
  return {
    reads: times(({ operation }) => operation.startsWith('Describe')),
    grants: changes(true),
    revokes: changes(false),
    copies: succeeded('CopyWorkspaceImage'),
    imagesDeleted: succeeded('DeleteWorkspaceImage'),
    bundles: succeeded('CreateWorkspaceBundle'),
    bundleUpdates: succeeded('UpdateWorkspaceBundle'),
    bundlesDeleted: succeeded('DeleteWorkspaceBundle'),
    refused: times(({ status }) => status !== 200),
  };
}
