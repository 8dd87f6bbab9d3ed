import { ServiceError } from '../../../lambda/api/service-errors';
import { type Change, Changes } from '../../../lambda/share/changes';
import type { Goal } from '../../../lambda/share/plan';
import { A, B, BYSTANDER, C, IMAGE, numbered } from './events';

const changesFor = (lists: Partial<Goal>) =>
  new Changes({ imageId: IMAGE, grant: [], keep: [], revoke: [], ...lists });
const accountsOf = (changes: readonly Change[]) => changes.map(({ account }) => account);
const REFUSED = new ServiceError(Object.assign(new Error(), { name: 'OperationNotSupportedException' }));

/** Records that the service responded to the calls that are due. */
function respond(changes: Changes, now: number, refusal?: ServiceError): void {
  for (const change of changes.due) {
    Object.assign(change, { isDue: false, calledAt: now, refusal, mayBeGranted: refusal === undefined });
  }
}

test('the next calls are the grants, then the revokes, each at most five at a time', () => {
  const changes = changesFor({ grant: numbered(6), keep: [A], revoke: [B, C] });
  expect(accountsOf(changes.next)).toEqual(numbered(6).slice(0, 5));
  respond(changes, 0);
  expect(changes.next).toEqual([]);
  const [first] = changes.all;
  (first as Change).isDue = true;
  (changes.all.at(-1) as Change).isDue = true;
  expect(accountsOf(changes.next)).toEqual(numbered(1));
  (first as Change).isDue = false;
  expect(accountsOf(changes.next)).toEqual([C]);
});

test.each([
  [5, 6],
  [6, 1],
])('if the first read shows %i changes and not another one, the next calls include %i', (shown, called) => {
  const changes = changesFor({ revoke: [...numbered(shown), A] });
  changes.startFrom(new Set([A]), 0);
  expect(changes.due).toHaveLength(called);
  expect(accountsOf(changes.due)).toContain(A);
});

test('the next calls include an account again four seconds after its call if a read does not show the change', () => {
  const changes = changesFor({ grant: [A] });
  respond(changes, 1_000);
  expect(accountsOf(changes.compare(new Set(), 4_999))).toEqual([A]);
  expect(changes.due).toEqual([]);
  changes.compare(new Set(), 5_000);
  expect(accountsOf(changes.due)).toEqual([A]);
});

test('the next calls include an account that the event does not change only if a read shows that it lost its permission', () => {
  const changes = changesFor({ keep: [A, B] });
  expect(changes.due).toEqual([]);
  changes.compare(new Set([A]), 0);
  expect(accountsOf(changes.due)).toEqual([B]);
});

test('the next calls include an account whose call was refused only if a read shows the change, and a later one does not', () => {
  const changes = changesFor({ grant: [A] });
  respond(changes, 0, REFUSED);
  changes.compare(new Set(), 60_000);
  expect([changes.due, accountsOf(changes.refused)]).toEqual([[], [A]]);
  changes.compare(new Set([A]), 60_000);
  expect(changes.refused).toEqual([]);
  changes.compare(new Set(), 61_000);
  expect(accountsOf(changes.due)).toEqual([A]);
});

const SETTLING = 0;

test('one read after their calls confirms changes', () => {
  const changes = changesFor({ grant: [A], keep: [B], revoke: [C] });
  respond(changes, 0);
  expect(changes.compare(new Set([A, B]), 100)).toEqual([]);
  expect(changes.areConfirmed(100, undefined)).toBe(true);
});

test.each([
  ['that were not called for', numbered(6), undefined],
  ['of an event that settles', [], SETTLING],
])('reads of 15 seconds confirm changes %s', (_, shown, settleFrom) => {
  const changes = changesFor({ grant: [A], revoke: shown });
  changes.startFrom(new Set(), 1_000);
  respond(changes, 1_000);
  changes.compare(new Set([A]), 1_000);
  expect(changes.areConfirmed(15_999, settleFrom)).toBe(false);
  expect(changes.areConfirmed(16_000, settleFrom)).toBe(true);
  changes.compare(new Set(shown.slice(1)), 16_000);
  changes.compare(new Set([A]), 17_000);
  expect(changes.areConfirmed(31_999, settleFrom)).toBe(false);
  expect(changes.areConfirmed(32_000, settleFrom)).toBe(true);
});

test('changes are confirmed 15 seconds after a call without a response', () => {
  const changes = changesFor({ grant: [A] });
  respond(changes, 0);
  changes.compare(new Set([A]), 1_000);
  expect(changes.areConfirmed(19_999, 5_000)).toBe(false);
  expect(changes.areConfirmed(20_000, 5_000)).toBe(true);
});

test('changes are confirmed without an account that the event does not change and the service refuses: it is lost', () => {
  const changes = changesFor({ grant: [A], keep: [B] });
  changes.compare(new Set([A]), 0);
  respond(changes, 0, REFUSED);
  expect(changes.compare(new Set([A]), 60_000)).toEqual([]);
  expect([changes.refused, accountsOf(changes.lost)]).toEqual([[], [B]]);
  expect(changes.areConfirmed(60_000, SETTLING)).toBe(true);
  changes.compare(new Set([A, B]), 61_000);
  expect(changes.lost).toEqual([]);
});

test('an event has granted what the service accepted, or may have carried out, except what it found', () => {
  const changes = changesFor({ grant: [A, B, C] });
  changes.startFrom(new Set([B]), 0);
  expect([changes.found, changes.granted]).toEqual([[B], []]);
  for (const change of changes.all.slice(0, 2)) {
    change.mayBeGranted = true;
  }
  expect(changes.granted).toEqual([A]);
});

test('other accounts are those that are in no list', () => {
  const changes = changesFor({ grant: [A], keep: [B], revoke: [C] });
  expect(changes.othersIn(new Set([C, BYSTANDER, A]))).toEqual([BYSTANDER]);
});

test.each([
  [{ revoke: [A] }, true],
  [{ revoke: [A], keep: [B] }, false],
  [{ grant: [A] }, false],
])('a goal only revokes if it has no other lists (%j)', (lists, expected) => {
  expect(changesFor(lists).revokesOnly).toBe(expected);
});
