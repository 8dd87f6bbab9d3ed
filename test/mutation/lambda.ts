import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The tests of the handler in one file, so that Stryker loads what they need once for each mutant. */
const files = readdirSync(join(__dirname, '..', 'lambda'), { recursive: true }) as string[];
for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
  describe(file, () => void require(`../lambda/${file}`));
}
