import type { Outcome } from '../event/response';
import { handlerOf, type Work } from '../named/carry-out';
import { create } from './create';
import { Images } from './images';
import { ready } from './ready';
import { remove } from './remove';
import { requestOf } from './request';
import { update } from './update';

/** Carries out one event of `Custom::WorkspaceImageCopy` or `Custom::WorkspaceImageReady`, and responds. */
export const handler = handlerOf({
  Items: Images,
  carryOut,
  unchanged: ({ PhysicalResourceId: physicalId, ResourceProperties }, note) => ({
    physicalId,
    attributes: { ImageId: ResourceProperties.ImageId ?? physicalId },
    note,
  }),
});

async function carryOut({ event, delivery, items, guard, uncertain }: Work<Images>): Promise<Outcome> {
  const request = requestOf(event);
  switch (request.type) {
    case 'Create':
      if (!delivery.isFirst) {
        // An earlier delivery may have made the copy.
        uncertain();
      }
      return create(request.copy, items);
    case 'Update':
      return update(request, items, guard);
    case 'Delete':
      return remove(request, items, guard);
    case 'Ready':
      return ready(request, items);
  }
}
