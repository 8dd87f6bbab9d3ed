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
  LOGICAL_ID,
  NOTHING_ID,
  OTHER_IMAGE,
  SHARE_ID,
  share,
  updateEvent,
} from './events';

const harness = useFunction({ latency: 20 });

const UNDO_ID = `undo/${IMAGE}/${LOGICAL_ID}`;
const adopting = (accounts: string[]) => share(accounts, { AdoptExisting: 'true' });

/** Records a stack event for the event, once a call has arrived at the service. */
function recordAtCall(accountId: string, event: ReturnType<typeof createEvent>, status: string): void {
  harness.endpoint.onCall = (call) => {
    if (call.accountId === accountId && call.allow) {
      harness.record(event, status);
      return { kind: 'delay', ms: 4_800 };
    }
    return undefined;
  };
}

test('a Create that fails after some grants revokes them', async () => {
  harness.refuse(C);
  harness.endpoint.share(IMAGE, BYSTANDER);
  const response = await harness.send(createEvent(share([A, C])));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
  expect(response.Reason).toMatch(/could not be shared with 777788889999.*The permissions are as before\.$/);
  expect(harness.accounts()).toEqual([BYSTANDER]);
});

test('a Create that fails and cannot undo leaves that to its Delete, and reports it', async () => {
  harness.endpoint.onCall = ({ accountId, allow }) =>
    accountId === C || allow === false
      ? { kind: 'error', name: 'OperationNotSupportedException' }
      : undefined;
  const response = await harness.send(createEvent(share([A, C])));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: UNDO_ID });
  expect(response.Reason).toContain(
    `Deleting this resource, as a rollback does, revokes the permission of ${A}`,
  );
  harness.endpoint.onCall = undefined;
  await harness.send(deleteEvent(share([A, C]), { PhysicalResourceId: UNDO_ID }));
  expect(harness.accounts()).toEqual([]);
});

test('an adopting Create that fails keeps what it found', async () => {
  harness.endpoint.share(IMAGE, A);
  harness.refuse(C);
  const response = await harness.send(createEvent(adopting([A, B, C])));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
  expect(harness.accounts()).toEqual([A]);
});

test('a Create that fails at its deadline has time left to undo and to respond', async () => {
  harness.timeout = 200_000;
  const from = harness.clock.now();
  harness.endpoint.onCall = ({ accountId }) =>
    accountId === C ? { kind: 'error', name: 'ThrottlingException' } : undefined;
  const response = await harness.send(createEvent(share([A, C])));
  expect(response.Reason).toMatch(/timed out.*ThrottlingException.*The permissions are as before/);
  expect(harness.accounts()).toEqual([]);
  expect(harness.clock.now() - from).toBeLessThan(200_000 - 22_000);
});

test('a Create that is cancelled while it undoes does not revoke what is granted after its Delete', async () => {
  const event = createEvent(share([A, C]));
  let isCancelled = false;
  harness.endpoint.onCall = ({ accountId, allow }) => {
    if (allow === false && !isCancelled) {
      isCancelled = true;
      harness.record(event, 'CREATE_FAILED');
      void harness.clock.sleep(3_000).then(() => harness.endpoint.share(IMAGE, A));
    }
    return accountId === C && allow ? { kind: 'error', name: 'OperationNotSupportedException' } : undefined;
  };
  await harness.send(event);
  expect(harness.accounts()).toEqual([A]);
});

test('a Create that is cancelled stops, and leaves the rest to its Delete', async () => {
  const event = createEvent(share([A, B]));
  recordAtCall(A, event, 'CREATE_FAILED');
  const response = await harness.send(event);
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: UNDO_ID });
  expect(harness.changes()).not.toContain(`-${A}`);
  expect(harness.invocationError).toBeUndefined();
});

test('an adopting Create that is cancelled stops, and its log names the accounts that its Delete does not revoke', async () => {
  harness.endpoint.share(IMAGE, B);
  const event = createEvent(adopting([A, B]));
  recordAtCall(A, event, 'CREATE_FAILED');
  const { Reason } = await harness.send(event);
  expect(Reason).toMatch(`no longer waits for this event. These accounts may still have permission: ${A}.`);
  expect(harness.logged('responded')).toMatchObject([{ level: 'WARN', reason: Reason }]);
  expect(harness.invocationError).toBeUndefined();
  expect(harness.changes()).not.toContain(`-${A}`);
  const generated = { PhysicalResourceId: 'Images-Share-1ABCDEFGHIJKL' };
  await harness.send(deleteEvent(adopting([A, B]), generated));
  expect(harness.accounts()).toEqual([A, B]);
});

test('an adopting Create that cannot undo reports the accounts', async () => {
  const event = createEvent(adopting([A, C]));
  harness.endpoint.onCall = ({ accountId, allow }) =>
    accountId === C || allow === false
      ? { kind: 'error', name: 'OperationNotSupportedException' }
      : undefined;
  const { Reason } = await harness.send(event);
  expect(Reason).toContain(`These accounts may still have permission: ${A}.`);
  expect(harness.invocationError?.message).toContain(Reason);
});

