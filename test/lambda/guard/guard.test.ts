import type { CloudFormationFault } from '../../../simulator/cloudformation-endpoint';
import type { Call } from '../../../simulator/workspaces-endpoint';
import { useFunction } from '../../support/function-harness';
import { secondsOf } from '../../support/seconds-of';
import { A, B, C, createEvent, deleteEvent, IMAGE, numbered, share, updateEvent } from '../share/events';

const harness = useFunction();

const forward = updateEvent(share([A, B]), share([A]));
const rollback = updateEvent(share([A]), share([A, B]));
const isWrite = ({ operation }: Call) => operation === 'UpdateWorkspaceImagePermission';

/** Records something for an event when the first grant arrives at the service. */
function atFirstGrant(act: () => void): void {
  let isFirst = true;
  harness.endpoint.onCall = ({ allow }) => {
    if (allow && isFirst) {
      isFirst = false;
      act();
    }
    return undefined;
  };
}

/** The seconds between two questions to CloudFormation. */
function intervals(): number[] {
  const times = harness.cloudFormation.calls.map(({ at }) => at / 1_000);
  return times.slice(1).map((at, index) => at - (times[index] as number));
}

test('an event that CloudFormation waits for is carried out at once', async () => {
  expect(await secondsOf(harness, harness.send(forward))).toBeLessThan(0.1);
  expect(harness.cloudFormation.calls).toHaveLength(1);
});

describe('a healthy deployment succeeds', () => {
  beforeEach(() => {
    harness.endpoint.share(IMAGE, A);
  });

  test('an event succeeds although its own stack event is shown after 4 seconds', async () => {
    harness.cloudFormation.lag = 4_000;
    expect(await secondsOf(harness, harness.send(forward))).toBeLessThan(4.1);
    expect(harness.accounts()).toEqual([A, B]);
  });

  test.each([
    ['an Update, after two reads of the old list', forward, [A, B], 4 + 6],
    ['the Update of a rollback, which settles', rollback, [A], 4 + 15],
    ['a Create of a share that existed before, which settles', createEvent(share([B])), [A, B], 4 + 15],
    ['a second cleanup of the same physical ID, which settles', deleteEvent(share([A])), [], 4 + 15],
  ])(
    'an event succeeds although its stack event is shown after 9 seconds: %s',
    async (_, event, accounts, seconds) => {
      const { clock, cloudFormation } = harness;
      for (const status of [
        'CREATE_IN_PROGRESS',
        'CREATE_COMPLETE',
        'DELETE_IN_PROGRESS',
        'DELETE_COMPLETE',
      ]) {
        harness.record(event, status);
      }
      harness.record(forward, 'UPDATE_IN_PROGRESS');
      harness.record(forward, 'UPDATE_FAILED');
      await clock.run(clock.sleep(20_000));
      const sentAt = clock.now();
      cloudFormation.lag = () => (recorded) => (recorded.at < sentAt ? 0 : 9_000);
      const ended = harness.send(event);
      const taken = await secondsOf(harness, ended);
      expect(taken).toBeGreaterThanOrEqual(seconds);
      expect(taken).toBeLessThan(seconds + 7);
      expect((await ended).Status).toBe('SUCCESS');
      expect(harness.accounts()).toEqual(accounts);
    },
  );

  test('an event succeeds although reads of the stack events go back in time while it grants', async () => {
    harness.endpoint.latency = 3_000;
    atFirstGrant(() => {
      harness.cloudFormation.lag = 600_000;
    });
    expect((await harness.send(updateEvent(share([A, B, C]), share([A])))).Status).toBe('SUCCESS');
  });

  test.each([
    ['the Update of a rollback', 'UPDATE_ROLLBACK_IN_PROGRESS', rollback],
    ['a Create that is sent again', 'UPDATE_IN_PROGRESS', createEvent(share([B]))],
  ])('%s succeeds although it is recorded as %s', async (_, status, event) => {
    const { clock } = harness;
    harness.record(event, status);
    Object.assign(harness.stackEvents[0] as object, { physicalId: 'share/x/y' });
    const ended = harness.deliver(event);
    expect(await secondsOf({ clock }, ended)).toBeLessThan(4 + 15 + 6);
    expect((await ended).Status).toBe('SUCCESS');
  });
});

