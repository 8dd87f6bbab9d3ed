import type { OperatingSystem } from './image';

/** AVAILABLE and ERROR are final. */
export type BundleState = 'PENDING' | 'AVAILABLE' | 'ERROR';

/** What never changes about a bundle. */
export interface BundleIdentity {
  readonly bundleId: string;
  /** The account that owns the bundle. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly description?: string;
  readonly computeType: string;
  /** In GiB. */
  readonly userVolume: number;
  readonly rootVolume: number;
  readonly operatingSystem: OperatingSystem;
  readonly tags?: readonly { readonly Key: string; readonly Value?: string }[];
  readonly createdAt: number;
}

interface Version {
  readonly at: number;
  readonly imageId: string;
  readonly state: BundleState;
}

/** For how long the name of a deleted bundle cannot be used. */
const NAME_TAKEN_FOR = 2 * 60 * 60_000;

/** A bundle, its images and its states, with their history. */
export class Bundle {
  #workspaces = 0;
  #deletionIsQueued = false;
  #deletedAt = Number.POSITIVE_INFINITY;
  /** Also those that an accepted call brings later. In the order of time. */
  readonly #versions: Version[] = [];

  constructor(
    readonly identity: BundleIdentity,
    /** The number of the bundle in lists. */
    readonly number: number,
    /** Reads of an earlier time do not show the bundle. */
    private readonly visibleFrom: number,
  ) {}

  /** The number of WorkSpaces that use the bundle. */
  get workspaces(): number {
    return this.#workspaces;
  }

  setWorkspaces(count: number, at: number): void {
    this.#workspaces = count;
    if (this.#deletionIsQueued && count === 0) {
      this.delete(at);
    }
  }

  /** Makes the bundle have an image and a state from a time on. */
  change(at: number, imageId: string, state: BundleState): void {
    this.#versions.push({ at, imageId, state });
    this.#versions.sort((a, b) => a.at - b.at);
  }

  delete(at: number): void {
    this.#deletedAt = Math.min(at, this.#deletedAt);
  }

  /** Deletes the bundle when no WorkSpace uses it any more. */
  queueDeletion(): void {
    this.#deletionIsQueued = true;
  }

  isIn(account: string, region: string): boolean {
    return this.identity.account === account && this.identity.region === region;
  }

  existsAt(time: number): boolean {
    return time < this.#deletedAt;
  }

  /** Whether a read of the state at a time shows the bundle. */
  isVisible(time: number): boolean {
    return this.visibleFrom <= time && this.existsAt(time);
  }

  takesName(name: string, time: number): boolean {
    return this.identity.name === name && time < this.#deletedAt + NAME_TAKEN_FOR;
  }

  at(time: number): Version {
    return this.#versions.findLast(({ at }) => at <= time) ?? this.#versions[0];
  }

  /** Whether the bundle has an image at a time, or an update has begun that brings it. */
  uses(imageId: string, time: number): boolean {
    const current = this.#versions.indexOf(this.at(time));
    return (
      this.existsAt(time) && this.#versions.slice(current).some((version) => version.imageId === imageId)
    );
  }

  /** The bundle as it was at a time, in a response. */
  described(
    time: number,
    shownVolume = (gib: number, _volume: 'root' | 'user'): number | undefined => gib,
  ): object {
    const { bundleId, account, name, description, computeType, userVolume, rootVolume, createdAt } =
      this.identity;
    const { at, imageId, state } = this.at(time);
    const storage = (gib: number | undefined) => gib && { Capacity: String(gib) };
    return {
      BundleId: bundleId,
      Name: name,
      Owner: account,
      Description: description,
      ImageId: imageId,
      RootStorage: storage(shownVolume(rootVolume, 'root')),
      UserStorage: storage(shownVolume(userVolume, 'user')),
      ComputeType: { Name: computeType },
      LastUpdatedTime: at / 1000,
      CreationTime: createdAt / 1000,
      State: state,
      BundleType: 'REGULAR',
    };
  }
}
