import type { Outcome } from '../event/response';
import { found, make } from '../named/make';
import { VISIBLE_WITHIN } from '../named/timing';
import type { Bundles } from './bundles';
import { notCreated, notShown } from './failures';
import type { Request } from './request';
import { hasImage, whenShown } from './shown';

/**
 * Carries out a Create: makes the bundle, unless there is one with the name of this request, and waits until it is AVAILABLE.
 *
 * @param sentAt when CloudFormation has sent the event
 * @param made called with the ID, which CloudFormation needs to delete the bundle if the Create fails later
 * @throws Failure
 */
export async function create(
  { bundle, mark }: Request & { type: 'Create' },
  bundles: Bundles,
  sentAt: number,
  made: (bundleId: string) => void,
): Promise<Outcome> {
  const existing = await bundles.withMark(mark);
  const bundleId = existing
    ? found(existing)
    : await make(
        mark,
        bundles,
        () => bundles.create(bundle, mark),
        (refusal) => notCreated(bundle, refusal, bundles.location),
      );
  made(bundleId);
  const { imageId } = bundle;
  const expected = { bundleId, imageId, sentAt, stays: 0, shownWithin: VISIBLE_WITHIN };
  const shown = await whenShown(expected, bundles);
  if (!hasImage(shown, imageId)) {
    throw notShown(bundleId, imageId, shown);
  }
  return { physicalId: bundleId };
}
