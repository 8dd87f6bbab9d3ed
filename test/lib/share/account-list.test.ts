import { CfnParameter, Fn, Lazy, type Stack } from 'aws-cdk-lib';
import { rendered, withMissing } from '../../../lib/share/account-list';
import { ACCOUNTS, type Json, newStack } from '../stacks';

const [A, B] = ACCOUNTS as [string, string];

function list(stack: Stack): string[] {
  return new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList;
}

const split = (...parts: Json[]) => ({ 'Fn::Split': [',', { 'Fn::Join': [',', parts] }] });
const LIST = { 'Fn::Join': [',', { Ref: 'List' }] };

test.each<[string, string[], string[], string[]]>([
  ['nothing', [A], [], [A]],
  ['an account', [A], [B], [A, B]],
  ['an account twice', [], [B, B], [B]],
  ['an account that is listed', [A, B], [A], [A, B]],
  ['accounts, but keeps duplicates that were declared', [A, A], [A, B], [A, A, B]],
])('a list can be withMissing with %s', (_name, list, accounts, expected) => {
  expect(withMissing(list, accounts, newStack())).toEqual(expected);
});

test('a list is not withMissing with the values of its tokens', () => {
  const accountIds = [Lazy.string({ produce: () => A }), ...Lazy.list({ produce: () => [B] })];
  expect(withMissing(accountIds, ACCOUNTS, newStack())).toEqual(accountIds);
});

test.each<[string, (stack: Stack) => string[], Json]>([
  ['an empty list', () => [], []],
  ['literals', () => ACCOUNTS, ACCOUNTS],
  [
    'a literal and a token',
    (stack) => [A, new CfnParameter(stack, 'One').valueAsString],
    [A, { Ref: 'One' }],
  ],
  ['a list token', list, { Ref: 'List' }],
  ['a list token and a literal', (stack) => [...list(stack), A], split(LIST, A)],
  ['a literal and a list token', (stack) => [A, ...list(stack)], split(A, LIST)],
  [
    'two list tokens',
    (stack) => [...list(stack), ...Fn.split(';', Fn.importValue('Ids'))],
    split(LIST, { 'Fn::Join': [',', { 'Fn::Split': [';', { 'Fn::ImportValue': 'Ids' }] }] }),
  ],
  ['a Lazy list and a literal', () => [...Lazy.list({ produce: () => [A] }), B], ACCOUNTS],
  ['a Lazy list that is left out', () => Lazy.list({ produce: () => [] }, { omitEmpty: true }), []],
])('%s can be rendered', (_name, accountIds, expected) => {
  const stack = newStack();
  const entries = accountIds(stack);
  expect(stack.resolve(Lazy.uncachedAny({ produce: (context) => rendered(entries, context) }))).toEqual(
    expected,
  );
});
