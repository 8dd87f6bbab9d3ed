import type { Clock } from '../clock';
import type { Call } from './call';
import type { Caller } from './caller';
import type { Image, ImageError, ImageState } from './image';
import type { Images } from './images';
import {
  type Input,
  lastIn,
  type Operation,
  PAGE,
  REQUESTS,
  ServiceError,
  tokenFor,
  validate,
} from './protocol';

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
}

const DEFAULT_IMAGE_QUOTA = 40;

/** Carries out the operations of the service. */
export class Operations {
  /** The time whose state the last read with a constant lag has shown. */
  #shownUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly images: Images,
    private readonly behavior: Behavior,
    private readonly clock: Clock,
    private readonly onChange: (call: Call) => void,
  ) {}

  /** @throws ServiceError if the service refuses the call */
  execute(call: Call, input: Input): object {
    const operation = call.operation as Operation;
    validate(REQUESTS[operation], input);
    return this.operations[operation](input as never, call);
  }

  private readonly operations: Record<Operation, (input: never, call: Call) => object> = {
    CopyWorkspaceImage: (input, call) => this.copyImage(input, call),
    UpdateWorkspaceImagePermission: (input, call) => this.updatePermission(input, call),
    DescribeWorkspaceImagePermissions: (input, call) => this.describePermissions(input, call),
    DescribeWorkspaceImages: (input, call) => this.describeImages(input, call),
    DeleteWorkspaceImage: (input, call) => this.deleteImage(input, call),
  };

  private copyImage(
    input: {
      Name: string;
      Description?: string;
      SourceImageId: string;
      SourceRegion: string;
      Tags?: { Key: string; Value?: string }[];
    },
    call: Call,
  ): object {
    const { Name: name, SourceImageId: sourceImageId, SourceRegion: sourceRegion } = input;
    const { account, region } = call;
    const now = this.clock.now();
    const source = this.images.find(sourceImageId);
    const mayCopy = source?.identity.account === account || source?.granted.has(account);
    if (source === undefined || !source.isIn(sourceRegion) || !mayCopy) {
      const message = `The image ${sourceImageId} does not exist in ${sourceRegion}, or is not shared with ${account}.`;
      throw new ServiceError('ResourceNotFoundException', message);
    }
    if (source.stateAt(now) !== 'AVAILABLE') {
      throw new ServiceError('ResourceUnavailableException', `The image ${sourceImageId} is not AVAILABLE.`);
    }
    const owned = this.images.of(account, region);
    if (owned.some(({ identity }) => identity.name === name)) {
      const message = `The account ${account} already has an image with the name ${name} in ${region}.`;
      throw new ServiceError('ResourceAlreadyExistsException', message);
    }
    if (owned.length >= (this.behavior.imageQuota ?? DEFAULT_IMAGE_QUOTA)) {
      const message = `The account ${account} has as many images in ${region} as its quota allows.`;
      throw new ServiceError('ResourceLimitExceededException', message);
    }
    const imageId = this.images.nextId();
    const description = input.Description ?? undefined;
    const tags = input.Tags ?? undefined;
    const identity = { imageId, account, region, name, description, tags, sourceImageId, createdAt: now };
    const { copyTime = 0, copyError, copyingState } = this.behavior;
    const pendingFor = typeof copyTime === 'function' ? copyTime(call) : copyTime;
    this.images.add(identity, now).settle(now + pendingFor, copyError?.(call), copyingState);
    call.imageId = imageId;
    return { ImageId: imageId };
  }

  private updatePermission(
    input: { ImageId: string; SharedAccountId: string; AllowCopyImage: boolean },
    call: Call,
  ): object {
    const { ImageId: imageId, SharedAccountId: accountId, AllowCopyImage: allow } = input;
    const image = this.ownImage(imageId, call);
    if (allow && accountId === image.identity.account) {
      const message = `The account ${accountId} owns the image ${imageId}, which cannot be shared with its owner.`;
      throw new ServiceError('InvalidParameterValuesException', message);
    }
    if (allow && this.images.isClosed(accountId)) {
      throw new ServiceError('InvalidParameterValuesException', `The account ${accountId} is closed.`);
    }
    if (image.granted.has(accountId) === allow) {
      const error = allow ? this.behavior.grantingGranted : this.behavior.revokingMissing;
      if (error !== undefined) {
        throw new ServiceError(
          error,
          `The image ${imageId} is ${allow ? 'already' : 'not'} shared with ${accountId}.`,
        );
      }
      return {};
    }
    image.changePermission(accountId, allow, this.clock.now());
    this.onChange(call);
    return {};
  }

  private describePermissions(
    input: { ImageId: string; MaxResults?: number; NextToken?: string },
    call: Call,
  ): object {
    const { ImageId: imageId, MaxResults: max, NextToken: token } = input;
    const grants = this.ownImage(imageId, call).grantsAt(this.readTime());
    const { page, next } = pageOf([...grants], ([, number]) => number, imageId, token, max);
    return {
      ImageId: imageId,
      ImagePermissions: page.map(([SharedAccountId]) => ({ SharedAccountId })),
      ...next,
    };
  }

  private describeImages(
    input: {
      ImageIds?: string[];
      ImageType?: 'OWNED' | 'SHARED';
      MaxResults?: number;
      NextToken?: string;
    },
    { account, region }: Call,
  ): object {
    const { ImageIds: ids, ImageType: type, MaxResults: max, NextToken: token } = input;
    const time = this.readTime();
    const showsOwned = type !== 'SHARED';
    const showsShared = type === 'SHARED' || (type !== 'OWNED' && !this.behavior.sharedOnRequestOnly);
    const listed = this.images
      .visible(region, time)
      .filter((image) =>
        image.identity.account === account ? showsOwned : showsShared && image.grantsAt(time).has(account),
      )
      .filter(({ identity }) => ids?.includes(identity.imageId) ?? true);
    const unknown = ids?.find((id) => !listed.some(({ identity }) => identity.imageId === id));
    if (unknown !== undefined && this.behavior.unknownImage !== undefined) {
      throw new ServiceError(this.behavior.unknownImage, `The image ${unknown} does not exist.`);
    }
    const { page, next } = pageOf(listed, ({ number }) => number, 'images', token, max);
    return { Images: page.map((image) => image.described(time)), ...next };
  }

  deleteImage({ ImageId: imageId }: { ImageId: string }, { account, region }: Caller): object {
    const now = this.clock.now();
    const image = this.images.of(account, region).find(({ identity }) => identity.imageId === imageId);
    if (image === undefined) {
      // The service documents no other error for an image that does not exist.
      throw new ServiceError('AccessDeniedException', `The account does not own an image ${imageId}.`);
    }
    const state = image.stateAt(now);
    if (state !== 'AVAILABLE' && state !== 'ERROR') {
      throw new ServiceError('InvalidResourceStateException', `The image ${imageId} is still ${state}.`);
    }
    if (image.granted.size > 0) {
      const message = `The image ${imageId} is still shared. Unshare it before you delete it.`;
      throw new ServiceError('InvalidResourceStateException', message);
    }
    if (image.inBundle) {
      throw new ServiceError('ResourceAssociatedException', `A bundle uses the image ${imageId}.`);
    }
    image.delete(now);
    return {};
  }

  /** @throws ServiceError if the caller does not own the image, or it is in another Region */
  private ownImage(imageId: string, { account, region }: Call): Image {
    const image = this.images.get(imageId);
    if (image.identity.account !== account || !image.isIn(region)) {
      const message = `The account ${account} does not own an image ${imageId} in ${region}.`;
      throw new ServiceError('ResourceNotFoundException', message);
    }
    return image;
  }

  /** The time whose state a read shows. */
  private readTime(): number {
    const { readLag = 0 } = this.behavior;
    if (typeof readLag === 'function') {
      return this.clock.now() - readLag();
    }
    this.#shownUntil = Math.max(this.#shownUntil, this.clock.now() - readLag);
    return this.#shownUntil;
  }
}

/**
 * Takes a page of a list. A token contains the number of the last entry, not its position: a change between two pages
 * neither hides nor repeats an entry.
 */
function pageOf<T>(
  entries: readonly T[],
  numberOf: (entry: T) => number,
  listed: string,
  token: string | undefined,
  max: number | undefined,
): { page: T[]; next: { NextToken?: string } } {
  const after = lastIn(token, listed);
  const rest = entries.filter((entry) => numberOf(entry) > after);
  const page = rest.slice(0, max ?? PAGE);
  const hasMore = page.length < rest.length;
  return { page, next: hasMore ? { NextToken: tokenFor(listed, numberOf(page[page.length - 1])) } : {} };
}
