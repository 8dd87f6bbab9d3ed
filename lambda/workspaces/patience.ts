import { log } from '../custom-resource/log';
import { backoff, pause } from '../custom-resource/timing';
import { isThrottled, patienceFor, ServiceError } from './service-errors';

/** The invocation has no time left. The cause is the last error of the service, if calls were failing. */
export class OutOfTime extends Error {
  public constructor(public override readonly cause?: ServiceError) {
    super();
  }
}

/** Repeats what fails temporarily, until the deadline of an invocation. */
export class Patience {
  /** The failures since the last success. */
  private failing?: { readonly since: number; readonly last: ServiceError; pauses: number };

  /** @param patienceWith how many milliseconds it is worth repeating a call that fails with an error */
  public constructor(
    private readonly deadline: number,
    private readonly patienceWith = patienceFor,
  ) {}

  public get isOutOfTime(): boolean {
    return Date.now() >= this.deadline;
  }

  /** @throws OutOfTime */
  public checkTime(): void {
    if (this.isOutOfTime) {
      throw new OutOfTime(this.failing?.last);
    }
  }

  /** @throws OutOfTime */
  public async pause(milliseconds: number): Promise<void> {
    this.checkTime();
    await pause(milliseconds);
  }

  /**
   * Calls until a call succeeds.
   *
   * @throws ServiceError if an error is not worth repeating the call, OutOfTime, and what else the call throws
   */
  public async repeat<T>(failure: string, entry: object, call: () => Promise<T>): Promise<T> {
    for (;;) {
      this.checkTime();
      try {
        const result = await call();
        this.succeeded();
        return result;
      } catch (error) {
        const reason = this.failed(failure, error, entry);
        if (!this.isRepeated(reason)) {
          throw reason;
        }
        await this.pauseAfter(reason);
      }
    }
  }

  public succeeded(): void {
    this.failing = undefined;
  }

  /** Logs an error of the service. Others, such as those that end the event, are not handled here. */
  public failed(failure: string, error: unknown, entry: object): ServiceError {
    if (!(error instanceof ServiceError)) {
      throw error;
    }
    log.warn(failure, { ...entry, error: error.code, reason: error.message });
    return error;
  }

  /** Whether a call that has failed is worth repeating. */
  public isRepeated(error: ServiceError): boolean {
    const { since, pauses } = this.failing ?? { since: Date.now(), pauses: 0 };
    this.failing = { since, pauses, last: error };
    return Date.now() - since < this.patienceWith(error);
  }

  /** @throws OutOfTime */
  public async pauseAfter(error: ServiceError): Promise<void> {
    // After throttling, the SDK slows down by itself.
    if (this.failing && !isThrottled(error)) {
      await this.pause(backoff(this.failing.pauses++));
    }
  }
}
