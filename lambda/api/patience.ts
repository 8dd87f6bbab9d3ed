import type { Failure } from '../event/failure';
import { log } from '../event/log';
import { backoff, pause } from '../event/waiting';
import { asServiceError, isThrottled, patienceFor, type ServiceError } from './service-errors';

/** Repeats what fails temporarily, until the deadline of an invocation. */
export class Patience {
  /** The failures since the last success. */
  private failing?: { readonly since: number; readonly last: ServiceError; pauses: number };

  /** @param timedOut the failure if no time is left, with the last error of the service if calls were failing */
  public constructor(
    private readonly deadline: number,
    private readonly timedOut: (last?: ServiceError) => Failure,
  ) {}

  public get timeLeft(): number {
    return this.deadline - Date.now();
  }

  /** @throws Failure */
  public checkTime(): void {
    if (this.timeLeft <= 0) {
      throw this.timedOut(this.failing?.last);
    }
  }

  /** @throws Failure */
  public readonly pause = async (milliseconds: number): Promise<void> => {
    this.checkTime();
    await pause(milliseconds);
  };

  /**
   * Calls until a call succeeds.
   *
   * @param patienceWith for how many milliseconds it is worth repeating a call that fails with an error
   * @throws ServiceError if an error is not worth repeating the call, Failure, and what else the call throws
   */
  public async repeat<T>(
    failure: string,
    entry: object,
    call: () => Promise<T>,
    patienceWith = patienceFor,
  ): Promise<T> {
    for (;;) {
      this.checkTime();
      try {
        const result = await call();
        this.succeeded();
        return result;
      } catch (error) {
        const reason = this.failed(failure, error, entry);
        if (!this.isRepeated(reason, patienceWith)) {
          throw reason;
        }
        await this.pauseAfter(reason);
      }
    }
  }

  public succeeded(): void {
    this.failing = undefined;
  }

  /** Logs an error of the service, and throws any other one. */
  public failed(failure: string, error: unknown, entry: object): ServiceError {
    const reason = asServiceError(error);
    log.warn(failure, { ...entry, error: reason.code, reason: reason.message });
    return reason;
  }

  /** Whether a call that has failed is worth repeating. */
  public isRepeated(error: ServiceError, patienceWith = patienceFor): boolean {
    const { since, pauses } = this.failing ?? { since: Date.now(), pauses: 0 };
    this.failing = { since, pauses, last: error };
    return Date.now() - since < patienceWith(error);
  }

  /** @throws Failure */
  public async pauseAfter(error: ServiceError): Promise<void> {
    // After throttling, the SDK slows down by itself.
    if (this.failing && !isThrottled(error)) {
      await this.pause(backoff(this.failing.pauses++));
    }
  }
}
