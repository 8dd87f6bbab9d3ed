import { semaphore } from '../../simulator/semaphore';

test('as many tasks run at a time as there are slots, also after one has failed', async () => {
  const slot = semaphore(2);
  let running = 0;
  let most = 0;
  const task = async (fails = false) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    if (fails) {
      throw new Error('on purpose');
    }
  };
  const ends = [true, false, false, true, false].map((fails) => slot(() => task(fails)));
  const outcomes = (await Promise.allSettled(ends)).map(({ status }) => status);
  expect(outcomes).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(most).toBe(2);
});
