import { enumerate } from '../../lib/workspaces/validation';
import type { Location } from '../custom-resource/invocation';
import { commonReason } from '../custom-resource/reason';
import { connectionAdvice } from '../workspaces/advice';
import { OutOfTime } from '../workspaces/patience';
import { quote, type ServiceError } from '../workspaces/service-errors';
import type { Change } from './changes';
import { AlreadyShared, CallsRefused, NotVisible, ReadRefused } from './failures';
import type { OnExisting } from './plan';
import { VISIBLE_WITHIN } from './timing';

/** Why an event failed: what happened, to which image and accounts, what the service responded, and what to do. */
export function reasonFor(error: unknown, location: Location, imageId = ''): string {
  if (error instanceof AlreadyShared) {
    return (
      `Image ${imageId} is already shared with ${enumerate(error.accounts)}, but not by this share. ` +
      'If another share owns these permissions, remove the accounts from this one, or first deploy that one with ' +
      'RemovalPolicy.RETAIN. To take the permissions over, deploy with adoptExisting: true and removalPolicy: ' +
      'RemovalPolicy.RETAIN, then remove both properties and deploy again.'
    );
  }
  if (error instanceof CallsRefused) {
    const [first] = error.changes.flatMap(({ refusal }) => refusal ?? []) as [ServiceError];
    const refused = (allow: boolean, change: string) => {
      const changes = error.changes.filter((other) => other.allow === allow);
      return changes.length > 0 ? [`${change} ${accountsOf(changes)}`] : [];
    };
    const changes = [...refused(true, 'shared with'), ...refused(false, 'unshared from')].join(' or ');
    return `Image ${imageId} could not be ${changes}: ${quote(first)}. ${advice(first, location, imageId)}`;
  }
  if (error instanceof ReadRefused) {
    return `The permissions of image ${imageId} could not be read: ${quote(error.cause)}. ${advice(error.cause, location, imageId)}`;
  }
  if (error instanceof NotVisible) {
    return `The changes to image ${imageId} were accepted, but reads still do not show them for ${enumerate(error.accounts)} after ${VISIBLE_WITHIN / 1_000} seconds. Check CloudTrail for other callers of UpdateWorkspaceImagePermission, and deploy again.`;
  }
  if (error instanceof OutOfTime) {
    const timedOut = `The function timed out before all permissions of image ${imageId} were updated.`;
    const later =
      'Try again when the service is less busy, or change fewer accounts at a time. A deletion continues where it stopped.';
    return error.cause === undefined
      ? `${timedOut} ${later}`
      : `${timedOut} The last error of the service: ${quote(error.cause)}. ${advice(error.cause, location, imageId, later)}`;
  }
  return commonReason(error);
}

/** Describes the permissions that a failed event leaves in place. */
export function leftBehindReason(onExisting: OnExisting, left: readonly string[] | undefined): string[] {
  if (left === undefined) {
    return [];
  }
  if (left.length === 0) {
    return ['The permissions are as before.'];
  }
  const accounts = enumerate(left, 20);
  return onExisting === 'refuse'
    ? [`Deleting this resource, as a rollback does, revokes the permission of ${accounts}.`]
    : [
        `These accounts may still have permission: ${accounts}. Revoke it by hand, or deploy again with adoptExisting.`,
      ];
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
  { region, accountId }: Location,
  imageId: string,
  otherwise = "Deploy again. If it fails again, see the function's log.",
): string {
  switch (error.code) {
    case 'AccessDeniedException':
      return `Check that ${imageId} is an image of account ${accountId} in ${region}, that no service control policy denies the call, and that a role of your own has the statements listed in the README.`;
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
      return connectionAdvice(error, region) ?? otherwise;
  }
}
