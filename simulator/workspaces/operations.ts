import type { Clock } from '../clock';
import { type Behavior, timeFor } from './behavior';
import { BundleOperations } from './bundle-operations';
import type { Bundles } from './bundles';
import type { Call } from './call';
import type { Caller } from './caller';
import type { Images } from './images';
import { pageOf } from './pages';
import { type Input, type Operation, REQUESTS, validate } from './protocol';
import { ServiceError } from './service-error';

const DEFAULT_IMAGE_QUOTA = 40;

/** Carries out the operations of the service. */
export class Operations {
  /** The time whose state the last read with a constant lag has shown. */
  #shownUntil = Number.NEGATIVE_INFINITY;
  private readonly ofBundles: BundleOperations;

  constructor(
    private readonly images: Images,
    private readonly bundles: Bundles,
    private readonly behavior: Behavior,
    private readonly clock: Clock,
    private readonly onChange: (call: Call) => void,
  ) {
    this.ofBundles = new BundleOperations(bundles, images, behavior, clock, () => this.readTime());
  }

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
    CreateWorkspaceBundle: (input, call) => this.ofBundles.create(input, call),
    UpdateWorkspaceBundle: (input, call) => this.ofBundles.update(input, call),
    DescribeWorkspaceBundles: (input, call) => this.ofBundles.describe(input, call),
    DeleteWorkspaceBundle: (input, call) => this.ofBundles.delete(input, call),
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
    const { operatingSystem, minimum } = source.identity;
    const { copyTime, copyError, copyingState } = this.behavior;
    this.images
      .add(
        {
          imageId,
          account,
          region,
          name,
          description,
          tags,
          sourceImageId,
          operatingSystem,
          minimum,
          createdAt: now,
        },
        now,
      )
      .settle(now + timeFor(call, copyTime), copyError?.(call), copyingState);
    call.imageId = imageId;
    return { ImageId: imageId };
  }

  private updatePermission(
    input: { ImageId: string; SharedAccountId: string; AllowCopyImage: boolean },
    call: Call,
  ): object {
    const { ImageId: imageId, SharedAccountId: accountId, AllowCopyImage: allow } = input;
    const image = this.images.own(imageId, call);
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
    const grants = this.images.own(imageId, call).grantsAt(this.readTime());
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
    if (this.bundles.use(imageId, now)) {
      throw new ServiceError('ResourceAssociatedException', `A bundle uses the image ${imageId}.`);
    }
    image.delete(now);
    return {};
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
