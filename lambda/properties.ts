import { accountIdsProblems, imageIdProblems, isAccountId, isImageId } from '../lib/validation';

/** What a share declares. */
export interface Declaration {
  readonly imageId: string;
  readonly accountIds: readonly string[];
  readonly adoptExisting: boolean;
}

/** What a share declared once: as much of it as can be read. */
export interface FormerDeclaration {
  readonly imageId?: string;
  readonly accountIds: readonly string[];
  readonly adoptExisting: boolean;
  /** What could not be read, in words, for the log. */
  readonly ignored: readonly string[];
}

/** The properties are not what a share can declare. */
export class InvalidDeclaration extends Error {
  public constructor(public readonly problems: readonly string[]) {
    super(problems.join(' '));
  }
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads what is to be. Strict: whatever is wrong is said at once, and nothing is changed.
 *
 * @throws InvalidDeclaration
 */
export function readDeclaration(properties: Properties | undefined): Declaration {
  const imageId = property(properties, 'ImageId');
  const accountIds = withoutEmpty(property(properties, 'AccountIds'));
  const adoptExisting = flag(property(properties, 'AdoptExisting'));
  const problems = [...imageIdProblems(imageId), ...accountIdsProblems(accountIds)];
  if (adoptExisting === undefined) {
    problems.push('AdoptExisting is neither "true" nor "false": set adoptExisting to true or leave it out.');
  }
  if (problems.length > 0) {
    throw new InvalidDeclaration(problems);
  }
  return {
    imageId: imageId as string,
    accountIds: [...(accountIds as string[])].sort(),
    adoptExisting: adoptExisting === true,
  };
}

/**
 * Reads what was: the properties of a Delete and the old ones of an Update. Lenient, because a rollback must
 * get past values that were refused before, and past those of another release: what is valid counts.
 */
export function readFormerDeclaration(properties: Properties | undefined): FormerDeclaration {
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

/** A property under its name, however another release capitalizes it. */
function property(properties: Properties | undefined, name: string): unknown {
  const held = properties ?? {};
  if (name in held) {
    return held[name];
  }
  const key = Object.keys(held).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : held[key];
}

/** An empty CommaDelimitedList that was joined with other ids leaves empty entries behind. */
function withoutEmpty(list: unknown): unknown {
  return Array.isArray(list) ? list.filter((entry) => entry !== '') : list;
}

/** CloudFormation sends booleans as strings. Undefined: neither. */
function flag(value: unknown): boolean | undefined {
  if (value === undefined || value === null || value === '') {
    return false;
  }
  const text = String(value).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
