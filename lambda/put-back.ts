import { few } from '../lib/validation';
import { converge, Work } from './converge';
import { type Circumstances, reasonFor } from './failure';
import { log } from './log';
import type { Permissions } from './permissions';
import type { Goal } from './plan';

/**
 * Puts the permissions back as an invocation that failed found them.
 *
 * @param goal what that is
 * @param work what the invocation called for: it counts as done, whether or not reads show it yet
 * @returns undefined where reads show the goal, else the accounts that may have kept permission
 */
export async function putBack(
  goal: Goal,
  permissions: Permissions,
  work: Work,
  where: Circumstances,
): Promise<readonly string[] | undefined> {
  const undone = new Work();
  try {
    await converge(goal, permissions, undone, work.granted);
    return undefined;
  } catch (error) {
    const { imageId } = goal;
    log('not put back', { imageId, reason: reasonFor(error, { ...where, imageId }) });
    return [...work.granted].filter((account) => !undone.accepted.has(account));
  }
}

/**
 * How that ended, in words for the reason.
 *
 * @param left as `putBack` returned it
 * @param finishedBy what revokes what is left; by default nothing does
 */
export function wordsForPuttingBack(left: readonly string[] | undefined, finishedBy?: string): string {
  if (left === undefined) {
    return 'What was granted on the way is revoked again: the permissions are as before.';
  }
  const state =
    left.length > 0
      ? `These accounts may still have permission: ${few(left, 20)}.`
      : 'What was granted on the way was revoked again, which no read confirmed in time.';
  return finishedBy === undefined
    ? `${state} Revoke it by hand, or deploy again with adoptExisting.`
    : `${state} ${finishedBy} revokes what is left.`;
}
