import {
  accountIdProblems,
  imageIdProblems,
  namePrefixProblems,
  regionProblems,
} from '../../lib/workspaces/validation';
import { InvalidProperties, type Properties } from '../custom-resource/properties';

/** The image to copy. */
export interface Source {
  readonly imageId: string;
  readonly region: string;
  /** The account that must own it, if that is checked. */
  readonly accountId?: string;
}

export interface DeclaredCopy {
  readonly source: Source;
  readonly namePrefix: string;
}

/** @throws InvalidProperties */
export function declaredCopy({ NamePrefix, ...properties }: Properties = {}): DeclaredCopy {
  const problems = [...sourceProblems(properties), ...namePrefixProblems(NamePrefix)];
  if (problems.length > 0) {
    throw new InvalidProperties(problems);
  }
  return { source: sourceOf(properties), namePrefix: NamePrefix as string };
}

/** The source in earlier properties, or undefined if they contain none. */
export function formerSource(properties: Properties = {}): Source | undefined {
  return sourceProblems(properties).length > 0 ? undefined : sourceOf(properties);
}

/**
 * The image that a link waits for.
 *
 * @throws InvalidProperties
 */
export function awaitedImage({ ImageId }: Properties): string {
  const problems = imageIdProblems(ImageId);
  if (problems.length > 0) {
    throw new InvalidProperties(problems);
  }
  return ImageId as string;
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
