import type { CloudFormationCustomResourceUpdateEvent } from 'aws-lambda';
import { few } from '../lib/validation';
import { Contested, converge, Work } from './converge';
import { type Circumstances, isGone, reasonFor } from './failure';
import { log } from './log';
import type { Outcome, Surroundings } from './outcome';
import { Permissions } from './permissions';
import { type Goal, outlineOf, planUpdate } from './plan';
import { readDeclaration, readFormerDeclaration } from './properties';
import { putBack, wordsForPuttingBack } from './put-back';
import { deadlineForGranting } from './timing';

/**
 * Calls for the difference between what is declared now and what the service says, among the accounts that
 * the old or the new list names. A new image is a replacement: the old one is left to the Delete that follows.
 *
 * Where it fails on a new image, it takes back what it did there. Else it leaves what it did to the Update of the
 * rollback, which finds it by reading.
 */
export async function update(
  event: CloudFormationCustomResourceUpdateEvent,
  { deadline, where }: Surroundings,
): Promise<Outcome> {
  // A failed Update answers with the id it was sent: CloudFormation takes over any other.
  const physicalId = event.PhysicalResourceId;
  const permissions = new Permissions(deadline);
  let goal: Goal | undefined;
  let work = new Work();
  let adopting = false;
  try {
    const share = readDeclaration(event.ResourceProperties);
    const former = readFormerDeclaration(event.OldResourceProperties);
    const plan = planUpdate({ physicalId, logicalId: event.LogicalResourceId }, share, former);
    log('planned', { ...outlineOf(plan), ignored: former.ignored });
    adopting = share.adoptExisting;
    for (goal of plan.goals) {
      work = new Work();
      await reach(goal, permissions, work, adopting);
    }
    return { physicalId: plan.physicalId, imageId: share.imageId };
  } catch (error) {
    const reason = reasonFor(error, { ...where, imageId: goal?.imageId });
    return {
      physicalId,
      failure: reason + (await undo(error, goal, permissions, work, adopting, where)),
    };
  }
}

/**
 * Of an image that was not shared before, nothing is to stay. Where somebody undoes what this invocation does, most
 * likely it was cancelled, and a rollback is under way beside it: it must leave no trace.
 *
 * @returns what was called for and how taking it back ended, in words for the reason
 */
async function undo(
  error: unknown,
  goal: Goal | undefined,
  permissions: Permissions,
  work: Work,
  adopting: boolean,
  where: Circumstances,
): Promise<string> {
  const isNewImage = goal?.stance === 'create' && work.granted.size > 0;
  if (goal === undefined || !(isNewImage || error instanceof Contested)) {
    return wordsFor(work);
  }
  const left = await putBack(
    {
      imageId: goal.imageId,
      wanted: [...work.revoked],
      released: [...work.granted],
      stance: 'insist',
      contended: false,
    },
    permissions,
    work,
    where,
  );
  if (isNewImage) {
    // The rollback of an adopting Update revokes nothing: it could not tell what was found from what was granted.
    return ` ${wordsForPuttingBack(left, adopting ? undefined : 'The rollback')}`;
  }
  return left === undefined ? '' : wordsFor(work);
}

async function reach(
  goal: Goal,
  permissions: Permissions,
  work: Work,
  adoptExisting: boolean,
): Promise<void> {
  const deadline =
    goal.stance === 'create'
      ? deadlineForGranting(permissions.deadline, adoptExisting)
      : permissions.deadline;
  try {
    await converge(goal, permissions.until(deadline), work);
  } catch (error) {
    if (goal.wanted.length === 0 && isGone(error)) {
      log('the image is gone', { imageId: goal.imageId });
      return;
    }
    throw error;
  } finally {
    deadline.clear();
  }
}

function wordsFor(work: Work): string {
  const deeds = [
    work.granted.size > 0 ? `granted ${few([...work.granted])}` : '',
    work.revoked.size > 0 ? `revoked ${few([...work.revoked])}` : '',
  ].filter((deed) => deed !== '');
  if (deeds.length === 0) {
    return '';
  }
  return ` Until then it had called for: ${deeds.join('; ')}. The rollback takes back what is left of it.`;
}
