import { isImageId } from '../../lib/workspaces/validation';
import type { Outcome } from '../event/response';
import type { Guard } from '../guard/guard';
import { SETTLE } from '../guard/timing';
import { kindOf } from '../named/physical-id';
import { removeGenerated, removeKnown, removeLost } from '../named/remove';
import type { Images } from './images';
import type { Request } from './request';

/**
 * Carries out a Delete. An ID deletes the image that it names. A name deletes only what is lost, and CloudFormation says what is.
 *
 * @throws Failure
 */
export async function remove(
  { physicalId, ownMark }: Request & { type: 'Delete' },
  images: Images,
  guard: Guard,
): Promise<Outcome> {
  switch (kindOf(physicalId, isImageId)) {
    case 'known': {
      const note = await removeKnown(physicalId, images);
      // With rollback disabled, an Update that failed can have left a copy behind. Only CloudFormation knows.
      const verdict = await guard.confirm();
      const shownWithin = verdict?.unsettled ? SETTLE : 0;
      const lost = verdict && (await removeLost(ownMark, [physicalId], shownWithin, images, guard));
      return { physicalId, note: [note, lost].filter(Boolean).join(' ') || undefined };
    }
    case 'nothing':
      return { physicalId };
    case 'unknown':
      return { physicalId, note: await removeLost(ownMark, [], SETTLE, images, guard) };
    case 'generated':
      return { physicalId, note: await removeGenerated(ownMark, images, guard) };
  }
}
