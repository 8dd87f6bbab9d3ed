import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The tests of the handler in one file, so that Stryker loads what they need once for each mutant. Those with many
 * scenarios come last, because the first failure ends the run of a mutant.
 */
const LAST = ['share/reconcile.test.ts', 'guard/guard.test.ts', 'share/service.test.ts'];

const files = (readdirSync(join(__dirname, '..', 'lambda'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.test.ts'))
  .sort((one, other) => LAST.indexOf(one) - LAST.indexOf(other));
for (const file of files) {
  describe(file, () => void require(`../lambda/${file}`));
}
