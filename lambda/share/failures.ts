import { enumerate } from '../../lib/workspaces/validation';
import { connectionAdvice } from '../api/advice';
import { quote, type ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { Failure, NotRead } from '../event/failure';
import type { Change } from './changes';
import type { OnExisting } from './plan';
import { VISIBLE_WITHIN } from './timing';

/** Accounts have permission that this share did not grant. */
export function alreadyShared(imageId: string, accounts: readonly string[]): Failure {
  return new Failure(
    `Image ${imageId} is already shared with ${enumerate(accounts)}, but not by this share. ` +
      'If another share owns these permissions, remove the accounts from this one, or first deploy that one with ' +
      'RemovalPolicy.RETAIN. To take the permissions over, deploy with adoptExisting: true and removalPolicy: ' +
      'RemovalPolicy.RETAIN, then remove both properties and deploy again.',
  );
}

/** The service refused calls whose changes reads do not show. */
export function callsRefused(imageId: string, refused: readonly Change[], own: Location): Failure {
  const [first] = refused.flatMap(({ refusal }) => refusal ?? []) as [ServiceError];
  const list = (allow: boolean, change: string) => {
    const changes = refused.filter((other) => other.allow === allow);
    return changes.length > 0 ? [`${change} ${accountsOf(changes)}`] : [];
  };
  const changes = [...list(true, 'shared with'), ...list(false, 'unshared from')].join(' or ');
  return new Failure(
    `Image ${imageId} could not be ${changes}: ${quote(first)}. ${advice(first, own, imageId)}`,
  );
}

export function notRead(imageId: string, error: ServiceError, own: Location): NotRead {
  return new NotRead(
    `The permissions of image ${imageId} could not be read: ${quote(error)}. ${advice(error, own, imageId)}`,
  );
}

/** The service accepted the calls, but reads do not show the changes. */
export function notVisible(imageId: string, changes: readonly Change[]): Failure {
  return new Failure(
    `The changes to image ${imageId} were accepted, but reads still do not show them for ${accountsOf(changes)} after ${VISIBLE_WITHIN / 1_000} seconds. Check CloudTrail for other callers of UpdateWorkspaceImagePermission, and deploy again.`,
  );
}

export function timedOut(imageId: string, own: Location, last?: ServiceError): Failure {
  const later =
    'Try again when the service is less busy, or change fewer accounts at a time. A deletion continues where it stopped.';
  const reason = last
    ? `The last error of the service: ${quote(last)}. ${advice(last, own, imageId, later)}`
    : later;
  return new Failure(
    `The function timed out before all permissions of image ${imageId} were updated. ${reason}`,
  );
}

/** Describes the permissions that a failed event leaves in place. */
export function leftBehindReason(onExisting: OnExisting, left: readonly string[] | undefined): string[] {
  if (left === undefined) {
    return [];
  }
  if (left.length === 0) {
    return ['The permissions are as before.'];
  }
  return onExisting === 'refuse'
    ? [`Deleting this resource, as a rollback does, revokes the permission of ${enumerate(left, 20)}.`]
    : [mayHavePermission(left)];
}

export function mayHavePermission(accounts: readonly string[]): string {
  return `These accounts may still have permission: ${enumerate(accounts, 20)}. Revoke it by hand, or deploy again with adoptExisting.`;
}

/** Describes accounts that lost their permission before the event, which could not grant it again. */
export function lostReason(imageId: string, lost: readonly Change[]): string[] {
  const [first] = lost.flatMap(({ refusal }) => refusal ?? []);
  return first
    ? [
        `Image ${imageId} is no longer shared with ${accountsOf(lost)}, although they are in the list, and the service refuses to share it: ${quote(first)}. If the accounts are closed or have left the organization, remove them from the list.`,
      ]
    : [];
}

function accountsOf(changes: readonly Change[]): string {
  return enumerate(changes.map(({ account }) => account));
}

function advice(
  error: ServiceError,
  own: Location,
  imageId: string,
  otherwise = "Deploy again. If it fails again, see the function's log.",
): string {
  const { region, accountId } = own;
  switch (error.code) {
    case 'AccessDeniedException':
      return `Check that ${imageId} is an image of account ${accountId} in ${region}, that no service control policy denies the call, and that a role of your own has the statements that the documentation lists.`;
    case 'ResourceNotFoundException':
      return `Account ${accountId} has no image ${imageId} in ${region}. Check the image ID, and deploy the share in the account and Region of the image.`;
    case 'OperationNotSupportedException':
      return 'A BYOL image can only be shared with accounts that are enabled for BYOL and belong to the same organization. In AWS GovCloud (US), AWS Support shares BYOL images.';
    case 'ResourceUnavailableException':
    case 'InvalidResourceStateException':
      return `Wait until ${imageId} is AVAILABLE, and deploy again.`;
    case 'InvalidParameterValuesException':
    case 'ValidationException':
      return 'Check that each account exists.';
    default:
      return connectionAdvice(error, region, own) ?? otherwise;
  }
}
