import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Call } from '../../../simulator/workspaces-endpoint';
import { useFunction } from '../../support/function-harness';
import { secondsOf } from '../../support/seconds-of';
import {
  A,
  B,
  BYSTANDER,
  C,
  createEvent,
  deleteEvent,
  IMAGE,
  NOTHING_ID,
  numbered,
  share,
  updateEvent,
} from './events';

const harness = useFunction({ latency: 50 });

const isRead = ({ operation }: Call) => operation === 'DescribeWorkspaceImagePermissions';

/** The calls in the order of their arrival: `read`, `+111122223333`, `-444455556666`. */
function calls(): string[] {
  return harness.endpoint.calls.map((call) =>
    isRead(call) ? 'read' : `${call.allow ? '+' : '-'}${call.accountId}`,
  );
}

/** Shares the image before the event. */
function given(...accounts: string[]): void {
  for (const account of accounts) {
    harness.endpoint.share(IMAGE, account);
  }
}

/** Lets an event follow another one that ended a second before, so that it settles. */
async function afterAnother(event: CloudFormationCustomResourceEvent): Promise<void> {
  harness.record(event, 'UPDATE_FAILED');
  await harness.pass(1);
}

test.each([
  ['missing', [B]],
  ['shown by a read already', [A]],
])('changes that are %s are called for, grants first', async (_, before) => {
  given(...before);
  const { Status } = await harness.send(updateEvent(share([A]), share([B])));
  expect(Status).toBe('SUCCESS');
  expect(calls()).toEqual([`+${A}`, `-${B}`, 'read']);
  expect(harness.accounts()).toEqual([A]);
});

test('changes are called for five at a time', async () => {
  const seconds = await secondsOf(harness, harness.send(updateEvent(share(numbered(12)), share([]))));
  // A read, three times some grants, and a read, all of 50 ms.
  expect(seconds).toBeCloseTo(0.25);
});

test('a Delete revokes permissions that late reads do not show', async () => {
  given(...numbered(10));
  harness.endpoint.readLag = () => 9_000;
  const ended = harness.send(deleteEvent(share(numbered(10))));
  expect(await secondsOf(harness, ended)).toBeLessThan(30);
  expect((await ended).Status).toBe('SUCCESS');
  expect(harness.accounts()).toEqual([]);
});

test('an event is complete when a read shows its changes, which may be late', async () => {
  harness.endpoint.readLag = 2_000;
  const seconds = await secondsOf(harness, harness.send(updateEvent(share([A]), share([]))));
  expect(calls()[0]).toBe(`+${A}`);
  expect(seconds).toBeGreaterThan(2);
  expect(seconds).toBeLessThan(5);
});

test('a change that reads do not show is called for again', async () => {
  harness.clock.setTimeout(() => harness.endpoint.unshare(IMAGE, A), 60);
  await harness.send(updateEvent(share([A]), share([])));
  expect(harness.changes()).toEqual([`+${A}`, `+${A}`]);
  expect(harness.accounts()).toEqual([A]);
});

test('an event fails if no read shows its changes within a minute', async () => {
  harness.endpoint.addImage({ imageId: IMAGE, sharedWith: [B] });
  harness.endpoint.readLag = 3_000_000;
  const ended = harness.send(updateEvent(share([A]), share([B])));
  const seconds = await secondsOf(harness, ended);
  expect((await ended).Reason).toContain(`reads still do not show them for ${A} and ${B}`);
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThan(66);
});

test('changes have a minute to show after the last call, however long the calls take', async () => {
  harness.endpoint.latency = 3_000;
  harness.endpoint.readLag = 3_000;
  const accounts = numbered(150);
  expect((await harness.send(updateEvent(share(accounts), share([])))).Status).toBe('SUCCESS');
  harness.endpoint.addImage({ imageId: IMAGE });
  expect((await harness.send(updateEvent(share([...accounts, A]), share(accounts)))).Status).toBe('SUCCESS');
  expect(harness.accounts()).toHaveLength(151);
});

