import { NotRead } from '../event/failure';
import type { Outcome } from '../event/response';
import type { Guard } from '../guard/guard';
import { isRollingBack } from '../guard/origin';
import { SETTLE } from '../guard/timing';
import { VISIBLE_WITHIN } from '../named/timing';
import type { Bundle, Bundles } from './bundles';
import { gone, notShown, notUpdated, otherHardware } from './failures';
import type { Hardware, Request } from './request';
import { hasImage, whenShown } from './shown';

/** How often an Update changes the image, if reads do not show that it did. */
const CALLS = 3;

/**
 * Carries out an Update: changes the image of the bundle, which keeps its ID.
 *
 * The former properties and a read are hints: with rollback disabled, the properties can be those of an Update that failed, and
 * a read can lag behind. So the image is changed unless both have it, and other hardware is refused only if neither has it.
 *
 * @param isFirst whether this is certainly no delivery that Lambda repeats
 * @throws Failure
 */
export async function update(
  { bundleId, bundle, formerImageId, formerHardware }: Request & { type: 'Update' },
  bundles: Bundles,
  guard: Guard,
  isFirst: boolean,
): Promise<Outcome> {
  const { imageId, hardware } = bundle;
  const isFormerHardware = meets(formerHardware, hardware);
  const outcome = { physicalId: bundleId };
  const stays = isFirst ? 0 : SETTLE;
  const expected = { bundleId, imageId, sentAt: guard.sentAt, stays, shownWithin: 0 };
  let shown: Bundle | undefined;
  try {
    shown = await whenShown(expected, bundles);
  } catch (error) {
    if (error instanceof NotRead && formerImageId === imageId && isFormerHardware) {
      return { ...outcome, note: error.message };
    }
    throw error;
  }
  if (!shown) {
    throw gone(bundleId);
  }
  const isOther = !isFormerHardware && !meets(shown.hardware, hardware);
  if (isOther && !(await isRollingBack(guard, bundles.pause))) {
    throw otherHardware(shown);
  }
  // If Lambda repeats the event, it may have been carried out, and what reads show is settled.
  const isShown = hasImage(shown, imageId) && (formerImageId === imageId || !isFirst);
  if (!isShown) {
    await changeImage(bundleId, imageId, bundles, guard);
  }
  return outcome;
}

/** Also called if a read shows the image: the call of an Update that was cancelled may still be carried out. */
async function changeImage(bundleId: string, imageId: string, bundles: Bundles, guard: Guard): Promise<void> {
  const verdict = await guard.confirm();
  const settle = verdict?.unsettled === false ? 0 : SETTLE;
  for (let calls = 1; ; calls++) {
    const refusal = await bundles.update(bundleId, imageId);
    // A refused call is right if the bundle has the image already, as in the rollback of a refused Update.
    const [stays, shownWithin] = refusal ? [SETTLE, 0] : [settle, VISIBLE_WITHIN];
    const expected = { bundleId, imageId, sentAt: guard.sentAt, stays, shownWithin };
    const shown = await whenShown(expected, bundles);
    if (hasImage(shown, imageId)) {
      return;
    }
    const isLast = calls === CALLS || shown?.state === 'ERROR';
    // A call is also refused while the bundle is PENDING, which reads that lag behind do not show.
    if (refusal && (isLast || refusal.code !== 'ResourceUnavailableException')) {
      throw notUpdated(bundleId, imageId, refusal, bundles.location);
    }
    if (isLast) {
      throw notShown(bundleId, imageId, shown);
    }
  }
}

/** Whether hardware is as declared. A declaration without a root volume accepts any. */
function meets({ computeType, userVolume, rootVolume }: Hardware, declared: Hardware): boolean {
  return (
    computeType === declared.computeType &&
    userVolume === declared.userVolume &&
    (declared.rootVolume === undefined || rootVolume === declared.rootVolume)
  );
}
