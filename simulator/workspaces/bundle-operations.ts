import type { Clock } from '../clock';
import { type Behavior, timeFor } from './behavior';
import type { Bundles } from './bundles';
import type { Call } from './call';
import type { Image } from './image';
import type { Images } from './images';
import { pageOf } from './pages';
import { ServiceError } from './service-error';

const DEFAULT_BUNDLE_QUOTA = 50;

/** Carries out the operations on bundles. */
export class BundleOperations {
  constructor(
    private readonly bundles: Bundles,
    private readonly images: Images,
    private readonly behavior: Behavior,
    private readonly clock: Clock,
    private readonly readTime: () => number,
  ) {}

  create(
    input: {
      BundleName: string;
      BundleDescription: string;
      ImageId: string;
      ComputeType: { Name: string };
      UserStorage: { Capacity: string };
      RootStorage?: { Capacity: string };
      Tags?: { Key: string; Value?: string }[];
    },
    call: Call,
  ): object {
    const { BundleName: name, BundleDescription: description, ImageId: imageId, Tags } = input;
    const { account, region } = call;
    const now = this.clock.now();
    const image = this.availableImage(imageId, call);
    const { minimum, operatingSystem } = image.identity;
    const userVolume = Number(input.UserStorage.Capacity);
    const rootVolume = Number(input.RootStorage?.Capacity ?? minimum.rootVolume);
    if (userVolume < minimum.userVolume || rootVolume < minimum.rootVolume) {
      const message = `The volumes cannot be smaller than those of the image ${imageId}.`;
      throw new ServiceError('InvalidParameterValuesException', message);
    }
    const ever = this.bundles.ever(call);
    if (ever.some((bundle) => bundle.takesName(name, now))) {
      const message = `The account ${account} already has, or has recently deleted, a bundle with the name ${name} in ${region}.`;
      throw new ServiceError('ResourceAlreadyExistsException', message);
    }
    const { bundleQuota = DEFAULT_BUNDLE_QUOTA, bundleTime, shownVolume } = this.behavior;
    if (ever.filter((bundle) => bundle.existsAt(now)).length >= bundleQuota) {
      const message = `The account ${account} has as many bundles in ${region} as its quota allows.`;
      throw new ServiceError('ResourceLimitExceededException', message);
    }
    const bundleId = this.bundles.nextId();
    const bundle = this.bundles.add(
      {
        bundleId,
        account,
        region,
        name,
        description,
        computeType: input.ComputeType.Name,
        userVolume,
        rootVolume,
        operatingSystem,
        tags: Tags ?? undefined,
        createdAt: now,
      },
      now,
    );
    bundle.change(now, imageId, 'PENDING');
    bundle.change(now + timeFor(call, bundleTime), imageId, this.finalState(call));
    call.bundleId = bundleId;
    return { WorkspaceBundle: bundle.described(now, shownVolume) };
  }

  update(
    { BundleId: bundleId, ImageId: imageId }: { BundleId: string; ImageId: string },
    call: Call,
  ): object {
    const now = this.clock.now();
    const bundle = this.bundles.own(bundleId, call, now);
    const image = this.availableImage(imageId, call);
    const current = bundle.at(now);
    if (current.state === 'PENDING') {
      throw new ServiceError('ResourceUnavailableException', `The bundle ${bundleId} is still PENDING.`);
    }
    if (image.identity.operatingSystem !== bundle.identity.operatingSystem) {
      const message = `The bundle ${bundleId} and the image ${imageId} have different operating systems.`;
      throw new ServiceError('OperationNotSupportedException', message);
    }
    const { bundleUpdateTime, updatingState = current.state } = this.behavior;
    bundle.change(now, current.imageId, updatingState);
    bundle.change(now + timeFor(call, bundleUpdateTime), imageId, this.finalState(call));
    return {};
  }

  describe(
    {
      BundleIds: ids,
      Owner: owner,
      NextToken: token,
    }: { BundleIds?: string[]; Owner?: string; NextToken?: string },
    call: Call,
  ): object {
    if (ids != null && owner != null) {
      const message = 'BundleIds and Owner cannot be combined.';
      throw new ServiceError('InvalidParameterValuesException', message);
    }
    const time = this.readTime();
    const listed = this.bundles
      .ever(call)
      .filter((bundle) => bundle.isVisible(time))
      .filter(({ identity }) => owner == null || owner === identity.account)
      .filter(({ identity }) => ids?.includes(identity.bundleId) ?? true);
    const unknown = ids?.find((id) => !listed.some(({ identity }) => identity.bundleId === id));
    if (unknown !== undefined && this.behavior.unknownBundle !== undefined) {
      throw new ServiceError(this.behavior.unknownBundle, `The bundle ${unknown} does not exist.`);
    }
    const { page, next } = pageOf(listed, ({ number }) => number, 'bundles', token);
    return { Bundles: page.map((bundle) => bundle.described(time, this.behavior.shownVolume)), ...next };
  }

  delete({ BundleId: bundleId }: { BundleId: string }, call: Call): object {
    const now = this.clock.now();
    const bundle = this.bundles.own(bundleId, call, now);
    if (bundle.at(now).state === 'PENDING') {
      // The service documents no error for this.
      throw new ServiceError('InvalidParameterValuesException', `The bundle ${bundleId} is still PENDING.`);
    }
    const { queuesBundleDeletion, bundleDeletionTime = 0 } = this.behavior;
    if (bundle.workspaces === 0) {
      bundle.delete(now + bundleDeletionTime);
    } else if (queuesBundleDeletion) {
      bundle.queueDeletion();
    } else {
      throw new ServiceError('ResourceAssociatedException', `WorkSpaces use the bundle ${bundleId}.`);
    }
    return {};
  }

  private finalState(call: Call): 'AVAILABLE' | 'ERROR' {
    return this.behavior.bundleError?.(call) ? 'ERROR' : 'AVAILABLE';
  }

  private availableImage(imageId: string, call: Call): Image {
    const image = this.images.own(imageId, call);
    if (image.stateAt(this.clock.now()) !== 'AVAILABLE') {
      throw new ServiceError('ResourceUnavailableException', `The image ${imageId} is not AVAILABLE.`);
    }
    return image;
  }
}
