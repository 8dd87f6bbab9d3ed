import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Leaves a file as it is if nothing changed: a test may be reading it. */
export function writeIfChanged(path, contents) {
  if (!existsSync(path) || !readFileSync(path).equals(Buffer.from(contents))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}
