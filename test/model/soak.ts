import * as fc from 'fast-check';
import { lives } from './arbitraries';
import { play } from './scenario';

/** `npm run test:soak -- [sequences] [minutes] [seed]`: as many lives as asked for, or as fit into the time. */
const [sequences = '20000', minutes = '60', given] = process.argv.slice(2);
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
const startedAt = Date.now();
let played = 0;

function progress(): void {
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  console.log(`${played} sequences in ${seconds} s (seed ${seed})`);
}

async function soak(): Promise<void> {
  const property = fc.asyncProperty(lives, async (life) => {
    await play(life);
    played++;
    if (played % 1_000 === 0) {
      progress();
    }
  });
  const result = await fc.check(property, {
    seed,
    numRuns: Number(sequences),
    interruptAfterTimeLimit: Number(minutes) * 60_000,
  });
  progress();
  if (result.failed) {
    console.error(fc.defaultReportMessage(result));
    console.error(result.errorInstance);
    process.exitCode = 1;
  }
}

void soak();