test('a Create whose duplicate has succeeded does not undo when it fails', async () => {
  const event = createEvent(adopting([A]));
  harness.endpoint.onCall = ({ operation }) => {
    if (operation === 'DescribeWorkspaceImagePermissions' && harness.accounts().length > 0) {
      harness.record(event, 'CREATE_COMPLETE');
      return { kind: 'error', name: 'OperationNotSupportedException' };
    }
    return undefined;
  };
  expect((await harness.send(event)).Status).toBe('FAILED');
  expect(harness.accounts()).toEqual([A]);
});

test('a Create that notices that its duplicate has succeeded does not undo', async () => {
  const event = createEvent(adopting([A]));
  recordAtCall(A, event, 'CREATE_COMPLETE');
  await harness.send(event);
  expect(harness.accounts()).toEqual([A]);
});

test('a replacement that adopts and fails keeps what it found on the new image', async () => {
  harness.endpoint.share(OTHER_IMAGE, A);
  await harness.send(createEvent(share([A])));
  harness.refuse(C);
  const other = { ...adopting([A, B, C]), ImageId: OTHER_IMAGE };
  await harness.send(updateEvent(other, share([A])));
  expect(harness.accounts(OTHER_IMAGE)).toEqual([A]);
  expect((await harness.send(updateEvent(share([A]), other))).Status).toBe('SUCCESS');
  expect([harness.accounts(), harness.accounts(OTHER_IMAGE)]).toEqual([[A], [A]]);
});

describe.each([UNDO_ID, 'Images-Share-1ABCDEFGHIJKL'])('%s', (PhysicalResourceId) => {
  const deletion = deleteEvent(share(), { PhysicalResourceId });

  beforeEach(async () => {
    harness.begin(createEvent());
    harness.record(createEvent(), 'CREATE_FAILED');
    await harness.pass(60);
    harness.endpoint.share(IMAGE, A);
  });

  test(`the Delete of ${PhysicalResourceId} revokes what the Create left behind`, async () => {
    expect(await harness.send(deletion)).toMatchObject({ Status: 'SUCCESS' });
    expect(harness.accounts()).toEqual([]);
  });

  test(`the Delete of ${PhysicalResourceId} revokes nothing if the share was created again, with rollback disabled`, async () => {
    harness.record(createEvent(), 'CREATE_IN_PROGRESS');
    harness.record(deleteEvent(share(), { PhysicalResourceId: SHARE_ID }), 'CREATE_COMPLETE');
    await harness.pass(60);
    expect(await harness.send(deletion)).toMatchObject({
      Status: 'SUCCESS',
      Reason: `Nothing was revoked on image ${IMAGE}, because the share was created again.`,
    });
    expect(harness.accounts()).toEqual([A]);
  });

  test(`the Delete of ${PhysicalResourceId} reads the stack events back to the Create that failed`, async () => {
    harness.stackEvents.splice(0);
    harness.recordOthers(createEvent(), 250);
    harness.record(createEvent(), 'CREATE_FAILED');
    harness.record(deleteEvent(share(), { PhysicalResourceId: SHARE_ID }), 'CREATE_COMPLETE');
    harness.recordOthers(createEvent(), 120, 0, 'CREATE_FAILED');
    await harness.pass(60);
    expect((await harness.send(deletion)).Reason).toContain('created again');
    expect(harness.cloudFormation.calls).toHaveLength(1 + 2);
  });

  test(`the Delete of ${PhysicalResourceId} waits while the share is being created again`, async () => {
    harness.record(createEvent(), 'CREATE_IN_PROGRESS');
    harness.clock.setTimeout(() => {
      harness.record(deleteEvent(share(), { PhysicalResourceId: SHARE_ID }), 'CREATE_COMPLETE');
    }, 200_000);
    const response = harness.send(deletion);
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(200);
    expect((await response).Reason).toContain('created again');
    expect(harness.accounts()).toEqual([A]);
  });

  test(`the Delete of ${PhysicalResourceId} is carried out, a minute later, if CloudFormation does not answer`, async () => {
    harness.cloudFormation.fault = 'denied';
    const response = harness.send(deletion);
    expect(await secondsOf(harness, response)).toBeLessThan(60 + 30);
    expect(await response).toMatchObject({ Status: 'SUCCESS' });
    expect(harness.accounts()).toEqual([]);
  });
});

test.each([
  ['Images-Share-1ABCDEFGHIJKL', 'SUCCESS', `These accounts may still have permission: ${A} and ${B}.`],
  [UNDO_ID, 'FAILED', 'could not be'],
  [SHARE_ID, 'FAILED', 'could not be'],
])(
  'if the service denies everything, the Delete of %s ends with %s',
  async (PhysicalResourceId, Status, reason) => {
    harness.endpoint.onCall = () => ({ kind: 'error', name: 'AccessDeniedException' });
    expect(await harness.send(deleteEvent(share(), { PhysicalResourceId }))).toMatchObject({
      Status,
      Reason: expect.stringContaining(reason),
    });
  },
);
