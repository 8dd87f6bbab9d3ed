import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { StackEvent } from './stack-events';
import { SETTLE } from './timing';

/**
 * - `awaited`: CloudFormation is waiting for the response.
 * - `done`: another delivery of the event succeeded, or the resource is retained.
 * - `superseded`: CloudFormation has cancelled the event, or has sent the next one.
 * - `unknown`: the stack events show neither the event nor its end.
 */
export type Status = 'awaited' | 'done' | 'superseded' | 'unknown';

/** When an event was sent and delivered. */
export interface Timing {
  /** When CloudFormation sent it, to the second. */
  readonly sentAt: number;
  /** Whether it was delivered late, so that it may be a duplicate, and the first delivery may still be settling. */
  readonly isLate: boolean;
}

/** What the stack events of a resource show about an event for it. */
export interface Verdict {
  readonly status: Status;
  /** Whether an invocation for an earlier event may still be writing. */
  readonly unsettled: boolean;
}

type Properties = Readonly<Record<string, unknown>>;

/** How long before an event is sent its own beginning is recorded, at most. */
const RECORDED_BEFORE = 5_000;
/** The date of an event has no fractions of a second. */
const SECOND = 1_000;

/**
 * Lambda can deliver an event twice, late, or after the next one, and CloudFormation cancels a resource without a message
 * to its function. Only a stack event that is newer than the event can end it: the first one after the event's own
 * beginning, or after the second in which the event was sent. Stack events that are late, stale or unusual can only delay
 * a verdict.
 *
 * @param history the stack events of the resource, oldest first
 */
export function verdictOn(
  event: CloudFormationCustomResourceEvent,
  history: readonly StackEvent[],
  { sentAt, isLate }: Timing,
): Verdict {
  const own = ownBeginning(event, history, sentAt);
  const end = history.find(
    (candidate, index) =>
      ((own >= 0 && index > own) || candidate.at >= sentAt + SECOND) &&
      isAbout(event, candidate) &&
      !isBeginning(event, candidate),
  );
  if (end) {
    const type = event.RequestType.toUpperCase();
    const isDone = end.status === `${type}_COMPLETE` || end.status === 'DELETE_SKIPPED';
    return { status: isDone ? 'done' : 'superseded', unsettled: true };
  }
  return own < 0
    ? { status: 'unknown', unsettled: true }
    : { status: 'awaited', unsettled: isLate || isUnsettled(event, history, own) };
}

/** Stack events from before this time cannot change the verdict. */
export function relevantSince(sentAt: number): number {
  return sentAt - RECORDED_BEFORE - SETTLE;
}

/** The index of the beginning of the event. Beginnings that ended before the event was sent are those of earlier ones. */
export function ownBeginning(
  event: CloudFormationCustomResourceEvent,
  history: readonly StackEvent[],
  sentAt: number,
): number {
  return history.findLastIndex(
    (candidate, index) =>
      isBeginning(event, candidate) &&
      candidate.at >= sentAt - RECORDED_BEFORE &&
      candidate.at < sentAt + SECOND &&
      !history.slice(index + 1).some((later) => !isInProgress(later) && later.at < sentAt),
  );
}

function isUnsettled(
  event: CloudFormationCustomResourceEvent,
  history: readonly StackEvent[],
  own: number,
): boolean {
  const before = history.slice(0, own);
  const [previous] = before.slice(-1);
  if (previous && isInProgress(previous)) {
    return true;
  }
  // The Delete in the cleanup of a replacement concerns the old image, which the preceding event did not change.
  const ended = before.findLast((other) => !isInProgress(other) && isOfSameId(event, other));
  return ended !== undefined && (history[own] as StackEvent).at - ended.at < SETTLE;
}

function isBeginning(event: CloudFormationCustomResourceEvent, candidate: StackEvent): boolean {
  return (
    candidate.status === `${event.RequestType.toUpperCase()}_IN_PROGRESS` &&
    (event.RequestType === 'Delete'
      ? isOfSameId(event, candidate)
      : mayBeEqual(event.ResourceProperties, candidate.properties))
  );
}

/** Emulators do not record all Deletes of a cleanup, so only deletions of the same physical ID end a Delete. */
function isAbout(event: CloudFormationCustomResourceEvent, candidate: StackEvent): boolean {
  return (
    event.RequestType !== 'Delete' || (candidate.status.startsWith('DELETE_') && isOfSameId(event, candidate))
  );
}

/** A resource that is being created has no physical ID yet. An event other than a Delete concerns all of them. */
function isOfSameId(event: CloudFormationCustomResourceEvent, { physicalId }: StackEvent): boolean {
  return (
    event.RequestType !== 'Delete' || physicalId === undefined || physicalId === event.PhysicalResourceId
  );
}

function isInProgress({ status }: StackEvent): boolean {
  return status.endsWith('_IN_PROGRESS');
}

/** Stack events mask the values of NoEcho parameters, and do not resolve dynamic references. */
function mayBeEqual(sent: Properties, recorded: Properties | undefined): boolean {
  if (recorded === undefined) {
    return true;
  }
  // ServiceToken and ServiceTimeout are for CloudFormation.
  const names = Object.keys({ ...sent, ...recorded }).filter((name) => !name.startsWith('Service'));
  return names.every((name) => {
    const shown = JSON.stringify(recorded[name]);
    return shown === JSON.stringify(sent[name]) || /\*{4}|\{\{resolve:/.test(shown ?? '');
  });
}
