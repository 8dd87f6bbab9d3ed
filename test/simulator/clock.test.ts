import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AcceleratedClock, realClock } from '../../simulator/clock';

test('the real clock keeps the process running during a sleep, an accelerated one does not', async () => {
  const program = `
    const { AcceleratedClock, realClock } = require('./simulator/clock.ts');
    new AcceleratedClock(1).sleep(3_600_000).then(() => console.log('too late'));
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

test('an accelerated clock starts at the real time, runs faster, and can be moved ahead', async () => {
  const now = jest.spyOn(Date, 'now').mockReturnValue(1_000);
  const clock = new AcceleratedClock(20);
  expect(clock.now()).toBe(1_000);
  now.mockReturnValue(1_100);
  expect(clock.now()).toBe(3_000);
  clock.skip(60_000);
  expect(clock.now()).toBe(63_000);
  now.mockRestore();

  const started = performance.now();
  await new AcceleratedClock(1_000).sleep(20_000);
  expect(performance.now() - started).toBeLessThan(10_000);
});
