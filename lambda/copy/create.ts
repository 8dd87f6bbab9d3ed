import { asServiceError, IAM_PROPAGATION } from '../api/service-errors';
import { log } from '../event/log';
import type { Outcome } from '../event/response';
import { until } from '../event/waiting';
import { SETTLE } from '../guard/timing';
import { removeItem } from '../named/remove';
import { LOOK_AGAIN, VISIBLE_WITHIN } from '../named/timing';
import { noSource, notCopied, wrongOwner } from './failures';
import type { Image, Images } from './images';
import type { DeclaredCopy, Source } from './request';

/**
 * Carries out a Create: starts the copy, so that CloudFormation learns its ID within seconds. Copies only if there is none with
 * its mark: duplicates, repetitions and rollbacks find it.
 *
 * @throws Failure
 */
export async function create(copy: DeclaredCopy, images: Images): Promise<Outcome> {
  const { pause } = images;
  const find = () => images.withMark(copy.mark);
  // Reads that lag behind also show a copy that has just been deleted, so a copy that is found must stay for a while.
  const existing = await until(find, (image) => !image, { within: SETTLE, every: () => SETTLE, pause });
  if (existing?.state === 'ERROR') {
    // Left by an earlier deployment, with RemovalPolicy.RETAIN.
    await removeItem({ find, shownWithin: SETTLE }, images);
  } else if (existing) {
    return found(existing);
  }
  await checkSource(copy.source, images);
  try {
    return outcomeWith(await images.copy(copy));
  } catch (error) {
    const refusal = asServiceError(error);
    // Any refusal may hide that an earlier attempt or another delivery has made the copy.
    const within = refusal.code === 'ResourceAlreadyExistsException' ? VISIBLE_WITHIN : 0;
    const made = await until(find, (image) => image !== undefined, {
      within,
      every: () => LOOK_AGAIN,
      pause,
    });
    if (made) {
      return found(made);
    }
    throw notCopied(copy.source, refusal, images.location);
  }
}

export function outcomeWith(imageId: string, note?: string): Outcome {
  return { physicalId: imageId, attributes: { ImageId: imageId }, note };
}

function found({ id, state }: Image): Outcome {
  log.info('found', { id, state });
  return outcomeWith(id);
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
