import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { few } from '../lib/validation';
import { Awaiting, NotAwaited } from './awaiting';
import { type Location, leftBehindReason, reasonFor } from './failure-reason';
import { changePermission, readPermissions } from './image-permissions';
import { log } from './log';
import { failureId, type Goal, type Plan, planFor } from './plan';
import { Reconciliation } from './reconciliation';
import { isServiceError } from './service-errors';
import { pause, UNDO_RESERVE } from './timing';
import { settleFor } from './verdict';

type Event = CloudFormationCustomResourceEvent;

/** Where the function runs, and until when. */
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
  /** What there is to know about an event that succeeded. */
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

/**
 * Does what the reconciliation decides until the goal is reached.
 *
 * @param confirm throws if CloudFormation does not wait for the response; otherwise tells whether to settle
 */
async function reach(
  goal: Goal,
  reconciliation: Reconciliation,
  confirm: () => Promise<ReturnType<typeof settleFor>>,
): Promise<void> {
  const { imageId } = goal;
  // Runs concurrently with the first read.
  const confirmed = confirm();
  confirmed.catch(() => undefined);
  for (;;) {
    const action = reconciliation.next(Date.now());
    switch (action.type) {
      case 'ask':
        reconciliation.told(await confirmed);
        break;
      case 'read':
        await read(imageId, reconciliation);
        break;
      case 'call':
        await settled(
          action.accounts.map((account) => call(imageId, account, action.allow, reconciliation, confirm)),
        );
        break;
      case 'wait':
        await pause(action.milliseconds);
        break;
      case 'done':
        await confirm();
        return;
      case 'fail':
        throw action.error;
    }
  }
}

async function read(imageId: string, reconciliation: Reconciliation): Promise<void> {
  try {
    const permitted = await readPermissions(imageId);
    log('read', { imageId, permitted: permitted.size });
    reconciliation.read(permitted, Date.now());
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    log('read failed', { imageId, error: error.name, reason: error.message });
    reconciliation.readFailed(error, Date.now());
  }
}

async function call(
  imageId: string,
  account: string,
  allow: boolean,
  reconciliation: Reconciliation,
  confirm: () => Promise<unknown>,
): Promise<void> {
  try {
    await changePermission(imageId, account, allow, {
      beforeEach: async () => void (await confirm()),
      uncertain: (isAnswered) => reconciliation.uncertain(account, allow, isAnswered, Date.now()),
    });
    log(allow ? 'granted' : 'revoked', { imageId, account });
    reconciliation.called(account, allow, Date.now());
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    log(allow ? 'grant failed' : 'revoke failed', {
      imageId,
      account,
      error: error.name,
      reason: error.message,
    });
    reconciliation.called(account, allow, Date.now(), error);
  }
}

/** Waits for all of them, so that none is still running when one of them throws. */
async function settled(calls: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(calls);
  await Promise.all(calls);
}

/**
 * Revokes what a failed event granted, if no later event can.
 *
 * @returns the accounts that are left, or undefined if undoing is up to the event that follows
 */
async function undo(
  plan: Plan,
  { imageId }: Goal,
  { granted, found }: Reconciliation,
  error: unknown,
  awaiting: Awaiting,
  invocation: Invocation,
): Promise<readonly string[] | undefined> {
  if (plan.existing === 'ignore') {
    return undefined;
  }
  const own = [...granted].filter((account) => !found.includes(account));
  if (error instanceof NotAwaited && error.standing === 'done') {
    return undefined;
  }
  if (own.length === 0 || (error instanceof NotAwaited && plan.existing === 'refuse')) {
    return own;
  }
  const goal = { imageId, grant: [], keep: [], revoke: own };
  const confirm = async (maxAge?: number) => {
    if (!(error instanceof NotAwaited)) {
      await awaiting.confirm(maxAge).catch((notAwaited) => {
        // Stops if another delivery succeeded, or if the Delete has followed, which revokes the same accounts: they may
        // be shared again after it. Only the Delete of an adopting event revokes nothing.
        if (plan.existing === 'refuse' || notAwaited.standing === 'done') {
          throw notAwaited;
        }
      });
    }
    // Settles, because a duplicate delivery of the event may be granting.
    return true;
  };
  try {
    await confirm(0);
    await reach(goal, new Reconciliation(goal, { ...invocation, existing: 'ignore' }), () => confirm());
    return [];
  } catch (failure) {
    log('not undone', { imageId, accounts: own, reason: reasonFor(failure, invocation.location, imageId) });
    return own;
  }
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
