import * as fc from 'fast-check';
import { lives } from './arbitraries';
import { play } from './scenario';

/** The same lives in each run, and some that nobody has played yet. */
const fresh = Math.floor(Math.random() * 2 ** 31);

test.each([
  ['known', 1],
  ['fresh', fresh],
])('whatever happens in %s lives, seed %d, exactly the declared accounts have access', async (_, seed) => {
  await fc.assert(fc.asyncProperty(lives, play), { numRuns: 60, seed });
});
