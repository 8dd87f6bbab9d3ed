/**
 * The rules of what a share may declare. They stand here once: the construct applies them when the app is
 * synthesized, the handler when the values arrive at deployment, so both refuse with the same words.
 *
 * Nothing here is exported from the package.
 */

/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html */
export const IMAGE_ID = /^wsi-[0-9a-z]{9,63}$/;
/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html */
export const ACCOUNT_ID = /^\d{12}$/;

/** CloudFormation invokes the function asynchronously: 256 KB is the payload that every Region takes. */
const EVENT_BYTES = 256 * 1024;
/** Room in the event for all but the two lists: ids, the response URL, the other properties. */
const ENVELOPE_BYTES = 16 * 1024;
/** Twelve digits, two quotes, a comma and, because nobody documents its absence, a space. */
const BYTES_PER_ACCOUNT = 16;

/**
 * The most accounts one share can hold: an Update carries the old and the new list in one event.
 */
export const MAX_ACCOUNTS = Math.floor((EVENT_BYTES - ENVELOPE_BYTES) / (2 * BYTES_PER_ACCOUNT));

/**
 * About how many accounts one deployment can add to a share, or remove from it, at the default quota of the WorkSpaces
 * API: 2 calls per second for 15 minutes, with some calls left for reads.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/amazon-workspaces-troubleshooting.html
 */
export const ACCOUNTS_PER_DEPLOYMENT = 1_500;

/** The custom resource's type. */
export const RESOURCE_TYPE = 'Custom::WorkspaceImageShare';

export function isImageId(value: unknown): value is string {
  return typeof value === 'string' && IMAGE_ID.test(value);
}

export function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && ACCOUNT_ID.test(value);
}

/** What is wrong with an image id, each problem a sentence; empty where nothing is. */
export function imageIdProblems(value: unknown): string[] {
  if (isImageId(value)) {
    return [];
  }
  if (value === undefined || value === null || value === '') {
    return ['The image id is missing: give the id of a WorkSpaces image, such as wsi-8t4x2k9p7.'];
  }
  return [
    `${quoted(value)} is not a WorkSpaces image id: it is "wsi-" and 9 to 63 lower-case letters and digits, such as wsi-8t4x2k9p7.`,
  ];
}

/** What is wrong with a list of account ids, each problem a sentence; empty where nothing is. */
export function accountIdsProblems(value: unknown): string[] {
  if (value === undefined || value === null) {
    return ['The list of account ids is missing: give a list of 12-digit account ids, or an empty list.'];
  }
  if (!Array.isArray(value)) {
    return [`${quoted(value)} is not a list of account ids: give a list, one 12-digit account id an entry.`];
  }
  const seen = new Set<unknown>();
  const repeated = new Set<unknown>();
  const problems: string[] = [];
  if (value.length > MAX_ACCOUNTS) {
    problems.push(
      `${value.length} account ids are more than one share can hold: declare at most ${MAX_ACCOUNTS} and put the others into a share in another stack.`,
    );
  }
  for (const entry of value) {
    if (seen.has(entry)) {
      repeated.add(entry);
      continue;
    }
    seen.add(entry);
    if (!isAccountId(entry)) {
      problems.push(accountIdProblem(entry));
    }
  }
  for (const entry of repeated) {
    problems.push(`The account id ${quoted(entry)} is in the list more than once: name each account once.`);
  }
  return problems;
}

function accountIdProblem(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value);
    if (ACCOUNT_ID.test(text.trim())) {
      return text === value
        ? `The account id ${quoted(value)} has white space around it: write "${text.trim()}".`
        : `The account id ${text} is a number: write it in quotes, "${text}".`;
    }
    if (/^\d{9,11}$/.test(text)) {
      return `${quoted(value)} has ${text.length} digits where an account id has 12: it is probably "${text.padStart(12, '0')}", written as a number, which drops leading zeros. Write it in quotes.`;
    }
  }
  return `${quoted(value)} is not an AWS account id: it has exactly 12 digits, such as "111122223333".`;
}

/** A value as it came, short enough for a message. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The first few of a list and how many more there are: `111122223333, 444455556666 and 93 more`. */
export function few(accounts: readonly string[], shown = 5): string {
  if (accounts.length <= shown) {
    return accounts.length < 2
      ? accounts.join()
      : `${accounts.slice(0, -1).join(', ')} and ${accounts[accounts.length - 1]}`;
  }
  return `${accounts.slice(0, shown).join(', ')} and ${accounts.length - shown} more`;
}
