import { IAM_PROPAGATION, ServiceError } from '../api/service-errors';
import { log } from '../event/log';
import type { Outcome } from '../event/response';
import { until } from '../event/waiting';
import { SETTLE } from '../guard/timing';
import { noSource, notCopied, wrongOwner } from './failures';
import type { Images } from './images';
import { removeImage } from './remove';
import type { DeclaredCopy, Source } from './request';
import { LOOK_AGAIN, VISIBLE_WITHIN } from './timing';

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
  if (existing?.State === 'ERROR') {
    // Left by an earlier deployment, with RemovalPolicy.RETAIN.
    await removeImage({ find, shownWithin: SETTLE }, images);
  } else if (existing) {
    return found(existing);
  }
  await checkSource(copy.source, images);
  try {
    return outcomeWith(await images.copy(copy));
  } catch (error) {
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    // Any refusal may hide that an earlier attempt or another delivery has made the copy.
    const within = error.code === 'ResourceAlreadyExistsException' ? VISIBLE_WITHIN : 0;
    const made = await until(find, (image) => image !== undefined, {
      within,
      every: () => LOOK_AGAIN,
      pause,
    });
    if (made) {
      return found(made);
    }
    throw notCopied(copy.source, error, images.location);
  }
}

export function outcomeWith(imageId: string, note?: string): Outcome {
  return { physicalId: imageId, attributes: { ImageId: imageId }, note };
}

function found({ ImageId, State }: { ImageId?: string; State?: string }): Outcome {
  log.info('found', { imageId: ImageId, state: State });
  return outcomeWith(ImageId as string);
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
  if (image.OwnerAccountId !== source.accountId) {
    throw wrongOwner(source, image.OwnerAccountId);
  }
}
