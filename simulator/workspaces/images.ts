import type { Caller } from './caller';
import { Image, type ImageIdentity } from './image';
import { ServiceError } from './service-error';

/** The images of all accounts and Regions. */
export class Images {
  /** Also deleted ones, which a read that lags still shows. In the order of their creation. */
  readonly #images = new Map<string, Image>();
  readonly #closedAccounts = new Set<string>();
  #added = 0;
  #copies = 0;

  /** Adds an image, or replaces the one with the same ID. */
  add(identity: ImageIdentity, visibleFrom?: number): Image {
    this.#added++;
    const image = new Image(identity, this.#added, visibleFrom);
    this.#images.delete(identity.imageId);
    this.#images.set(identity.imageId, image);
    return image;
  }

  find(imageId: string): Image | undefined {
    const image = this.#images.get(imageId);
    return image?.isDeleted ? undefined : image;
  }

  /** @throws ServiceError if the image does not exist */
  get(imageId: string): Image {
    const image = this.find(imageId);
    if (image === undefined) {
      throw new ServiceError('ResourceNotFoundException', `The image ${imageId} does not exist.`);
    }
    return image;
  }

  /** @throws ServiceError if the caller does not own the image, or it is in another Region */
  own(imageId: string, { account, region }: Caller): Image {
    const image = this.get(imageId);
    if (image.identity.account !== account || !image.isIn(region)) {
      const message = `The account ${account} does not own an image ${imageId} in ${region}.`;
      throw new ServiceError('ResourceNotFoundException', message);
    }
    return image;
  }

  /** The images that exist. */
  all(): Image[] {
    return [...this.#images.values()].filter(({ isDeleted }) => !isDeleted);
  }

  /** The images that an account owns in a Region. */
  of(account: string, region: string): Image[] {
    return this.all().filter((image) => image.identity.account === account && image.isIn(region));
  }

  /** The images of a Region that a read of the state at a time shows. */
  visible(region: string, time: number): Image[] {
    return [...this.#images.values()].filter((image) => image.isIn(region) && image.isVisible(time));
  }

  closeAccount(accountId: string, at: number): void {
    this.#closedAccounts.add(accountId);
    for (const image of this.#images.values()) {
      image.changePermission(accountId, false, at);
    }
  }

  isClosed(accountId: string): boolean {
    return this.#closedAccounts.has(accountId);
  }

  /** Generates the ID of a copy. */
  nextId(): string {
    this.#copies++;
    return `wsi-copy${String(this.#copies).padStart(5, '0')}`;
  }
}
