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

const TO_CREATE: Readonly<Record<string, string>> = {
  ResourceLimitExceededException:
    'An account can have 50 custom bundles in a Region. Delete bundles that no WorkSpace uses.',
  ResourceNotFoundException: CHECK_IMAGE,
  ResourceUnavailableException: 'Wait until the image is AVAILABLE, and deploy again.',
  InvalidParameterValuesException:
    'Check the compute type and the volumes, which cannot be smaller than those of the image.',
};

const TO_UPDATE: Readonly<Record<string, string>> = {
  ResourceNotFoundException: CHECK_IMAGE,
  ResourceUnavailableException: 'Wait until the image and the bundle are AVAILABLE, and deploy again.',
  OperationNotSupportedException:
    'Check that the image has the operating system and the license of the bundle.',
};

export function notCreated({ imageId, tags }: DeclaredBundle, error: ServiceError, own: Location): Failure {
  const actions = tags ? 'CreateWorkspaceBundle or workspaces:CreateTags' : 'CreateWorkspaceBundle';
  const advice = TO_CREATE[error.code] ?? adviceFor(error, own, actions);
  return new Failure(`The bundle with image ${imageId} could not be created: ${quote(error)}. ${advice}`);
}

export function notUpdated(bundleId: string, imageId: string, error: ServiceError, own: Location): Failure {
  const advice = TO_UPDATE[error.code] ?? adviceFor(error, own, 'UpdateWorkspaceBundle');
  return new Failure(
    `Bundle ${bundleId} could not be updated to image ${imageId}: ${quote(error)}. ${advice}`,
  );
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
