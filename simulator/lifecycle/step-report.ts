import { READY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { AssembledStack } from '../assembly';
import type { SentRequest } from '../cloudformation';
import { pathOf } from '../construct-paths';
import { intrinsicOf } from '../template';
import type { Call, ImageState } from '../workspaces-endpoint';
import { keyOf } from './live-resources';

/** Account IDs by image ID. */
export type Access = Record<string, readonly string[]>;

export interface EventReport {
  readonly requestType: string;
  readonly resourceType: string;
  /** The construct path of the share, if the event is about one. */
  readonly share?: string;
  /** The construct path of the copy, if the event is about one, or about a resource that waits for it. */
  readonly copy?: string;
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly outcome: string;
  readonly reason?: string;
}

export interface ImageReport {
  /** The account that owns the image. */
  readonly account: string;
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
  readonly state: ImageState;
  /** The image that this one is a copy of. */
  readonly copyOf?: string;
  /** Whether a removal policy has left the copy in place. */
  readonly retained?: boolean;
}

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  readonly status: string;
  /** The events in the order in which CloudFormation has sent them. */
  readonly events: readonly EventReport[];
  readonly calls: {
    readonly reads: number;
    readonly grants: number;
    readonly revokes: number;
    readonly copies: number;
    readonly imagesDeleted: number;
    readonly refused: number;
  };
  readonly access: Access;
  readonly declared: Access;
  /** The part of the access that retained shares have left in place. */
  readonly retained: Access;
  /** The construct paths of the shares that each image has had, by image ID. */
  readonly shares: Readonly<Record<string, readonly string[]>>;
  /** The images of all accounts and Regions. */
  readonly images: readonly ImageReport[];
  /** The simulated duration. */
  readonly milliseconds: number;
  /** The reasons why the step failed, each a sentence. */
  readonly problems: readonly string[];
  /** The log of the function if the step failed. */
  readonly log: readonly string[];
}

export interface StackReport {
  readonly stack: string;
  /** The stacks that were deployed before this one. */
  readonly dependencies: readonly string[];
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
  /** What the simulation assumes about images outside of the app, each a sentence. */
  readonly assumptions: readonly string[];
}

/** The construct paths of the copies that resources wait for, by stack and logical ID. */
export function copiesOfLinks(stacks: readonly AssembledStack[]): Map<string, string> {
  const links = stacks.flatMap(({ name: stack, template: { Resources = {} } }) =>
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === READY_TYPE)
      .map(([logicalId, { Properties }]): [string, string] => {
        const [, copy] = intrinsicOf(Properties?.ImageId ?? '') ?? [];
        return [keyOf({ stack, logicalId }), pathOf(Resources[String(copy)]) ?? String(copy)];
      }),
  );
  return new Map(links);
}

export function eventReport(
  { stack, path, event, outcome, reason, response }: SentRequest,
  copies: ReadonlyMap<string, string>,
): EventReport {
  const { RequestType, ResourceType, LogicalResourceId: logicalId, PhysicalResourceId } = event;
  return {
    requestType: RequestType,
    resourceType: ResourceType,
    ...(ResourceType === SHARE_TYPE
      ? { share: path }
      : { copy: copies.get(keyOf({ stack, logicalId })) ?? path }),
    logicalId,
    physicalId: response?.PhysicalResourceId ?? PhysicalResourceId,
    outcome: outcome ?? 'no response',
    ...(reason && { reason }),
  };
}

/** Counts the calls by what they do. */
export function count(calls: readonly Call[]): StepReport['calls'] {
  const times = (wanted: (call: Call) => boolean) => calls.filter(wanted).length;
  return {
    reads: times(({ operation }) => operation.startsWith('Describe')),
    grants: times(({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === true),
    revokes: times(
      ({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === false,
    ),
    copies: times(({ operation, status }) => operation === 'CopyWorkspaceImage' && status === 200),
    imagesDeleted: times(({ operation, status }) => operation === 'DeleteWorkspaceImage' && status === 200),
    refused: times(({ status }) => status !== 200),
  };
}
