import { log } from '../custom-resource/log';
import { isThrottled, patienceFor, ServiceError } from '../workspaces/service-errors';
import type { Change } from './changes';
import { OutOfTime, ReadRefused } from './failures';
import { changePermission, readPermissions } from './image-permissions';
import { backoff, pause } from './timing';

/** The permissions of one image in the service. Repeats what fails temporarily, until the deadline. */
export class Service {
  /** When a call last got no response, so that the service may still carry it out. */
  public unansweredAt?: number;
  /** The failures since the last success. */
  private failing?: { readonly since: number; readonly last: ServiceError; pauses: number };

  /** @param confirm called before each attempt of a call, which it prevents by throwing */
  public constructor(
    private readonly imageId: string,
    private readonly deadline: number,
    private readonly confirm: () => Promise<unknown>,
  ) {}

  /**
   * Reads which accounts have permission.
   *
   * @throws ReadRefused, OutOfTime
   */
  public async read(): Promise<ReadonlySet<string>> {
    for (;;) {
      this.checkTime();
      try {
        const permitted = await readPermissions(this.imageId, () => this.isOutOfTime);
        if (permitted) {
          log.info('read', { imageId: this.imageId, permitted: permitted.size });
          this.failing = undefined;
          return permitted;
        }
      } catch (error) {
        const reason = this.failed('read failed', error);
        if (!this.isRepeated(reason)) {
          throw new ReadRefused(reason);
        }
        await this.pauseAfter(reason);
      }
    }
  }

  /**
   * Calls for some changes at the same time. A change whose call fails temporarily remains due.
   *
   * @throws OutOfTime, and what `confirm` throws
   */
  public async call(changes: readonly Change[]): Promise<void> {
    this.checkTime();
    const calls = changes.map((change) => this.callFor(change));
    // No call is still running when one of them throws.
    await Promise.allSettled(calls);
    const [temporary] = (await Promise.all(calls)).filter((error) => error && !isThrottled(error));
    if (temporary) {
      await this.pauseAfter(temporary);
    }
  }

  /** @throws OutOfTime */
  public async pause(milliseconds: number): Promise<void> {
    this.checkTime();
    await pause(milliseconds);
  }

  /** @returns the error if the call is worth repeating */
  private async callFor(change: Change): Promise<ServiceError | undefined> {
    const { account, allow } = change;
    const entry = { imageId: this.imageId, account };
    try {
      await changePermission(this.imageId, account, allow, {
        beforeEach: async () => void (await this.confirm()),
        uncertain: (isAnswered) => {
          change.mayBeMade = true;
          this.unansweredAt = isAnswered ? this.unansweredAt : Date.now();
        },
      });
      log.info(allow ? 'granted' : 'revoked', entry);
      change.calledAt = Date.now();
      change.isDue = false;
      change.mayBeMade = true;
      this.failing = undefined;
      return undefined;
    } catch (error) {
      const reason = this.failed(allow ? 'grant failed' : 'revoke failed', error, { account });
      change.calledAt = Date.now();
      if (this.isRepeated(reason)) {
        return reason;
      }
      change.isDue = false;
      change.refusal = reason;
      return undefined;
    }
  }

  /** Logs an error of the service. Others, such as those of `confirm`, are not handled here. */
  private failed(message: string, error: unknown, entry: object = {}): ServiceError {
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    log.warn(message, { imageId: this.imageId, ...entry, error: error.code, reason: error.message });
    return error;
  }

  private isRepeated(error: ServiceError): boolean {
    const { since, pauses } = this.failing ?? { since: Date.now(), pauses: 0 };
    this.failing = { since, pauses, last: error };
    return Date.now() - since < patienceFor(error);
  }

  private async pauseAfter(error: ServiceError): Promise<void> {
    // After throttling, the SDK slows down by itself.
    if (this.failing && !isThrottled(error)) {
      await this.pause(backoff(this.failing.pauses++));
    }
  }

  private get isOutOfTime(): boolean {
    return Date.now() >= this.deadline;
  }

  private checkTime(): void {
    if (this.isOutOfTime) {
      throw new OutOfTime(this.failing?.last);
    }
  }
}
