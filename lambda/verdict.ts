import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type DeclaredShare, declaredShare, type Properties } from './properties';
import type { Settle } from './reconciliation';
import type { StackEvent } from './stack-events';
import { SETTLE } from './timing';

/**
 * - `awaited`: CloudFormation waits for the response.
 * - `done`: another delivery of the event succeeded, or the permissions are retained.
 * - `superseded`: CloudFormation cancelled the event, or the next one followed.
 * - `unknown`: the stack events do not say.
 */
export type Standing = 'awaited' | 'done' | 'superseded' | 'unknown';

/** What the stack events of a resource say about an event for it. */
export interface Verdict {
  readonly standing: Standing;
  /** Whether an earlier event ended so recently that an invocation for it may still be writing. */
  readonly unsettled: boolean;
}

/**
 * Lambda can deliver an event twice, late, or after the next one, and CloudFormation goes on without a response when
 * it cancels a resource. The newest stack event of the resource says which event CloudFormation waits for.
 *
 * @param history the stack events of the resource, the newest first
 */
export function verdictOn(event: CloudFormationCustomResourceEvent, history: readonly StackEvent[]): Verdict {
  return { standing: standingOf(event, history), unsettled: isUnsettled(event, history) };
}

/** Whether older stack events could not change the verdict. */
export function isEnoughHistory(
  event: CloudFormationCustomResourceEvent,
  history: readonly StackEvent[],
  oldestAt: number,
): boolean {
  const [newest] = history;
  if (newest === undefined || newest.at - oldestAt < SETTLE) {
    return false;
  }
  return event.RequestType !== 'Delete' || history.filter(ofSamePhysicalId(event)).some(isDeletion);
}

function standingOf(event: CloudFormationCustomResourceEvent, history: readonly StackEvent[]): Standing {
  const isDelete = event.RequestType === 'Delete';
  // Some emulators do not record the Deletes of a cleanup, so only deletion events count for a Delete.
  const current = isDelete
    ? history.filter(ofSamePhysicalId(event)).find(isDeletion)
    : history.find((candidate) => !isCleanupAfter(event, candidate));
  if (current === undefined) {
    return 'unknown';
  }
  const isOther = !isDelete && declaresOtherThan(event.ResourceProperties, current);
  const type = event.RequestType.toUpperCase();
  // Some emulators record a creation in a stack's update as an update. The resource has no physical ID yet.
  const isCreation = event.RequestType === 'Create' && current.physicalId === undefined;
  const status = isCreation ? current.status.replace(/^UPDATE_/, 'CREATE_') : current.status;
  if (isOther) {
    return 'superseded';
  }
  if (status === 'DELETE_SKIPPED') {
    // The permissions are retained.
    return 'done';
  }
  if (!status.startsWith(`${type}_`)) {
    return 'superseded';
  }
  switch (status.slice(type.length)) {
    case '_IN_PROGRESS':
      return 'awaited';
    case '_COMPLETE':
      return 'done';
    default:
      // A Delete that failed is sent again, unless the cleanup went on without it.
      return isDelete && history.slice(0, history.indexOf(current)).every(isDeletion)
        ? 'awaited'
        : 'superseded';
  }
}

/** The event that follows, a rollback's or one for a share that was removed and added again, can have the same status. */
function declaresOtherThan(properties: Properties, { properties: current }: StackEvent): boolean {
  const [mine, other] = [readable(properties), readable(current)];
  return mine !== undefined && other !== undefined && JSON.stringify(mine) !== JSON.stringify(other);
}

/** Stack events do not show what NoEcho parameters and dynamic references resolve to. */
function readable(properties: Properties | undefined): DeclaredShare | undefined {
  try {
    return declaredShare(properties);
  } catch {
    return undefined;
  }
}

function isUnsettled(event: CloudFormationCustomResourceEvent, history: readonly StackEvent[]): boolean {
  const [newest] = history;
  // A Delete after a replacement is for an image that the event which ended last did not write to.
  const relevant = event.RequestType === 'Delete' ? history.filter(ofSamePhysicalId(event)) : history;
  const ended = relevant.find(({ status }) => !status.endsWith('_IN_PROGRESS'));
  return newest !== undefined && ended !== undefined && newest.at - ended.at < SETTLE;
}

function isDeletion({ status }: StackEvent): boolean {
  return status.startsWith('DELETE_');
}

/** A replacement ends with the Delete of the ID that its Update had. */
function isCleanupAfter(event: CloudFormationCustomResourceEvent, candidate: StackEvent): boolean {
  return (
    event.RequestType === 'Update' &&
    isDeletion(candidate) &&
    candidate.physicalId === event.PhysicalResourceId
  );
}

/** A resource that is being created has no physical ID yet. */
function ofSamePhysicalId(event: { PhysicalResourceId?: string }): (candidate: StackEvent) => boolean {
  return ({ physicalId }) => physicalId === undefined || physicalId === event.PhysicalResourceId;
}

/** Whether an event has to settle, given the verdict, or undefined if CloudFormation cannot be asked. */
export function settleFor(event: CloudFormationCustomResourceEvent, verdict: Verdict | undefined): Settle {
  if (verdict !== undefined) {
    return verdict.unsettled;
  }
  switch (event.RequestType) {
    case 'Create':
      return false;
    case 'Update':
      // It may be a rollback's, which runs concurrently with the Update that it rolls back.
      return 'unless unchanged';
    case 'Delete':
      return true;
  }
}
