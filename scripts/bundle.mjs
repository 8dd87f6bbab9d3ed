// Bundles what ships as one file each: the handler that Lambda runs, and the command line.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { cliBuildOptions } from './cli-bundle.mjs';
import { handlerBuildOptions } from './handler-bundle.mjs';

for (const options of [handlerBuildOptions(), cliBuildOptions()]) {
  const { outputFiles } = await build({ ...options, write: false });
  for (const { path, contents } of outputFiles) {
    // Only what changed is written: a test may be reading the file.
    if (!existsSync(path) || !readFileSync(path).equals(contents)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contents);
    }
  }
}
chmodSync('build/cli.js', 0o755);
