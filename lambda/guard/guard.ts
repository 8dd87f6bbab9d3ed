import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { patienceFor, quote, ServiceError } from '../api/service-errors';
import { timeSent } from '../event/delivery';
import { NotCurrent } from '../event/failure';
import { log } from '../event/log';
import { pause, until } from '../event/waiting';
import { asServiceError, type IsEnough, isOlderThan, type StackEvent, stackEventsOf } from './stack-events';
import {
  ASK_AGAIN_AFTER,
  ASK_TIMEOUT,
  ASK_UNANSWERED_AGAIN_AFTER,
  LATE_DELIVERY,
  LATE_PATIENCE,
  STACK_EVENT_LAG,
} from './timing';
import { relevantSince, type Verdict, verdictOn } from './verdict';

/** Asks CloudFormation whether it is waiting for the response to an event. Without an answer, the event goes on. */
export class Guard {
  /** When CloudFormation sent the event, to the second, or about when it arrived. */
  public readonly sentAt: number;
  /** Whether the event was delivered late. It may be a duplicate, and the first delivery may still be settling. */
  public readonly isLate: boolean;
  private verdict?: Verdict;
  private end?: NotCurrent;
  /** Why CloudFormation did not answer the last question. */
  private lastError?: ServiceError;
  private askAgainAt = 0;
  private asking?: Promise<unknown>;

  public constructor(public readonly event: CloudFormationCustomResourceEvent) {
    this.sentAt = timeSent(event) ?? Date.now();
    this.isLate = Date.now() - this.sentAt >= LATE_DELIVERY;
  }

  /** For the response, if CloudFormation has not answered any question. */
  public get notes(): readonly string[] {
    return this.verdict || this.lastError === undefined
      ? []
      : [
          `CloudFormation could not be asked whether it waits for this event (${quote(this.lastError)}), so duplicate and cancelled events are not recognized. Check that the function's role allows cloudformation:DescribeStackEvents. In a VPC, check the function's route to it.`,
        ];
  }

  /**
   * Returns the last verdict, or undefined if CloudFormation has not given one. Asks again every 4.5 seconds.
   *
   * @throws NotCurrent
   */
  public async confirm(): Promise<Verdict | undefined> {
    if (this.end || Date.now() >= this.askAgainAt) {
      await this.confirmNow();
    }
    return this.verdict;
  }

  /**
   * Asks again, regardless of the age of the last answer.
   *
   * @throws NotCurrent
   */
  public async confirmNow(): Promise<void> {
    if (!this.end) {
      this.asking ??= (this.askAgainAt === 0 ? this.askFirst() : this.ask()).finally(() => {
        this.asking = undefined;
      });
      await this.asking;
    }
    if (this.end) {
      throw this.end;
    }
  }

  /**
   * Reads the stack events of the resource, oldest first.
   *
   * @throws ServiceError
   */
  public history(isEnough: IsEnough, timeout = ASK_TIMEOUT): Promise<readonly StackEvent[]> {
    const { StackId: stackId, LogicalResourceId: logicalId } = this.event;
    return stackEventsOf({ stackId, logicalId }, timeout, isEnough);
  }

  /** Repeats the first question while its answer may change soon, because it precedes the first write. */
  private async askFirst(): Promise<void> {
    const [timeout, patience] = this.isLate ? [LATE_PATIENCE, LATE_PATIENCE] : [ASK_TIMEOUT, STACK_EVENT_LAG];
    await until(() => this.ask(timeout), isFinal, { within: patience - 1_000, every: () => 1_000, pause });
    for (const note of this.notes) {
      log.warn(note);
    }
  }

  private async ask(timeout = ASK_TIMEOUT): Promise<Verdict | ServiceError> {
    const answer = await this.question(timeout);
    if (answer instanceof ServiceError) {
      this.lastError = answer;
    } else {
      this.verdict = answer;
      if (answer.status === 'done' || answer.status === 'superseded') {
        this.end = new NotCurrent(answer.status === 'done');
      }
    }
    const isUnanswered = answer instanceof ServiceError && answer.status === undefined;
    this.askAgainAt = Date.now() + (isUnanswered ? ASK_UNANSWERED_AGAIN_AFTER : ASK_AGAIN_AFTER);
    return answer;
  }

  private async question(timeout: number): Promise<Verdict | ServiceError> {
    try {
      const history = await this.history(isOlderThan(relevantSince(this.sentAt)), timeout);
      const verdict = verdictOn(this.event, history, this);
      log.info('asked CloudFormation', { newest: history.at(-1)?.status, ...verdict });
      return verdict;
    } catch (error) {
      return asServiceError(error as Error);
    }
  }
}

/** Whether another answer, a moment later, is not to be expected. */
function isFinal(answer: Verdict | ServiceError): boolean {
  return answer instanceof ServiceError
    ? patienceFor(answer) !== Number.POSITIVE_INFINITY
    : answer.status !== 'unknown';
}
