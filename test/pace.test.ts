import { newPace } from '../lambda/pace';
import type { Call } from '../simulator/workspaces-endpoint';
import { A, B, IMAGE, LambdaWorld, OTHER_IMAGE, share } from './support/lambda-world';

const PER_SECOND = 10;
const LIMITED = { latency: 50, rate: { perSecond: PER_SECOND, burst: 10 } };

let world: LambdaWorld;
let startedAt: number;

/** A world in which chance is the same in each run: the client's retries roll dice. */
async function start(options: object): Promise<void> {
  let chance = 0;
  jest.spyOn(Math, 'random').mockImplementation(() => {
    chance = (chance + 0.618034) % 1;
    return chance;
  });
  world = await LambdaWorld.start(options);
  startedAt = world.clock.now();
}

afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env.AWS_MAX_ATTEMPTS;
  await world.close();
});

describe('a service that takes 10 calls a second', () => {
  beforeEach(() => start(LIMITED));

  test.each([
    [100, 1],
    [1_000, 0.05],
  ])('is used to the full by a Create of %d accounts', async (count, mostThrottled) => {
    const { Status } = await world.send(world.create(share(accounts(count))));
    expect(Status).toBe('SUCCESS');
    expect(seconds()).toBeLessThanOrEqual((1.15 * callsNeeded(count)) / PER_SECOND);
    expect(throttled().length / world.endpoint.calls.length).toBeLessThan(mostThrottled);
  });

  test('is shared by two shares that are deployed at the same time', async () => {
    const creating = [IMAGE, OTHER_IMAGE].map((ImageId) =>
      world.invoke(world.create(share(accounts(100), { ImageId }))),
    );
    await world.clock.run(Promise.all(creating));
    expect(world.documents.map((document) => JSON.parse(document).Status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(seconds()).toBeLessThanOrEqual((1.25 * 2 * callsNeeded(100)) / PER_SECOND);
  });

  test('leaves a share that starts later its part', async () => {
    const first = world.invoke(world.create(share(accounts(400))));
    const second = world.clock.sleep(10_000).then(async () => {
      await world.invoke(world.create(share(accounts(100), { ImageId: OTHER_IMAGE })));
      return seconds() - 10;
    });
    await world.clock.run(Promise.all([first, second]));
    // Half of the rate would be 2 ×, and a queue behind the first 4 ×.
    expect(await second).toBeLessThan((3 * callsNeeded(100)) / PER_SECOND);
  });
});

test('a service without a limit gets 25 calls at a time', async () => {
  await start({ latency: 50 });
  await world.send(world.create(share(accounts(100))));
  expect(seconds()).toBeLessThanOrEqual(0.15 * 100 * 0.05);
  const atATime = new Map<number, number>();
  for (const { at } of writes()) {
    atATime.set(at, (atATime.get(at) ?? 0) + 1);
  }
  expect([...atATime.values()]).toEqual([25, 25, 25, 25]);
});

test('a service that becomes faster is followed', async () => {
  await start({ latency: 50, rate: { perSecond: 5, burst: 5 } });
  const creating = world.invoke(world.create(share(accounts(500))));
  const change = world.clock.sleep(20_000).then(() => {
    world.endpoint.rate = { perSecond: 20, burst: 20 };
  });
  await world.clock.run(Promise.all([creating, change]));
  const atBest = 20 + (callsNeeded(500) - 20 * 5) / 20;
  expect(seconds()).toBeLessThan(1.3 * atBest);
});

test.each([
  [1, 1],
  [2, 10],
  [3, 3],
])(
  'a service that takes %d calls a second, %d at once, is never left alone for four seconds',
  async (...rate) => {
    const [perSecond, burst] = rate;
    await start({ latency: 50, rate: { perSecond, burst } });
    expect((await world.send(world.create(share(accounts(60))))).Status).toBe('SUCCESS');
    const times = world.endpoint.calls.map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - (times[index] as number));
    expect(Math.max(...pauses)).toBeLessThan(4_000);
  },
);

test('a limit that was met a while ago does not slow down what comes later', async () => {
  await start(LIMITED);
  const environment = world.newEnvironment();
  await world.send(world.create(share(accounts(100))), environment);
  world.endpoint.rate = undefined;
  await world.clock.run(world.clock.sleep(60_000));
  const before = world.clock.now();
  await world.send(world.create(share([A, B], { ImageId: OTHER_IMAGE })), environment);
  expect(world.clock.now() - before).toBeLessThan(1_000);
});

test.each([1, 4])('the environment says how often the client tries again by itself: %d', async (attempts) => {
  await start({});
  process.env.AWS_MAX_ATTEMPTS = String(attempts);
  let failing = 4;
  world.endpoint.onCall = () => (failing-- > 0 ? { kind: 'error', name: 'ThrottlingException' } : undefined);
  await world.send(world.create(share([A])));
  const tries = world.endpoint.calls.slice(0, 4).map(({ headers }) => headers['amz-sdk-invocation-id']);
  expect(new Set(tries).size).toBe(4 / attempts);
});

describe('the pace', () => {
  const throttled = { error: new Error(), errorType: 'THROTTLING' };

  /** Sends calls at an interval, all of which succeed. */
  async function send(pace: ReturnType<typeof newPace>, count: number, interval: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) {
      await world.clock.run(pace.getSendToken());
      pace.updateClientSendingRate({});
      await world.clock.run(world.clock.sleep(interval));
    }
  }

  /** The pace after so many calls that succeeded, and one that was throttled. */
  async function throttledAfter(count: number, interval: number): Promise<ReturnType<typeof newPace>> {
    await start({});
    const pace = newPace();
    await send(pace, count, interval);
    pace.updateClientSendingRate(throttled);
    return pace;
  }

  async function waitsAfter(pace: ReturnType<typeof newPace>): Promise<number> {
    const from = world.clock.now();
    await world.clock.run(pace.getSendToken());
    return world.clock.now() - from;
  }

  test('does not wait before the service has throttled', async () => {
    await start({});
    const pace = newPace();
    await send(pace, 20, 0);
    expect(await waitsAfter(pace)).toBe(0);
  });

  test('is just under what was let through, measured over more than a second', async () => {
    const pace = await throttledAfter(20, 100);
    // 20 in 2 s, of that nine tenths: 9 a second.
    expect(await waitsAfter(pace)).toBe(112);
  });

  test('takes what was let through within a second for what the service lets through in a second', async () => {
    const pace = await throttledAfter(5, 20);
    // Nine tenths of 5 a second, and a little faster at the second step.
    expect(await waitsAfter(pace)).toBeGreaterThan(215);
    expect(await waitsAfter(pace)).toBeLessThan(223);
  });

  test('goes down by no more than three tenths at a time', async () => {
    const pace = await throttledAfter(20, 100);
    await send(pace, 10, 500);
    pace.updateClientSendingRate(throttled);
    // Nine tenths of 7 a second, not of 2.
    expect(await waitsAfter(pace)).toBe(159);
  });

  test('takes calls that are throttled at once for one', async () => {
    const pace = await throttledAfter(20, 100);
    for (let times = 1; times < 10; times++) {
      pace.updateClientSendingRate(throttled);
    }
    expect(await waitsAfter(pace)).toBe(112);
  });
});

function accounts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));
}

/** Reads before, writes, reads after; those that look for a concurrent Delete come on top. */
function callsNeeded(count: number): number {
  return 1 + count + Math.ceil(count / 25);
}

function seconds(): number {
  return (world.clock.now() - startedAt) / 1_000;
}

function throttled(): Call[] {
  return world.endpoint.calls.filter((call) => call.throttled);
}

function writes(): Call[] {
  return world.endpoint.calls.filter(({ operation }) => operation === 'UpdateWorkspaceImagePermission');
}
