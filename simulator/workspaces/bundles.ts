import { Bundle, type BundleIdentity } from './bundle';
import type { Caller } from './caller';
import { ServiceError } from './service-error';

/** The bundles of all accounts and Regions. */
export class Bundles {
  /** Also deleted ones, which a read that lags still shows. In the order of their creation. */
  readonly #bundles = new Map<string, Bundle>();
  #added = 0;

  /** Adds a bundle, or replaces the one with the same ID. */
  add(identity: BundleIdentity, visibleFrom: number): Bundle {
    this.#added++;
    const bundle = new Bundle(identity, this.#added, visibleFrom);
    this.#bundles.delete(identity.bundleId);
    this.#bundles.set(identity.bundleId, bundle);
    return bundle;
  }

  /** @throws ServiceError if the bundle does not exist */
  get(bundleId: string, time: number): Bundle {
    const bundle = this.#bundles.get(bundleId);
    if (!bundle?.existsAt(time)) {
      throw new ServiceError('ResourceNotFoundException', `The bundle ${bundleId} does not exist.`);
    }
    return bundle;
  }

  /** @throws ServiceError if the caller does not own the bundle, or it is in another Region */
  own(bundleId: string, { account, region }: Caller, time: number): Bundle {
    const bundle = this.get(bundleId, time);
    if (!bundle.isIn(account, region)) {
      const message = `The account ${account} does not own a bundle ${bundleId} in ${region}.`;
      throw new ServiceError('ResourceNotFoundException', message);
    }
    return bundle;
  }

  /** The bundles that exist at a time. */
  all(time: number): Bundle[] {
    return [...this.#bundles.values()].filter((bundle) => bundle.existsAt(time));
  }

  /** The bundles of an account in a Region, also deleted ones. */
  ever({ account, region }: Caller): Bundle[] {
    return [...this.#bundles.values()].filter((bundle) => bundle.isIn(account, region));
  }

  /** Whether a bundle has an image, or an update has begun that brings it. */
  use(imageId: string, time: number): boolean {
    return this.all(time).some((bundle) => bundle.uses(imageId, time));
  }

  /** Generates the ID of a bundle. */
  nextId(): string {
    return `wsb-bundle${String(this.#added + 1).padStart(5, '0')}`;
  }
}
