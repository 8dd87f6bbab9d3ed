import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import {
  computeTypeProblems,
  descriptionProblems,
  imageIdProblems,
  isBundleId,
  namePrefixProblems,
  volumeProblems,
} from '../../lib/workspaces/validation';
import { type Properties, refuseInvalid } from '../event/failure';
import { markOf, ownMarkOf } from '../named/name';
import { requestIn } from '../named/physical-id';

/** What a bundle has for as long as it exists. Volumes are in GiB. */
export interface Hardware {
  readonly computeType?: string;
  readonly userVolume?: string;
  /** Undefined if that of the image is used. */
  readonly rootVolume?: string;
}

/** A bundle as its properties declare it. */
export interface DeclaredBundle {
  readonly imageId: string;
  readonly hardware: Hardware;
  readonly namePrefix: string;
  readonly description: string;
  readonly tags?: { Key: string; Value: string }[];
}

/** What an event requests. */
export type Request =
  | {
      readonly type: 'Create';
      readonly bundle: DeclaredBundle;
      /** How the name of the bundle ends, which identifies it. */
      readonly mark: string;
    }
  | {
      readonly type: 'Update';
      readonly bundle: DeclaredBundle;
      readonly bundleId: string;
      /** What the former properties declare, which can be those of an Update that failed. */
      readonly formerImageId: unknown;
      readonly formerHardware: Hardware;
    }
  | {
      readonly type: 'Delete';
      readonly physicalId: string;
      readonly ownMark: string;
      /** The mark of the bundle that an ID of the kind `unknown` is for. */
      readonly unknownMark: string;
    };

/**
 * Parses an event.
 *
 * @throws Failure if the properties are invalid
 */
export function requestOf(event: CloudFormationCustomResourceEvent): Request {
  if (event.RequestType === 'Delete') {
    const { PhysicalResourceId: physicalId } = event;
    const unknownMark = bundleMarkOf(event, requestIn(physicalId));
    return { type: 'Delete', physicalId, ownMark: ownMarkOf(event), unknownMark };
  }
  const bundle = declaredBundle(event.ResourceProperties);
  // An Update of a resource that has made nothing yet is a Create.
  if (event.RequestType === 'Create' || !isBundleId(event.PhysicalResourceId)) {
    return { type: 'Create', bundle, mark: bundleMarkOf(event, event.RequestId) };
  }
  const { PhysicalResourceId: bundleId, OldResourceProperties: former } = event;
  return {
    type: 'Update',
    bundle,
    bundleId,
    formerImageId: former.ImageId,
    formerHardware: hardwareOf(former),
  };
}

/**
 * The mark of the bundle that a request makes. AWS advises against using the name of a deleted bundle for two hours, so a
 * deployment that fails and is repeated needs another name. Duplicates and repetitions by Lambda have the same request.
 */
function bundleMarkOf(event: CloudFormationCustomResourceEvent, requestId: string): string {
  return markOf(event, [requestId]);
}

function declaredBundle(properties: Properties): DeclaredBundle {
  const { ImageId, NamePrefix, Description, Tags } = properties;
  const hardware = hardwareOf(properties);
  refuseInvalid([
    ...imageIdProblems(ImageId),
    ...computeTypeProblems(hardware.computeType),
    ...volumeProblems(hardware.userVolume),
    ...(hardware.rootVolume === undefined ? [] : volumeProblems(hardware.rootVolume)),
    ...namePrefixProblems(NamePrefix, 'bundle'),
    ...descriptionProblems(Description, 'bundle'),
  ]);
  return {
    imageId: ImageId as string,
    hardware,
    namePrefix: NamePrefix as string,
    description: Description as string,
    tags: Tags as DeclaredBundle['tags'],
  };
}

function hardwareOf({ ComputeType, UserVolumeGib, RootVolumeGib }: Properties): Hardware {
  return {
    computeType: ComputeType as string,
    userVolume: UserVolumeGib as string,
    rootVolume: RootVolumeGib as string | undefined,
  };
}
