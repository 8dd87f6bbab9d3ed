import { connectionAdvice } from '../api/advice';
import { isDenied, quote, type ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { Failure, NotRead } from '../event/failure';
import type { Origin } from '../guard/origin';
import type { Item } from './items';

/** What differs in the sentences about images and bundles. */
export interface Words {
  readonly noun: 'image' | 'bundle';
  /** The noun at the beginning of a sentence, and in the names of actions. */
  readonly subject: 'Image' | 'Bundle';
  /** What to do if the service refuses to delete something that is in use. */
  readonly inUse: string;
}

export function notRead(
  { noun, subject }: Words,
  region: string,
  error: ServiceError,
  own: Location,
): NotRead {
  const advice = adviceFor(error, own, `DescribeWorkspace${subject}s in ${region}`, region);
  return new NotRead(`The ${noun}s in ${region} could not be read: ${quote(error)}. ${advice}`);
}

/**
 * What to do about an error that any call can have.
 *
 * @param action what IAM must allow
 * @param region the Region of the API that was called
 */
export function adviceFor(error: ServiceError, own: Location, action: string, region = own.region): string {
  return isDenied(error)
    ? `Check that no service control policy denies workspaces:${action}, and that a role of your own has the statements that the documentation lists.`
    : (connectionAdvice(error, region, own) ?? "Deploy again. If it fails again, see the function's log.");
}

/** The note that something is kept because its name does not show that it may be deleted. */
export function foreign({ subject }: Words, id: string): string {
  return `${subject} ${id} was not made by a stack, so it was kept.`;
}

/** Why something that was found by its name is kept, if it is. Empty if that is not worth a note. */
export function kept({ subject }: Words, id: string, origin: Origin | undefined): string | undefined {
  switch (origin) {
    case 'lost':
      return undefined;
    case 'known':
      return '';
    case 'older':
      return `${subject} ${id} was not made by an event that failed, so it was kept.`;
    default:
      return `${subject} ${id} was kept, because CloudFormation did not tell whether the stack uses it. If nothing uses it, delete it.`;
  }
}

/** @param isUnfinished whether Lambda repeats the event */
export function pending(
  { noun, subject }: Words,
  { id, state }: Item,
  { region }: Location,
  isUnfinished: boolean,
): Failure {
  return new Failure(
    `${subject} ${id} in ${region} is still ${state}, and the service deletes no ${noun} in this state. When it is AVAILABLE, delete the ${noun}.`,
    isUnfinished,
  );
}

/** @param refusal the last error of the service. Without one, it has accepted the deletion. */
export function notDeleted(words: Words, id: string, own: Location, refusal?: ServiceError): Failure {
  const { noun, subject } = words;
  const what = refusal
    ? `${subject} ${id} could not be deleted: ${quote(refusal)}.`
    : `The deletion of ${noun} ${id} was accepted, but the ${noun} still exists.`;
  // In the cleanup of an update, deleting the stack again would be wrong.
  return new Failure(`${what} ${deletionAdvice(words, own, refusal)} Then delete the ${noun}.`);
}

function deletionAdvice({ subject, inUse }: Words, own: Location, refusal?: ServiceError): string {
  if (!refusal || ['ResourceAssociatedException', 'InvalidResourceStateException'].includes(refusal.code)) {
    return inUse;
  }
  return isDenied(refusal)
    ? adviceFor(refusal, own, `DeleteWorkspace${subject}`)
    : (connectionAdvice(refusal, own.region, own) ?? 'Check its state.');
}

/** @param isUnfinished whether Lambda repeats the event */
export function timedOut(own: Location, isUnfinished: boolean, last?: ServiceError): Failure {
  const reason = last ? ` The last error of the service: ${quote(last)}.` : '';
  const advice = last && connectionAdvice(last, own.region, own);
  return new Failure(
    `The function timed out.${reason} ${advice ?? 'Try again when the service is less busy.'}`,
    isUnfinished,
  );
}
