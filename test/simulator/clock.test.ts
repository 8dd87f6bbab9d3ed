import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { acceleratedClock, realClock } from '../../simulator/clock';

test('the real clock keeps the process running during a sleep, an accelerated one does not', async () => {
  const program = `
    const { acceleratedClock, realClock } = require('./simulator/clock.ts');
    acceleratedClock(1).sleep(3_600_000).then(() => console.log('too late'));
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

test('an accelerated clock runs faster from a given time on', async () => {
  const clock = acceleratedClock(1000, Date.now() - 60);
  const started = clock.now();
  expect(started).toBeGreaterThanOrEqual(Date.now() + 59_000);
  await clock.sleep(5_000);
  expect(clock.now() - started).toBeGreaterThanOrEqual(4_000);
});
