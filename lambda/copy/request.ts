import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { READY_TYPE } from '../../lib/custom-resource/resource-types';
import {
  accountIdProblems,
  imageIdProblems,
  namePrefixProblems,
  regionProblems,
} from '../../lib/workspaces/validation';
import { type Properties, refuseInvalid } from '../event/failure';
import { markOf, ownMarkOf } from '../named/name';

/** The image to copy. */
export interface Source {
  readonly imageId: string;
  readonly region: string;
  /** The account that must own it, if that is checked. */
  readonly accountId?: string;
}

/** A copy as its properties declare it. */
export interface DeclaredCopy {
  readonly source: Source;
  /** How the name of the copy ends, which identifies it. */
  readonly mark: string;
  readonly namePrefix: string;
  readonly description?: string;
  readonly tags?: { Key: string; Value: string }[];
}

/** What an event requests. */
export type Request =
  | { readonly type: 'Create'; readonly copy: DeclaredCopy }
  | {
      readonly type: 'Update';
      readonly copy: DeclaredCopy;
      readonly physicalId: string;
      /** The mark of the copy in the former properties. Undefined if these are invalid. */
      readonly formerMark?: string;
      readonly ownMark: string;
    }
  | { readonly type: 'Delete'; readonly physicalId: string; readonly ownMark: string }
  | {
      readonly type: 'Ready';
      readonly physicalId: string;
      readonly imageId: string;
      /** Whether no other resource of the copy waits after this one. */
      readonly isLast: boolean;
    };

/**
 * Parses an event.
 *
 * @throws Failure if the properties are invalid
 */
export function requestOf(event: CloudFormationCustomResourceEvent): Request {
  const { ResourceProperties: properties } = event;
  const ownMark = ownMarkOf(event);
  if (event.RequestType === 'Delete') {
    return { type: 'Delete', physicalId: event.PhysicalResourceId, ownMark };
  }
  if (event.ResourceType === READY_TYPE) {
    const { ImageId, Last } = properties;
    refuseInvalid(imageIdProblems(ImageId));
    const physicalId = `ready/${event.LogicalResourceId}`;
    return { type: 'Ready', physicalId, imageId: ImageId as string, isLast: Last === 'true' };
  }
  const copy = declaredCopy(event, properties);
  return event.RequestType === 'Create'
    ? { type: 'Create', copy }
    : {
        type: 'Update',
        copy,
        physicalId: event.PhysicalResourceId,
        formerMark: formerMark(event, event.OldResourceProperties),
        ownMark,
      };
}

function declaredCopy(event: CloudFormationCustomResourceEvent, properties: Properties): DeclaredCopy {
  const { NamePrefix, Description, Tags } = properties;
  refuseInvalid([...sourceProblems(properties), ...namePrefixProblems(NamePrefix, 'image')]);
  const source = sourceOf(properties);
  return {
    source,
    mark: copyMarkOf(event, source),
    namePrefix: NamePrefix as string,
    description: Description as string | undefined,
    tags: Tags as DeclaredCopy['tags'],
  };
}

/** Two sources have two marks, so a replacement never collides with what it replaces. Rollbacks and repetitions find the copy. */
function copyMarkOf(event: CloudFormationCustomResourceEvent, { imageId, region }: Source): string {
  return markOf(event, [imageId, region]);
}

/** Invalid properties made no copy: a rollback must be able to pass what was refused, or what another release wrote. */
function formerMark(
  event: CloudFormationCustomResourceEvent,
  properties: Properties = {},
): string | undefined {
  return sourceProblems(properties).length > 0 ? undefined : copyMarkOf(event, sourceOf(properties));
}

function sourceProblems({ SourceImageId, SourceRegion, SourceAccountId }: Properties): string[] {
  return [
    ...imageIdProblems(SourceImageId),
    ...regionProblems(SourceRegion),
    ...(SourceAccountId === undefined ? [] : accountIdProblems(SourceAccountId)),
  ];
}

function sourceOf({ SourceImageId, SourceRegion, SourceAccountId }: Properties): Source {
  return {
    imageId: SourceImageId as string,
    region: SourceRegion as string,
    accountId: SourceAccountId as string | undefined,
  };
}
