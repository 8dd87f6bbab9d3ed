/**
 * Validation of properties, which the constructs apply to literals at synthesis and the handlers to all values at
 * deployment. Not exported from the package.
 */

/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html */
export const IMAGE_ID = /^wsi-[0-9a-z]{9,63}$/;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html */
export const ACCOUNT_ID = /^\d{12}$/;
/** @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_WorkspaceBundle.html */
const BUNDLE_ID = /^wsb-[0-9a-z]{8,63}$/;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_ComputeType.html */
const COMPUTE_TYPE = /^[A-Z0-9_]+$/;
/** In GiB. @see https://docs.aws.amazon.com/workspaces/latest/api/API_UserStorage.html */
const VOLUME = /^[1-9]\d{0,4}$/;
/** The names of images and bundles have at most 64 characters, and the handlers add a suffix of 22. */
export const NAME_PREFIX_LENGTH = 42;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html */
const NAME_PREFIX = new RegExp(`^[a-zA-Z0-9_./()\\\\-]{1,${NAME_PREFIX_LENGTH}}$`);
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html */
const DESCRIPTION = /^[a-zA-Z0-9_./() -]+$/;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_CreateWorkspaceBundle.html */
const DESCRIPTION_LENGTH = { image: 256, bundle: 255 };
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_Tag.html */
const TAG_KEY_LENGTH = 127;
const TAG_VALUE_LENGTH = 255;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_CreateTags.html */
const MAX_TAGS = 50;

/**
 * How many images an account can have in a Region by default.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/workspaces-limits.html
 */
export const IMAGE_QUOTA = 40;

/**
 * How many custom bundles an account can have in a Region.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/workspaces-limits.html
 */
export const BUNDLE_QUOTA = 50;

/** What the functions make. */
export type Made = 'image' | 'bundle';

/** The maximum payload of an asynchronous invocation that every Region accepts. */
const EVENT_BYTES = 256 * 1024;
/** For the rest of the event: IDs, the response URL, and the other properties. */
const ENVELOPE_BYTES = 16 * 1024;
/** 12 digits, two quotes, a comma, and a space, since CloudFormation does not document that it sends compact JSON. */
const BYTES_PER_ACCOUNT = 16;

/** The maximum number of accounts in a share: the event of an Update contains the old and the new list. */
export const MAX_ACCOUNTS = Math.floor((EVENT_BYTES - ENVELOPE_BYTES) / (2 * BYTES_PER_ACCOUNT));

/**
 * About how many accounts one deployment can add to a share, or remove from it, at the default quota of the WorkSpaces
 * API: 2 calls per second for 15 minutes, with some calls left for reads.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/amazon-workspaces-troubleshooting.html
 */
export const ACCOUNTS_PER_DEPLOYMENT = 1_500;

/** Whitespace (Z), control and format characters (C), and others that have no glyph (DI). */
const INVISIBLE = /[\p{Z}\p{C}\p{DI}]/gu;

/** Image IDs in a text, in any case, such as at the end of an ARN. */
const IMAGE_IDS = /(?<![0-9a-z])wsi-[0-9a-z]{9,63}(?![0-9a-z])/gi;
/** Account IDs in a text, such as in an ARN, also as the console shows them: `1111-2222-3333`. */
const ACCOUNT_IDS = /(?<!\d)\d{12}(?!\d)|(?<![\d-])\d{4}[-\s]\d{4}[-\s]\d{4}(?![-\s]?\d)/g;
/** Regions in a text, in any case, such as at the start of the name of an Availability Zone. */
const REGIONS = /(?<![0-9a-z])[a-z]{2,}(-[a-z]+)+-\d+(?!\d)/gi;

export function isImageId(value: unknown): value is string {
  return typeof value === 'string' && IMAGE_ID.test(value);
}

export function isBundleId(value: unknown): value is string {
  return typeof value === 'string' && BUNDLE_ID.test(value);
}

export function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && ACCOUNT_ID.test(value);
}

