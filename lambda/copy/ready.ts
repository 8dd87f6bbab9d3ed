import type { WorkspaceImage } from '@aws-sdk/client-workspaces';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Location } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import type { Outcome } from '../custom-resource/response';
import { ended, missing, notReady } from './failures';
import type { Images } from './images';
import { awaitedImage } from './request';
import { LOOK_AGAIN, POLL, VISIBLE_WITHIN } from './timing';

/**
 * Carries out an event of `Custom::WorkspaceImageReady`: waits for a copy, for as long as one invocation can. It only reads, so
 * duplicates, late deliveries and cancelled events do no harm.
 *
 * @throws Failure, InvalidProperties, OutOfTime
 */
export async function wait(
  event: CloudFormationCustomResourceEvent,
  images: Images,
  location: Location,
): Promise<Outcome> {
  if (event.RequestType === 'Delete') {
    return { physicalId: event.PhysicalResourceId };
  }
  const physicalId = `ready/${event.LogicalResourceId}`;
  const { Last, Timeout } = event.ResourceProperties;
  const imageId = awaitedImage(event.ResourceProperties);
  const image = await whenCopied(imageId, images);
  switch (image?.State) {
    case undefined:
      throw missing(imageId, location);
    case 'AVAILABLE':
      return { physicalId, imageId };
    case 'ERROR':
      throw ended(image);
    default:
      if (Last === 'true') {
        throw notReady(imageId, Timeout);
      }
      return { physicalId, imageId, note: `Image ${imageId} is still being copied.` };
  }
}

/** Reads until the image is copied, it is missing for too long, or the time is over. */
async function whenCopied(imageId: string, images: Images): Promise<WorkspaceImage | undefined> {
  let missingSince: number | undefined;
  for (;;) {
    const image = await images.withId(imageId);
    log.info('read', { imageId, state: image?.State });
    missingSince = image ? undefined : (missingSince ?? Date.now());
    const isMissing = missingSince !== undefined && Date.now() - missingSince >= VISIBLE_WITHIN;
    const isPending = image === undefined || image.State === 'PENDING';
    if (!isPending || isMissing || images.isTooLateFor(POLL)) {
      return image;
    }
    await images.pause(image ? POLL : LOOK_AGAIN);
  }
}
