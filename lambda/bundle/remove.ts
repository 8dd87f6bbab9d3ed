import { isBundleId } from '../../lib/workspaces/validation';
import type { Outcome } from '../event/response';
import type { Guard } from '../guard/guard';
import { SETTLE } from '../guard/timing';
import { kindOf } from '../named/physical-id';
import { removeGenerated, removeItem, removeKnown } from '../named/remove';
import type { Bundles } from './bundles';
import type { Request } from './request';

/**
 * Carries out a Delete. An ID deletes the bundle that it names, and that of a request the bundle that the request has made.
 * For an ID that CloudFormation has generated, only what is lost is deleted, and CloudFormation says what is.
 *
 * @throws Failure
 */
export async function remove(
  { physicalId, ownMark, unknownMark }: Request & { type: 'Delete' },
  bundles: Bundles,
  guard: Guard,
): Promise<Outcome> {
  switch (kindOf(physicalId, isBundleId)) {
    case 'known':
      return { physicalId, note: await removeKnown(physicalId, bundles) };
    case 'nothing':
      return { physicalId };
    case 'unknown': {
      const find = () => bundles.withMark(unknownMark);
      return { physicalId, note: await removeItem({ find, shownWithin: SETTLE }, bundles) };
    }
    case 'generated':
      return { physicalId, note: await removeGenerated(ownMark, bundles, guard) };
  }
}
