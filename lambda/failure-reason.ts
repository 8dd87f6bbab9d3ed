import { few } from '../lib/validation';
import { NotAwaited } from './awaiting';
import type { Plan } from './plan';
import { InvalidProperties } from './properties';
import {
  AlreadyShared,
  CallsRefused,
  NotVisible,
  OutOfTime,
  ReadRefused,
  type Refusal,
} from './reconciliation';
import type { ServiceError } from './service-errors';
import { VISIBLE_WITHIN } from './timing';

/** The account and Region of the function. */
export interface Location {
  readonly region: string;
  readonly accountId: string;
}

/** Why an event failed: what happened, to which image and accounts, what the service responded, and what to do. */
export function reasonFor(error: unknown, location: Location, imageId = ''): string {
  if (error instanceof InvalidProperties) {
    return `Invalid properties, so nothing was changed. ${error.message}`;
  }
  if (error instanceof NotAwaited) {
    return 'The function stopped because, according to the stack events, CloudFormation no longer waits for this event. If the deployment failed with this message, deploy again.';
  }
  if (error instanceof AlreadyShared) {
    return (
      `Image ${imageId} is already shared with ${few(error.accounts)}, but not by this share. ` +
      'If another share owns these permissions, remove the accounts from this one. To take them over, deploy with ' +
      'adoptExisting: true and removalPolicy: RemovalPolicy.RETAIN, then remove both properties and deploy again. To take them ' +
      'over from another share, first deploy that one with RemovalPolicy.RETAIN.'
    );
  }
  if (error instanceof CallsRefused) {
    const [first] = [...error.refusals.values()] as [Refusal];
    const refused = (allow: boolean, change: string) => {
      const accounts = [...error.refusals].filter(([, refusal]) => refusal.allow === allow);
      return accounts.length > 0 ? [`${change} ${few(accounts.map(([account]) => account))}`] : [];
    };
    const changes = [...refused(true, 'shared with'), ...refused(false, 'unshared from')].join(' or ');
    return `Image ${imageId} could not be ${changes}: ${quote(first.error)}. ${advice(first.error, location, imageId)}`;
  }
  if (error instanceof ReadRefused) {
    return `The permissions of image ${imageId} could not be read: ${quote(error.reason)}. ${advice(error.reason, location, imageId)}`;
  }
  if (error instanceof NotVisible) {
    return `The changes to image ${imageId} were accepted, but reads still do not show them for ${few(error.accounts)} after ${VISIBLE_WITHIN / 1_000} seconds. Check CloudTrail for other callers of UpdateWorkspaceImagePermission, and deploy again.`;
  }
  if (error instanceof OutOfTime) {
    const timedOut = `The function timed out before all permissions of image ${imageId} were updated.`;
    const later = 'Deploy again when the service is less busy, or change fewer accounts at a time.';
    return error.last === undefined
      ? `${timedOut} ${later}`
      : `${timedOut} The last error of the service: ${quote(error.last)}. ${advice(error.last, location, imageId, later)}`;
  }
  return `The function failed unexpectedly: ${(error as Error).message}. Please report this with the function's log.`;
}

/** What a failed Create, or a replacement that adopts, leaves behind. */
export function leftBehindReason({ existing }: Plan, left: readonly string[] | undefined): string[] {
  if (left === undefined) {
    return [];
  }
  if (left.length === 0) {
    return ['The permissions are as before.'];
  }
  const accounts = few(left, 20);
  return existing === 'refuse'
    ? [`Deleting this resource, as a rollback does, revokes the permission of ${accounts}.`]
    : [
        `These accounts may still have permission: ${accounts}. Revoke it by hand, or deploy again with adoptExisting.`,
      ];
}

function advice(
  error: ServiceError,
  { region, accountId }: Location,
  imageId: string,
  otherwise = "Deploy again. If it fails again, see the function's log.",
): string {
  switch (error.code ?? error.name) {
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
      return 'Check that each account exists and is not the owner of the image.';
    case 'ENOTFOUND':
      return `The function cannot find the WorkSpaces API in ${region}. Deploy the share in a Region with WorkSpaces. In a VPC, check DNS and the route to the API.`;
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'TimeoutError':
      return `The WorkSpaces API in ${region} does not respond. In a VPC, check the function's route to it.`;
    default:
      return otherwise;
  }
}

function quote(error: ServiceError): string {
  const message = error.message.length > 300 ? `${error.message.slice(0, 300)}...` : error.message;
  return `"${error.code ?? error.name}: ${message}"`;
}
