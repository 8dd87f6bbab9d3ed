import { isGone, ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { backoff } from '../event/waiting';
import { SETTLE } from '../guard/timing';
import type { Changes } from './changes';
import { alreadyShared, callsRefused, notRead, notVisible } from './failures';
import type { OnExisting } from './plan';
import { Service } from './service';
import {
  CONCURRENT_CALLS,
  DUPLICATE_CREATE_WATCH,
  GROWING_CREATE_WATCH,
  REFUSAL_RECHECK,
  SETTLE_PAUSE,
  UNCHANGED_RECHECK,
  VISIBLE_WITHIN,
} from './timing';

/**
 * Whether reads must show the goal for a while before it counts as reached, because another invocation may still be
 * writing. `unless unchanged`: unless the permissions remain as they were before the event.
 */
export type Settle = boolean | 'unless unchanged';

export interface Circumstances {
  readonly onExisting: OnExisting;
  readonly location: Location;
  /** When to give up. */
  readonly deadline: number;
  /** Throws if CloudFormation is not waiting for the response. Otherwise returns whether to settle. */
  readonly confirm: () => Promise<Settle>;
}

/**
 * Makes the changes, and waits until reads show all of them.
 *
 * @returns the other accounts with permission
 */
export async function reconcile(changes: Changes, circumstances: Circumstances): Promise<readonly string[]> {
  const { location, deadline, confirm } = circumstances;
  const { imageId } = changes.goal;
  const service = new Service(imageId, location, deadline, confirm);
  let permitted: ReadonlySet<string> = new Set();
  try {
    const settles = await inspect(changes, service, circumstances);
    permitted = await complete(changes, service, settles, location);
  } catch (error) {
    // Only a read shows that the image is gone: a call may respond the same if there is no permission to revoke.
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    if (!(isGone(error) && changes.revokesOnly)) {
      throw notRead(imageId, error, location);
    }
  }
  await confirm();
  return changes.othersIn(permitted);
}

/**
 * Reads the permissions before the first call, unless an event with a few changes need not know them.
 *
 * @returns whether to settle
 */
async function inspect(
  changes: Changes,
  service: Service,
  { onExisting, confirm }: Circumstances,
): Promise<boolean> {
  // Runs concurrently with the first read.
  const confirmed = confirm();
  confirmed.catch(() => undefined);
  const needsRead = onExisting !== 'ignore' || changes.due.length > CONCURRENT_CALLS;
  let permitted = needsRead ? await service.read() : undefined;
  let settle = await confirmed;
  if (onExisting === 'refuse') {
    permitted = await untilNoneExists(changes, service, permitted, settle !== false);
  } else if (settle === 'unless unchanged') {
    const first = permitted ?? (await service.read());
    permitted = isUnchanged(changes, first) ? await readLater(service, UNCHANGED_RECHECK) : first;
    settle = !isUnchanged(changes, permitted);
  }
  if (permitted) {
    changes.startFrom(permitted, Date.now());
  }
  return settle !== false;
}

/**
 * Waits while accounts to grant have permission: another caller has granted it, or a duplicate delivery is doing so.
 *
 * @throws Failure if they keep it
 */
async function untilNoneExists(
  { goal }: Changes,
  service: Service,
  first: ReadonlySet<string> | undefined,
  settles: boolean,
): Promise<ReadonlySet<string>> {
  let permitted = first ?? (await service.read());
  let most = 0;
  let until = Date.now() + DUPLICATE_CREATE_WATCH + (settles ? SETTLE : 0);
  for (;;) {
    const accounts = goal.grant.filter((account) => permitted.has(account));
    if (accounts.length === 0) {
      return permitted;
    }
    if (most > 0 && accounts.length > most) {
      until = Date.now() + GROWING_CREATE_WATCH;
    }
    if (Date.now() >= until) {
      throw alreadyShared(goal.imageId, accounts);
    }
    most = Math.max(most, accounts.length);
    permitted = await readLater(service, 2_000);
  }
}

function isUnchanged({ goal }: Changes, permitted: ReadonlySet<string>): boolean {
  return (
    goal.grant.every((account) => !permitted.has(account)) &&
    [...goal.keep, ...goal.revoke].every((account) => permitted.has(account))
  );
}

async function readLater(service: Service, milliseconds: number): Promise<ReadonlySet<string>> {
  await service.pause(milliseconds);
  return service.read();
}

/** @returns the permissions as the last read shows them */
async function complete(
  changes: Changes,
  service: Service,
  settles: boolean,
  location: Location,
): Promise<ReadonlySet<string>> {
  const { imageId } = changes.goal;
  let wrongSince: number | undefined;
  for (let reads = 0; ; reads++) {
    while (hasCalls()) {
      await service.call(changes.next);
      reads = 0;
    }
    const permitted = await service.read();
    const now = Date.now();
    const wrong = changes.compare(permitted, now);
    if (wrong.length === 0) {
      wrongSince = undefined;
      if (changes.areConfirmed(now, settleFrom())) {
        return permitted;
      }
      await service.pause(SETTLE_PAUSE);
    } else if (!hasCalls()) {
      wrongSince ??= now;
      const refusedAt = Math.max(...changes.refused.map(({ calledAt = now }) => calledAt));
      if (now - refusedAt >= REFUSAL_RECHECK && changes.refused.length > 0) {
        throw callsRefused(imageId, changes.refused, location);
      }
      if (now - wrongSince >= VISIBLE_WITHIN) {
        throw notVisible(imageId, wrong);
      }
      await service.pause(backoff(reads, 100));
    }
  }

  /** A rollback, a Delete and an undo do not stop at a refusal. */
  function hasCalls(): boolean {
    const stops = changes.refused.length > 0 && settleFrom() === undefined && !changes.revokesOnly;
    return !stops && changes.due.length > 0;
  }

  /** A call without a response may be carried out later, so its change must be shown for a while, too. */
  function settleFrom(): number | undefined {
    return service.unansweredAt ?? (settles ? 0 : undefined);
  }
}
