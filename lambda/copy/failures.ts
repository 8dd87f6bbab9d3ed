import type { WorkspaceImage } from '@aws-sdk/client-workspaces';
import type { Location } from '../custom-resource/invocation';
import { commonReason } from '../custom-resource/reason';
import { connectionAdvice } from '../workspaces/advice';
import { OutOfTime } from '../workspaces/patience';
import { quote, type ServiceError } from '../workspaces/service-errors';
import type { Source } from './request';

const DEPLOY_AGAIN = "Deploy again. If it fails again, see the function's log.";

/** A failure, with its reason for the person who deploys. */
export class Failure extends Error {
  /** @param isUnfinished whether another delivery of the event, later, may succeed */
  public constructor(
    reason: string,
    public readonly isUnfinished = false,
  ) {
    super(reason);
  }
}

export function notRead(region: string, error: ServiceError): Failure {
  const advice =
    error.code === 'AccessDeniedException'
      ? 'Check that no service control policy denies workspaces:DescribeWorkspaceImages.'
      : DEPLOY_AGAIN;
  return new Failure(
    `The images in ${region} could not be read: ${quote(error)}. ${connectionAdvice(error, region) ?? advice}`,
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

export function notCopied({ imageId }: Source, error: ServiceError, location: Location): Failure {
  return new Failure(`Image ${imageId} could not be copied: ${quote(error)}. ${copyAdvice(error, location)}`);
}

function copyAdvice(error: ServiceError, { region, accountId }: Location): string {
  switch (error.code) {
    case 'ResourceLimitExceededException':
      return `Account ${accountId} has as many images in ${region} as its quota allows, which is 40 by default. Delete images, or request a higher quota. A copy that is replaced needs one more until the update is complete.`;
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
      return connectionAdvice(error, region) ?? DEPLOY_AGAIN;
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
  const quoted = reasons.length > 0 ? `: "${reasons.join('; ')}"` : '';
  return new Failure(`The copy ${ImageId} ended in the state ERROR${quoted}. Deploy again.`);
}

export function missing(imageId: string, { region }: Location): Failure {
  return new Failure(`There is no image ${imageId} in ${region} any more. Deploy again.`);
}

export function notReady(imageId: string, minutes: unknown): Failure {
  return new Failure(
    `Image ${imageId} is still being copied after ${minutes} minutes. Increase timeout, and deploy again.`,
  );
}

export function pending(imageId: string, { region }: Location): Failure {
  const reason = `Image ${imageId} in ${region} is still being copied, and the service deletes no image in this state. When it is AVAILABLE, delete the stack again, or delete the image.`;
  return new Failure(reason, true);
}

export function notDeleted(imageId: string, error: ServiceError, { region }: Location): Failure {
  const advice =
    'Unshare it, and delete the bundles that use it or update them to another image. Then delete the stack again, or delete the image.';
  return new Failure(
    `Image ${imageId} could not be deleted: ${quote(error)}. ${connectionAdvice(error, region) ?? advice}`,
  );
}

/** Whether another delivery of the event, later, may succeed. */
export function isUnfinished(error: unknown): boolean {
  return error instanceof OutOfTime || (error instanceof Failure && error.isUnfinished);
}

/** Why an event failed: what happened, to which image, what the service responded, and what to do. */
export function reasonFor(error: unknown, { region }: Location): string {
  if (error instanceof Failure) {
    return error.message;
  }
  if (error instanceof OutOfTime) {
    const last = error.cause && ` The last error of the service: ${quote(error.cause)}.`;
    const advice = error.cause && connectionAdvice(error.cause, region);
    return `The function timed out.${last ?? ''} ${advice ?? 'Try again when the service is less busy.'}`;
  }
  return commonReason(error);
}
