import { IAM_PROPAGATION } from '../api/service-errors';
import type { Outcome } from '../event/response';
import { until } from '../event/waiting';
import { SETTLE } from '../guard/timing';
import { found, make } from '../named/make';
import { removeItem } from '../named/remove';
import { LOOK_AGAIN } from '../named/timing';
import { noSource, notCopied, wrongOwner } from './failures';
import type { Images } from './images';
import type { DeclaredCopy, Source } from './request';

/**
 * Carries out a Create: starts the copy, so that CloudFormation learns its ID within seconds. Copies only if there is none with
 * its mark: duplicates, repetitions and rollbacks find it.
 *
 * @throws Failure
 */
export async function create(copy: DeclaredCopy, images: Images): Promise<Outcome> {
  const { mark, source } = copy;
  const find = () => images.withMark(mark);
  // Reads that lag behind also show a copy that has just been deleted, so a copy that is found must stay for a while.
  const existing = await until(find, (image) => !image, {
    within: SETTLE,
    every: () => SETTLE,
    pause: images.pause,
  });
  if (existing?.state === 'ERROR') {
    // Left by an earlier deployment, with RemovalPolicy.RETAIN.
    await removeItem({ find, shownWithin: SETTLE }, images);
  } else if (existing) {
    return outcomeWith(found(existing));
  }
  await checkSource(source, images);
  const copied = make(
    mark,
    images,
    () => images.copy(copy),
    (refusal) => notCopied(source, refusal, images.location),
  );
  return outcomeWith(await copied);
}

export function outcomeWith(imageId: string, note?: string): Outcome {
  return { physicalId: imageId, attributes: { ImageId: imageId }, note };
}

/** Anyone who knows the account ID can share an image with it. */
async function checkSource(source: Source, images: Images): Promise<void> {
  if (source.accountId === undefined) {
    return;
  }
  const image = await until(
    () => images.source(source),
    (shown) => shown !== undefined,
    {
      within: IAM_PROPAGATION,
      every: () => LOOK_AGAIN,
      pause: images.pause,
    },
  );
  if (!image) {
    throw noSource(source, images.location);
  }
  if (image.ownerId !== source.accountId) {
    throw wrongOwner(source, image.ownerId);
  }
}
