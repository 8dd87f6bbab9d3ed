import type { Images, ReplacedImages } from '../inputs/images';
import type { LiveResources } from './live-resources';

/** Decides how to replace the images that a stack uses, and those that they are copies of. */
export function imagesToReplace(stack: string, live: LiveResources, images: Images): ReplacedImages {
  const shares = [...live.shares().values()];
  const copies = [...live.copies().values()];
  const used = new Set([
    ...shares.filter((share) => share.stack === stack).map(({ imageId }) => imageId),
    ...copies.filter((copy) => copy.stack === stack).map(({ sourceImageId }) => sourceImageId),
  ]);
  const edited = new Set<string>();
  const recreated = new Set<string>();
  // The iteration includes what it adds.
  for (const image of used) {
    const copy = copies.find(({ imageId }) => imageId === image);
    const creator = live.creatorOf(image, images);
    // A resource deletes the image that it replaces, which fails while a share in a later stack still shares the image.
    const isSharedElsewhere = shares.some((share) => share.imageId === image && share.stack !== creator);
    if (copy) {
      used.add(copy.sourceImageId);
    } else if (creator !== undefined && !isSharedElsewhere) {
      recreated.add(image);
    } else {
      edited.add(image);
    }
  }
  return { edited, recreated };
}
