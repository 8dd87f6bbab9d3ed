/** AVAILABLE and ERROR are final. An image that is being copied can be in another state than PENDING. */
export type ImageState = 'PENDING' | 'VALIDATING' | 'AVAILABLE' | 'ERROR';

/** Why an image is in the state ERROR. */
export interface ImageError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly code: string; readonly message: string }[];
}

export type OperatingSystem = 'WINDOWS' | 'LINUX';

/** The volumes that a bundle with the image must have at least, in GiB. */
export interface MinimumVolumes {
  readonly rootVolume: number;
  readonly userVolume: number;
}

/** What never changes about an image. */
export interface ImageIdentity {
  readonly imageId: string;
  /** The account that owns the image. */
  readonly account: string;
  /** @default - the image exists in every Region */
  readonly region?: string;
  readonly name: string;
  readonly description?: string;
  readonly tags?: readonly { readonly Key: string; readonly Value?: string }[];
  /** The image that this one is a copy of. */
  readonly sourceImageId?: string;
  readonly operatingSystem: OperatingSystem;
  readonly minimum: MinimumVolumes;
  readonly createdAt: number;
}

/** An image, its states, and the accounts that it is shared with, all with their history. */
export class Image {
  readonly granted = new Set<string>();
  readonly #permissions: { readonly at: number; readonly accountId: string; readonly allow: boolean }[] = [];
  #states: { readonly at: number; readonly state: ImageState; readonly error?: ImageError }[];
  #deletedAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly identity: ImageIdentity,
    /** The number of the image in lists. */
    readonly number: number,
    /** Reads of an earlier time do not show the image. */
    private readonly visibleFrom = Number.NEGATIVE_INFINITY,
  ) {
    this.#states = [{ at: Number.NEGATIVE_INFINITY, state: 'AVAILABLE' }];
  }

  get isDeleted(): boolean {
    return this.#deletedAt !== Number.POSITIVE_INFINITY;
  }

  isIn(region: string): boolean {
    return (this.identity.region ?? region) === region;
  }

  delete(at: number): void {
    this.#deletedAt = at;
  }

  /** Makes the image PENDING until a time, and AVAILABLE or ERROR from then on. */
  settle(at: number, error?: ImageError, state: ImageState = 'PENDING'): void {
    this.#states = [
      { at: Number.NEGATIVE_INFINITY, state },
      { at, ...(error === undefined ? { state: 'AVAILABLE' } : { state: 'ERROR', error }) },
    ];
  }

  /** Puts the image in the state ERROR for good. */
  fail(at: number, error: ImageError): void {
    this.#states = [...this.#states.filter((state) => state.at <= at), { at, state: 'ERROR', error }];
  }

  stateAt(time: number): ImageState {
    return this.#stateAt(time).state;
  }

  changePermission(accountId: string, allow: boolean, at: number): void {
    if (this.granted.has(accountId) === allow) {
      return;
    }
    if (allow) {
      this.granted.add(accountId);
    } else {
      this.granted.delete(accountId);
    }
    this.#permissions.push({ at, accountId, allow });
  }

  /** Whether a read of the state at a time shows the image. */
  isVisible(time: number): boolean {
    return this.visibleFrom <= time && time < this.#deletedAt;
  }

  /** The image as it was at a time, in a response to DescribeWorkspaceImages. */
  described(time: number): object {
    const { imageId, account, name, description, operatingSystem, createdAt } = this.identity;
    const { state, error } = this.#stateAt(time);
    return {
      ImageId: imageId,
      Name: name,
      Description: description,
      OperatingSystem: { Type: operatingSystem },
      State: state,
      RequiredTenancy: 'DEFAULT',
      ...(error !== undefined && {
        ErrorCode: error.code,
        ErrorMessage: error.message,
        ErrorDetails: (error.details ?? []).map(({ code, message }) => ({
          ErrorCode: code,
          ErrorMessage: message,
        })),
      }),
      Created: createdAt / 1000,
      OwnerAccountId: account,
    };
  }

  /** The accounts that the image was shared with at a time, each with the number of its grant, in that order. */
  grantsAt(time: number): Map<string, number> {
    const grants = new Map<string, number>();
    for (const [index, { at, accountId, allow }] of this.#permissions.entries()) {
      if (at > time) {
        break;
      }
      if (allow) {
        grants.set(accountId, index + 1);
      } else {
        grants.delete(accountId);
      }
    }
    return grants;
  }

  #stateAt(time: number) {
    return this.#states.findLast(({ at }) => at <= time) ?? this.#states[0];
  }
}
