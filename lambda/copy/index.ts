import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { Delivery } from '../event/delivery';
import { isDefinite } from '../event/failure';
import { handle } from '../event/handle';
import type { Outcome } from '../event/response';
import { Guard } from '../guard/guard';
import { isRollingBack } from '../guard/origin';
import { create } from './create';
import { Images } from './images';
import { ready } from './ready';
import { remove } from './remove';
import { requestOf } from './request';
import { update } from './update';

type Event = CloudFormationCustomResourceEvent;

/** Carries out one event of `Custom::WorkspaceImageCopy` or `Custom::WorkspaceImageReady`, and responds. */
export async function handler(event: Event, context: Context): Promise<void> {
  await handle(event, context, { carryOut, isRepeated: true });
}

async function carryOut(event: Event, delivery: Delivery): Promise<Outcome> {
  const guard = new Guard(event);
  const images = new Images(delivery, {
    confirm: () => guard.confirm(),
    uncertain: () => leaveUnknown(event, delivery),
  });
  try {
    const outcome = await outcomeOf(event, delivery, images, guard);
    return { ...outcome, note: [outcome.note ?? [], guard.notes].flat().join(' ') || undefined };
  } catch (error) {
    const mayPass = event.RequestType === 'Update' && isDefinite(error);
    if (!mayPass || !(await isRollingBack(guard, images.pause))) {
      throw error;
    }
    // A rollback that fails would lock the stack, so no Update of one fails for what it cannot change.
    const { PhysicalResourceId: physicalId, ResourceProperties } = event;
    return {
      physicalId,
      attributes: { ImageId: ResourceProperties.ImageId ?? physicalId },
      note: error.message,
    };
  }
}

async function outcomeOf(event: Event, delivery: Delivery, images: Images, guard: Guard): Promise<Outcome> {
  const request = requestOf(event);
  switch (request.type) {
    case 'Create':
      if (!delivery.isFirst) {
        // An earlier delivery may have made the copy.
        leaveUnknown(event, delivery);
      }
      return create(request.copy, images);
    case 'Update':
      return update(request, images, guard);
    case 'Delete':
      return remove(request, images, guard);
    case 'Ready':
      return ready(request, images);
  }
}

/** Lets the Delete of a failed event look for a copy by its name. Otherwise, the Delete of a Create that failed does nothing. */
function leaveUnknown({ RequestId }: Event, delivery: Delivery): void {
  if (delivery.failureId.startsWith('nothing/')) {
    delivery.failureId = `unknown/${RequestId}`;
  }
}
