/**
 * What the physical ID of a resource says about what it has made.
 *
 * - `known`: the ID of an image or a bundle.
 * - `nothing`: of a Create that certainly made nothing. Any other ID with a slash is of this kind, too.
 * - `unknown`: `unknown/<request ID>`, of a Create whose call may have been carried out.
 * - `generated`: CloudFormation generates an ID if a Create was cancelled or never responded. It contains no slash.
 */
export type IdKind = 'known' | 'nothing' | 'unknown' | 'generated';

const UNKNOWN = 'unknown/';

export const unknownId = (requestId: string) => `${UNKNOWN}${requestId}`;

/** The request of an ID of the kind `unknown`. */
export const requestIn = (id: string) => id.slice(UNKNOWN.length);

export function kindOf(id: string, isKnown: (id: string) => boolean): IdKind {
  if (isKnown(id)) {
    return 'known';
  }
  if (id.includes('/')) {
    return id.startsWith(UNKNOWN) ? 'unknown' : 'nothing';
  }
  return 'generated';
}
