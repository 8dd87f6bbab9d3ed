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
  /** Take them over. If the event fails, it revokes what it granted, because no later event knows which. */
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
  /** Whether the event deletes a Create that failed, was cancelled or never responded, and may have left permissions behind. */
  readonly deletesFailedCreate?: boolean;
  /** Whether it is not known what that Create did. */
  readonly deletesUnknown?: boolean;
  /** What the event deliberately leaves unchanged, for the log. */
  readonly note?: string;
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
    goals: [grantAll(imageId, accountIds)],
    stopsAtFailure: true,
    onExisting: adoptExisting ? 'adopt' : 'refuse',
    physicalId: shareId(imageId, logicalId),
    imageId,
  };
}

function planUpdate(request: Request & { type: 'Update' }): Plan {
  const { share, former, physicalId, parsedId, logicalId } = request;
  const { imageId, accountIds } = share;
  if (parsedId.kind === 'nothing') {
    // With rollback disabled, an Update can follow a Create that failed.
    return planCreate(share, logicalId);
  }
  const formerImageId = former.imageId ?? parsedId.imageId ?? imageId;
  const plan = { stopsAtFailure: true, onExisting: 'ignore', physicalId, imageId } as const;
  const isReplacement = parsedId.imageId === formerImageId;

  if (formerImageId === imageId) {
    const goal = {
      imageId,
      grant: without(accountIds, former.accountIds),
      keep: accountIds.filter((account) => former.accountIds.includes(account)),
      revoke: without(former.accountIds, accountIds),
    };
    return { ...plan, goals: [goal] };
  }
  if (isReplacement) {
    // The Delete in the cleanup, or the Update of a rollback, revokes the permissions of one of the two images.
    return {
      ...plan,
      goals: [grantAll(imageId, accountIds)],
      onExisting: share.adoptExisting ? 'adopt' : 'ignore',
      physicalId: shareId(imageId, logicalId),
    };
  }
  // The rollback of a replacement that failed. No Delete will come for its image, because CloudFormation knows no physical ID
  // that contains it. Its permissions are revoked even if those of the former image cannot be restored.
  const goal = grantAll(imageId, accountIds);
  return {
    ...plan,
    goals: former.adoptExisting ? [goal] : [goal, revokeAll(formerImageId, former)],
    stopsAtFailure: false,
    note: adoptedNote(formerImageId, former),
  };
}

function planDelete({ physicalId, parsedId, former }: Request & { type: 'Delete' }): Plan {
  const plan = { goals: [], stopsAtFailure: false, onExisting: 'ignore', physicalId } as const;
  const deletesUnknown = parsedId.kind === 'unknown';
  if (parsedId.kind === 'nothing') {
    return { ...plan, note: 'The Create of this resource left nothing to revoke.' };
  }
  if (deletesUnknown && former.adoptExisting) {
    return { ...plan, note: adoptedNote(former.imageId, former) };
  }
  // The ID and the properties name different images if a replacement and its rollback both failed.
  const images = [...new Set([parsedId.imageId, former.imageId])].filter((image) => image !== undefined);
  const goals = former.accountIds.length > 0 ? images.map((image) => revokeAll(image, former)) : [];
  return { ...plan, goals, deletesFailedCreate: deletesUnknown || parsedId.kind === 'undo', deletesUnknown };
}

function grantAll(imageId: string, accountIds: readonly string[]): Goal {
  return { imageId, grant: accountIds, keep: [], revoke: [] };
}

function revokeAll(imageId: string, { accountIds }: FormerShare): Goal {
  return { imageId, grant: [], keep: [], revoke: accountIds };
}

function adoptedNote(imageId: string | undefined, former: FormerShare): string | undefined {
  return former.adoptExisting
    ? `Nothing is revoked on ${imageId ?? 'the image'}: with adoptExisting, only the event that granted knows which permissions existed before. These accounts may still have permission: ${former.accountIds.join(', ')}.`
    : undefined;
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const excluded = new Set(others);
  return list.filter((entry) => !excluded.has(entry));
}
