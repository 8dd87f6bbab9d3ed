import type { WorkspaceImage } from '@aws-sdk/client-workspaces';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Location } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import { SETTLE } from '../custom-resource/timing';
import { ServiceError } from '../workspaces/service-errors';
import { notDeleted, pending } from './failures';
import { isNamedBy } from './image-name';
import type { Images } from './images';
import { DELETE_AGAIN_AFTER, DELETE_PATIENCE, LOOK_AGAIN, POLL, VISIBLE_WITHIN } from './timing';

/**
 * Deletes a copy as soon as the service allows it, and waits until reads no longer show it.
 *
 * @param find reads the copy
 * @returns why nothing was deleted, or undefined
 * @throws Failure, NotAwaited, OutOfTime
 */
export async function remove(
  event: CloudFormationCustomResourceEvent,
  find: () => Promise<WorkspaceImage | undefined>,
  images: Images,
  location: Location,
): Promise<string | undefined> {
  let missingSince: number | undefined;
  let deletedAt: number | undefined;
  let refusedSince: number | undefined;
  for (;;) {
    const image = await find();
    const now = Date.now();
    if (!image) {
      missingSince ??= now;
      // The call of an event that was cancelled may still be carried out, and reads may lag behind.
      if (deletedAt !== undefined || now - missingSince >= SETTLE) {
        return deletedAt === undefined ? 'There was no copy to delete.' : undefined;
      }
      await images.pause(LOOK_AGAIN);
      continue;
    }
    missingSince = undefined;
    const imageId = image.ImageId as string;
    if (!isNamedBy(event, image.Name)) {
      return `Image ${imageId} is not a copy by this resource, so it was kept.`;
    }
    if (image.State === 'PENDING') {
      log.info('is being copied', { imageId });
      if (images.isTooLateFor(POLL)) {
        throw pending(imageId, location);
      }
      await images.pause(POLL);
    } else if (deletedAt !== undefined && now - deletedAt < VISIBLE_WITHIN) {
      await images.pause(LOOK_AGAIN);
    } else {
      const refusal = await images.delete(imageId).catch(asRefusal);
      if (!refusal) {
        deletedAt = Date.now();
        continue;
      }
      refusedSince ??= now;
      if (now - refusedSince >= DELETE_PATIENCE || images.isTooLateFor(DELETE_AGAIN_AFTER)) {
        throw notDeleted(imageId, refusal, location);
      }
      await images.pause(DELETE_AGAIN_AFTER);
    }
  }
}

function asRefusal(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  throw error;
}
