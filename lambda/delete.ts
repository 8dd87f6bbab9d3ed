import type { CloudFormationCustomResourceDeleteEvent } from 'aws-lambda';
import { converge } from './converge';
import { isGone, reasonFor } from './failure';
import { log } from './log';
import type { Outcome, Surroundings } from './outcome';
import { Permissions } from './permissions';
import { outlineOf, planDelete } from './plan';
import { readFormerDeclaration } from './properties';

/**
 * Revokes what is listed and still granted, and answers once a read shows none of it any more, so that the
 * image can be deleted next. What is revoked already, or an image that is gone, is a success.
 */
export async function remove(
  event: CloudFormationCustomResourceDeleteEvent,
  { deadline, where, recent }: Surroundings,
): Promise<Outcome> {
  const physicalId = event.PhysicalResourceId;
  const former = readFormerDeclaration(event.ResourceProperties);
  const plan = planDelete(physicalId, former, recent);
  log('planned', { ...outlineOf(plan), ignored: former.ignored });
  const failures: string[] = [];
  for (const goal of plan.goals) {
    try {
      await converge(goal, new Permissions(deadline));
    } catch (error) {
      if (isGone(error)) {
        log('the image is gone', { imageId: goal.imageId });
      } else {
        log('left', { imageId: goal.imageId, accounts: goal.released });
        failures.push(reasonFor(error, { ...where, imageId: goal.imageId }));
      }
    }
  }
  return { physicalId, failure: failures.length > 0 ? failures.join(' ') : undefined };
}
