import type { WorkspaceImage } from '@aws-sdk/client-workspaces';
import { isImageId } from '../../lib/workspaces/validation';
import { IAM_PROPAGATION, isDenied, type ServiceError } from '../api/service-errors';
import { NotRead } from '../event/failure';
import type { Outcome } from '../event/response';
import { until } from '../event/waiting';
import type { Guard } from '../guard/guard';
import { originOf } from '../guard/origin';
import { SETTLE } from '../guard/timing';
import { kept, notDeleted, pending } from './failures';
import { hasMark, isMadeBy } from './image-name';
import { type Images, isFinal } from './images';
import type { Request } from './request';
import { DELETE_AGAIN_AFTER, DELETE_PATIENCE, LOOK_AGAIN, POLL, VISIBLE_WITHIN } from './timing';

/**
 * Carries out a Delete. An ID deletes the image that it names. A name deletes only what is lost, and CloudFormation says what is.
 *
 * @throws Failure
 */
export async function remove(
  { physicalId, ownMark }: Request & { type: 'Delete' },
  images: Images,
  guard: Guard,
): Promise<Outcome> {
  if (isImageId(physicalId)) {
    const find = () => images.withId(physicalId);
    const missing = `There was no image ${physicalId} to delete.`;
    const note = await removeImage({ find, shownWithin: VISIBLE_WITHIN, missing }, images);
    // With rollback disabled, an Update that failed can have left a copy behind. Only CloudFormation knows.
    const isKnown = (await guard.confirm()) !== undefined;
    const lost = isKnown ? await removeLost(ownMark, [physicalId], 0, images, guard) : undefined;
    return { physicalId, note: [note, lost].filter(Boolean).join(' ') || undefined };
  }
  const [kind, rest] = (physicalId as string).split('/');
  // CloudFormation generates an ID if a Create was cancelled or never responded. It contains no slash.
  const isGenerated = rest === undefined;
  if (!isGenerated && kind !== 'unknown') {
    return { physicalId };
  }
  try {
    return { physicalId, note: await removeLost(ownMark, [], SETTLE, images, guard) };
  } catch (error) {
    if (!(error instanceof NotRead && isGenerated)) {
      throw error;
    }
    // The Create could not read either, most likely. A rollback that fails would lock the stack.
    return {
      physicalId,
      note: `${error.message} If there is an image whose name contains ${ownMark}, delete it.`,
    };
  }
}

/**
 * Deletes the copies of events from which CloudFormation learned no ID.
 *
 * @param except the images that CloudFormation knows
 * @param shownWithin for how many milliseconds reads may not show such a copy, because it is about to be made
 * @returns why they were not deleted, if that is worth a note
 * @throws Failure
 */
export async function removeLost(
  ownMark: string,
  except: readonly string[],
  shownWithin: number,
  images: Images,
  guard: Guard,
): Promise<string | undefined> {
  const find = async () => {
    const made = await images.named((name) => isMadeBy(ownMark, name));
    return made.filter(({ ImageId = '' }) => !except.includes(ImageId));
  };
  const found = await until(find, ({ length }) => length > 0, {
    within: shownWithin,
    every: () => LOOK_AGAIN,
    pause: images.pause,
  });
  const notes: (string | undefined)[] = [];
  for (const { ImageId: id = '', Created: created } of found) {
    const whyKept = async () => kept(id, await originOf(guard, { id, created }, images.pause));
    const target = { find: () => images.withId(id), shownWithin: SETTLE, whyKept };
    // Only a copy to delete is waited for.
    notes.push((await whyKept()) ?? (await removeImage(target, images)));
  }
  return notes.filter(Boolean).join(' ') || undefined;
}

/** An image to delete. */
interface Target {
  find(): Promise<WorkspaceImage | undefined>;
  /** For how many milliseconds reads may not show it although it exists, or is about to. */
  readonly shownWithin: number;
  /** What to report if there is none. */
  readonly missing?: string;
  /** Why it is kept, if it is. Empty if that is not worth a note. Called before each call that deletes it. */
  whyKept?(): Promise<string | undefined>;
}

/**
 * Deletes an image as soon as the service allows it, and waits until reads no longer show it.
 *
 * @returns why nothing was deleted, if that is worth a note
 * @throws Failure
 */
export async function removeImage(target: Target, images: Images): Promise<string | undefined> {
  const { find, shownWithin, missing } = target;
  const image = await until(find, (shown) => !shown || !hasMark(shown.Name) || isFinal(shown), {
    within: images.timeLeft - POLL,
    stays: (shown) => (shown ? 0 : shownWithin),
    every: (shown) => (shown ? POLL : LOOK_AGAIN),
    pause: images.pause,
  });
  if (!image) {
    return missing;
  }
  if (!hasMark(image.Name)) {
    return `Image ${image.ImageId} is not a copy by a stack, so it was kept.`;
  }
  if (!isFinal(image)) {
    throw pending(image, images.location, images.isRepeated);
  }
  return deleteImage(image, target, images);
}

/** Repeats the deletion while the service refuses it, or does not carry it out. */
async function deleteImage(
  image: WorkspaceImage,
  { find, whyKept }: Target,
  images: Images,
): Promise<string | undefined> {
  const imageId = image.ImageId as string;
  const startedAt = Date.now();
  let shown: WorkspaceImage | undefined = image;
  let reason: string | undefined;
  let refusal: ServiceError | undefined;
  let acceptedAt = Number.NEGATIVE_INFINITY;
  const deleteAndFind = async () => {
    if (shown && Date.now() - acceptedAt >= VISIBLE_WITHIN) {
      reason = await whyKept?.();
      if (reason !== undefined) {
        return undefined;
      }
      refusal = await images.delete(imageId);
      acceptedAt = refusal ? acceptedAt : Date.now();
    }
    shown = await find();
    return shown;
  };
  // A denial can also mean that another delivery has deleted the image.
  const patience = () => (refusal && isDenied(refusal) ? IAM_PROPAGATION : DELETE_PATIENCE);
  const left = await until(deleteAndFind, (it) => !it || Date.now() - startedAt >= patience(), {
    within: images.timeLeft - DELETE_AGAIN_AFTER,
    // Reads that lag behind may not show an image that the service refuses to delete.
    stays: (it) => (!it && refusal ? SETTLE : 0),
    every: (it) => (it && refusal ? DELETE_AGAIN_AFTER : LOOK_AGAIN),
    pause: images.pause,
  });
  if (left) {
    throw notDeleted(imageId, images.location, refusal);
  }
  return reason;
}
