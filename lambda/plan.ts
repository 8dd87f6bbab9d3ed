import { parsePhysicalId, shareId } from './physical-id';
import type { Declaration, FormerDeclaration } from './properties';

/** What must be true of one image before an event is answered. */
export interface Goal {
  readonly imageId: string;
  /** Accounts that must have permission. */
  readonly wanted: readonly string[];
  /** Accounts that must not have permission. All others are left alone. */
  readonly released: readonly string[];
  /**
   * How to meet another invocation that undoes this one's work.
   * - `create`, for an image that was not shared so far, yields to whatever takes an account away: only a clean-up
   *   of this very event would. Where it fails, what it did is put back.
   * - `update` yields where its own changes are undone, and does over what is undone of before.
   * - `insist` does over whatever is undone.
   */
  readonly stance: 'create' | 'update' | 'insist';
  /** Whether another invocation may be at work on the same accounts at this moment. */
  readonly contended: boolean;
}

export interface Calls {
  readonly grant: readonly string[];
  readonly revoke: readonly string[];
}

/** The difference between what must be and what is. */
export function callsFor(goal: Goal, permitted: ReadonlySet<string>): Calls {
  return {
    grant: goal.wanted.filter((account) => !permitted.has(account)),
    revoke: goal.released.filter((account) => permitted.has(account)),
  };
}

export function createGoal(share: Declaration): Goal {
  return {
    imageId: share.imageId,
    wanted: share.accountIds,
    released: [],
    stance: 'create',
    contended: false,
  };
}

/**
 * What a failed Create leaves behind it: none of its accounts but those it found. It asks for all of them
 * and not just for those it granted, because a second delivery of the same event may be granting beside it.
 */
export function restoreGoal(share: Declaration, found: ReadonlySet<string>): Goal {
  const own = share.accountIds.filter((account) => !found.has(account));
  return { imageId: share.imageId, wanted: [], released: own, stance: 'insist', contended: true };
}

export interface Plan {
  readonly physicalId: string;
  /** In the order in which they are to be reached. */
  readonly goals: readonly Goal[];
  /** What is deliberately not done, in words, for the log. */
  readonly left: readonly string[];
}

export function planUpdate(
  event: { readonly physicalId: string; readonly logicalId: string },
  share: Declaration,
  former: FormerDeclaration,
): Plan {
  const held = parsePhysicalId(event.physicalId);
  const formerImage = former.imageId ?? held.imageId ?? share.imageId;

  if (formerImage === share.imageId) {
    const released = without(former.accountIds, share.accountIds);
    const added = without(share.accountIds, former.accountIds);
    const goal: Goal = {
      imageId: share.imageId,
      wanted: share.accountIds,
      released,
      stance: 'update',
      // A rollback's Update may arrive beside the Update it takes back.
      contended: released.length + added.length > 0,
    };
    return { physicalId: event.physicalId, goals: [goal], left: [] };
  }

  // A rollback's Update that goes back to the id CloudFormation still holds: the replacement never answered
  // well, so no Delete will come for the image it went to. That image is cleaned here.
  const goesBack = held.imageId === share.imageId;
  const wanted: Goal = {
    imageId: share.imageId,
    wanted: share.accountIds,
    released: [],
    stance: 'create',
    contended: false,
  };
  if (!goesBack) {
    return { physicalId: shareId(share.imageId, event.logicalId), goals: [wanted], left: [] };
  }
  if (former.adoptExisting) {
    return { physicalId: event.physicalId, goals: [wanted], left: leftAlone(formerImage, former) };
  }
  const cleaned: Goal = {
    imageId: formerImage,
    wanted: [],
    released: former.accountIds,
    stance: 'insist',
    contended: true,
  };
  return { physicalId: event.physicalId, goals: [wanted, cleaned], left: [] };
}

/**
 * @param recent whether the resource was created or updated a moment ago: another delivery of that event may still
 * be on its way
 */
export function planDelete(physicalId: string, former: FormerDeclaration, recent: boolean): Plan {
  const held = parsePhysicalId(physicalId);
  if (held.kind === 'nothing') {
    return { physicalId, goals: [], left: [] };
  }
  if (held.kind === 'unknown' && former.adoptExisting) {
    return { physicalId, goals: [], left: leftAlone(former.imageId, former) };
  }
  // Id and properties name two images where a replacement and its rollback both failed: both were shared.
  const images = new Set([held.imageId, former.imageId].filter((image) => image !== undefined));
  const goals = former.accountIds.length === 0 ? [] : [...images];
  return {
    physicalId,
    left: [],
    goals: goals.map((imageId) => ({
      imageId,
      wanted: [],
      released: former.accountIds,
      stance: 'insist',
      contended: recent || held.kind !== 'share',
    })),
  };
}

function leftAlone(imageId: string | undefined, former: FormerDeclaration): string[] {
  return [
    `Nothing is revoked on ${imageId ?? 'the image'}, because adoptExisting was set and it is not known what was found and what was granted. These accounts may still have permission: ${former.accountIds.join(', ')}.`,
  ];
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const excluded = new Set(others);
  return list.filter((entry) => !excluded.has(entry));
}

/** A plan for the log: the accounts follow, a line for each call. */
export function outlineOf(plan: Plan): object {
  return {
    physicalId: plan.physicalId,
    left: plan.left,
    goals: plan.goals.map(({ imageId, wanted, released, contended }) => ({
      imageId,
      wanted: wanted.length,
      released: released.length,
      contended,
    })),
  };
}
