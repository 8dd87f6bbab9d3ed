import type { Outcome } from '../event/response';
import { handlerOf, type Work } from '../named/carry-out';
import { Bundles } from './bundles';
import { create } from './create';
import { remove } from './remove';
import { requestOf } from './request';
import { update } from './update';

/** Carries out one event of `Custom::WorkspaceBundle`, and responds. */
export const handler = handlerOf({
  Items: Bundles,
  carryOut,
  unchanged: ({ PhysicalResourceId: physicalId, ResourceProperties: { ImageId } }, reason) => ({
    physicalId,
    note: `${reason} Bundle ${physicalId} may have another image than ${ImageId}.`,
  }),
});

async function carryOut({ event, delivery, items, guard, uncertain }: Work<Bundles>): Promise<Outcome> {
  const request = requestOf(event);
  switch (request.type) {
    case 'Create':
      if (!delivery.isFirst) {
        // An earlier delivery may have made the bundle.
        uncertain();
      }
      return create(request, items, guard.sentAt, (bundleId) => {
        delivery.failureId = bundleId;
      });
    case 'Update':
      return update(request, items, guard, delivery.isFirst);
    case 'Delete':
      return remove(request, items, guard);
  }
}
