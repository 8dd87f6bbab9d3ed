import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { type Delivery, deliveryOf } from './delivery';
import { Failure, NotCurrent, reasonFor } from './failure';
import { log } from './log';
import { type Outcome, respond } from './response';

/** What is particular to a function. */
export interface Policy {
  /**
   * Carries out an event.
   *
   * @throws Failure. Any other error is a bug, which is reported to CloudFormation, too.
   */
  carryOut(event: CloudFormationCustomResourceEvent, delivery: Delivery): Promise<Outcome>;

  /**
   * Whether Lambda repeats an event that ends with an error. If it does, the function ends with an error only to be invoked
   * again. If it does not, each failed event ends with an error, so that the metric `Errors` of the function counts it.
   */
  readonly isRepeated: boolean;
}

/**
 * Carries out an event, and responds.
 *
 * @throws Error, see `isRepeated`
 */
export async function handle(
  event: CloudFormationCustomResourceEvent,
  context: Context,
  { carryOut, isRepeated }: Policy,
): Promise<void> {
  const { RequestType, RequestId, StackId, LogicalResourceId, ResourceType } = event;
  log.info('received', { RequestType, RequestId, StackId, LogicalResourceId, ResourceType });
  const delivery = deliveryOf(event, context);
  const { outcome, error } = await carryOut(event, delivery).then(
    (outcome) => ({ outcome, error: undefined }),
    (error) => ({ outcome: undefined, error }),
  );
  if (outcome) {
    await respond(event, outcome);
    return;
  }
  if (!(error instanceof Failure)) {
    log.error('failed', { error: String(error.stack) });
  } else if (isRepeated && error.isUnfinished && !delivery.isLast) {
    throw error;
  }
  const failure = reasonFor(error);
  const isIgnored = error instanceof NotCurrent;
  await respond(event, { physicalId: delivery.failureId, failure, isIgnored });
  if (!isRepeated && !isIgnored) {
    throw new Error(`The ${RequestType} of ${LogicalResourceId} failed. ${failure}`);
  }
}
