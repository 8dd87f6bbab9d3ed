import { quote, type ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { Failure } from '../event/failure';
import { adviceFor, type Words } from '../named/failures';
import type { Item } from '../named/items';
import type { Image } from './images';
import type { Source } from './request';

export const IMAGE: Words = {
  noun: 'image',
  subject: 'Image',
  inUse: 'Unshare it, and delete the bundles that use it or update them to another image.',
};

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
      return 'Delete the image that has the name of this copy, or change imageNamePrefix.';
    case 'ResourceUnavailableException':
      return 'Wait until the source is AVAILABLE, and deploy again.';
    case 'OperationNotSupportedException':
      return 'AWS Support makes copies from and to AWS GovCloud (US). In China (Ningxia), an image can be copied within the Region only. A BYOL image needs an account that is enabled for BYOL.';
    default:
      return adviceFor(error, own, 'CopyWorkspaceImage');
  }
}

export function ended({ id, errors }: Image): Failure {
  const quoted = errors.length > 0 ? `: "${errors.join('; ').replace(/\.$/, '')}"` : '';
  return new Failure(`The copy ${id} ended in the state ERROR${quoted}. Deploy again.`);
}

export function missing(imageId: string, { region }: Location): Failure {
  return new Failure(`There is no image ${imageId} in ${region} any more. Deploy again.`);
}

export function notReady({ id, state, created }: Item): Failure {
  const minutes = created ? ` after ${Math.round((Date.now() - created.getTime()) / 60_000)} minutes` : '';
  return new Failure(
    `Image ${id} is still being copied${minutes}, in the state ${state}. Increase timeout, and deploy again.`,
  );
}
