import { shareId } from './physical-id';
import type { DeclaredShare, FormerShare, Request } from './request';

/** The permissions of one image after an event. Accounts in none of the lists are left alone. */
export interface Goal {
  readonly imageId: string;
  /** Added by the event. */
  readonly grant: readonly string[];
  /** Unchanged by the event: granted if a read shows that permission is missing. */
  readonly keep: readonly string[];
  /** Removed by the event. */
  readonly revoke: readonly string[];
}

/** What to do about permissions that exist before the event grants them. */
export type OnExisting =
  /** Refuse the event. If it fails later, it revokes what it granted. */
  | 'refuse'
  /** Take them over. If the event fails or is superseded, it revokes what it granted, because no later event knows which. */
  | 'adopt'
  /** Treat them as the share's own. The event that follows a failure revokes what this event granted. */
  | 'ignore';

export interface Plan {
  /** Reached one after the other. */
  readonly goals: readonly Goal[];
  /** Whether the failure of a goal ends the event. */
  readonly stopsAtFailure: boolean;
  readonly onExisting: OnExisting;
  /** The physical ID of a successful response. */
  readonly physicalId: string;
  /** The shared image, an attribute of the resource. */
  readonly imageId?: string;
  /** What the event deliberately leaves unchanged, for the log. */
  readonly notes: readonly string[];
}

/** Plans the changes for an event. */
export function planFor(request: Request): Plan {
  switch (request.type) {
    case 'Create':
      return planCreate(request.share, request.logicalId);
    case 'Update':
      return planUpdate(request);
    case 'Delete':
      return planDelete(request);
  }
}

function planCreate({ imageId, accountIds, adoptExisting }: DeclaredShare, logicalId: string): Plan {
  return {
    goals: [{ imageId, grant: accountIds, keep: [], revoke: [] }],
    stopsAtFailure: true,
    onExisting: adoptExisting ? 'adopt' : 'refuse',
    physicalId: shareId(imageId, logicalId),
    imageId,
    notes: [],
  };
}

function planUpdate({ share, former, physicalId, parsedId, logicalId }: Request & { type: 'Update' }): Plan {
  const { imageId, accountIds } = share;
  const formerImageId = former.imageId ?? parsedId.imageId ?? imageId;
  const plan = { stopsAtFailure: true, onExisting: 'ignore', physicalId, imageId } as const;

  if (formerImageId === imageId) {
    const goal = {
      imageId,
      grant: without(accountIds, former.accountIds),
      keep: accountIds.filter((account) => former.accountIds.includes(account)),
      revoke: without(former.accountIds, accountIds),
    };
    return { ...plan, goals: [goal], notes: former.ignored };
  }

  const goal = { imageId, grant: accountIds, keep: [], revoke: [] };
  if (parsedId.imageId === formerImageId) {
    // A replacement: the Delete in the cleanup, or the Update of a rollback, revokes the permissions of one of the two images.
    return {
      ...plan,
      goals: [goal],
      onExisting: share.adoptExisting ? 'adopt' : 'ignore',
      physicalId: shareId(imageId, logicalId),
      notes: former.ignored,
    };
  }
  // No Delete will come for the former image, because CloudFormation knows no physical ID that contains it.
  return {
    ...plan,
    goals: former.adoptExisting ? [goal] : [goal, revokeAll(formerImageId, former)],
    // The rollback of a replacement that failed revokes in any case. An ID from another release means an update in place,
    // which must not revoke the permissions of the former image before those of the new one are granted.
    stopsAtFailure: parsedId.imageId !== imageId,
    notes: [...former.ignored, ...adoptedNotes(formerImageId, former)],
  };
}

function planDelete({ physicalId, parsedId, former }: Request & { type: 'Delete' }): Plan {
  const plan = { stopsAtFailure: false, onExisting: 'ignore', physicalId } as const;
  if (parsedId.kind === 'nothing') {
    return { ...plan, goals: [], notes: ['The Create of this resource left nothing to revoke.'] };
  }
  if (parsedId.kind === 'unknown' && former.adoptExisting) {
    // Nothing to revoke, but if the Create still runs, it needs time to revoke what it granted.
    const goals = former.imageId ? [revokeAll(former.imageId, { ...former, accountIds: [] })] : [];
    return { ...plan, goals, notes: [...former.ignored, ...adoptedNotes(former.imageId, former)] };
  }
  // The ID and the properties name different images if a replacement and its rollback both failed.
  const images = [...new Set([parsedId.imageId, former.imageId])].filter((image) => image !== undefined);
  const goals = former.accountIds.length > 0 ? images.map((image) => revokeAll(image, former)) : [];
  return { ...plan, goals, notes: former.ignored };
}

function revokeAll(imageId: string, { accountIds }: FormerShare): Goal {
  return { imageId, grant: [], keep: [], revoke: accountIds };
}

function adoptedNotes(imageId: string | undefined, former: FormerShare): string[] {
  return former.adoptExisting
    ? [
        `Nothing is revoked on ${imageId ?? 'the image'}: with adoptExisting, only the event that granted knows which permissions existed before. These accounts may still have permission: ${former.accountIds.join(', ')}.`,
      ]
    : [];
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const excluded = new Set(others);
  return list.filter((entry) => !excluded.has(entry));
}
