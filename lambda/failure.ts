import { few } from '../lib/validation';
import { CallsRefused, Contested, NotVisible, type Refusal } from './converge';
import { OutOfTime } from './permissions';
import { InvalidDeclaration } from './properties';
import { VISIBLE_WITHIN } from './timing';

/** A Create found accounts that have permission already. */
export class AlreadyShared extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}

/** Where, and for which image, an event failed. */
export interface Circumstances {
  /** Known, unless the declaration could not be read. */
  readonly imageId?: string;
  readonly region: string;
  /** The function's own account, where known. */
  readonly accountId: string;
}

/** The reason of a failed answer: what, which image, which accounts, what the service said, what to do. */
export function reasonFor(error: unknown, where: Circumstances): string {
  if (error instanceof InvalidDeclaration) {
    return `The share cannot be deployed as declared, and nothing was changed. ${error.message}`;
  }
  const image = `image ${where.imageId}`;
  if (error instanceof AlreadyShared) {
    return (
      `${capitalized(image)} is already shared with ${few(error.accounts)}, not by this share, so nothing was changed. ` +
      'If another share owns that permission, leave it there and take the account off this list. ' +
      'To take it over from a share that is to go: set removalPolicy RETAIN on the old share and deploy; deploy this one with adoptExisting: true; ' +
      'remove the old share and deploy; unset adoptExisting. If it was granted by hand, deploy this share with adoptExisting: true once.'
    );
  }
  if (error instanceof CallsRefused) {
    const [first] = [...error.refusals.values()] as [Refusal];
    const deed = first.allow ? 'shared with' : 'unshared from';
    return `${capitalized(image)} could not be ${deed} ${few([...error.refusals.keys()])}: the service said ${quote(first.error)}. ${advice(first.error, where)}`;
  }
  if (error instanceof NotVisible) {
    return `The changes to ${image} were accepted but do not show after ${VISIBLE_WITHIN / 1_000} seconds, for ${few(error.accounts)}. Deploy again; if it happens again, look at the image's permissions in the WorkSpaces console.`;
  }
  if (error instanceof Contested) {
    return `Somebody else changes the permissions of ${image} at the same time: what this deployment did for ${few(error.accounts)} was undone. It stopped and took its own changes back. Find out who (CloudTrail, UpdateWorkspaceImagePermission) and deploy again.`;
  }
  if (error instanceof OutOfTime) {
    const ended = `The function's time ended before the permissions of ${image} were as declared.`;
    const { last } = error;
    return last === undefined
      ? `${ended} ${LATER_OR_FEWER}`
      : `${ended} The service said last: ${quote(last)}. ${advice(last, where, LATER_OR_FEWER)}`;
  }
  return `The permissions of ${image} could not be read: the service said ${quote(error as Error)}. ${advice(error as Error, where)}`;
}

/** Whether the image does not exist any more. */
export function isGone(error: unknown): boolean {
  return (error as Error).name === 'ResourceNotFoundException';
}

const LATER_OR_FEWER = 'Deploy again when the service is less busy, or declare fewer accounts at a time.';

/** What to do about what the service said. */
function advice(
  error: Error & { code?: string },
  where: Circumstances,
  otherwise = 'Deploy again; if it happens again, look at the log of the function.',
): string {
  const { imageId, region, accountId } = where;
  switch (error.code ?? error.name) {
    case 'AccessDeniedException':
      return `The function may only change images of account ${accountId} in ${region}: check that ${imageId} is one of them, that no service control policy forbids it, and, with a role of your own, that it has the statements the README lists.`;
    case 'ResourceNotFoundException':
      return `There is no image ${imageId} in account ${accountId} and ${region}: check the id, and deploy the share in the image's own account and Region.`;
    case 'OperationNotSupportedException':
      return 'A BYOL image can be shared only with accounts that are enabled for BYOL and belong to the same organization; in AWS GovCloud (US) a BYOL image is shared through AWS Support.';
    case 'ResourceUnavailableException':
    case 'InvalidResourceStateException':
      return `The image is not ready: wait until the state of ${imageId} is AVAILABLE and deploy again.`;
    case 'InvalidParameterValuesException':
    case 'ValidationException':
      return 'Check that each account exists and is not the account that owns the image.';
    case 'ENOTFOUND':
      return `Amazon WorkSpaces has no endpoint that can be found in ${region}: deploy the share in a Region with WorkSpaces; in a VPC, check its DNS and its route to it.`;
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'TimeoutError':
      return `The WorkSpaces API in ${region} does not answer: in a VPC, check the function's route to it.`;
    default:
      return otherwise;
  }
}

function quote(error: Error & { code?: string }): string {
  const words = error.message.length > 300 ? `${error.message.slice(0, 300)}...` : error.message;
  return `"${error.code ?? error.name}: ${words}"`;
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
