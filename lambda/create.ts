import type { CloudFormationCustomResourceCreateEvent } from 'aws-lambda';
import { converge, Work } from './converge';
import { AlreadyShared, reasonFor } from './failure';
import { log } from './log';
import type { Outcome, Surroundings } from './outcome';
import { Permissions } from './permissions';
import { nothingId, shareId, undoId } from './physical-id';
import { createGoal, restoreGoal } from './plan';
import { type Declaration, readDeclaration } from './properties';
import { putBack, wordsForPuttingBack } from './put-back';
import { deadlineForGranting, pause, TWIN_WATCH } from './timing';

/**
 * Grants what is declared. Without `adoptExisting` it is refused where an account has permission already.
 * Where it fails, the permissions are put back as they were found.
 *
 * @returns undefined where another delivery of the same event is at work, which will answer
 */
export async function create(
  event: CloudFormationCustomResourceCreateEvent,
  { deadline, where }: Surroundings,
): Promise<Outcome | undefined> {
  const logicalId = event.LogicalResourceId;
  const permissions = new Permissions(deadline);
  let share: Declaration | undefined;
  let found: ReadonlySet<string>;
  try {
    share = readDeclaration(event.ResourceProperties);
    found = (await permissions.read(share.imageId)).permitted;
    const existing = share.accountIds.filter((account) => found.has(account));
    if (existing.length > 0 && !share.adoptExisting) {
      if (await isBeingGranted(share, permissions, existing)) {
        return undefined;
      }
      throw new AlreadyShared(existing);
    }
    log('found', { imageId: share.imageId, adopted: existing });
  } catch (error) {
    // Nothing was called for yet.
    return {
      physicalId: nothingId(logicalId),
      failure: reasonFor(error, { ...where, imageId: share?.imageId }),
    };
  }

  const work = new Work();
  const granting = deadlineForGranting(deadline, share.adoptExisting);
  try {
    await converge(createGoal(share), permissions.until(granting), work, found);
    return { physicalId: shareId(share.imageId, logicalId), imageId: share.imageId };
  } catch (error) {
    const reason = reasonFor(error, { ...where, imageId: share.imageId });
    if (work.granted.size === 0) {
      return { physicalId: nothingId(logicalId), failure: `${reason} Nothing was changed.` };
    }
    const left = await putBack(restoreGoal(share, found), permissions, work, where);
    const leavesItToDelete = left !== undefined && !share.adoptExisting;
    return {
      physicalId: leavesItToDelete ? undoId(share.imageId, logicalId) : nothingId(logicalId),
      failure: `${reason} ${wordsForPuttingBack(left, leavesItToDelete ? 'The Delete that CloudFormation sends in the rollback' : undefined)}`,
    };
  } finally {
    granting.clear();
  }
}

/**
 * Watches accounts that have permission already: more of them, and another delivery of this event is
 * granting. Where none come, it may still have granted all of them a moment ago; the watch gives it the time
 * to answer first.
 */
async function isBeingGranted(
  share: Declaration,
  permissions: Permissions,
  existing: readonly string[],
): Promise<boolean> {
  const before = new Set(existing);
  const until = Date.now() + TWIN_WATCH;
  while (Date.now() < until) {
    await pause(TWIN_WATCH / 3);
    const { permitted } = await permissions.read(share.imageId);
    if (share.accountIds.some((account) => permitted.has(account) && !before.has(account))) {
      return true;
    }
  }
  return false;
}
