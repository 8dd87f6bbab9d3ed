import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log } from './log';
import type { ServiceError } from './service-errors';
import { stackEventsOf } from './stack-events';
import { ASK_AGAIN_AFTER, pause, STACK_EVENT_LAG } from './timing';
import { isEnoughHistory, type Standing, type Verdict, verdictOn } from './verdict';

/** CloudFormation does not wait for the response to the event, or no longer. */
export class NotAwaited extends Error {
  public constructor(public readonly standing: Standing) {
    super();
  }
}

/** Asks CloudFormation whether it waits for the response to an event. */
export class Awaiting {
  private verdict?: Verdict;
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private confirming?: Promise<void>;
  private cannotAsk = false;

  public constructor(private readonly event: CloudFormationCustomResourceEvent) {}

  /**
   * Returns the verdict, at most two seconds old, or undefined if CloudFormation cannot be asked.
   *
   * @throws NotAwaited
   */
  public async confirm(maxAge = ASK_AGAIN_AFTER): Promise<Verdict | undefined> {
    if (!this.cannotAsk && Date.now() - this.confirmedAt >= maxAge) {
      this.confirming ??= this.untilAwaited().finally(() => {
        this.confirming = undefined;
      });
      await this.confirming;
    }
    return this.verdict;
  }

  /** Since stack events may lag behind, an event counts as not awaited only if repeated requests agree. */
  private async untilAwaited(): Promise<void> {
    const until = Date.now() + STACK_EVENT_LAG;
    for (;;) {
      const verdict = await this.ask();
      if (verdict?.standing === 'awaited') {
        this.verdict = verdict;
      } else if (verdict && Date.now() < until) {
        await pause(1_000);
        continue;
      } else if (verdict && verdict.standing !== 'unknown') {
        throw new NotAwaited(verdict.standing);
      } else if (verdict) {
        this.cannotAsk = true;
      }
      this.confirmedAt = Date.now();
      return;
    }
  }

  private async ask(): Promise<Verdict | undefined> {
    const { StackId, LogicalResourceId } = this.event;
    try {
      const history = await stackEventsOf(StackId, LogicalResourceId, (events, oldestAt) =>
        isEnoughHistory(this.event, events, oldestAt),
      );
      const verdict = verdictOn(this.event, history);
      log('asked CloudFormation', { newest: history[0]?.status, ...verdict });
      return verdict;
    } catch (error) {
      log('cannot ask CloudFormation', { error: String(error) });
      // A denial ends when a new policy has reached every host. A timeout would cost two seconds each time.
      this.cannotAsk = this.verdict === undefined && (error as ServiceError).$fault === undefined;
      return undefined;
    }
  }
}
