// Bundles what ships as one file each: the handler that Lambda runs, as a zip file, and the command line.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { cliBuildOptions } from './cli-bundle.mjs';
import { handlerBuildOptions } from './handler-bundle.mjs';
import { handlerZip } from './handler-zip.mjs';

const [handler, cli] = await Promise.all([handlerBuildOptions(), cliBuildOptions()].map(bundle));
// Tests and benchmarks load the file; the construct deploys the zip file.
writeIfChanged('build/share/index.js', handler);
writeIfChanged('build/share.zip', handlerZip(handler));
writeIfChanged('build/cli.js', cli);
chmodSync('build/cli.js', 0o755);

async function bundle(options) {
  const { outputFiles } = await build({ ...options, write: false });
  return outputFiles[0].contents;
}

/** Leaves a file as it is if nothing changed: a test may be reading it. */
function writeIfChanged(path, contents) {
  if (!existsSync(path) || !readFileSync(path).equals(contents)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}
