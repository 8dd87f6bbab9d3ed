import { ServiceError } from './service-error';

/** The maximum and default size of a page. */
export const PAGE = 25;

/**
 * Takes a page of a list. A token contains the number of the last entry, not its position: a change between two pages
 * neither hides nor repeats an entry.
 */
export function pageOf<T>(
  entries: readonly T[],
  numberOf: (entry: T) => number,
  listed: string,
  token: string | undefined,
  max?: number,
): { page: T[]; next: { NextToken?: string } } {
  const after = lastIn(token, listed);
  const rest = entries.filter((entry) => numberOf(entry) > after);
  const page = rest.slice(0, max ?? PAGE);
  const hasMore = page.length < rest.length;
  return { page, next: hasMore ? { NextToken: tokenFor(listed, numberOf(page[page.length - 1])) } : {} };
}

/** A token names what is listed, and the number of the last entry of the page. */
function tokenFor(listed: string, last: number): string {
  return Buffer.from(`${listed}/${last}`).toString('base64url');
}

/** The number of the last entry of the previous page. */
function lastIn(token: string | null | undefined, listed: string): number {
  if (token == null) {
    return 0;
  }
  const last = Number(Buffer.from(token, 'base64url').toString().split('/')[1]);
  if (token !== tokenFor(listed, last)) {
    throw new ServiceError('ValidationException', 'NextToken is invalid.');
  }
  return last;
}