test('an event that is not awaited changes nothing, and gets a response at once', async () => {
  const event = createEvent(share([A]));
  harness.record(event, 'CREATE_IN_PROGRESS');
  harness.record(event, 'CREATE_FAILED');
  const ended = harness.deliver(event);
  expect(await secondsOf(harness, ended)).toBeLessThan(0.1);
  expect(await ended).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: expect.stringMatching(/^nothing/),
    Reason: expect.stringContaining('no longer waits for this event'),
  });
  expect(harness.changes()).toEqual([]);
  expect(harness.invocationError).toBeUndefined();
});

test('an event is not awaited if another one with the same properties is, two minutes later', async () => {
  const event = createEvent(share([A]));
  const masked = createEvent(share('****'));
  const { clock } = harness;
  harness.record(masked, 'CREATE_IN_PROGRESS');
  harness.record(masked, 'CREATE_COMPLETE');
  await clock.run(clock.sleep(60_000));
  harness.record(deleteEvent(share('****')), 'DELETE_COMPLETE');
  await clock.run(clock.sleep(60_000));
  harness.record(masked, 'CREATE_IN_PROGRESS');
  expect((await harness.deliver(event)).Status).toBe('FAILED');
  expect(harness.changes()).toEqual([]);
});

test('an event stops within five seconds of its cancellation', async () => {
  harness.endpoint.latency = 300;
  harness.endpoint.rate = { perSecond: 2, burst: 5 };
  const event = createEvent(share(numbered(100)));
  const cancelledAt = harness.clock.now() + 10_000;
  harness.clock.setTimeout(() => harness.record(event, 'CREATE_FAILED'), 10_000);
  expect((await harness.send(event)).Reason).toContain('no longer waits');
  const late = harness.endpoint.calls.filter((call) => isWrite(call) && call.at > cancelledAt);
  expect(late.every(({ at }) => at - cancelledAt < 5_000)).toBe(true);
});

test.each([
  [2_900, 1],
  [3_000, 15],
])('an event that is delivered %i ms after it was sent takes %i seconds', async (late, seconds) => {
  harness.endpoint.share(IMAGE, A);
  harness.record(forward, 'UPDATE_IN_PROGRESS');
  await harness.pass(late / 1_000);
  const taken = await secondsOf(harness, harness.deliver(forward));
  expect(taken).toBeGreaterThanOrEqual(seconds - 1);
  expect(taken).toBeLessThan(seconds + 1);
});

test.each([
  [10, 2],
  [80, 12],
])(
  'for %i added accounts at two calls per second, CloudFormation is asked at most %i times',
  async (added, most) => {
    harness.endpoint.rate = { perSecond: 2, burst: 5 };
    await harness.send(updateEvent(share(numbered(added)), share([])));
    expect(harness.accounts()).toHaveLength(added);
    expect(harness.cloudFormation.calls.length).toBeLessThanOrEqual(most);
  },
);

test('before the first write, a failed question to CloudFormation is repeated every second', async () => {
  const faults: (CloudFormationFault | undefined)[] = ['throttled', 'broken', 'throttled'];
  harness.cloudFormation.fault = () => faults.shift();
  await harness.send(forward);
  expect(intervals()).toEqual([1, 1, 1]);
  expect(harness.logged('asked CloudFormation')).toHaveLength(1);
});

test.each(['denied', 'throttled', 'broken'] as const)(
  'questions to CloudFormation that are %s are repeated every 4.5 seconds, so that a cancelled event stops',
  async (fault) => {
    harness.endpoint.latency = 1_000;
    harness.endpoint.rate = { perSecond: 1, burst: 1 };
    harness.cloudFormation.fault = fault;
    const event = createEvent(share(numbered(60)));
    harness.clock.setTimeout(() => {
      harness.record(event, 'CREATE_FAILED');
      harness.cloudFormation.fault = undefined;
    }, 15_000);
    const ended = harness.send(event);
    expect(await secondsOf(harness, ended)).toBeLessThan(15 + 4.5 + 10);
    expect((await ended).Reason).toContain('no longer waits');
  },
);

