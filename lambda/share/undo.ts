import type { Delivery } from '../event/delivery';
import { NotCurrent, reasonFor } from '../event/failure';
import { log } from '../event/log';
import type { Guard } from '../guard/guard';
import { Changes } from './changes';
import type { Plan } from './plan';
import { reconcile } from './reconcile';

/**
 * Revokes what a failed event granted, unless CloudFormation has sent the next event, which may grant it again.
 *
 * @returns the accounts that keep their permission until the Delete of the resource, or for good with `adoptExisting`; undefined
 * if the event that follows revokes it in any case, or another delivery of the event has succeeded
 */
export async function undo(
  { onExisting }: Plan,
  { goal: { imageId }, granted }: Changes,
  error: Error,
  { location, deadline }: Delivery,
  guard: Guard,
): Promise<readonly string[] | undefined> {
  const isSuperseded = error instanceof NotCurrent;
  if (onExisting === 'ignore' || (isSuperseded && error.isDone)) {
    return undefined;
  }
  if (isSuperseded || granted.length === 0) {
    return granted;
  }
  try {
    await guard.confirmNow();
    await reconcile(new Changes({ imageId, grant: [], keep: [], revoke: granted }), {
      onExisting: 'ignore',
      location,
      deadline,
      confirm: async () => {
        await guard.confirm();
        // Always settle: a duplicate delivery of the event may still be granting.
        return true;
      },
    });
    return [];
  } catch (failure) {
    log.warn('not undone', { imageId, accounts: granted, reason: reasonFor(failure) });
    return granted;
  }
}
