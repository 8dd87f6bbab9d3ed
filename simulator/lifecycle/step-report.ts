import type { SentRequest } from '../cloudformation';
import type { Call } from '../workspaces-endpoint';

/** Account IDs by image ID. */
export type Access = Record<string, readonly string[]>;

export interface EventReport {
  readonly requestType: string;
  /** The construct path of the share. */
  readonly share: string;
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly outcome: string;
  readonly reason?: string;
}

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  readonly status: string;
  readonly events: readonly EventReport[];
  readonly calls: {
    readonly reads: number;
    readonly grants: number;
    readonly revokes: number;
    readonly imagesDeleted: number;
    readonly refused: number;
  };
  readonly access: Access;
  readonly declared: Access;
  /** The part of the access that retained shares have left in place. */
  readonly retained: Access;
  /** The construct paths of the shares that each image has had, by image ID. */
  readonly shares: Readonly<Record<string, readonly string[]>>;
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
}

export function eventReport({ path, event, outcome, reason, response }: SentRequest): EventReport {
  return {
    requestType: event.RequestType,
    share: path,
    logicalId: event.LogicalResourceId,
    physicalId: response?.PhysicalResourceId ?? event.PhysicalResourceId,
    outcome: outcome ?? 'no response',
    ...(reason && { reason }),
  };
}

/** Counts the calls by what they do. */
export function count(calls: readonly Call[]): StepReport['calls'] {
  const times = (wanted: (call: Call) => boolean) => calls.filter(wanted).length;
  return {
    reads: times(({ operation }) => operation === 'DescribeWorkspaceImagePermissions'),
    grants: times(({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === true),
    revokes: times(
      ({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === false,
    ),
    imagesDeleted: times(({ operation, status }) => operation === 'DeleteWorkspaceImage' && status === 200),
    refused: times(({ status }) => status !== 200),
  };
}