/** Describes what is wrong with an image ID. */
export function imageIdProblems(value: unknown): string[] {
  if (isImageId(value)) {
    return [];
  }
  if (value === undefined || value === null || value === '') {
    return ['The image ID is missing. Specify the ID of a WorkSpaces image, such as wsi-8t4x2k9p7.'];
  }
  return [
    misspelled(value, IMAGE_ID) ??
      containing(value, 'a WorkSpaces image ID', imageIdsIn(value)) ??
      `${quoted(value)} is not a WorkSpaces image ID, which is "wsi-" and 9 to 63 lowercase letters and digits, such as wsi-8t4x2k9p7.`,
  ];
}

/** Describes everything that is wrong with a list of account IDs. */
export function accountIdsProblems(value: unknown): string[] {
  if (value === undefined || value === null) {
    return ['The list of account IDs is missing. Specify a list of 12-digit account IDs, or an empty list.'];
  }
  if (!Array.isArray(value)) {
    return [`${quoted(value)} is not a list of account IDs. Specify one 12-digit account ID per entry.`];
  }
  const seen = new Set<unknown>();
  const repeated = new Set<unknown>();
  const problems: string[] = [];
  if (value.length > MAX_ACCOUNTS) {
    problems.push(
      `The list has ${value.length} account IDs, but a share can have at most ${MAX_ACCOUNTS}. Move the others to a share in another stack.`,
    );
  }
  for (const entry of value) {
    if (seen.has(entry)) {
      repeated.add(entry);
      continue;
    }
    seen.add(entry);
    problems.push(...accountIdProblems(entry));
  }
  for (const entry of repeated) {
    problems.push(`${quoted(entry)} is in the list more than once. Remove the duplicates.`);
  }
  return problems;
}

/** Describes what is wrong with an account ID. */
export function accountIdProblems(value: unknown): string[] {
  return isAccountId(value) ? [] : [accountIdProblem(value)];
}

/** Describes what is wrong with a Region. */
export function regionProblems(value: unknown): string[] {
  return typeof value === 'string' && REGION.test(value)
    ? []
    : [
        misspelled(value, REGION) ??
          containing(value, 'an AWS Region', regionsIn(value)) ??
          `${quoted(value)} is not an AWS Region, such as eu-west-1.`,
      ];
}

/** Describes what is wrong with a compute type. */
export function computeTypeProblems(value: unknown): string[] {
  if (typeof value === 'string' && COMPUTE_TYPE.test(value)) {
    return [];
  }
  const meant = visible(value).toUpperCase().replace(/\W+/g, '_');
  const advice =
    typeof value === 'string' && COMPUTE_TYPE.test(meant) ? `: write "${meant}"` : ', such as STANDARD';
  return [`${quoted(value)} is not a compute type${advice}.`];
}

/** Describes what is wrong with the size of a volume in GiB. */
export function volumeProblems(value: unknown): string[] {
  return VOLUME.test(String(value))
    ? []
    : [`${quoted(value)} is not the size of a volume in GiB. Specify a whole number, such as 50.`];
}

/** Describes what is wrong with the start of the name of an image or a bundle. */
export function namePrefixProblems(value: unknown, of: Made): string[] {
  return typeof value === 'string' && NAME_PREFIX.test(value)
    ? []
    : [
        `The name of the ${of} cannot start with ${quoted(value)}. Specify 1 to ${NAME_PREFIX_LENGTH} letters, digits, and characters of _./()\\- only.`,
      ];
}

/** Describes what is wrong with the description of an image or a bundle. */
export function descriptionProblems(value: unknown, of: Made): string[] {
  const length = DESCRIPTION_LENGTH[of];
  return typeof value === 'string' && DESCRIPTION.test(value) && value.length <= length
    ? []
    : [
        `The description of the ${of} cannot be ${quoted(value)}. Specify 1 to ${length} letters, digits, spaces, and characters of _./()- only.`,
      ];
}

