import type { Invocation } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import { type Awaiting, NotAwaited } from '../stack-events/awaiting';
import { Changes } from './changes';
import { reasonFor } from './failure-reason';
import type { Plan } from './plan';
import { reconcile } from './reconcile';

/** Who revokes what a failed event granted. */
export function undoneBy(
  { onExisting }: Pick<Plan, 'onExisting'>,
  error: unknown,
): 'itself' | 'its Delete' | 'the next event' | 'nobody' {
  if (onExisting === 'ignore') {
    return 'the next event';
  }
  if (!(error instanceof NotAwaited)) {
    return 'itself';
  }
  if (error.standing === 'done') {
    // Another delivery of the event has succeeded.
    return 'nobody';
  }
  return onExisting === 'refuse' ? 'its Delete' : 'itself';
}

/**
 * Revokes what a failed event granted, if that is up to the event itself.
 *
 * @returns the accounts that keep their permission until the Delete of the resource, or for good with `adoptExisting`; undefined
 * if there is nothing to undo, or the event that follows does so
 */
export async function undo(
  plan: Plan,
  changes: Changes,
  error: unknown,
  awaiting: Awaiting,
  { location, deadline }: Invocation,
): Promise<readonly string[] | undefined> {
  const undoer = undoneBy(plan, error);
  if (undoer === 'the next event' || undoer === 'nobody') {
    return undefined;
  }
  const { granted } = changes;
  if (undoer === 'its Delete' || granted.length === 0) {
    return granted;
  }
  const { imageId } = changes.goal;
  try {
    await mayUndo(plan, error, () => awaiting.confirmNow());
    await reconcile(new Changes({ imageId, grant: [], keep: [], revoke: granted }), {
      onExisting: 'ignore',
      deadline,
      confirm: async () => {
        await mayUndo(plan, error, () => awaiting.confirm());
        // Always settle: a duplicate delivery of the event may still be granting.
        return true;
      },
    });
    return [];
  } catch (failure) {
    log.warn('not undone', { imageId, accounts: granted, reason: reasonFor(failure, location, imageId) });
    return granted;
  }
}

/**
 * Another delivery may succeed meanwhile, which ends the undo. So does the Delete, which revokes the same accounts: they may
 * be shared again after it. Only the Delete of an adopting event revokes nothing.
 *
 * @throws NotAwaited
 */
async function mayUndo(plan: Plan, error: unknown, confirm: () => Promise<unknown>): Promise<void> {
  if (error instanceof NotAwaited) {
    return;
  }
  await confirm().catch((notAwaited) => {
    if (undoneBy(plan, notAwaited) !== 'itself') {
      throw notAwaited;
    }
  });
}
