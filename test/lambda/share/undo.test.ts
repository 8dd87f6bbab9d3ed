import { undoneBy } from '../../../lambda/share/undo';
import { NotAwaited } from '../../../lambda/stack-events/awaiting';
import { FunctionHarness } from '../../support/function-harness';
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
  share,
  updateEvent,
} from './events';

let harness: FunctionHarness;

beforeEach(async () => {
  harness = await FunctionHarness.start({ latency: 20 });
});

afterEach(() => harness.close());

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

describe('what a failed event granted', () => {
  const [superseded, done] = [new NotAwaited('superseded'), new NotAwaited('done')];

  test.each([
    ['itself, if it fails and owns nothing that existed', 'refuse', new Error(), 'itself'],
    ['itself, if it fails and adopts', 'adopt', new Error(), 'itself'],
    ['its Delete, if it is cancelled', 'refuse', superseded, 'its Delete'],
    [
      'itself, if it is cancelled and adopts, because its Delete revokes nothing',
      'adopt',
      superseded,
      'itself',
    ],
    ['nobody, if another delivery succeeded', 'refuse', done, 'nobody'],
    ['nobody, if another delivery succeeded and adopts', 'adopt', done, 'nobody'],
    ['the next event, if it owns what existed', 'ignore', new Error(), 'the next event'],
    ['the next event, even if it is cancelled', 'ignore', superseded, 'the next event'],
  ] as const)('is revoked by %s', (_, onExisting, error, expected) => {
    expect(undoneBy({ onExisting }, error)).toBe(expected);
  });
});

describe('a Create that fails', () => {
  test('after some grants revokes them', async () => {
    harness.refuse(C);
    harness.endpoint.share(IMAGE, BYSTANDER);
    const response = await harness.send(createEvent(share([A, C])));
    expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
    expect(response.Reason).toMatch(
      /could not be shared with 777788889999.*The permissions are as before\.$/,
    );
    expect(harness.accounts()).toEqual([BYSTANDER]);
  });

  test('and cannot undo leaves that to its Delete, and reports it', async () => {
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

  test('and adopted keeps what it found', async () => {
    harness.endpoint.share(IMAGE, A);
    harness.refuse(C);
    const response = await harness.send(createEvent(adopting([A, B, C])));
    expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
    expect(harness.accounts()).toEqual([A]);
  });

  test('at its deadline has time left to undo and to respond', async () => {
    harness.timeout = 200_000;
    const from = harness.clock.now();
    harness.endpoint.onCall = ({ accountId }) =>
      accountId === C ? { kind: 'error', name: 'ThrottlingException' } : undefined;
    const response = await harness.send(createEvent(share([A, C])));
    expect(response.Reason).toMatch(/timed out.*ThrottlingException.*The permissions are as before/);
    expect(harness.accounts()).toEqual([]);
    expect(harness.clock.now() - from).toBeLessThan(200_000 - 22_000);
  });
});

describe('a Create that is cancelled', () => {
  test('while it undoes does not revoke again what is granted after its Delete', async () => {
    const event = createEvent(share([A, C]));
    harness.endpoint.onCall = ({ accountId, allow }) => {
      if (allow === false) {
        harness.record(event, 'CREATE_FAILED');
        void harness.clock.sleep(3_000).then(() => harness.endpoint.share(IMAGE, A));
      }
      return accountId === C && allow ? { kind: 'error', name: 'OperationNotSupportedException' } : undefined;
    };
    await harness.send(event);
    expect(harness.accounts()).toEqual([A]);
  });

  test('stops, and leaves the rest to its Delete', async () => {
    const event = createEvent(share([A, B]));
    recordAtCall(A, event, 'CREATE_FAILED');
    const response = await harness.send(event);
    expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: UNDO_ID });
    expect(harness.changes()).not.toContain(`-${A}`);
    expect(harness.invocationError).toBeUndefined();
  });

  test('and adopts revokes what it granted, because its Delete revokes nothing', async () => {
    harness.endpoint.share(IMAGE, B);
    const event = createEvent(adopting([A, B]));
    recordAtCall(A, event, 'CREATE_FAILED');
    await harness.send(event);
    expect(harness.accounts()).toEqual([B]);
    const generated = { PhysicalResourceId: 'Images-Share-1ABCDEFGHIJKL' };
    await harness.send(deleteEvent(adopting([A, B]), generated));
    expect(harness.accounts()).toEqual([B]);
  });
});

test('an adopting Create that cannot undo reports the accounts, and ends the invocation with an error', async () => {
  const event = createEvent(adopting([A]));
  harness.endpoint.onCall = ({ allow }) => {
    if (allow) {
      harness.record(event, 'CREATE_FAILED');
      return { kind: 'error', name: 'InternalServerException', status: 500, after: true };
    }
    return allow === false ? { kind: 'error', name: 'OperationNotSupportedException' } : undefined;
  };
  const { Reason } = await harness.send(event);
  expect(Reason).toContain(`These accounts may still have permission: ${A}.`);
  expect(harness.invocationError?.message).toContain(Reason);
});

describe('a Create whose duplicate has succeeded', () => {
  test('does not undo when it fails', async () => {
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

  test('does not undo when it notices that', async () => {
    const event = createEvent(adopting([A]));
    recordAtCall(A, event, 'CREATE_COMPLETE');
    await harness.send(event);
    expect(harness.accounts()).toEqual([A]);
  });
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
