import { accountIdsProblems, imageIdProblems, isAccountId, isImageId } from '../lib/validation';

/** A share as its properties declare it. */
export interface DeclaredShare {
  readonly imageId: string;
  readonly accountIds: readonly string[];
  readonly adoptExisting: boolean;
}

/** A share as earlier properties declared it, as far as they can be read. */
export interface FormerShare {
  readonly imageId?: string;
  readonly accountIds: readonly string[];
  readonly adoptExisting: boolean;
  /** The problems of what could not be read, for the log. */
  readonly ignored: readonly string[];
}

/** The properties do not declare a share. */
export class InvalidProperties extends Error {
  public constructor(public readonly problems: readonly string[]) {
    super(problems.join(' '));
  }
}

export type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads the properties to deploy. Everything that is wrong with them is reported at once, before any change.
 *
 * @throws InvalidProperties
 */
export function declaredShare(properties: Properties | undefined): DeclaredShare {
  const imageId = property(properties, 'ImageId');
  const accountIds = withoutEmpty(property(properties, 'AccountIds'));
  const adoptExisting = flag(property(properties, 'AdoptExisting'));
  const problems = [...imageIdProblems(imageId), ...accountIdsProblems(accountIds)];
  if (adoptExisting === undefined) {
    problems.push('AdoptExisting is neither "true" nor "false": set adoptExisting to true, or omit it.');
  }
  if (problems.length > 0) {
    throw new InvalidProperties(problems);
  }
  return {
    imageId: imageId as string,
    accountIds: [...(accountIds as string[])].sort(),
    adoptExisting: adoptExisting === true,
  };
}

/**
 * Reads the properties of a Delete and the old ones of an Update. Only what is valid counts: a rollback must get past
 * properties that were refused, and past those of another release.
 */
export function formerShare(properties: Properties | undefined): FormerShare {
  const imageId = property(properties, 'ImageId');
  const listed = withoutEmpty(property(properties, 'AccountIds'));
  const valid = Array.isArray(listed) ? [...new Set(listed.filter(isAccountId))].sort() : [];
  return {
    imageId: isImageId(imageId) ? imageId : undefined,
    accountIds: valid,
    adoptExisting: flag(property(properties, 'AdoptExisting')) === true,
    ignored: [...imageIdProblems(imageId), ...accountIdsProblems(listed)],
  };
}

/** A property by its name, in whichever case another release spells it. */
function property(properties: Properties = {}, name: string): unknown {
  if (name in properties) {
    return properties[name];
  }
  const key = Object.keys(properties).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : properties[key];
}

/** An empty CommaDelimitedList that was joined with other IDs leaves empty entries behind. */
function withoutEmpty(list: unknown): unknown {
  return Array.isArray(list) ? list.filter((entry) => entry !== '') : list;
}

/** CloudFormation sends booleans as strings. Undefined if the value is neither. */
function flag(value: unknown): boolean | undefined {
  if (value === undefined || value === null || value === '') {
    return false;
  }
  const text = String(value).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
