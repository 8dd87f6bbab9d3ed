import { isImageId } from '../../lib/workspaces/validation';
import { isDefinite, NotRead } from '../event/failure';
import type { Outcome } from '../event/response';
import type { Guard } from '../guard/guard';
import { SETTLE } from '../guard/timing';
import { hasSameParts } from '../named/name';
import { removeLost } from '../named/remove';
import { create, outcomeWith } from './create';
import type { Images } from './images';
import type { DeclaredCopy, Request } from './request';

/**
 * Carries out an Update: makes another copy if the source has changed. CloudFormation deletes the former one in the cleanup,
 * because the response has another ID.
 *
 * @throws Failure
 */
export async function update(
  { physicalId, copy, formerMark, ownMark }: Request & { type: 'Update' },
  images: Images,
  guard: Guard,
): Promise<Outcome> {
  if (
    formerMark === copy.mark &&
    isImageId(physicalId) &&
    !(await isOfOtherSource(physicalId, copy, images))
  ) {
    return outcomeWith(physicalId);
  }
  const outcome = await create(copy, images);
  if (formerMark === undefined || formerMark === copy.mark) {
    return outcome;
  }
  try {
    const former = await images.withMark(formerMark);
    // The copy of an Update that was cancelled or killed before CloudFormation learned its ID: in the rollback, no Delete will
    // come for it. In any other Update, CloudFormation knows the former copy by the ID in the event.
    const isKnown = former?.id === physicalId;
    const kept = [physicalId, outcome.physicalId];
    return isKnown ? outcome : { ...outcome, note: await removeLost(ownMark, kept, SETTLE, images, guard) };
  } catch (error) {
    if (!isDefinite(error)) {
      throw error;
    }
    // A rollback must not fail because something is left behind.
    return { ...outcome, note: error.message };
  }
}

/** With rollback disabled, the former properties can be those of an Update that failed. Without a read, they are believed. */
async function isOfOtherSource(imageId: string, { mark }: DeclaredCopy, images: Images): Promise<boolean> {
  const image = await images.withId(imageId).catch((error) => {
    if (!(error instanceof NotRead)) {
      throw error;
    }
    return undefined;
  });
  return image?.name !== undefined && !hasSameParts(image.name, mark);
}
