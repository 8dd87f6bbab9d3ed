import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceUpdateEvent } from 'aws-lambda';
import { nothingId, parsePhysicalId, shareId, undoId } from './physical-id';
import { type DeclaredShare, declaredShare, type FormerShare, formerShare } from './properties';

/** The permissions of one image after an event. Accounts in none of the lists are left alone. */
export interface Goal {
  readonly imageId: string;
  /** Added by the event: granted, regardless of what a read shows. */
  readonly grant: readonly string[];
  /** Unchanged by the event: granted if a read shows that permission is missing. */
  readonly keep: readonly string[];
  /** Removed by the event: revoked, regardless of what a read shows. */
  readonly revoke: readonly string[];
}

/** What to do about permissions that exist before the event grants them. */
export type Existing =
  /** Refuse the event. If it fails later, it revokes what it granted. */
  | 'refuse'
  /** Take them over. If the event fails or is superseded, it revokes what it granted, because no later event knows which. */
  | 'adopt'
  /** Take them for the share's own. What the event granted is revoked by the event that follows a failure. */
  | 'ignore';

export interface Plan {
  /** Reached one after the other. */
  readonly goals: readonly Goal[];
  readonly existing: Existing;
  /** The physical ID of a successful response. */
  readonly physicalId: string;
  /** The shared image, an attribute of the resource. */
  readonly imageId?: string;
  /** What the event leaves alone on purpose, for the log. */
  readonly notes: readonly string[];
}

/**
 * What an event asks for.
 *
 * @throws InvalidProperties
 */
export function planFor(event: CloudFormationCustomResourceEvent): Plan {
  switch (event.RequestType) {
    case 'Create':
      return planCreate(declaredShare(event.ResourceProperties), event.LogicalResourceId);
    case 'Update':
      return planUpdate(
        event,
        declaredShare(event.ResourceProperties),
        formerShare(event.OldResourceProperties),
      );
    case 'Delete':
      return planDelete(event.PhysicalResourceId, formerShare(event.ResourceProperties));
  }
}

/**
 * The physical ID of a failed response. CloudFormation takes over any ID that a failed Update responds with, so
 * that is always the ID of the event.
 */
export function failureId(event: CloudFormationCustomResourceEvent, imageIdLeftShared?: string): string {
  if (event.RequestType !== 'Create') {
    return event.PhysicalResourceId;
  }
  return imageIdLeftShared === undefined
    ? nothingId(event.LogicalResourceId)
    : undoId(imageIdLeftShared, event.LogicalResourceId);
}

function planCreate({ imageId, accountIds, adoptExisting }: DeclaredShare, logicalId: string): Plan {
  return {
    goals: [{ imageId, grant: accountIds, keep: [], revoke: [] }],
    existing: adoptExisting ? 'adopt' : 'refuse',
    physicalId: shareId(imageId, logicalId),
    imageId,
    notes: [],
  };
}

function planUpdate(
  event: CloudFormationCustomResourceUpdateEvent,
  share: DeclaredShare,
  former: FormerShare,
): Plan {
  const { PhysicalResourceId: physicalId, LogicalResourceId: logicalId } = event;
  const { imageId, accountIds } = share;
  const named = parsePhysicalId(physicalId).imageId;
  const formerImageId = former.imageId ?? named ?? imageId;

  if (formerImageId === imageId) {
    const goal = {
      imageId,
      grant: without(accountIds, former.accountIds),
      keep: accountIds.filter((account) => former.accountIds.includes(account)),
      revoke: without(former.accountIds, accountIds),
    };
    return { goals: [goal], existing: 'ignore', physicalId, imageId, notes: former.ignored };
  }

  const goal = { imageId, grant: accountIds, keep: [], revoke: [] };
  if (named === formerImageId) {
    // A replacement: the Delete in the cleanup, or the Update of a rollback, revokes one of the two images.
    const existing = share.adoptExisting ? 'adopt' : 'ignore';
    const replacementId = shareId(imageId, logicalId);
    return { goals: [goal], existing, physicalId: replacementId, imageId, notes: former.ignored };
  }
  // The rollback of a replacement that failed, or an ID from another release. No Delete will come for the former
  // image, because CloudFormation knows no physical ID that names it.
  const goals = former.adoptExisting ? [goal] : [goal, revokeAll(formerImageId, former)];
  const notes = [...former.ignored, ...adoptedNotes(formerImageId, former)];
  return { goals, existing: 'ignore', physicalId, imageId, notes };
}

function planDelete(physicalId: string, former: FormerShare): Plan {
  const held = parsePhysicalId(physicalId);
  const plan = { existing: 'ignore', physicalId, goals: [] as Goal[] } as const;
  if (held.kind === 'nothing') {
    return { ...plan, notes: ['The Create of this resource left nothing to revoke.'] };
  }
  if (held.kind === 'unknown' && former.adoptExisting) {
    // Nothing to revoke, but if the Create still runs, it needs time to revoke what it granted.
    const goals = former.imageId ? [revokeAll(former.imageId, { ...former, accountIds: [] })] : [];
    return { ...plan, goals, notes: [...former.ignored, ...adoptedNotes(former.imageId, former)] };
  }
  // The ID and the properties name different images if a replacement and its rollback both failed.
  const images = [...new Set([held.imageId, former.imageId])].filter((image) => image !== undefined);
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
