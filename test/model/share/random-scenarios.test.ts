import * as fc from 'fast-check';
import { scenarios } from './arbitraries';
import { play } from './play';

test('in random scenarios, exactly the declared accounts have access', async () => {
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    await play(scenario);
  });
  await fc.assert(property, { numRuns: 80, seed: 3 });
});
