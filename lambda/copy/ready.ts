import { log } from '../event/log';
import type { Outcome } from '../event/response';
import { until } from '../event/waiting';
import { isFinal } from '../named/items';
import { LOOK_AGAIN, POLL, VISIBLE_WITHIN } from '../named/timing';
import { ended, missing, notReady } from './failures';
import type { Images } from './images';
import type { Request } from './request';

/**
 * Carries out a Create or an Update of `Custom::WorkspaceImageReady`: waits for a copy, for as long as one invocation can. It
 * only reads, so duplicates, late deliveries and cancelled events do no harm.
 *
 * @throws Failure
 */
export async function ready(
  { physicalId, imageId, isLast }: Request & { type: 'Ready' },
  images: Images,
): Promise<Outcome> {
  const read = async () => {
    const image = await images.withId(imageId);
    log.info('read', { id: imageId, state: image?.state });
    return image;
  };
  const image = await until(read, (shown) => !shown || isFinal(shown), {
    within: images.timeLeft - POLL,
    stays: (shown) => (shown ? 0 : VISIBLE_WITHIN),
    every: (shown) => (shown ? POLL : LOOK_AGAIN),
    pause: images.pause,
  });
  if (!image) {
    throw missing(imageId, images.location);
  }
  if (image.state === 'ERROR') {
    throw ended(image);
  }
  if (isLast && !isFinal(image)) {
    throw notReady(image);
  }
  const note = isFinal(image) ? undefined : `Image ${imageId} is still being copied.`;
  return { physicalId, attributes: { ImageId: imageId }, note };
}
