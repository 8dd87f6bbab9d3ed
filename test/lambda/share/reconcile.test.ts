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

describe('declared changes', () => {
  test.each([
    ['missing', [B]],
    ['shown by a read already', [A]],
  ])('are called for, grants first, if they are %s', async (_, before) => {
    given(...before);
    const { Status } = await harness.send(updateEvent(share([A]), share([B])));
    expect(Status).toBe('SUCCESS');
    expect(calls()).toEqual([`+${A}`, `-${B}`, 'read']);
    expect(harness.accounts()).toEqual([A]);
  });

  test('are called for five at a time', async () => {
    const seconds = await secondsOf(harness, harness.send(updateEvent(share(numbered(12)), share([]))));
    // A read, three times some grants, and a read, all of 50 ms.
    expect(seconds).toBeCloseTo(0.25);
  });

  test('are revoked by a Delete although reads are so late that they show no permission', async () => {
    given(...numbered(10));
    harness.endpoint.readLag = () => 9_000;
    const ended = harness.send(deleteEvent(share(numbered(10))));
    expect(await secondsOf(harness, ended)).toBeLessThan(30);
    expect((await ended).Status).toBe('SUCCESS');
    expect(harness.accounts()).toEqual([]);
  });

  test('are complete when a read shows them, which may be late', async () => {
    harness.endpoint.readLag = 2_000;
    const seconds = await secondsOf(harness, harness.send(updateEvent(share([A]), share([]))));
    expect(calls()[0]).toBe(`+${A}`);
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(5);
  });

  test('are called for again if reads do not show them', async () => {
    harness.clock.setTimeout(() => harness.endpoint.unshare(IMAGE, A), 60);
    await harness.send(updateEvent(share([A]), share([])));
    expect(harness.changes()).toEqual([`+${A}`, `+${A}`]);
    expect(harness.accounts()).toEqual([A]);
  });

  test('fail if no read shows them within a minute', async () => {
    harness.endpoint.addImage({ imageId: IMAGE, sharedWith: [B] });
    harness.endpoint.readLag = 3_000_000;
    const ended = harness.send(updateEvent(share([A]), share([B])));
    const seconds = await secondsOf(harness, ended);
    expect((await ended).Reason).toContain(`reads still do not show them for ${A} and ${B}`);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(66);
  });

  test('have a minute to show after the last call, however long the calls take', async () => {
    harness.endpoint.latency = 3_000;
    harness.endpoint.readLag = 3_000;
    const accounts = numbered(150);
    expect((await harness.send(updateEvent(share(accounts), share([])))).Status).toBe('SUCCESS');
    harness.endpoint.addImage({ imageId: IMAGE });
    expect((await harness.send(updateEvent(share([...accounts, A]), share(accounts)))).Status).toBe(
      'SUCCESS',
    );
    expect(harness.accounts()).toHaveLength(151);
  });
});

