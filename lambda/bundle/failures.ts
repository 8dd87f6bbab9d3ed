import { quote, type ServiceError } from '../api/service-errors';
import type { Location } from '../event/delivery';
import { Failure } from '../event/failure';
import { adviceFor, type Words } from '../named/failures';
import type { Bundle } from './bundles';
import type { DeclaredBundle } from './request';

export const BUNDLE: Words = {
  noun: 'bundle',
  subject: 'Bundle',
  inUse: 'Delete the WorkSpaces that use it or migrate them to another bundle.',
};

const CHECK_IMAGE = 'Check the image ID. The account must own the image: copy a shared image first.';

export function notCreated({ imageId, tags }: DeclaredBundle, error: ServiceError, own: Location): Failure {
  return new Failure(
    `The bundle with image ${imageId} could not be created: ${quote(error)}. ${creationAdvice(error, own, tags !== undefined)}`,
  );
}

function creationAdvice(error: ServiceError, own: Location, hasTags: boolean): string {
  switch (error.code) {
    case 'ResourceLimitExceededException':
      return `Account ${own.accountId} can have 50 custom bundles in ${own.region}. Delete bundles that no WorkSpace uses.`;
    case 'ResourceNotFoundException':
      return CHECK_IMAGE;
    case 'ResourceUnavailableException':
      return 'Wait until the image is AVAILABLE, and deploy again.';
    case 'InvalidParameterValuesException':
      return 'Check the compute type and the volumes, which cannot be smaller than those of the image.';
    default:
      return adviceFor(error, own, `CreateWorkspaceBundle${hasTags ? ' or workspaces:CreateTags' : ''}`);
  }
}

export function notUpdated(bundleId: string, imageId: string, error: ServiceError, own: Location): Failure {
  return new Failure(
    `Bundle ${bundleId} could not be updated to image ${imageId}: ${quote(error)}. ${updateAdvice(error, own)}`,
  );
}

function updateAdvice(error: ServiceError, own: Location): string {
  switch (error.code) {
    case 'ResourceNotFoundException':
      return CHECK_IMAGE;
    case 'ResourceUnavailableException':
      return 'Wait until the image and the bundle are AVAILABLE, and deploy again.';
    case 'OperationNotSupportedException':
      return 'Check that the image has the operating system and the license of the bundle.';
    default:
      return adviceFor(error, own, 'UpdateWorkspaceBundle');
  }
}

export function otherHardware({ id, hardware }: Bundle): Failure {
  const { computeType, userVolume, rootVolume } = hardware;
  const root = rootVolume === undefined ? '' : ` and ${rootVolume} GiB for the system`;
  return new Failure(
    `The compute type and the volumes of a bundle cannot change: ${id} has ${computeType}, ${userVolume} GiB for users${root}. Add another bundle with another construct ID, migrate the WorkSpaces, and remove this one.`,
  );
}

export function gone(bundleId: string): Failure {
  return new Failure(`There is no bundle ${bundleId} any more. Change the construct ID to make another one.`);
}

export function notShown(bundleId: string, imageId: string, bundle?: Bundle): Failure {
  return new Failure(
    bundle?.state === 'ERROR'
      ? `Bundle ${bundleId} ended in the state ERROR. Deploy again.`
      : `The service does not show bundle ${bundleId} with image ${imageId}. Deploy again.`,
  );
}

/** @param isUnfinished whether Lambda repeats the event */
export function stillPending({ id, state }: Bundle, since: number, isUnfinished: boolean): Failure {
  const minutes = Math.round((Date.now() - since) / 60_000);
  return new Failure(
    `Bundle ${id} is still ${state} after ${minutes} minutes. Wait until it is AVAILABLE, and deploy again.`,
    isUnfinished,
  );
}
