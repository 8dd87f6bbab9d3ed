import type { Call, Fault } from '../../simulator/workspaces-endpoint';
import { FunctionHarness } from '../support/function-harness';
import { A, B, createEvent, deleteEvent, IMAGE, share, updateEvent } from './events';

let harness: FunctionHarness;

beforeEach(async () => {
  harness = await FunctionHarness.start({ latency: 50 });
});

afterEach(() => harness.close());

const numbered = (count: number) => Array.from({ length: count }, (_, n) => String(100_000_000_000 + n));
const isWrite = ({ operation }: Call) => operation === 'UpdateWorkspaceImagePermission';

/** Makes the first calls that match fail. */
function failFirst(matches: (call: Call) => boolean, ...faults: Fault[]) {
  harness.endpoint.onCall = (call) => (matches(call) ? faults.shift() : undefined);
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const from = harness.clock.now();
  await work;
  return (harness.clock.now() - from) / 1_000;
}

test('permissions are read page by page', async () => {
  const accounts = numbered(60);
  await harness.send(createEvent(share(accounts)));
  expect(harness.accounts()).toEqual(accounts);
  expect(harness.logged('read').map(({ permitted }) => permitted)).toEqual([0, 60]);
  expect(harness.endpoint.calls.filter((call) => !isWrite(call))).toHaveLength(1 + 3);
});

test('reading stops between two pages when there is no time left', async () => {
  harness.endpoint.addImage({ imageId: IMAGE, sharedWith: numbered(1_000) });
  harness.endpoint.latency = 2_000;
  harness.timeout = 60_000;
  const ended = harness.send(updateEvent(share([A, B]), share([A])));
  expect(await secondsOf(ended)).toBeLessThan(60 - 40 + 3);
  expect((await ended).Reason).toContain('timed out');
});

test.each([
  ['is throttled', { kind: 'error', name: 'ThrottlingException' }],
  ['fails inside the service', { kind: 'error', name: 'InternalServerException', status: 500 }],
  ['loses its connection', { kind: 'cut' }],
] as const)('a call that %s is repeated', async (_, fault) => {
  failFirst(() => true, fault, fault);
  expect((await harness.send(createEvent(share([A])))).Status).toBe('SUCCESS');
  expect(harness.accounts()).toEqual([A]);
});

test('a call that is denied is repeated while a new policy spreads', async () => {
  const until = harness.clock.now() + 20_000;
  harness.endpoint.onCall = () =>
    harness.clock.now() < until ? { kind: 'error', name: 'AccessDeniedException' } : undefined;
  expect(await secondsOf(harness.send(createEvent(share([A]))))).toBeGreaterThan(20);
  expect(harness.accounts()).toEqual([A]);
});

test('a call without a response is repeated, and a response waits until it cannot be carried out any more', async () => {
  failFirst(isWrite, { kind: 'delay', ms: 7_000 });
  expect(await secondsOf(harness.send(createEvent(share([A]))))).toBeGreaterThan(5 + 15);
  expect(harness.accounts()).toEqual([A]);
});

test('calls stay within the rate of the service: 2 calls per second with a burst of 5', async () => {
  harness.endpoint.rate = { perSecond: 2, burst: 5 };
  const accounts = numbered(40);
  const needed = 1 + 40 + 2;
  const seconds = await secondsOf(harness.send(createEvent(share(accounts))));
  expect(seconds).toBeLessThan((1.2 * (needed - 5)) / 2);
  const throttled = harness.endpoint.calls.filter((call) => call.throttled).length;
  expect(throttled / harness.endpoint.calls.length).toBeLessThan(0.25);
});

describe('each attempt to change permission', () => {
  test('follows a check with CloudFormation that is at most two seconds old', async () => {
    harness.endpoint.rate = { perSecond: 2, burst: 5 };
    await harness.send(createEvent(share(numbered(20))));
    const asked = harness.cloudFormation.calls.map(({ at }) => at);
    for (const { at } of harness.endpoint.calls.filter(isWrite)) {
      expect(asked.some((when) => when <= at && at - when <= 2_100)).toBe(true);
    }
    expect(asked.length).toBeLessThan(12);
  });

  test('is not made once the event is superseded, retries of the SDK included', async () => {
    const event = updateEvent(share([A, B]), share([A]));
    failFirst(isWrite, { kind: 'delay', ms: 7_000 });
    const ended = harness.send(event);
    void harness.clock.sleep(1_000).then(() => harness.record(event, 'UPDATE_FAILED'));
    expect((await ended).Reason).toContain('no longer waits');
    expect(harness.changes()).toEqual([`+${B}`]);
  });
});

test('each call is logged on its own line', async () => {
  await harness.send(createEvent(share([A])));
  await harness.send(deleteEvent(share([A])));
  expect(harness.logged('granted')).toEqual([{ message: 'granted', imageId: 'wsi-8t4x2k9p7', account: A }]);
  expect(harness.logged('revoked')).toEqual([{ message: 'revoked', imageId: 'wsi-8t4x2k9p7', account: A }]);
});