describe('an event with more changes than a burst', () => {
  test('calls for what the first read shows to be wrong, and watches the rest for 15 seconds', async () => {
    given(A, B);
    const ended = harness.send(deleteEvent(share([...numbered(10), A, B])));
    expect(await secondsOf(harness, ended)).toBeGreaterThanOrEqual(15);
    expect((await ended).Status).toBe('SUCCESS');
    expect(calls().filter((call) => call !== 'read')).toEqual([`-${A}`, `-${B}`]);
    expect(calls().filter((call) => call === 'read').length).toBeLessThan(7);
  });

  test('calls for an account after all if a later read shows that it is wrong', async () => {
    harness.clock.setTimeout(() => harness.endpoint.share(IMAGE, numbered(1)[0] as string), 7_000);
    await harness.send(deleteEvent(share(numbered(10))));
    expect(calls().filter((call) => call !== 'read')).toEqual([`-${numbered(1)}`]);
    expect(harness.accounts()).toEqual([]);
  });

  test('costs reads instead of calls if it adopts permissions', async () => {
    given(...numbered(100));
    await harness.send(createEvent(share(numbered(100), { AdoptExisting: 'true' })));
    expect(harness.changes()).toEqual([]);
  });

  test('makes progress in every attempt, whatever the quota of the account leaves to it', async () => {
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
});

describe('accounts that the event does not change', () => {
  test('are granted only if a read shows that they lost their permission', async () => {
    given(B);
    await harness.send(updateEvent(share([A, B]), share([B])));
    expect(calls()).toEqual([`+${A}`, 'read']);
    harness.endpoint.unshare(IMAGE, B);
    await harness.pass(60);
    await harness.send(updateEvent(share([A, B, C]), share([A, B])));
    expect(calls().slice(2)).toEqual([`+${C}`, 'read', `+${B}`, 'read']);
  });

  test('are no reason to fail if the service refuses them: a note reports them', async () => {
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
});

describe('a refused call', () => {
  test('ends a forward event after five seconds in which reads could have shown the state', async () => {
    given(C);
    harness.refuse(B);
    const ended = harness.send(updateEvent(share([A, B]), share([C])));
    const seconds = await secondsOf(harness, ended);
    expect((await ended).Reason).toContain(`could not be shared with ${B}: "OperationNotSupportedException`);
    expect(harness.accounts()).toEqual([A, C]);
    expect(seconds).toBeGreaterThanOrEqual(5);
    expect(seconds).toBeLessThan(7);
  });

  test('is a success if a read shows the state that it asked for', async () => {
    given(A);
    harness.endpoint.grantingGranted = 'SomethingNewException';
    harness.endpoint.revokingMissing = 'ResourceNotFoundException';
    expect((await harness.send(updateEvent(share([A]), share([B])))).Status).toBe('SUCCESS');
    expect(calls()).toEqual([`+${A}`, 'read', `-${B}`, 'read']);
  });

  test.each([
    ['a Delete', deleteEvent(share([A, B, C])), false],
    ['an event that settles', updateEvent(share([A]), share([B, C])), true],
  ])('does not keep %s from the other calls', async (_, event, settles) => {
    given(A, B, C);
    harness.endpoint.onCall = ({ accountId }) =>
      accountId === A ? { kind: 'error', name: 'OperationNotSupportedException' } : undefined;
    if (settles) {
      harness.endpoint.unshare(IMAGE, A);
      await afterAnother(event);
    }
    const { Reason } = await harness.send(event);
    expect(Reason).toContain(A);
    expect(harness.accounts().filter((account) => account !== A)).toEqual([]);
  });
});

describe('an image that is gone', () => {
  test('has no permissions: a Delete succeeds, with as many calls as a few accounts need', async () => {
    harness.endpoint.removeImage(IMAGE);
    expect((await harness.send(deleteEvent(share([A])))).Status).toBe('SUCCESS');
    expect((await harness.send(deleteEvent(share(numbered(60))))).Status).toBe('SUCCESS');
    expect(calls()).toEqual([`-${A}`, 'read', 'read']);
  });

  test('is not gone because a call responds so: there may be no permission to revoke', async () => {
    given(A);
    harness.endpoint.onCall = (call) =>
      isRead(call) ? undefined : { kind: 'error', name: 'ResourceNotFoundException' };
    expect((await harness.send(deleteEvent(share([A])))).Reason).toContain(`could not be unshared from ${A}`);
  });

  test('cannot be shared', async () => {
    harness.endpoint.removeImage(IMAGE);
    const reason = /Account 123456789012 has no image wsi-8t4x2k9p7 in eu-west-1/;
    expect((await harness.send(createEvent(share([A])))).Reason).toMatch(reason);
    expect((await harness.send(updateEvent(share([A]), share([])))).Reason).toMatch(reason);
  });
});

describe('permissions that exist before a Create', () => {
  test('are refused after six seconds, before any call', async () => {
    given(B);
    const ended = harness.send(createEvent(share([A, B])));
    const seconds = await secondsOf(harness, ended);
    expect(await ended).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
    expect((await ended).Reason).toContain(`already shared with ${B}`);
    expect(new Set(calls())).toEqual(new Set(['read']));
    expect(seconds).toBeGreaterThanOrEqual(6);
    expect(seconds).toBeLessThan(8);
  });

  test('are refused after 21 seconds if the event settles, because its duplicate settles, too', async () => {
    given(B);
    const event = createEvent(share([A, B]));
    await afterAnother(event);
    const seconds = await secondsOf(harness, harness.send(event));
    expect(seconds).toBeGreaterThanOrEqual(21);
    expect(seconds).toBeLessThan(23);
  });

  test('are watched for a minute if there are more and more: a duplicate delivery grants them', async () => {
    given(A);
    harness.clock.setTimeout(() => given(B), 3_000);
    const ended = harness.send(createEvent(share([A, B])));
    const seconds = await secondsOf(harness, ended);
    expect((await ended).Reason).toContain(`${A} and ${B}`);
    expect(seconds).toBeGreaterThan(63);
    expect(seconds).toBeLessThan(67);
  });

  test('are granted again if they end meanwhile', async () => {
    given(A);
    harness.clock.setTimeout(() => harness.endpoint.unshare(IMAGE, A), 3_000);
    expect((await harness.send(createEvent(share([A])))).Status).toBe('SUCCESS');
    expect(harness.accounts()).toEqual([A]);
  });

  test('are adopted if that is declared', async () => {
    given(B);
    await harness.send(createEvent(share([A, B], { AdoptExisting: 'true' })));
    expect(calls()).toEqual(['read', `+${A}`, `+${B}`, 'read']);
  });

  test('of other accounts are ignored', async () => {
    given(BYSTANDER);
    await harness.send(createEvent(share([A])));
    expect(calls()).toEqual(['read', `+${A}`, 'read']);
  });
});

describe('an event that settles', () => {
  const event = deleteEvent(share([A]));

  beforeEach(async () => {
    given(A);
    await afterAnother(event);
  });

  test('is done when reads have shown the goal for 15 seconds', async () => {
    const seconds = await secondsOf(harness, harness.send(event));
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(seconds).toBeLessThan(16);
    expect(calls().filter((call) => call === 'read')).toHaveLength(4);
  });

  test('revokes again what another invocation grants in that time', async () => {
    harness.clock.setTimeout(() => given(A), 9_000);
    expect(await secondsOf(harness, harness.send(event))).toBeGreaterThan(24);
    expect(harness.accounts()).toEqual([]);
  });
});
