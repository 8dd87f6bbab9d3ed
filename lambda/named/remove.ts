import { IAM_PROPAGATION, isDenied, type ServiceError } from '../api/service-errors';
import { NotRead } from '../event/failure';
import { until } from '../event/waiting';
import type { Guard } from '../guard/guard';
import { originOf } from '../guard/origin';
import { SETTLE } from '../guard/timing';
import { foreign, kept, notDeleted, pending } from './failures';
import { type Item, type Items, isFinal } from './items';
import { hasMark } from './name';
import { DELETE_AGAIN_AFTER, DELETE_PATIENCE, LOOK_AGAIN, POLL, VISIBLE_WITHIN } from './timing';

/**
 * Deletes the item with an ID.
 *
 * @returns why nothing was deleted, if that is worth a note
 * @throws Failure
 */
export function removeKnown<T extends Item>(id: string, items: Items<T>): Promise<string | undefined> {
  const missing = `There was no ${items.words.noun} ${id} to delete.`;
  return removeItem({ find: () => items.withId(id), shownWithin: VISIBLE_WITHIN, missing }, items);
}

/**
 * Deletes what a Create left behind that was cancelled or never responded.
 *
 * @returns why nothing was deleted, if that is worth a note
 * @throws Failure
 */
export async function removeGenerated<T extends Item>(
  ownMark: string,
  items: Items<T>,
  guard: Guard,
): Promise<string | undefined> {
  try {
    return await removeLost(ownMark, [], SETTLE, items, guard);
  } catch (error) {
    if (!(error instanceof NotRead)) {
      throw error;
    }
    // The Create could not read either, most likely. A rollback that fails would lock the stack.
    return `${error.message} Delete the ${items.words.noun} whose name contains ${ownMark}, if there is one.`;
  }
}

/**
 * Deletes the items of events from which CloudFormation learned no ID.
 *
 * @param except the items that CloudFormation knows
 * @param shownWithin for how many milliseconds reads may not show such an item, because it is about to be made
 * @returns why they were not deleted, if that is worth a note
 * @throws Failure
 */
export async function removeLost<T extends Item>(
  ownMark: string,
  except: readonly string[],
  shownWithin: number,
  items: Items<T>,
  guard: Guard,
): Promise<string | undefined> {
  const find = async () => {
    const made = await items.named((name) => hasMark(name, ownMark));
    return made.filter(({ id }) => !except.includes(id));
  };
  const found = await until(find, ({ length }) => length > 0, {
    within: shownWithin,
    every: () => LOOK_AGAIN,
    pause: items.pause,
  });
  const notes: (string | undefined)[] = [];
  for (const { id, created } of found) {
    const whyKept = async () => {
      // At the end of the last delivery, an item that another event may be using is kept.
      const within = items.isRepeated ? Number.POSITIVE_INFINITY : items.timeLeft - POLL;
      return kept(items.words, id, await originOf(guard, { id, created }, items.pause, within));
    };
    const target = { find: () => items.withId(id), shownWithin: SETTLE, whyKept };
    // Only an item to delete is waited for.
    notes.push((await whyKept()) ?? (await removeItem(target, items)));
  }
  return notes.filter(Boolean).join(' ') || undefined;
}

/** An item to delete. */
interface Target<T> {
  find(): Promise<T | undefined>;
  /** For how many milliseconds reads may not show it although it exists, or is about to. */
  readonly shownWithin: number;
  /** What to report if there is none. */
  readonly missing?: string;
  /** Why it is kept, if it is. Empty if that is not worth a note. Called before each call that deletes it. */
  whyKept?(): Promise<string | undefined>;
}

/**
 * Deletes an item as soon as the service allows it, and waits until reads no longer show it.
 *
 * @returns why nothing was deleted, if that is worth a note
 * @throws Failure
 */
export async function removeItem<T extends Item>(
  target: Target<T>,
  items: Items<T>,
): Promise<string | undefined> {
  const { find, shownWithin, missing } = target;
  const item = await until(find, (shown) => !shown || !hasMark(shown.name) || isFinal(shown), {
    within: items.timeLeft - POLL,
    stays: (shown) => (shown ? 0 : shownWithin),
    every: (shown) => (shown ? POLL : LOOK_AGAIN),
    pause: items.pause,
  });
  if (!item) {
    return missing;
  }
  if (!hasMark(item.name)) {
    return foreign(items.words, item.id);
  }
  if (!isFinal(item)) {
    throw pending(items.words, item, items.location, items.isRepeated);
  }
  return deleteItem(item, target, items);
}

/** Repeats the deletion while the service refuses it, or does not carry it out. */
async function deleteItem<T extends Item>(
  item: T,
  { find, whyKept }: Target<T>,
  items: Items<T>,
): Promise<string | undefined> {
  const startedAt = Date.now();
  let shown: T | undefined = item;
  let reason: string | undefined;
  let refusal: ServiceError | undefined;
  let acceptedAt = Number.NEGATIVE_INFINITY;
  const deleteAndFind = async () => {
    if (shown && Date.now() - acceptedAt >= VISIBLE_WITHIN) {
      reason = await whyKept?.();
      if (reason !== undefined) {
        return undefined;
      }
      refusal = await items.delete(item.id);
      acceptedAt = refusal ? acceptedAt : Date.now();
    }
    shown = await find();
    return shown;
  };
  // A denial can also mean that another delivery has deleted the item.
  const patience = () => (refusal && isDenied(refusal) ? IAM_PROPAGATION : DELETE_PATIENCE);
  const left = await until(deleteAndFind, (it) => !it || Date.now() - startedAt >= patience(), {
    within: items.timeLeft - DELETE_AGAIN_AFTER,
    // Reads that lag behind may not show an item that the service refuses to delete.
    stays: (it) => (!it && refusal ? SETTLE : 0),
    every: (it) => (it && refusal ? DELETE_AGAIN_AFTER : LOOK_AGAIN),
    pause: items.pause,
  });
  if (left) {
    throw notDeleted(items.words, item.id, items.location, refusal);
  }
  return reason;
}
