import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { enumerate } from '../../lib/workspaces/validation';
import type { Invocation } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import type { Outcome } from '../custom-resource/response';
import { Awaiting, NotAwaited } from '../stack-events/awaiting';
import type { Verdict } from '../stack-events/verdict';
import { Changes } from './changes';
import { leftBehindReason, lostReason, reasonFor } from './failure-reason';
import { failureId } from './physical-id';
import { type Plan, planFor } from './plan';
import { reconcile, type Settle } from './reconcile';
import { requestOf } from './request';
import { UNDO_RESERVE } from './timing';
import { undo } from './undo';

type Event = CloudFormationCustomResourceEvent;

/** What to respond to an event. */
export interface ShareOutcome extends Outcome {
  /** Whether CloudFormation ignores the response, because the event was cancelled or delivered twice. */
  readonly isIgnored?: boolean;
}

/**
 * Carries out an event: makes a plan, and reaches its goals one after the other.
 *
 * @throws InvalidProperties
 */
export async function carryOut(event: Event, { location, deadline }: Invocation): Promise<ShareOutcome> {
  const plan = planFor(requestOf(event, location.accountId));
  log.info('planned', { ...plan });
  const awaiting = new Awaiting(event);
  const { onExisting } = plan;
  const failures: string[] = [];
  const notes: string[] = [];
  let imageLeftShared: string | undefined;
  let isIgnored = false;
  for (const goal of plan.goals) {
    const { imageId } = goal;
    const changes = new Changes(goal);
    try {
      const others = await reconcile(changes, {
        onExisting,
        deadline: deadline - undoReserve(plan, deadline),
        confirm: async () => settleFor(event, await awaiting.confirm()),
      });
      if (onExisting === 'adopt') {
        // Ask once more: if the event has just been cancelled, no later event will revoke what it granted.
        await awaiting.confirmNow();
      }
      notes.push(...lostReason(imageId, changes.lost), ...othersNote(event, imageId, others));
    } catch (error) {
      const left = await undo(plan, changes, error, awaiting, { location, deadline });
      failures.push(reasonFor(error, location, imageId), ...leftBehindReason(onExisting, left));
      imageLeftShared = left?.length ? imageId : undefined;
      isIgnored = error instanceof NotAwaited && (onExisting !== 'adopt' || imageLeftShared === undefined);
      if (error instanceof NotAwaited || plan.stopsAtFailure) {
        break;
      }
    }
  }
  if (failures.length > 0) {
    return {
      physicalId: failureId(event, onExisting === 'refuse' ? imageLeftShared : undefined),
      failure: failures.join(' '),
      isIgnored,
    };
  }
  for (const note of notes) {
    log.warn(note);
  }
  const note = [...notes, ...awaiting.notes].join(' ') || undefined;
  return { physicalId: plan.physicalId, imageId: plan.imageId, note };
}

/** Events that undo their own changes need time for it: an adopting one half, because no later event can finish the undo. */
function undoReserve({ onExisting }: Plan, deadline: number): number {
  const half = Math.max(0, deadline - Date.now()) / 2;
  return { ignore: 0, refuse: Math.min(UNDO_RESERVE, half), adopt: half }[onExisting];
}

/**
 * Without an answer of CloudFormation, an Update may be that of a rollback, which runs concurrently with the cancelled one and
 * has to outlast it.
 */
function settleFor({ RequestType }: Event, verdict: Verdict | undefined): Settle {
  if (RequestType === 'Update' && verdict?.standing !== 'awaited') {
    return 'unless unchanged';
  }
  return verdict ? verdict.unsettled : RequestType === 'Delete';
}

/** Reports the other accounts with permission after a Delete, because the image cannot be deleted while it is shared. */
function othersNote({ RequestType }: Event, imageId: string, others: readonly string[]): string[] {
  return RequestType === 'Delete' && others.length > 0
    ? [
        `Image ${imageId} is still shared with ${enumerate(others, 20)}, which are not in the list of this share. The image cannot be deleted until their permission is revoked.`,
      ]
    : [];
}
