import { NotRead } from '../event/failure';
import type { Outcome } from '../event/response';
import { until } from '../event/waiting';
import type { Guard } from '../guard/guard';
import { isRollingBack } from '../guard/origin';
import { SETTLE } from '../guard/timing';
import { LOOK_AGAIN, VISIBLE_WITHIN } from '../named/timing';
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
 * @throws Failure
 */
export async function update(
  { bundleId, bundle, formerImageId, formerHardware }: Request & { type: 'Update' },
  bundles: Bundles,
  guard: Guard,
): Promise<Outcome> {
  const { imageId, hardware } = bundle;
  const isFormerHardware = meets(formerHardware, hardware);
  const outcome = { physicalId: bundleId };
  let shown: Bundle;
  try {
    shown = await existing(bundleId, bundles);
  } catch (error) {
    if (error instanceof NotRead && formerImageId === imageId && isFormerHardware) {
      return { ...outcome, note: error.message };
    }
    throw error;
  }
  const isOther = !isFormerHardware && !meets(shown.hardware, hardware);
  if (isOther && !(await isRollingBack(guard, bundles.pause))) {
    throw otherHardware(shown);
  }
  if (formerImageId !== imageId || !hasImage(shown, imageId)) {
    await changeImage(bundleId, imageId, bundles, guard);
  }
  return outcome;
}

async function existing(bundleId: string, bundles: Bundles): Promise<Bundle> {
  const bundle = await until(
    () => bundles.withId(bundleId),
    (shown) => shown !== undefined,
    { within: VISIBLE_WITHIN, every: () => LOOK_AGAIN, pause: bundles.pause },
  );
  if (!bundle) {
    throw gone(bundleId);
  }
  return bundle;
}

/** Also called if a read shows the image: the call of an Update that was cancelled may still be carried out. */
async function changeImage(bundleId: string, imageId: string, bundles: Bundles, guard: Guard): Promise<void> {
  const verdict = await guard.confirm();
  const stays = verdict?.unsettled === false ? 0 : SETTLE;
  const expected = { bundleId, imageId, sentAt: guard.sentAt };
  for (let calls = 1; ; calls++) {
    const refusal = await bundles.update(bundleId, imageId);
    // A refused call is right if the bundle has the image already, as in the rollback of a refused Update.
    const waiting = refusal ? { stays: SETTLE, shownWithin: 0 } : { stays };
    const shown = await whenShown({ ...expected, ...waiting }, bundles);
    if (hasImage(shown, imageId)) {
      return;
    }
    if (refusal) {
      throw notUpdated(bundleId, imageId, refusal, bundles.location);
    }
    if (calls === CALLS || shown?.state === 'ERROR') {
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
