import { until, within } from '../../../lambda/event/waiting';
import { VirtualClock } from '../../support/virtual-clock';

let clock: VirtualClock;
let restore: () => void;

beforeEach(() => {
  clock = new VirtualClock();
  restore = clock.install(globalThis);
});

afterEach(() => restore());

const pause = (milliseconds: number) => clock.sleep(milliseconds);

/** Waits for the value 1 in reads that show these values, the last one from then on, and returns what was read how often. */
async function waitFor(values: number[], options: { within: number; stays?: number }) {
  let reads = 0;
  const from = clock.now();
  const value = await clock.run(
    until(
      async () => values[Math.min(reads++, values.length - 1)],
      (read) => read === 1,
      { within: options.within, stays: () => options.stays ?? 0, every: () => 1_000, pause },
    ),
  );
  return { value, reads, milliseconds: clock.now() - from };
}

test.each([
  ['ends with the first read that shows the target', [1], { within: 5_000 }, 1, 1, 0],
  ['ends when a later read shows the target', [0, 0, 1], { within: 5_000 }, 1, 3, 2_000],
  ['ends when the time is over, with what was read last', [0], { within: 5_000 }, 0, 6, 5_000],
  ['reads once if there is no time', [0], { within: -1 }, 0, 1, 0],
  ['goes on until the target has stayed', [0, 1], { within: 9_000, stays: 3_000 }, 1, 5, 4_000],
  ['begins again when the target does not stay', [1, 1, 0, 1], { within: 9_000, stays: 3_000 }, 1, 7, 6_000],
  [
    'ends when the time is over although the target has not stayed',
    [1],
    { within: 2_000, stays: 3_000 },
    1,
    3,
    2_000,
  ],
])('waiting %s', async (_, values, options, value, reads, milliseconds) => {
  expect(await waitFor(values, options)).toEqual({ value, reads, milliseconds });
});

test('work that takes too long ends with a timeout, which the SDK repeats', async () => {
  const work = clock.run(within(5_000, new Promise(() => undefined)));
  await expect(work).rejects.toMatchObject({
    name: 'TimeoutError',
    message: 'No response within 5 seconds.',
  });
});

test('work that ends in time leaves no timer behind', async () => {
  expect(await clock.run(within(5_000, Promise.resolve('done')))).toBe('done');
  expect(clock.waiting).toBe(0);
});
