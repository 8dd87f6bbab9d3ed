import { type Awaiting, NotAwaited } from './awaiting';
import type { Invocation } from './carry-out';
import { reasonFor } from './failure-reason';
import { log } from './log';
import type { Goal, Plan } from './plan';
import { reach } from './reach';
import { Reconciliation } from './reconciliation';

/**
 * Revokes what a failed event granted, if no later event can.
 *
 * @returns the accounts that are left, or undefined if undoing is up to the event that follows
 */
export async function undo(
  plan: Plan,
  { imageId }: Goal,
  { granted, found }: Reconciliation,
  error: unknown,
  awaiting: Awaiting,
  invocation: Invocation,
): Promise<readonly string[] | undefined> {
  if (plan.existing === 'ignore' || (error instanceof NotAwaited && error.standing === 'done')) {
    return undefined;
  }
  const own = [...granted].filter((account) => !found.includes(account));
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
