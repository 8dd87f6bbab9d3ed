import * as fc from 'fast-check';
import { bundleScenarios, play, scenarios } from './play';

/** `npm run test:soak:copies -- [operations] [seed]`, and the same for bundles: random operations, as many as given. */
const [what, count = '5000', given] = process.argv.slice(2);
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
const BATCH = 100;

async function soak(): Promise<void> {
  const startedAt = Date.now();
  const named: string[] = [];
  let operations = 0;
  let wrong = 0;
  for (let batch = 0; operations < Number(count); batch++) {
    const all = what === 'bundles' ? bundleScenarios : scenarios;
    for (const scenario of fc.sample(all, { seed: seed + batch, numRuns: BATCH })) {
      try {
        const outcome = await play(scenario);
        named.push(...outcome.named);
      } catch (error) {
        wrong++;
        console.error(`${(error as Error).message}\n${JSON.stringify(scenario)}`);
      }
      operations += scenario.operations.length + 1;
    }
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    console.log(
      `${operations} operations in ${seconds} s, ${wrong} wrong, ${named.length} left over and named (seed ${seed})`,
    );
  }
  process.exitCode = wrong > 0 ? 1 : 0;
}

void soak();
