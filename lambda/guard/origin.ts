import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log } from '../event/log';
import { until } from '../event/waiting';
import type { Guard } from './guard';
import {
  asServiceError,
  type DescribedEvent,
  isOlderThan,
  type StackEvent,
  stackEventsOf,
} from './stack-events';
import { ASK_AGAIN_AFTER, ASK_TIMEOUT, UNANSWERED_PATIENCE } from './timing';
import { ownBeginning } from './verdict';

/**
 * What became of something that the Delete or the rollback of a failed event finds by its name, because CloudFormation
 * learned no ID from that event.
 *
 * - `lost`: made while an event was carried out that failed, and no stack event names it. No other event deletes it.
 * - `known`: a stack event names it. Only the Delete of its ID deletes it.
 * - `older`: made by an event that succeeded, or before the stack events begin. It was kept on purpose, or left behind.
 * - `running`: another event for the resource is being carried out, and may find it, too.
 *
 * Undefined if the stack events do not show enough.
 */
export type Origin = 'lost' | 'known' | 'older' | 'running';

/** Something that was found by its name. */
export interface Found {
  readonly id: string;
  readonly created?: Date;
}

const FAILED_CREATE = 'CREATE_FAILED';

/** By how much the clocks of CloudFormation and of a service may differ, and how late a call may be carried out. */
const TOLERANCE = 60_000;
/** CloudFormation does not wait for a response for longer than this. */
const LONGEST_EVENT = 60 * 60_000;

/** Waits, and throws if there is no time left. */
type Pause = (milliseconds: number) => Promise<void>;

/**
 * Asks what became of something that was found by its name, and waits while another event may be finding it, too.
 *
 * @param within for how many milliseconds to wait
 */
export function originOf(
  guard: Guard,
  found: Found,
  pause: Pause,
  within: number,
): Promise<Origin | undefined> {
  const ask = async () => {
    const history = await guard.history(isOlderThan(Number(found.created) - LONGEST_EVENT));
    return originIn(guard.event, history, guard.sentAt, found);
  };
  return patiently(pause, ask, within);
}

/** Asks whether the resource was created again, with a given ID, after a Create that failed. Waits while it is being created. */
export async function isCreatedAgain(guard: Guard, id: string, pause: Pause): Promise<boolean> {
  const { LogicalResourceId } = guard.event;
  const isFailure = (event: DescribedEvent) =>
    event.LogicalResourceId === LogicalResourceId && event.ResourceStatus === FAILED_CREATE;
  const origin = await patiently(pause, async () => {
    const history = await guard.history((page) => page.some(isFailure));
    return successorIn(guard.event, history, guard.sentAt, id);
  });
  return origin === 'known';
}

/** Asks whether CloudFormation is rolling the stack back. Without an answer, it is not. */
export async function isRollingBack({ event }: Guard, pause: Pause): Promise<boolean> {
  const { StackId: stackId } = event;
  const [, logicalId = ''] = stackId.split('/');
  const isOfStack = ({ PhysicalResourceId }: DescribedEvent) => PhysicalResourceId === stackId;
  const status = await patiently(pause, async () => {
    const history = await stackEventsOf({ stackId, logicalId }, ASK_TIMEOUT, (page) => page.some(isOfStack));
    return history.findLast(({ physicalId }) => physicalId === stackId)?.status;
  });
  return status?.endsWith('ROLLBACK_IN_PROGRESS') ?? false;
}

/** Repeats a question while the answer is not definite. Without an answer for a minute, it is undefined. */
async function patiently<T>(
  pause: Pause,
  ask: () => Promise<T>,
  within = Number.POSITIVE_INFINITY,
): Promise<T | undefined> {
  const answer = await until(
    () => ask().catch((error) => void asServiceError(error)),
    (value) => value !== 'running',
    {
      within,
      stays: (value) => (value === undefined ? UNANSWERED_PATIENCE : 0),
      every: () => ASK_AGAIN_AFTER,
      pause,
    },
  );
  log.info('asked CloudFormation', { answer });
  return answer ?? undefined;
}

/** @param history the stack events of the resource, oldest first */
export function originIn(
  event: CloudFormationCustomResourceEvent,
  history: readonly StackEvent[],
  sentAt: number,
  { id, created }: Found,
): Origin | undefined {
  if (history.some(({ physicalId }) => physicalId === id)) {
    return 'known';
  }
  // If the beginning of the event itself is shown, so is all before it.
  const own = ownBeginning(event, history, sentAt);
  if (own < 0 || created === undefined) {
    return undefined;
  }
  const others = history.flatMap((begin, index) =>
    index !== own && isBegun(begin) ? [{ begin, end: history.slice(index).find(isEnded) }] : [],
  );
  if (others.some(({ end }) => end === undefined)) {
    return 'running';
  }
  const at = created.getTime();
  const isLost = others.some(
    ({ begin, end }) =>
      end?.status.endsWith('_FAILED') && at >= begin.at - TOLERANCE && at <= end.at + TOLERANCE,
  );
  return isLost ? 'lost' : 'older';
}

/**
 * What became of an ID that does not change when a resource is created again, after a Create of the resource has failed.
 *
 * @param history the stack events of the resource since a Create failed, oldest first
 */
export function successorIn(
  event: CloudFormationCustomResourceEvent,
  history: readonly StackEvent[],
  sentAt: number,
  id: string,
): Origin | undefined {
  const own = ownBeginning(event, history, sentAt);
  if (own < 0) {
    return undefined;
  }
  const failure = history.slice(0, own).findLastIndex(({ status }) => status === FAILED_CREATE);
  const since = failure < 0 ? [] : history.slice(failure + 1);
  if (since.some(({ physicalId }) => physicalId === id)) {
    return 'known';
  }
  return since.findLastIndex(isBegun) > since.findLastIndex(isEnded) ? 'running' : 'lost';
}

function isBegun({ status }: StackEvent): boolean {
  return /^(CREATE|UPDATE)_IN_PROGRESS$/.test(status);
}

function isEnded({ status }: StackEvent): boolean {
  return /^(CREATE|UPDATE)_(COMPLETE|FAILED)$/.test(status);
}
