import * as fc from 'fast-check';
import { play, scenarios } from './play';

test('after random operations, the account owns exactly the copy that the stack names, and it is AVAILABLE', async () => {
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    await play(scenario);
  });
  await fc.assert(property, { numRuns: 25, seed: 3 });
});
