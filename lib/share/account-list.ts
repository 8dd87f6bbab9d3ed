import { Fn, type IResolveContext, type Stack, Token, Tokenization } from 'aws-cdk-lib';
import { isAccountId } from '../workspaces/validation';

/**
 * A list of account IDs as declared: literals, tokens, and list tokens, which the CDK encodes as one entry each.
 */
export type AccountList = readonly string[];

/** Adds the accounts that are not in the list yet. */
export function withMissing(list: AccountList, accounts: readonly string[], stack: Stack): AccountList {
  if (accounts.length === 0) {
    return list;
  }
  const listed = new Set(resolvedEntries(list, stack));
  return [...list, ...new Set(accounts.filter((account) => !listed.has(account)))];
}

/** Renders the list for the template, with the values of `Lazy` lists in place. */
export function rendered(list: AccountList, context: IResolveContext): unknown {
  const entries = list.flatMap((entry) => {
    const resolved = isListToken(entry) ? (context.resolve([entry]) ?? []) : [entry];
    return Array.isArray(resolved) ? resolved : [entry];
  });
  return joined(entries);
}

/** The CDK refuses a list token next to other entries, so such a list is joined and split again. */
function joined(list: AccountList): string[] {
  if (list.length < 2 || !list.some(isListToken)) {
    return [...list];
  }
  const texts = list.map((entry) => (isListToken(entry) ? Fn.join(',', [entry]) : entry));
  return Fn.split(',', Fn.join(',', texts));
}

/** Resolves the entries as far as they are known at synthesis. */
export function resolvedEntries(list: AccountList, stack: Stack): unknown[] {
  return list.flatMap((entry) => {
    if (isListToken(entry)) {
      return stack.resolve([entry]) ?? [];
    }
    // A list in the list can be a token, too, but is an error.
    const isValue = isAccountId(entry) || Array.isArray(entry) || !Token.isUnresolved(entry);
    return [isValue ? entry : stack.resolve(entry)];
  });
}

function isListToken(entry: string): boolean {
  // Nearly all entries are literal account IDs, and this check is much cheaper than looking for a token.
  return !isAccountId(entry) && typeof entry === 'string' && Tokenization.reverseList([entry]) !== undefined;
}
