import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { enumerate } from '../../lib/workspaces/validation';
import { Patience } from '../api/patience';
import type { Delivery } from '../event/delivery';
import { Failure, NotCurrent, NotRead } from '../event/failure';
import { log } from '../event/log';
import type { Outcome } from '../event/response';
import { Guard } from '../guard/guard';
import { isCreatedAgain } from '../guard/origin';
import type { Verdict } from '../guard/verdict';
import { Changes } from './changes';
import { leftBehindReason, lostReason, mayHavePermission, timedOut } from './failures';
import { shareId, undoId } from './physical-id';
import { type Goal, type Plan, planFor } from './plan';
import { reconcile, type Settle } from './reconcile';
import { requestOf } from './request';
import { UNDO_RESERVE } from './timing';
import { undo } from './undo';

type Event = CloudFormationCustomResourceEvent;

/**
 * Carries out an event: makes a plan, and reaches its goals one after the other.
 *
 * @throws Failure
 */
export async function carryOut(event: Event, delivery: Delivery): Promise<Outcome> {
  const plan = planFor(requestOf(event, delivery.location.accountId));
  log.info('planned', { ...plan });
  const guard = new Guard(event);
  const notes: string[] = [];
  const failures: string[] = [];
  for (const goal of plan.goals) {
    try {
      notes.push(...(await reach(goal, plan, event, delivery, guard)));
    } catch (error) {
      if (plan.stopsAtFailure || !(error instanceof Failure) || error instanceof NotCurrent) {
        throw error;
      }
      if (error instanceof NotRead && plan.deletesUnknown) {
        // The Create could not read either, most likely. A rollback that fails would lock the stack.
        notes.push(`${error.message} ${mayHavePermission(goal.revoke)}`);
      } else {
        failures.push(error.message);
      }
    }
  }
  if (failures.length > 0) {
    throw new Failure(failures.join(' '));
  }
  for (const note of notes) {
    log.warn(note);
  }
  const { physicalId, imageId } = plan;
  const note = [...notes, ...guard.notes].join(' ') || undefined;
  return { physicalId, attributes: imageId === undefined ? undefined : { ImageId: imageId }, note };
}

/** @returns what to note about it */
async function reach(
  goal: Goal,
  plan: Plan,
  event: Event,
  delivery: Delivery,
  guard: Guard,
): Promise<string[]> {
  const { imageId } = goal;
  const { location, deadline } = delivery;
  if (plan.deletesFailedCreate) {
    const { pause } = new Patience(deadline, (last) => timedOut(imageId, location, last));
    await guard.confirm();
    if (await isCreatedAgain(guard, shareId(imageId, event.LogicalResourceId), pause)) {
      return [`Nothing was revoked on image ${imageId}, because the share was created again.`];
    }
  }
  const changes = new Changes(goal);
  try {
    const others = await reconcile(changes, {
      onExisting: plan.onExisting,
      location,
      deadline: deadline - undoReserve(plan, deadline),
      confirm: async () => settleFor(event, await guard.confirm()),
    });
    return [...lostReason(imageId, changes.lost), ...othersNote(event, imageId, others)];
  } catch (error) {
    const left = await undo(plan, changes, error as Error, delivery, guard);
    if (plan.onExisting === 'refuse' && left?.length) {
      delivery.failureId = undoId(imageId, event.LogicalResourceId);
    }
    const failure = error as Error;
    failure.message = [failure.message, ...leftBehindReason(plan.onExisting, left)].join(' ');
    throw failure;
  }
}

/** An event that undoes its own changes needs time for it. */
function undoReserve({ onExisting }: Plan, deadline: number): number {
  return onExisting === 'ignore' ? 0 : Math.min(UNDO_RESERVE, Math.max(0, deadline - Date.now()) / 2);
}

/**
 * Without an answer of CloudFormation, an Update may be that of a rollback, which runs concurrently with the cancelled one and
 * has to outlast it.
 */
function settleFor({ RequestType }: Event, verdict: Verdict | undefined): Settle {
  if (RequestType === 'Update' && verdict?.status !== 'awaited') {
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
