import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AcceleratedClock, realClock } from '../../simulator/clock';

test('the real clock keeps the process running during a sleep, others do not', async () => {
  const program = `
    const { AcceleratedClock, backgroundClock, realClock } = require('./simulator/clock.ts');
    for (const clock of [backgroundClock, new AcceleratedClock(1)]) {
      clock.sleep(3_600_000).then(() => console.log('too late'));
    }
    realClock.sleep(10).then(() => console.log('awake'));`;
  const args = ['--import', 'tsx', '--input-type=commonjs', '-e', program];
  expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('awake\n');
});

test('a signal ends a sleep early, or before it starts', async () => {
  const abort = new AbortController();
  const sleeping = realClock.sleep(3_600_000, abort.signal);
  abort.abort();
  await sleeping;
  await realClock.sleep(3_600_000, abort.signal);
});

describe('an accelerated clock', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('starts at the real time, and stops while nothing sleeps', async () => {
    const clock = new AcceleratedClock(20);
    expect(clock.now()).toBe(Date.now());
    await jest.advanceTimersByTimeAsync(1_000);
    expect(clock.now()).toBe(Date.now() - 1_000);
  });

  it.each([1, 20, 100])('runs %i times faster, and wakes what sleeps in order', async (speed) => {
    const clock = new AcceleratedClock(speed);
    const [started, real] = [clock.now(), Date.now()];
    const awake: [number, number][] = [];
    const sleeping = [30_000, 10_000, 10_010].map(async (ms) => {
      await clock.sleep(ms);
      awake.push([ms, clock.now() - started]);
    });
    await jest.runAllTimersAsync();
    await Promise.all(sleeping);
    expect(awake.map(([ms]) => ms)).toEqual([10_000, 10_010, 30_000]);
    for (const [ms, passed] of awake) {
      expect(passed).toBeGreaterThanOrEqual(ms);
      expect(passed).toBeLessThanOrEqual(ms + 100);
    }
    expect(Date.now() - real).toBeCloseTo(30_000 / speed, -2);
  });

  it('can be moved ahead', async () => {
    const clock = new AcceleratedClock(20);
    const started = clock.now();
    const sleeping = clock.sleep(60_000);
    clock.skip(60_000);
    expect(clock.now() - started).toBe(60_000);
    await jest.advanceTimersToNextTimerAsync();
    await sleeping;
    expect(clock.now() - started).toBeLessThanOrEqual(60_100);
  });

  it('waits for what follows it, and does not catch up', async () => {
    const clock = new AcceleratedClock(100);
    const started = clock.now();
    let seen = 0;
    let go = () => {};
    const follower = (now: number) => {
      seen = now;
      return new Promise<number>((resolve) => {
        go = () => resolve(now);
      });
    };
    clock.follow(follower);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(clock.now()).toBe(seen);
    expect(seen - started).toBeLessThanOrEqual(200);
    clock.unfollow(follower);
    const sleeping = clock.sleep(1_000);
    go();
    await jest.advanceTimersByTimeAsync(20);
    await sleeping;
    expect(clock.now() - started).toBeLessThan(2_500);
  });

  it('stops at the time at which a follower is due, and calls it only then', async () => {
    const clock = new AcceleratedClock(100);
    const started = clock.now();
    const seen: number[] = [];
    const follower = async (now: number) => {
      seen.push(now - started);
      return started + (seen.length < 3 ? seen.length * 30_010 : Number.POSITIVE_INFINITY);
    };
    clock.follow(follower);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual([0, 30_010, 60_020]);
    clock.unfollow(follower);
  });
});
