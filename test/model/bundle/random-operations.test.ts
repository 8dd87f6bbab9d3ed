import * as fc from 'fast-check';
import { bundleScenarios, play } from '../copy/play';

const SAMPLE = fc.sample(bundleScenarios, { numRuns: 25, seed: 5 });

// A test for each scenario, so that each has the time of a test on a busy machine.
test.each(SAMPLE.map((scenario, index) => ({ scenario, index })))(
  'after random operations, the account owns exactly the bundles that the stack names, each with its image ($index)',
  async ({ scenario }) => {
    await play(scenario);
  },
);
