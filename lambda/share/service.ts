import { Patience } from '../api/patience';
import { isThrottled, type ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { log } from '../event/log';
import type { Change } from './changes';
import { timedOut } from './failures';
import { changePermission, readPermissions } from './image-permissions';

/** The permissions of one image in the service. Repeats what fails temporarily, until the deadline. */
export class Service {
  /** When a call last got no response, so that the service may still carry it out. */
  public unansweredAt?: number;
  private readonly patience: Patience;

  /** @param confirm called before each attempt of a call, which it prevents by throwing */
  public constructor(
    private readonly imageId: string,
    location: Location,
    deadline: number,
    private readonly confirm: () => Promise<unknown>,
  ) {
    this.patience = new Patience(deadline, (last) => timedOut(imageId, location, last));
  }

  /**
   * Reads which accounts have permission.
   *
   * @throws ServiceError, Failure
   */
  public async read(): Promise<ReadonlySet<string>> {
    const { imageId, patience } = this;
    for (;;) {
      const permitted = await patience.repeat('read failed', { imageId }, () =>
        readPermissions(imageId, () => patience.timeLeft <= 0),
      );
      if (permitted) {
        log.info('read', { imageId, permitted: permitted.size });
        return permitted;
      }
    }
  }

  /**
   * Calls for some changes at the same time. A change whose call fails temporarily remains due.
   *
   * @throws Failure, and what `confirm` throws
   */
  public async call(changes: readonly Change[]): Promise<void> {
    this.patience.checkTime();
    const calls = changes.map((change) => this.callFor(change));
    // No call is still running when one of them throws.
    await Promise.allSettled(calls);
    const [temporary] = (await Promise.all(calls)).filter((error) => error && !isThrottled(error));
    if (temporary) {
      await this.patience.pauseAfter(temporary);
    }
  }

  /** @throws Failure */
  public readonly pause = (milliseconds: number): Promise<void> => this.patience.pause(milliseconds);

  /** @returns the error if the call is worth repeating */
  private async callFor(change: Change): Promise<ServiceError | undefined> {
    const { account, allow } = change;
    const entry = { imageId: this.imageId, account };
    try {
      await changePermission(this.imageId, account, allow, {
        beforeEach: async () => void (await this.confirm()),
        uncertain: (isAnswered) => {
          change.mayBeGranted = true;
          this.unansweredAt = isAnswered ? this.unansweredAt : Date.now();
        },
      });
      log.info(allow ? 'granted' : 'revoked', entry);
      change.calledAt = Date.now();
      change.isDue = false;
      change.mayBeGranted = true;
      this.patience.succeeded();
      return undefined;
    } catch (error) {
      const reason = this.patience.failed(allow ? 'grant failed' : 'revoke failed', error, entry);
      change.calledAt = Date.now();
      if (this.patience.isRepeated(reason)) {
        return reason;
      }
      change.isDue = false;
      change.refusal = reason;
      return undefined;
    }
  }
}
