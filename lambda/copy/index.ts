import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { READY_TYPE } from '../../lib/custom-resource/resource-types';
import { log } from '../custom-resource/log';
import { InvalidProperties } from '../custom-resource/properties';
import { type Outcome, respond } from '../custom-resource/response';
import { Awaiting, NotAwaited } from '../stack-events/awaiting';
import { OutOfTime } from '../workspaces/patience';
import { carryOut } from './carry-out';
import { type Delivery, deliveryOf } from './delivery';
import { Failure, isUnfinished, reasonFor } from './failures';
import { Images } from './images';
import { wait } from './ready';

/** The errors whose reasons say everything. Any other is a bug. */
const EXPECTED = [Failure, InvalidProperties, NotAwaited, OutOfTime];

/**
 * Carries out one event of `Custom::WorkspaceImageCopy` or `Custom::WorkspaceImageReady`, and responds. A failed event ends
 * normally once its response is delivered, because Lambda would repeat it.
 *
 * @throws Error without a response if Lambda repeats the event, and the repetition may succeed
 */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const { RequestType, RequestId, StackId, LogicalResourceId, ResourceType } = event;
  log.info('received', { RequestType, RequestId, StackId, LogicalResourceId, ResourceType });
  await respond(event, await outcomeOf(event, deliveryOf(event, context)));
}

async function outcomeOf(event: CloudFormationCustomResourceEvent, delivery: Delivery): Promise<Outcome> {
  const { location, deadline, isLast } = delivery;
  const awaiting = new Awaiting(event);
  const images = new Images(location.region, deadline, () => awaiting.confirm());
  try {
    const outcome =
      event.ResourceType === READY_TYPE
        ? await wait(event, images, location)
        : await carryOut(event, images, delivery);
    return { ...outcome, note: [outcome.note ?? [], awaiting.notes].flat().join(' ') || undefined };
  } catch (error) {
    if (isUnfinished(error) && !isLast) {
      throw error;
    }
    if (!EXPECTED.some((kind) => error instanceof kind)) {
      log.error('failed', { error: String((error as Error).stack) });
    }
    const physicalId =
      event.RequestType === 'Create' ? `nothing/${event.LogicalResourceId}` : event.PhysicalResourceId;
    return { physicalId, failure: reasonFor(error, location) };
  }
}
