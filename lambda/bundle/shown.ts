import { log } from '../event/log';
import { until } from '../event/waiting';
import { SETTLE } from '../guard/timing';
import { isFinal } from '../named/items';
import { LOOK_AGAIN, POLL, VISIBLE_WITHIN } from '../named/timing';
import type { Bundle, Bundles } from './bundles';
import { stillPending } from './failures';

/** What reads must show. Durations are in milliseconds. */
interface Expected {
  readonly bundleId: string;
  readonly imageId: string;
  /** When CloudFormation has sent the event. */
  readonly sentAt: number;
  /** For how long they must show the image. */
  readonly stays: number;
  /** For how long they may show another image, or the state ERROR. */
  readonly shownWithin: number;
}

/**
 * Waits while a bundle is PENDING, and until it is AVAILABLE with an image.
 *
 * @returns the bundle as it is shown. Without the image, another invocation has changed it, or a call was not carried out.
 * @throws Failure if time is up while the bundle is PENDING
 */
export async function whenShown(expected: Expected, bundles: Bundles): Promise<Bundle | undefined> {
  const { bundleId, imageId, sentAt, stays, shownWithin } = expected;
  const startedAt = Date.now();
  let wasShown = false;
  const read = async () => {
    const bundle = await bundles.withId(bundleId);
    log.info('read', { id: bundleId, state: bundle?.state, imageId: bundle?.imageId });
    wasShown ||= hasImage(bundle, imageId);
    return bundle;
  };
  const targetOf = (bundle?: Bundle) =>
    bundle ? isFinal(bundle) && (hasImage(bundle, imageId) ? 'shown' : 'other') : 'missing';
  const bundle = await until(read, targetOf, {
    within: bundles.timeLeft - POLL,
    stays: (it) => {
      if (!it || hasImage(it, imageId)) {
        return it ? stays : VISIBLE_WITHIN;
      }
      // Another invocation that has changed the image may have been cancelled, which stack events show a while later.
      return wasShown ? SETTLE : shownWithin;
    },
    // All functions of a Region share the rate of the API.
    every: () => Math.min(POLL, Math.max(LOOK_AGAIN, (Date.now() - startedAt) / 20)),
    pause: bundles.pause,
  });
  if (bundle && !isFinal(bundle)) {
    throw stillPending(bundle, sentAt, bundles.isRepeated);
  }
  return bundle;
}

export function hasImage(bundle: Bundle | undefined, imageId: string): boolean {
  return bundle?.imageId === imageId && bundle.state === 'AVAILABLE';
}
