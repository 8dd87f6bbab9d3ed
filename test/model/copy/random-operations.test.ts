import * as fc from 'fast-check';
import { play, scenarios } from './play';

const SAMPLE = fc.sample(scenarios, { numRuns: 25, seed: 3 });

// A test for each scenario, so that each has the time of a test on a busy machine.
test.each(SAMPLE.map((scenario, index) => ({ scenario, index })))(
  'after random operations, the account owns exactly the copy that the stack names, and it is AVAILABLE ($index)',
  async ({ scenario }) => {
    await play(scenario);
  },
);