test('an event with more changes than a burst calls for what the first read shows to be wrong, and watches the rest', async () => {
  given(A, B);
  const ended = harness.send(deleteEvent(share([...numbered(10), A, B])));
  expect(await secondsOf(harness, ended)).toBeGreaterThanOrEqual(15);
  expect((await ended).Status).toBe('SUCCESS');
  expect(calls().filter((call) => call !== 'read')).toEqual([`-${A}`, `-${B}`]);
  expect(calls().filter((call) => call === 'read').length).toBeLessThan(7);
});

test('an account that was only watched is called for if a later read shows that it is wrong', async () => {
  harness.clock.setTimeout(() => harness.endpoint.share(IMAGE, numbered(1)[0] as string), 7_000);
  await harness.send(deleteEvent(share(numbered(10))));
  expect(calls().filter((call) => call !== 'read')).toEqual([`-${numbered(1)}`]);
  expect(harness.accounts()).toEqual([]);
});

test('adopting many permissions costs reads instead of calls', async () => {
  given(...numbered(100));
  await harness.send(createEvent(share(numbered(100), { AdoptExisting: 'true' })));
  expect(harness.changes()).toEqual([]);
});

test('every attempt makes progress, whatever the quota of the account leaves to it', async () => {
  given(...numbered(40));
  harness.timeout = 60_000;
  harness.endpoint.rate = { perSecond: 1, burst: 5 };
  const left: number[] = [];
  let status = '';
  for (let attempt = 0; attempt < 6 && status !== 'SUCCESS'; attempt++) {
    status = (await harness.send(deleteEvent(share(numbered(40))))).Status;
    left.push(harness.accounts().length);
    await harness.pass(60);
  }
  expect(status).toBe('SUCCESS');
  expect(left).toEqual([...new Set(left)].sort((a, b) => b - a));
});

test('an account that the event does not change is granted only if a read shows that it lost its permission', async () => {
  given(B);
  await harness.send(updateEvent(share([A, B]), share([B])));
  expect(calls()).toEqual([`+${A}`, 'read']);
  harness.endpoint.unshare(IMAGE, B);
  await harness.pass(60);
  await harness.send(updateEvent(share([A, B, C]), share([A, B])));
  expect(calls().slice(2)).toEqual([`+${C}`, 'read', `+${B}`, 'read']);
});

test('an event succeeds with a note if the service refuses an account that it does not change', async () => {
  given(A, B, C);
  harness.endpoint.closeAccount(B);
  const { Status, Reason } = await harness.send(updateEvent(share([A, B]), share([A, B, C])));
  expect(Status).toBe('SUCCESS');
  expect(Reason).toMatch(
    new RegExp(
      `no longer shared with ${B}, although.*"InvalidParameterValuesException: .*remove them from the list`,
    ),
  );
  expect(harness.logged(Reason as string)).toMatchObject([{ level: 'WARN' }]);
  expect(harness.accounts()).toEqual([A]);
  const rolledBack = await harness.send(updateEvent(share([A, B, C]), share([A, B])));
  expect(rolledBack.Status).toBe('SUCCESS');
  expect(harness.accounts()).toEqual([A, C]);
});

test('a refused call ends a forward event after five seconds in which reads could have shown the state', async () => {
  given(C);
  harness.refuse(B);
  const ended = harness.send(updateEvent(share([A, B]), share([C])));
  const seconds = await secondsOf(harness, ended);
  expect((await ended).Reason).toContain(`could not be shared with ${B}: "OperationNotSupportedException`);
  expect(harness.accounts()).toEqual([A, C]);
  expect(seconds).toBeGreaterThanOrEqual(5);
  expect(seconds).toBeLessThan(7);
});

test('a refused call is a success if a read shows the state that it asked for', async () => {
  given(A);
  harness.endpoint.grantingGranted = 'SomethingNewException';
  harness.endpoint.revokingMissing = 'ResourceNotFoundException';
  expect((await harness.send(updateEvent(share([A]), share([B])))).Status).toBe('SUCCESS');
  expect(calls()).toEqual([`+${A}`, 'read', `-${B}`, 'read']);
});

