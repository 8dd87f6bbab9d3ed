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

describe('the next calls', () => {
  test('are the grants, then the revokes, each at most five at a time', () => {
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
    [6, 0],
  ])('include %i declared changes that the first read shows already: %i', (shown, called) => {
    const changes = changesFor({ revoke: [...numbered(shown), A] });
    changes.startFrom(new Set([A]), 0);
    expect(changes.due).toHaveLength(called || 1);
    expect(accountsOf(changes.due)).toContain(A);
  });

  test('include an account again four seconds after its call if a read does not show the change', () => {
    const changes = changesFor({ grant: [A] });
    respond(changes, 1_000);
    expect(accountsOf(changes.compare(new Set(), 4_999))).toEqual([A]);
    expect(changes.due).toEqual([]);
    changes.compare(new Set(), 5_000);
    expect(accountsOf(changes.due)).toEqual([A]);
  });

  test('include an account that the event does not change only if a read shows that it lost its permission', () => {
    const changes = changesFor({ keep: [A, B] });
    expect(changes.due).toEqual([]);
    changes.compare(new Set([A]), 0);
    expect(accountsOf(changes.due)).toEqual([B]);
  });

  test('do not include an account whose call was refused, until a read shows the change and then loses it', () => {
    const changes = changesFor({ grant: [A] });
    respond(changes, 0, REFUSED);
    changes.compare(new Set(), 60_000);
    expect([changes.due, accountsOf(changes.refused)]).toEqual([[], [A]]);
    changes.compare(new Set([A]), 60_000);
    expect(changes.refused).toEqual([]);
    changes.compare(new Set(), 61_000);
    expect(accountsOf(changes.due)).toEqual([A]);
  });
});

describe('changes are confirmed', () => {
  const SETTLING = 0;

  test('by one read after their calls', () => {
    const changes = changesFor({ grant: [A], keep: [B], revoke: [C] });
    respond(changes, 0);
    expect(changes.compare(new Set([A, B]), 100)).toEqual([]);
    expect(changes.areConfirmed(100, undefined)).toBe(true);
  });

  test.each([
    ['that were not called for', numbered(6), undefined],
    ['of an event that settles', [], SETTLING],
  ])('by reads of 15 seconds if there are some %s', (_, shown, settleFrom) => {
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

  test('15 seconds after a call without a response', () => {
    const changes = changesFor({ grant: [A] });
    respond(changes, 0);
    changes.compare(new Set([A]), 1_000);
    expect(changes.areConfirmed(19_999, 5_000)).toBe(false);
    expect(changes.areConfirmed(20_000, 5_000)).toBe(true);
  });

  test('although the service refuses an account that the event does not change: it is lost', () => {
    const changes = changesFor({ grant: [A], keep: [B] });
    changes.compare(new Set([A]), 0);
    respond(changes, 0, REFUSED);
    expect(changes.compare(new Set([A]), 60_000)).toEqual([]);
    expect([changes.refused, accountsOf(changes.lost)]).toEqual([[], [B]]);
    expect(changes.areConfirmed(60_000, SETTLING)).toBe(true);
    changes.compare(new Set([A, B]), 61_000);
    expect(changes.lost).toEqual([]);
  });
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
])('%p only revokes: %p', (lists, expected) => {
  expect(changesFor(lists).revokesOnly).toBe(expected);
});
