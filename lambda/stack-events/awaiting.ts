import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log } from '../custom-resource/log';
import {
  ASK_AGAIN_AFTER,
  ASK_TIMEOUT,
  ASK_UNANSWERED_AGAIN_AFTER,
  LATE_DELIVERY,
  LATE_PATIENCE,
  pause,
  STACK_EVENT_LAG,
} from '../custom-resource/timing';
import { patienceFor, quote, ServiceError } from '../workspaces/service-errors';
import { stackEventsOf } from './stack-events';
import { relevantSince, type Standing, timeSent, type Verdict, verdictOn } from './verdict';

/** CloudFormation is not waiting for the response to the event. */
export class NotAwaited extends Error {
  public constructor(public readonly standing: Standing) {
    super();
  }
}

/** Asks CloudFormation whether it is waiting for the response to an event. Without an answer, the event goes on. */
export class Awaiting {
  private readonly sentAt: number;
  /** Whether the event was delivered late. It may be a duplicate, and the first delivery may still be settling. */
  private readonly isLate: boolean;
  private verdict?: Verdict;
  private end?: NotAwaited;
  /** Why CloudFormation did not answer the last question. */
  private obstacle?: string;
  private askAgainAt = 0;
  private asking?: Promise<void>;

  public constructor(private readonly event: CloudFormationCustomResourceEvent) {
    this.sentAt = timeSent(event) ?? Date.now();
    this.isLate = Date.now() - this.sentAt >= LATE_DELIVERY;
  }

  /** For the response, if CloudFormation has not answered any question. */
  public get notes(): readonly string[] {
    return this.verdict || this.obstacle === undefined
      ? []
      : [
          `CloudFormation could not be asked whether it waits for this event (${this.obstacle}), so duplicate and cancelled events are not recognized. Check that the function's role allows cloudformation:DescribeStackEvents. In a VPC, check the function's route to it.`,
        ];
  }

  /**
   * Returns the last verdict, or undefined if CloudFormation has not given one. Asks again every 4.5 seconds.
   *
   * @throws NotAwaited
   */
  public async confirm(): Promise<Verdict | undefined> {
    if (this.end || Date.now() >= this.askAgainAt) {
      await this.confirmNow();
    }
    return this.verdict;
  }

  /**
   * Asks again, however old the last verdict is.
   *
   * @throws NotAwaited
   */
  public async confirmNow(): Promise<void> {
    if (!this.end) {
      this.asking ??= this.ask().finally(() => {
        this.asking = undefined;
      });
      await this.asking;
    }
    if (this.end) {
      throw this.end;
    }
  }

  private async ask(): Promise<void> {
    const isFirst = this.askAgainAt === 0;
    const until = Date.now() + (this.isLate ? LATE_PATIENCE : STACK_EVENT_LAG);
    for (;;) {
      const answer = await this.question(isFirst && this.isLate ? LATE_PATIENCE : ASK_TIMEOUT);
      if (!(answer instanceof ServiceError)) {
        this.verdict = answer;
        if (answer.standing === 'done' || answer.standing === 'superseded') {
          this.end = new NotAwaited(answer.standing);
          return;
        }
      }
      const mayChange =
        answer instanceof ServiceError
          ? patienceFor(answer) === Number.POSITIVE_INFINITY
          : answer.standing === 'unknown';
      if (isFirst && mayChange && Date.now() + 1_000 < until) {
        await pause(1_000);
        continue;
      }
      const isUnanswered = answer instanceof ServiceError && answer.status === undefined;
      this.askAgainAt = Date.now() + (isUnanswered ? ASK_UNANSWERED_AGAIN_AFTER : ASK_AGAIN_AFTER);
      for (const note of isFirst ? this.notes : []) {
        log.warn(note);
      }
      return;
    }
  }

  private async question(timeout: number): Promise<Verdict | ServiceError> {
    const { StackId, LogicalResourceId } = this.event;
    try {
      const history = await stackEventsOf(StackId, LogicalResourceId, relevantSince(this.sentAt), timeout);
      const { standing, unsettled } = verdictOn(this.event, history, this.sentAt);
      const verdict = { standing, unsettled: unsettled || this.isLate };
      log.info('asked CloudFormation', { newest: history.at(-1)?.status, ...verdict });
      return verdict;
    } catch (error) {
      const reason = new ServiceError(error as Error);
      this.obstacle = quote(reason);
      log.info('CloudFormation did not answer', { error: this.obstacle });
      return reason;
    }
  }
}
