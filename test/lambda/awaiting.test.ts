import { FunctionHarness } from '../support/function-harness';
import { A, B, createEvent, deleteEvent, IMAGE, share, updateEvent } from './events';

let harness: FunctionHarness;

beforeEach(async () => {
  harness = await FunctionHarness.start();
});

afterEach(() => harness.close());

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const from = harness.clock.now();
  await work;
  return (harness.clock.now() - from) / 1_000;
}

test('an event that CloudFormation waits for is carried out at once', async () => {
  expect(await secondsOf(harness.send(updateEvent(share([A, B]), share([A]))))).toBeLessThan(0.1);
});

test('stack events may lag behind: the function asks again for five seconds', async () => {
  harness.cloudFormation.lag = 4_000;
  const ended = harness.send(createEvent(share([A])));
  expect(await secondsOf(ended)).toBeGreaterThan(3.9);
  expect((await ended).Status).toBe('SUCCESS');
});

test('an event that is not awaited changes nothing, and gets a response that nothing waits for', async () => {
  const event = createEvent(share([A]));
  harness.record(event, 'CREATE_IN_PROGRESS');
  harness.record(event, 'CREATE_FAILED');
  const ended = harness.deliver(event);
  expect(await secondsOf(ended)).toBeGreaterThan(4.9);
  expect(await ended).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: expect.stringMatching(/^nothing/),
  });
  expect(harness.changes()).toEqual([]);
});

describe.each(['denied', 'unreachable'] as const)('if CloudFormation is %s', (fault) => {
  beforeEach(() => {
    harness.cloudFormation.fault = fault;
  });

  const lost = fault === 'denied' ? 0 : 2;

  test('an event is carried out anyway', async () => {
    const seconds = await secondsOf(harness.send(createEvent(share([A]))));
    expect(seconds).toBeGreaterThanOrEqual(lost);
    expect(seconds).toBeLessThan(lost + 0.5);
    expect(harness.accounts()).toEqual([A]);
  });

  test('an Update settles, because it may be the Update of a rollback, unless it finds the old list', async () => {
    harness.endpoint.share('wsi-8t4x2k9p7', A);
    expect(await secondsOf(harness.send(updateEvent(share([A, B]), share([A]))))).toBeLessThan(lost + 0.5);
    expect(await secondsOf(harness.send(updateEvent(share([A, B]), share([A]))))).toBeGreaterThan(15);
  });

  test('a Delete settles', async () => {
    harness.endpoint.share('wsi-8t4x2k9p7', A);
    expect(await secondsOf(harness.send(deleteEvent(share([A]))))).toBeGreaterThan(15);
    expect(harness.accounts()).toEqual([]);
  });
});

test.each([
  ['denied, since a new policy may take effect meanwhile', 'denied', true],
  ['unreachable, since that takes two seconds', 'unreachable', false],
] as const)('CloudFormation is asked again or not while it is %s', async (_, fault, again) => {
  harness.cloudFormation.fault = fault;
  harness.endpoint.latency = 1_500;
  const event = createEvent(share([A, B]));
  harness.endpoint.onCall = ({ allow }) => {
    if (allow) {
      harness.cloudFormation.fault = undefined;
      harness.record(event, 'CREATE_FAILED');
    }
    return undefined;
  };
  const { Status } = await harness.send(event);
  expect(Status).toBe(again ? 'FAILED' : 'SUCCESS');
});

test('if CloudFormation cannot be asked for a moment, the last verdict stands', async () => {
  harness.endpoint.latency = 1_500;
  harness.endpoint.onCall = ({ allow }) => {
    if (allow) {
      harness.cloudFormation.fault = 'denied';
    }
    return undefined;
  };
  expect((await harness.send(createEvent(share([A])))).Status).toBe('SUCCESS');
  expect(harness.logged('cannot ask CloudFormation')).toHaveLength(1);
});

test('an adopting Create that is cancelled right before its response revokes what it granted', async () => {
  harness.endpoint.latency = 400;
  harness.endpoint.share(IMAGE, A);
  const event = createEvent(share([A, B], { AdoptExisting: 'true' }));
  harness.clock.setTimeout(() => harness.record(event, 'CREATE_FAILED'), 900);

  const { Status } = await harness.send(event);

  expect(Status).toBe('FAILED');
  expect(harness.changes()).toContain(`+${B}`);
  expect(harness.accounts()).toEqual([A]);
});
