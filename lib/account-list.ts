import { Fn, type IResolveContext, type Stack, Token, Tokenization } from 'aws-cdk-lib';
import { isAccountId } from './validation';

/**
 * A list of account ids as it was declared: literals, tokens, and list tokens, which the CDK encodes as one
 * entry each.
 */
export type AccountList = readonly string[];

/** The list for the template. What a `Lazy` list produces is laid out with the rest. */
export function rendered(list: AccountList, context: IResolveContext): unknown {
  const entries = list.flatMap((entry) => {
    const resolved = isListToken(entry) ? (context.resolve([entry]) ?? []) : [entry];
    return Array.isArray(resolved) ? resolved : [entry];
  });
  return joined(entries);
}

/** A list that can be used wherever a list can: the CDK refuses list tokens with entries beside them. */
export function joined(list: AccountList): string[] {
  if (list.length < 2 || !list.some(isListToken)) {
    return [...list];
  }
  const texts = list.map((entry) => (isListToken(entry) ? Fn.join(',', [entry]) : entry));
  return Fn.split(',', Fn.join(',', texts));
}

/** What is known of a list when the app is synthesized: each value as it resolved. */
export function resolvedEntries(list: AccountList, stack: Stack): unknown[] {
  return list.flatMap((entry) => {
    if (isListToken(entry)) {
      return stack.resolve([entry]) ?? [];
    }
    return isAccountId(entry) || !Token.isUnresolved(entry) ? [entry] : [stack.resolve(entry)];
  });
}

function isListToken(entry: string): boolean {
  // Nearly all entries are literals, which are told much faster.
  return !isAccountId(entry) && typeof entry === 'string' && Tokenization.reverseList([entry]) !== undefined;
}
