/** `npm run docs:comparison` */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparison } from './comparison';

writeFileSync(join(__dirname, '..', '..', 'docs', 'comparison.md'), comparison());
