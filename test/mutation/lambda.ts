import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The tests of the handler in one file, so that Stryker loads what they need once for each mutant. */
for (const file of readdirSync(join(__dirname, '..', 'lambda')).filter((name) => name.endsWith('.test.ts'))) {
  describe(file, () => void require(`../lambda/${file}`));
}
