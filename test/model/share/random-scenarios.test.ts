import * as fc from 'fast-check';
import { scenarios } from './arbitraries';
import { play } from './play';

const SAMPLE = fc.sample(scenarios, { numRuns: 80, seed: 3 });

// A test for each scenario, so that each has the time of a test on a busy machine.
test.each(SAMPLE.map((scenario, index) => ({ scenario, index })))(
  'in random scenarios, exactly the declared accounts have access ($index)',
  async ({ scenario }) => {
    await play(scenario);
  },
);
