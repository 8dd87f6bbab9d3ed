import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { type Invocation, invocationOf } from '../custom-resource/invocation';
import { timeSent } from '../stack-events/verdict';
import { LAST_DELIVERY_FROM } from './timing';

/** A delivery of an event, which Lambda repeats if it ends with an error. */
export interface Delivery extends Invocation {
  /** Whether Lambda does not repeat it. Without the date in the response URL, that is not known. */
  readonly isLast: boolean;
}

export function deliveryOf(event: CloudFormationCustomResourceEvent, context: Context): Delivery {
  const sentAt = timeSent(event);
  return {
    ...invocationOf(context),
    isLast: sentAt !== undefined && Date.now() - sentAt >= LAST_DELIVERY_FROM,
  };
}