test('unanswered questions to CloudFormation are repeated every 8 seconds, because each costs 4', async () => {
  harness.endpoint.rate = { perSecond: 1, burst: 1 };
  harness.cloudFormation.fault = 'unreachable';
  await harness.send(createEvent(share(numbered(40))));
  expect(harness.cloudFormation.calls.length).toBeGreaterThan(3);
  for (const interval of intervals()) {
    expect(interval).toBeGreaterThanOrEqual(4 + 8);
    expect(interval).toBeLessThan(4 + 8 + 5);
  }
});

test.each([
  ['four seconds', 0, 3_900, 1],
  ['four seconds', 0, 4_000, 0],
  ['20 seconds if the event is late', 3, 19_900, 1],
  ['20 seconds if the event is late', 3, 20_000, 0],
])(
  'before the first write, CloudFormation may take up to %s to answer (%i s late, %i ms)',
  async (_, late, latency, answers) => {
    harness.cloudFormation.latency = latency;
    harness.record(forward, 'UPDATE_IN_PROGRESS');
    await harness.pass(late);
    harness.endpoint.onCall = ({ allow }) => {
      harness.cloudFormation.latency = 0;
      expect(harness.logged('asked CloudFormation')).toHaveLength(allow ? answers : 0);
      harness.endpoint.onCall = undefined;
      return undefined;
    };
    await harness.deliver(updateEvent(share([A, B]), share([A])));
    expect(harness.accounts()).toContain(B);
  },
);

describe.each([
  ['denied', 0],
  ['unreachable', 4],
] as const)('%s', (fault, lost) => {
  beforeEach(() => {
    harness.cloudFormation.fault = fault;
  });

  test(`if CloudFormation is ${fault}, an event is carried out anyway, and the response and the log say so`, async () => {
    const ended = harness.send(createEvent(share([A])));
    const seconds = await secondsOf(harness, ended);
    expect(seconds).toBeGreaterThanOrEqual(lost);
    expect(seconds).toBeLessThan(lost + 0.5);
    expect(harness.accounts()).toEqual([A]);
    const note =
      /^CloudFormation could not be asked .*\("A\w+: .*Check that the function's role allows cloudformation:DescribeStackEvents/;
    expect(await ended).toMatchObject({ Status: 'SUCCESS', Reason: expect.stringMatching(note) });
    const warnings = harness.logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'WARN');
    expect(warnings).toEqual([{ level: 'WARN', message: expect.stringMatching(note) }]);
  });

  test(`if CloudFormation is ${fault}, an Update settles if it may be the Update of a rollback`, async () => {
    harness.endpoint.share(IMAGE, A);
    harness.endpoint.share(IMAGE, B);
    expect(await secondsOf(harness, harness.send(forward))).toBeGreaterThanOrEqual(lost + 15);
  });

  test(`if CloudFormation is ${fault}, an Update does not settle if two reads show the old list`, async () => {
    harness.endpoint.share(IMAGE, A);
    const seconds = await secondsOf(harness, harness.send(forward));
    expect(seconds).toBeGreaterThanOrEqual(lost + 6);
    expect(seconds).toBeLessThan(lost + 8);
  });

  test(`if CloudFormation is ${fault}, an Update settles if a read shows a change some seconds later`, async () => {
    harness.endpoint.share(IMAGE, A);
    harness.clock.setTimeout(() => harness.endpoint.share(IMAGE, B), lost * 1_000 + 3_000);
    expect(await secondsOf(harness, harness.send(rollback))).toBeGreaterThanOrEqual(lost + 15);
    expect(harness.accounts()).toEqual([A]);
  });

  test(`if CloudFormation is ${fault}, a Delete settles`, async () => {
    harness.endpoint.share(IMAGE, A);
    expect(await secondsOf(harness, harness.send(deleteEvent(share([A]))))).toBeGreaterThanOrEqual(lost + 15);
    expect(harness.accounts()).toEqual([]);
  });
});

test('an event with a response URL without a date is compared with the start of the invocation', async () => {
  const ResponseURL = harness.responseUrl.replace(/\?.*/, '');
  const event = createEvent(share(numbered(20)), { ResponseURL });
  harness.endpoint.rate = { perSecond: 2, burst: 5 };
  harness.clock.setTimeout(() => harness.record(event, 'CREATE_FAILED'), 3_000);
  await expect(harness.send(event)).rejects.toThrow('403');
  expect(harness.logged('asked CloudFormation').map(({ status }) => status)).toEqual([
    'awaited',
    'superseded',
  ]);
});
