import * as fc from 'fast-check';
import { scenarios } from './arbitraries';
import { play } from './play';

/** `npm run test:soak -- [scenarios] [minutes] [seed]`: as many random scenarios as given, or as fit into the time. */
const [count = '20000', minutes = '60', given] = process.argv.slice(2);
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
const BATCH = 500;

async function soak(): Promise<void> {
  const startedAt = Date.now();
  const retriedRollbacks = new Map<string, number>();
  let played = 0;
  let wrong = 0;
  let checked = 0;
  let unchecked = 0;
  while (played < Number(count) && Date.now() - startedAt < Number(minutes) * 60_000) {
    for (const scenario of fc.sample(scenarios, { seed: seed + played, numRuns: BATCH })) {
      try {
        const outcome = await play(scenario);
        checked += outcome.checked;
        unchecked += outcome.unchecked;
        for (const reason of outcome.retriedRollbacks) {
          retriedRollbacks.set(kindOf(reason), (retriedRollbacks.get(kindOf(reason)) ?? 0) + 1);
        }
      } catch (error) {
        wrong++;
        console.error(`${(error as Error).message}\n${JSON.stringify(scenario)}`);
      }
      played++;
    }
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const open = ((100 * unchecked) / checked).toFixed(1);
    console.log(
      `${played} scenarios in ${seconds} s, ${wrong} wrong, ${open} % of accounts unchecked (seed ${seed})`,
    );
  }
  console.log('Rollbacks that failed before they succeeded:');
  for (const [reason, times] of [...retriedRollbacks].sort(([, a], [, b]) => b - a)) {
    console.log(`${times} × ${reason}`);
  }
  process.exitCode = wrong > 0 ? 1 : 0;
}

/** A reason without what differs from case to case. */
function kindOf(reason: string): string {
  return reason
    .replace(/wsi-\w+/g, '[image]')
    .replace(/\d{12}(, \d{12})*( and \d{12})?/g, '[accounts]')
    .slice(0, 180);
}

void soak();