/** Describes what is wrong with the tags of an image or a bundle. Values that are not strings are unknown. */
export function tagsProblems(tags: Record<string, unknown>, of: Made): string[] {
  const problems = Object.entries(tags).flatMap(([key, value]) => {
    const length = typeof value === 'string' ? value.length : 0;
    return [
      ...(key.length <= TAG_KEY_LENGTH
        ? []
        : [`The tag key ${quoted(key)} has ${key.length} characters. Specify at most ${TAG_KEY_LENGTH}.`]),
      ...(key.startsWith('aws:')
        ? [`The tag key ${quoted(key)} starts with "aws:", which is reserved for AWS. Specify another one.`]
        : []),
      ...(length <= TAG_VALUE_LENGTH
        ? []
        : [
            `The value of the tag ${quoted(key)} has ${length} characters. Specify at most ${TAG_VALUE_LENGTH}.`,
          ]),
    ];
  });
  const { length } = Object.keys(tags);
  return length <= MAX_TAGS
    ? problems
    : [...problems, `The ${of} has ${length} tags, but can have at most ${MAX_TAGS}. Remove some.`];
}

function accountIdProblem(value: unknown): string {
  const digits = visible(value);
  if (/^\d{9,11}$/.test(digits)) {
    // YAML 1.1 takes a number that starts with 0 for octal.
    const readings = [digits, Number(digits).toString(8)]
      .filter(({ length }) => length < 12)
      .map((reading) => `"${reading.padStart(12, '0')}"`);
    return `${quoted(value)} has ${digits.length} digits, but an account ID has 12. Without quotes, ${readings.join(' or, in YAML 1.1, ')} is read as this number: add quotes.`;
  }
  return (
    misspelled(value, ACCOUNT_ID) ??
    containing(value, 'an AWS account ID', accountIdsIn(value)) ??
    `${quoted(value)} is not an AWS account ID, which has 12 digits, such as "111122223333".`
  );
}

/** Describes a value that contains IDs, for example in an ARN or in a list of several. */
function containing(value: unknown, one: string, ids: readonly string[]): string | undefined {
  const written = ids.map((id) => `"${id}"`).join(', ');
  if (ids.length > 1) {
    return `${quoted(value)} is not ${one}, but contains ${ids.length}. Specify one per string: ${written}.`;
  }
  return written === '' ? undefined : `${quoted(value)} is not ${one}: write ${written}.`;
}

function imageIdsIn(value: unknown): string[] {
  return matches(value, IMAGE_IDS).map((id) => id.toLowerCase());
}

function accountIdsIn(value: unknown): string[] {
  return matches(value, ACCOUNT_IDS).map((id) => id.replace(/\D/g, ''));
}

function regionsIn(value: unknown): string[] {
  return matches(value, REGIONS).map((region) => region.toLowerCase());
}

/** The different matches in a value. Too many are not listed. */
function matches(value: unknown, pattern: RegExp): string[] {
  const found = [...new Set(typeof value === 'object' ? [] : String(value).match(pattern))];
  return found.length > 5 ? [] : found;
}

/** Describes an ID that is valid but for its type, whitespace, or invisible characters. */
function misspelled(value: unknown, pattern: RegExp): string | undefined {
  const id = visible(value);
  return pattern.test(id)
    ? `${quoted(value)} must be a string without whitespace or invisible characters: write "${id}".`
    : undefined;
}

function visible(value: unknown): string {
  return String(value).replace(INVISIBLE, '');
}

/** The value as JSON, truncated to 80 characters, with escapes such as \u200b for invisible characters. */
function quoted(value: unknown): string {
  // JSON.stringify returns undefined for undefined.
  const text = `${JSON.stringify(value)}`.replace(INVISIBLE, (character) =>
    character === ' ' ? character : `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  );
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The first accounts of a list and the number of others: `111122223333, 444455556666 and 93 more`. */
export function enumerate(accounts: readonly string[], shown = 5): string {
  if (accounts.length <= shown) {
    return accounts.length < 2
      ? accounts.join()
      : `${accounts.slice(0, -1).join(', ')} and ${accounts[accounts.length - 1]}`;
  }
  return `${accounts.slice(0, shown).join(', ')} and ${accounts.length - shown} more`;
}
