import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { few } from '../lib/validation';
import { Awaiting, NotAwaited } from './awaiting';
import { type Location, leftBehindReason, reasonFor } from './failure-reason';
import { log } from './log';
import { failureId, type Plan, planFor } from './plan';
import { reach } from './reach';
import { Reconciliation } from './reconciliation';
import { UNDO_RESERVE } from './timing';
import { undo } from './undo';
import { settleFor } from './verdict';

type Event = CloudFormationCustomResourceEvent;

/** An invocation of the function, with its deadline. */
export interface Invocation {
  readonly location: Location;
  readonly startedAt: number;
  readonly deadline: number;
}

/** What to respond to an event. */
export interface Outcome {
  readonly physicalId: string;
  /** The shared image, an attribute of the resource. */
  readonly imageId?: string;
  /** Why the event failed. Absent if it succeeded. */
  readonly failure?: string;
  /** Information about an event that succeeded. */
  readonly note?: string;
}

/** Carries out an event: makes a plan, and reaches its goals one after the other. */
export async function carryOut(event: Event, invocation: Invocation): Promise<Outcome> {
  let plan: Plan;
  try {
    plan = planFor(event);
  } catch (error) {
    return { physicalId: failureId(event), failure: reasonFor(error, invocation.location) };
  }
  log('planned', { ...plan });
  const awaiting = new Awaiting(event);
  const failures: string[] = [];
  const notes: string[] = [];
  let imageLeftShared: string | undefined;
  for (const goal of plan.goals) {
    const { imageId } = goal;
    const reconciliation = new Reconciliation(goal, {
      ...invocation,
      deadline: deadlineFor(plan, invocation),
      existing: plan.existing,
    });
    try {
      await reach(goal, reconciliation, async () => settleFor(event, await awaiting.confirm()));
      if (plan.existing === 'adopt') {
        // If the event was cancelled in the last two seconds, no later event revokes what it granted.
        await awaiting.confirm(0);
      }
      notes.push(...othersNote(event, imageId, reconciliation.others));
    } catch (error) {
      const left = await undo(plan, goal, reconciliation, error, awaiting, invocation);
      imageLeftShared = left?.length ? imageId : undefined;
      failures.push(reasonFor(error, invocation.location, imageId), ...leftBehindReason(plan, left));
      if (error instanceof NotAwaited) {
        break;
      }
    }
  }
  if (failures.length > 0) {
    const isRevokedLater = plan.existing === 'refuse';
    return {
      physicalId: failureId(event, isRevokedLater ? imageLeftShared : undefined),
      failure: failures.join(' '),
    };
  }
  return { physicalId: plan.physicalId, imageId: plan.imageId, note: notes.join(' ') || undefined };
}

/** Leaves time for undoing. An adopting event keeps half, because no later event could complete it. */
function deadlineFor({ existing }: Plan, { startedAt, deadline }: Invocation): number {
  const half = (deadline - startedAt) / 2;
  const reserve = { ignore: 0, refuse: Math.min(UNDO_RESERVE, half), adopt: half };
  return deadline - reserve[existing];
}

/** An image cannot be deleted while it is shared with anyone. */
function othersNote({ RequestType }: Event, imageId: string, others: readonly string[]): string[] {
  if (RequestType !== 'Delete' || others.length === 0) {
    return [];
  }
  log('still shared with others', { imageId, accounts: others });
  return [
    `Image ${imageId} is still shared with ${few(others, 20)}, which this share does not name. The image cannot be deleted while it is shared.`,
  ];
}
