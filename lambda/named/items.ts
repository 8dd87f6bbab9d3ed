import type { Attempts } from '../api/client';
import { Patience } from '../api/patience';
import {
  asServiceError,
  IAM_PROPAGATION,
  isGone,
  isThrottled,
  patienceFor,
  type ServiceError,
} from '../api/service-errors';
import type { Delivery, Location } from '../event/delivery';
import { log } from '../event/log';
import { notRead, timedOut, type Words } from './failures';

/** An image or a bundle. */
export interface Item {
  readonly id: string;
  readonly name?: string;
  readonly state?: string;
  readonly created?: Date;
}

/** Whether the service has finished making something. Any other state passes, also one that is not documented. */
export function isFinal({ state }: Item): boolean {
  return state === 'AVAILABLE' || state === 'ERROR';
}

/** What to do before and after the calls that make or delete something. */
export interface Calls {
  /** Called before each attempt, which it prevents by throwing. */
  confirm(): Promise<unknown>;
  /** Called when something may have been made by a call without a response, or by another delivery of the event. */
  uncertain(): void;
}

/** The refusals that another delivery of the event causes, because it has made what this one is to make. */
const BY_ANOTHER_DELIVERY = ['ResourceAlreadyExistsException', 'ResourceLimitExceededException'];

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** The images or the bundles of the account. Repeats what fails temporarily, until the deadline. */
export abstract class Items<T extends Item> {
  public readonly location: Location;
  /** Whether Lambda repeats the event if it is unfinished. */
  public readonly isRepeated: boolean;
  public abstract readonly words: Words;
  private readonly patience: Patience;

  public constructor(
    { location, deadline, isLast }: Delivery,
    private readonly calls: Calls,
  ) {
    this.location = location;
    this.isRepeated = !isLast;
    this.patience = new Patience(deadline, (last) => timedOut(location, this.isRepeated, last));
  }

  /** How many milliseconds are left. */
  public get timeLeft(): number {
    return this.patience.timeLeft;
  }

  /** @throws Failure */
  public readonly pause = (milliseconds: number): Promise<void> => this.patience.pause(milliseconds);

  /**
   * Returns the item with an ID, or undefined if there is none.
   *
   * @throws Failure
   */
  public abstract withId(id: string): Promise<T | undefined>;

  /**
   * Returns the items of the account and Region whose names match.
   *
   * @throws Failure
   */
  public async named(matches: (name: string) => boolean): Promise<T[]> {
    const found: T[] = [];
    let token: string | undefined;
    do {
      const { items, next } = await this.page(token);
      found.push(...items.filter(({ name = '' }) => matches(name)));
      token = next;
    } while (token);
    return found;
  }

  /**
   * Returns the item of the account and Region whose name ends with a mark, if there is one.
   *
   * @throws Failure
   */
  public async withMark(mark: string): Promise<T | undefined> {
    const [item] = await this.named((name) => name.endsWith(`-${mark}`));
    return item;
  }

  /**
   * Deletes an item.
   *
   * @returns the error if that fails, which only reads can explain
   * @throws Failure
   */
  public async delete(id: string): Promise<ServiceError | undefined> {
    // What the service refuses is not repeated here, but after the next read.
    const patience = (error: ServiceError) =>
      error.isRefusal && !isThrottled(error) ? 0 : patienceFor(error);
    const attempts = { beforeEach: this.beforeEach };
    try {
      await this.patience.repeat('delete failed', { id }, () => this.callDelete(id, attempts), patience);
      log.info('deleted', { id });
      return undefined;
    } catch (error) {
      const reason = asServiceError(error);
      return isGone(reason) ? undefined : reason;
    }
  }

  /** Reads a page of the items that the account owns in its Region. */
  protected abstract page(token?: string): Promise<Page<T>>;

  protected abstract callDelete(id: string, attempts: Attempts): Promise<unknown>;

  /**
   * Makes or changes an item.
   *
   * @throws ServiceError, Failure
   */
  protected write<Output>(
    failure: string,
    entry: object,
    attempt: (attempts: Attempts) => Promise<Output>,
  ): Promise<Output> {
    const { uncertain } = this.calls;
    // Like a new policy, a new share or image can take a moment to reach every host of the service.
    const patience = (error: ServiceError) => (isGone(error) ? IAM_PROPAGATION : patienceFor(error));
    return this.patience
      .repeat(failure, entry, () => attempt({ beforeEach: this.beforeEach, uncertain }), patience)
      .catch((error) => {
        if (BY_ANOTHER_DELIVERY.includes(error.code)) {
          uncertain();
        }
        throw error;
      });
  }

  /**
   * Reads items, or nothing if they do not exist: it is not documented whether an unknown ID is an error.
   *
   * @throws Failure
   */
  protected async read<Output>(region: string, attempt: () => Promise<Output>): Promise<Partial<Output>> {
    try {
      return await this.patience.repeat('read failed', { region }, attempt);
    } catch (error) {
      const reason = asServiceError(error);
      if (this.isMissing(reason)) {
        return {};
      }
      throw notRead(this.words, region, reason, this.location);
    }
  }

  protected isMissing(error: ServiceError): boolean {
    return isGone(error);
  }

  private readonly beforeEach = async () => void (await this.calls.confirm());
}
