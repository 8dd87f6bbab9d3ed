/** `npm run docs:compared` */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compared } from './compared';

writeFileSync(join(__dirname, '..', '..', 'docs', 'compared.md'), compared());
