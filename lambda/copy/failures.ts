import type { WorkspaceImage } from '@aws-sdk/client-workspaces';
import { connectionAdvice } from '../api/advice';
import { quote, type ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { Failure, NotRead } from '../event/failure';
import type { Origin } from '../guard/origin';
import type { Source } from './request';

const DEPLOY_AGAIN = "Deploy again. If it fails again, see the function's log.";
/** In the cleanup of an update, deleting the stack would delete the new copy, too. */
const DELETE_IMAGE =
  'delete the image. If it is the stack that is being deleted, you can delete the stack again instead.';

export function notRead(region: string, error: ServiceError, own: Location): NotRead {
  const advice =
    error.code === 'AccessDeniedException'
      ? `Check that no service control policy denies workspaces:DescribeWorkspaceImages in ${region}, and that a role of your own has the statements that the documentation lists.`
      : DEPLOY_AGAIN;
  return new NotRead(
    `The images in ${region} could not be read: ${quote(error)}. ${connectionAdvice(error, region, own) ?? advice}`,
  );
}

export function noSource({ imageId, region }: Source, { accountId }: Location): Failure {
  return new Failure(
    `There is no image ${imageId} in ${region}, or it is not shared with account ${accountId}. Check the image ID and the Region of the source, and let its owner share it.`,
  );
}

export function wrongOwner({ imageId, accountId }: Source, owner = 'another account'): Failure {
  return new Failure(
    `Image ${imageId} belongs to ${owner}, not to ${accountId}, so it was not copied. Check the image ID, and who has shared the image.`,
  );
}

export function notCopied({ imageId }: Source, error: ServiceError, own: Location): Failure {
  return new Failure(`Image ${imageId} could not be copied: ${quote(error)}. ${copyAdvice(error, own)}`);
}

function copyAdvice(error: ServiceError, own: Location): string {
  const { region, accountId } = own;
  switch (error.code) {
    case 'ResourceLimitExceededException':
      return /progress|concurrent|simultaneous/i.test(error.message)
        ? 'Wait until other copies are AVAILABLE, and deploy again.'
        : `Account ${accountId} has as many images in ${region} as its quota allows, which is 40 by default. Delete images, or request a higher quota. A copy that is replaced needs one more until the update is complete.`;
    case 'ResourceNotFoundException':
    case 'AccessDeniedException':
      return `Check the image ID and the Region of the source, that its owner shares it with account ${accountId}, and that no service control policy denies workspaces:CopyWorkspaceImage.`;
    case 'ResourceAlreadyExistsException':
      return 'Another image has the name of this copy. Delete that image, or change imageNamePrefix.';
    case 'ResourceUnavailableException':
      return 'Wait until the source is AVAILABLE, and deploy again.';
    case 'OperationNotSupportedException':
      return 'AWS Support makes copies from and to AWS GovCloud (US). In China (Ningxia), an image can be copied within the Region only. A BYOL image needs an account that is enabled for BYOL.';
    default:
      return connectionAdvice(error, region, own) ?? DEPLOY_AGAIN;
  }
}

export function ended({
  ImageId,
  ErrorCode,
  ErrorMessage,
  ErrorDetails = [],
}: Partial<WorkspaceImage>): Failure {
  const details = ErrorDetails.map((detail) => [detail.ErrorCode, detail.ErrorMessage]);
  const reasons = [[ErrorCode, ErrorMessage], ...details]
    .map((parts) => parts.filter(Boolean).join(': '))
    .filter(Boolean);
  const quoted = reasons.length > 0 ? `: "${reasons.join('; ').replace(/\.$/, '')}"` : '';
  return new Failure(`The copy ${ImageId} ended in the state ERROR${quoted}. Deploy again.`);
}

export function missing(imageId: string, { region }: Location): Failure {
  return new Failure(`There is no image ${imageId} in ${region} any more. Deploy again.`);
}

export function notReady({ ImageId, State, Created }: WorkspaceImage): Failure {
  const minutes = Created ? ` after ${Math.round((Date.now() - Created.getTime()) / 60_000)} minutes` : '';
  return new Failure(
    `Image ${ImageId} is still being copied${minutes}, in the state ${State}. Increase timeout, and deploy again.`,
  );
}

/** @param isUnfinished whether Lambda repeats the event */
export function pending({ ImageId }: WorkspaceImage, { region }: Location, isUnfinished: boolean): Failure {
  return new Failure(
    `Image ${ImageId} in ${region} is still being copied, and the service deletes no image in this state. When it is AVAILABLE, ${DELETE_IMAGE}`,
    isUnfinished,
  );
}

/** @param refusal the last error of the service. Without one, it has accepted the deletion. */
export function notDeleted(imageId: string, own: Location, refusal?: ServiceError): Failure {
  return new Failure(
    refusal
      ? `Image ${imageId} could not be deleted: ${quote(refusal)}. ${deletionAdvice(refusal, own)}`
      : `The deletion of image ${imageId} was accepted, but the image still exists. Check its state, and ${DELETE_IMAGE}`,
  );
}

function deletionAdvice(refusal: ServiceError, own: Location): string {
  switch (refusal.code) {
    case 'ResourceAssociatedException':
    case 'InvalidResourceStateException':
      return `Unshare it, and delete the bundles that use it or update them to another image. Then ${DELETE_IMAGE}`;
    case 'AccessDeniedException':
      return `Check that no service control policy denies workspaces:DeleteWorkspaceImage, and that a role of your own has the statements that the documentation lists. Then ${DELETE_IMAGE}`;
    default:
      return (
        connectionAdvice(refusal, own.region, own) ?? `Check the state of the image, and ${DELETE_IMAGE}`
      );
  }
}

/** Why an image that was found by its name is kept, if it is. Empty if that is not worth a note. */
export function kept(imageId: string, origin: Origin | undefined): string | undefined {
  switch (origin) {
    case 'lost':
      return undefined;
    case 'known':
      return '';
    case 'older':
      return `Image ${imageId} was not made by an event that failed, so it was kept.`;
    default:
      return `CloudFormation did not tell whether the stack uses image ${imageId}, so it was kept. If nothing uses it, delete it.`;
  }
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
