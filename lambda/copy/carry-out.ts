import type { WorkspaceImage } from '@aws-sdk/client-workspaces';
import type {
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';
import { isImageId } from '../../lib/workspaces/validation';
import type { Location } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import type { Outcome } from '../custom-resource/response';
import { IAM_PROPAGATION, SETTLE } from '../custom-resource/timing';
import { NotAwaited } from '../stack-events/awaiting';
import { ServiceError } from '../workspaces/service-errors';
import type { Delivery } from './delivery';
import { isUnfinished, noSource, notCopied, reasonFor, wrongOwner } from './failures';
import { markOf } from './image-name';
import type { Images } from './images';
import { remove } from './remove';
import { type DeclaredCopy, declaredCopy, formerSource, type Source } from './request';
import { LOOK_AGAIN, VISIBLE_WITHIN } from './timing';

type Event = CloudFormationCustomResourceEvent;
type Find = () => Promise<WorkspaceImage | undefined>;

/**
 * Carries out an event of `Custom::WorkspaceImageCopy`: starts a copy, or deletes it. Only a deletion waits for a copy that is
 * being made, so that CloudFormation knows its ID within seconds.
 *
 * @throws Failure, InvalidProperties, NotAwaited, OutOfTime
 */
export async function carryOut(event: Event, images: Images, delivery: Delivery): Promise<Outcome> {
  if (event.RequestType === 'Delete') {
    return deleteCopy(event, images, delivery.location);
  }
  const copy = declaredCopy(event.ResourceProperties);
  if (event.RequestType === 'Create') {
    return copied(await copyOf(event, copy, images, delivery.location));
  }
  const { PhysicalResourceId: known } = event;
  const former = formerSource(event.OldResourceProperties);
  const isSame = former && markOf(event, former) === markOf(event, copy.source);
  if (isSame && isImageId(known)) {
    return copied(known);
  }
  const imageId = await copyOf(event, copy, images, delivery.location);
  return former && !isSame
    ? copied(imageId, await removeUnknown(event, former, images, delivery))
    : copied(imageId);
}

function copied(imageId: string, note?: string): Outcome {
  return { physicalId: imageId, imageId, note };
}

/** The ID of the copy of a source. Copies only if there is none: duplicates, repetitions and rollbacks find it. */
async function copyOf(
  event: Event,
  { source, namePrefix }: DeclaredCopy,
  images: Images,
  location: Location,
): Promise<string> {
  const mark = markOf(event, source);
  const find = () => images.withMark(mark);
  const existing = await settled(find, images);
  if (existing?.State === 'ERROR') {
    // Left by an earlier deployment, with RemovalPolicy.RETAIN.
    await remove(event, find, images, location);
  } else if (existing) {
    return found(existing);
  }
  await checkSource(source, images, location);
  try {
    return await images.copy(`${namePrefix}-${mark}`, source);
  } catch (error) {
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    // Any refusal may hide that an earlier attempt or another delivery has made the copy.
    const isTaken = error.code === 'ResourceAlreadyExistsException';
    const made = await withinTime(isTaken ? VISIBLE_WITHIN : 0, images, find);
    if (made) {
      return found(made);
    }
    throw notCopied(source, error, location);
  }
}

/** Reads that lag behind also show a copy that has just been deleted, so a copy that is found must stay for a while. */
async function settled(find: Find, images: Images): Promise<WorkspaceImage | undefined> {
  if (!(await find())) {
    return undefined;
  }
  await images.pause(SETTLE);
  return find();
}

function found({ ImageId, State }: WorkspaceImage): string {
  log.info('found', { imageId: ImageId, state: State });
  return ImageId as string;
}

/** A shared image can be from anybody who knows the ID of the recipient account. */
async function checkSource(source: Source, images: Images, location: Location): Promise<void> {
  if (source.accountId === undefined) {
    return;
  }
  const image = await withinTime(IAM_PROPAGATION, images, () => images.source(source));
  if (!image) {
    throw noSource(source, location);
  }
  if (image.OwnerAccountId !== source.accountId) {
    throw wrongOwner(source, image.OwnerAccountId);
  }
}

/** Reads until an image is shown, or the time is over. */
async function withinTime(
  milliseconds: number,
  images: Images,
  read: Find,
): Promise<WorkspaceImage | undefined> {
  const until = Date.now() + milliseconds;
  for (;;) {
    const image = await read();
    if (image || Date.now() >= until) {
      return image;
    }
    await images.pause(LOOK_AGAIN);
  }
}

async function deleteCopy(
  event: CloudFormationCustomResourceDeleteEvent,
  images: Images,
  location: Location,
): Promise<Outcome> {
  const { PhysicalResourceId: physicalId } = event;
  const source = formerSource(event.ResourceProperties);
  // A Create that failed, or was cancelled before it responded, left no image ID.
  const find = isImageId(physicalId)
    ? () => images.withId(physicalId)
    : async () => source && images.withMark(markOf(event, source));
  return { physicalId, note: await remove(event, find, images, location) };
}

/**
 * Deletes the copy of an Update that was cancelled or killed before CloudFormation learned its ID: in the rollback, no Delete
 * will come for it. In any other Update, CloudFormation knows the copy of the former source by the ID in the event.
 */
async function removeUnknown(
  event: CloudFormationCustomResourceUpdateEvent,
  former: Source,
  images: Images,
  { location, isLast }: Delivery,
): Promise<string | undefined> {
  const mark = markOf(event, former);
  const isKnown = (image?: WorkspaceImage) => image?.ImageId === event.PhysicalResourceId;
  if (isKnown(await images.withMark(mark))) {
    return undefined;
  }
  const findUnknown = async () => {
    const image = await images.withMark(mark);
    return isKnown(image) ? undefined : image;
  };
  try {
    await remove(event, findUnknown, images, location);
    return undefined;
  } catch (error) {
    if (error instanceof NotAwaited || (isUnfinished(error) && !isLast)) {
      throw error;
    }
    // A rollback must not fail because something is left behind.
    return reasonFor(error, location);
  }
}