test('a refused call does not keep an event that settles from the other calls', async () => {
  given(B, C);
  harness.refuse(A);
  const event = updateEvent(share([A]), share([B, C]));
  await afterAnother(event);
  const { Reason } = await harness.send(event);
  expect(Reason).toContain(A);
  expect(harness.accounts()).toEqual([]);
});

test('a Delete succeeds if the image is gone, with as many calls as a few accounts need', async () => {
  harness.endpoint.removeImage(IMAGE);
  expect((await harness.send(deleteEvent(share([A])))).Status).toBe('SUCCESS');
  expect((await harness.send(deleteEvent(share(numbered(60))))).Status).toBe('SUCCESS');
  expect(calls()).toEqual([`-${A}`, 'read', 'read']);
});

test('an image is not gone because a call responds so: there may be no permission to revoke', async () => {
  given(A);
  harness.endpoint.onCall = (call) =>
    isRead(call) ? undefined : { kind: 'error', name: 'ResourceNotFoundException' };
  expect((await harness.send(deleteEvent(share([A])))).Reason).toContain(`could not be unshared from ${A}`);
});

test('an image that is gone cannot be shared', async () => {
  harness.endpoint.removeImage(IMAGE);
  const reason = /Account 123456789012 has no image wsi-8t4x2k9p7 in eu-west-1/;
  expect((await harness.send(createEvent(share([A])))).Reason).toMatch(reason);
  expect((await harness.send(updateEvent(share([A]), share([])))).Reason).toMatch(reason);
});

test('a Create refuses existing permissions after six seconds, before any call', async () => {
  given(B);
  const ended = harness.send(createEvent(share([A, B])));
  const seconds = await secondsOf(harness, ended);
  expect(await ended).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
  expect((await ended).Reason).toContain(`already shared with ${B}`);
  expect(new Set(calls())).toEqual(new Set(['read']));
  expect(seconds).toBeGreaterThanOrEqual(6);
  expect(seconds).toBeLessThan(8);
});

test('a Create that settles refuses existing permissions after 21 seconds, because its duplicate also settles', async () => {
  given(B);
  const event = createEvent(share([A, B]));
  await afterAnother(event);
  const seconds = await secondsOf(harness, harness.send(event));
  expect(seconds).toBeGreaterThanOrEqual(21);
  expect(seconds).toBeLessThan(23);
});

test('a Create watches existing permissions for a minute if a duplicate delivery grants more of them', async () => {
  given(A);
  harness.clock.setTimeout(() => given(B), 3_000);
  const ended = harness.send(createEvent(share([A, B])));
  const seconds = await secondsOf(harness, ended);
  expect((await ended).Reason).toContain(`${A} and ${B}`);
  expect(seconds).toBeGreaterThan(63);
  expect(seconds).toBeLessThan(67);
});

test('a Create grants existing permissions that end in the meantime', async () => {
  given(A);
  harness.clock.setTimeout(() => harness.endpoint.unshare(IMAGE, A), 3_000);
  expect((await harness.send(createEvent(share([A])))).Status).toBe('SUCCESS');
  expect(harness.accounts()).toEqual([A]);
});

test('a Create adopts existing permissions if that is declared', async () => {
  given(B);
  await harness.send(createEvent(share([A, B], { AdoptExisting: 'true' })));
  expect(calls()).toEqual(['read', `+${A}`, `+${B}`, 'read']);
});

test('a Create ignores existing permissions of other accounts', async () => {
  given(BYSTANDER);
  await harness.send(createEvent(share([A])));
  expect(calls()).toEqual(['read', `+${A}`, 'read']);
});

describe('settling', () => {
  const event = deleteEvent(share([A]));

  beforeEach(async () => {
    given(A);
    await afterAnother(event);
  });

  test('an event that settles is done when reads have shown the goal for 15 seconds', async () => {
    const seconds = await secondsOf(harness, harness.send(event));
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(seconds).toBeLessThan(16);
    expect(calls().filter((call) => call === 'read')).toHaveLength(4);
  });

  test('an event that settles revokes again what another invocation grants in that time', async () => {
    harness.clock.setTimeout(() => given(A), 9_000);
    expect(await secondsOf(harness, harness.send(event))).toBeGreaterThan(24);
    expect(harness.accounts()).toEqual([]);
  });
});
