import { asServiceError, type ServiceError } from '../api/service-errors';
import type { Failure } from '../event/failure';
import { log } from '../event/log';
import { until } from '../event/waiting';
import type { Item, Items } from './items';
import { LOOK_AGAIN, VISIBLE_WITHIN } from './timing';

/**
 * Makes an item, and returns its ID. Any refusal may hide that an earlier attempt or another delivery has made it.
 *
 * @param mark how its name ends
 * @throws Failure
 */
export async function make<T extends Item>(
  mark: string,
  items: Items<T>,
  call: () => Promise<string>,
  failure: (refusal: ServiceError) => Failure,
): Promise<string> {
  try {
    return await call();
  } catch (error) {
    const refusal = asServiceError(error);
    const made = await until(
      () => items.withMark(mark),
      (item) => item !== undefined,
      {
        within: refusal.code === 'ResourceAlreadyExistsException' ? VISIBLE_WITHIN : 0,
        every: () => LOOK_AGAIN,
        pause: items.pause,
      },
    );
    if (!made) {
      throw failure(refusal);
    }
    return found(made);
  }
}

/** Returns the ID of an item that exists already. */
export function found({ id, state }: Item): string {
  log.info('found', { id, state });
  return id;
}
