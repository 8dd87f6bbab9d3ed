import type { BundleState } from './bundle';
import type { Call } from './call';
import type { ImageError, ImageState } from './image';

/** The parts of the service's behavior that AWS does not document, that vary, or that a quota sets. */
export interface Behavior {
  /**
   * Milliseconds until a read shows a change. A number is a constant lag: reads never run backwards. A function is
   * called for each read, so they can.
   *
   * @default 0
   */
  readonly readLag?: number | (() => number);
  /** The error of granting a permission that exists. @default - success */
  readonly grantingGranted?: string;
  /** The error of revoking a permission that does not exist. @default - success */
  readonly revokingMissing?: string;
  /** Milliseconds that a copy stays PENDING. @default 0 */
  readonly copyTime?: number | ((call: Call) => number);
  /** The state of an image that is being copied. @default PENDING */
  readonly copyingState?: ImageState;
  /** The error with which a copy ends in the state ERROR. @default - copies become AVAILABLE */
  readonly copyError?: (call: Call) => ImageError | undefined;
  /** The number of images that an account can own in a Region. @default 40 */
  readonly imageQuota?: number;
  /** Whether only a list with the ImageType SHARED contains the images of other accounts. @default false */
  readonly sharedOnRequestOnly?: boolean;
  /** The error of listing images by ID if one of them does not exist. @default - the list is shorter */
  readonly unknownImage?: string;
  /** Milliseconds that a bundle stays PENDING. @default 0 */
  readonly bundleTime?: number | ((call: Call) => number);
  /** Milliseconds after an UpdateWorkspaceBundle during which a bundle still has its former image. @default 0 */
  readonly bundleUpdateTime?: number | ((call: Call) => number);
  /** The state of a bundle during that time. @default - its former state */
  readonly updatingState?: BundleState;
  /** Whether a bundle ends in the state ERROR, when it is created or updated. @default - bundles become AVAILABLE */
  readonly bundleError?: (call: Call) => boolean;
  /** Milliseconds until the deletion of a bundle is carried out. Infinity for never. @default 0 */
  readonly bundleDeletionTime?: number;
  /** Whether the deletion of a bundle is carried out when no WorkSpace uses it any more. @default - it is refused */
  readonly queuesBundleDeletion?: boolean;
  /** The number of bundles that an account can own in a Region. @default 50 */
  readonly bundleQuota?: number;
  /** The error of listing bundles by ID if one of them does not exist. @default - the list is shorter */
  readonly unknownBundle?: string;
  /** The size of a volume in responses. @default - the size of the request, or of the image */
  readonly shownVolume?: (gib: number, volume: 'root' | 'user') => number | undefined;
}

/** The milliseconds that a call takes to be carried out. */
export function timeFor(call: Call, time: number | ((call: Call) => number) = 0): number {
  return typeof time === 'function' ? time(call) : time;
}
