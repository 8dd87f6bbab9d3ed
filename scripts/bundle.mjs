// Bundles what ships: the handlers that Lambda runs, as zip files, and the command line.
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';
import { cliBuildOptions } from './cli-bundle.mjs';
import { HANDLERS, handlerBuildOptions } from './handler-bundle.mjs';
import { handlerZip } from './handler-zip.mjs';
import { writeIfChanged } from './write-if-changed.mjs';

await Promise.all([...HANDLERS.map(bundleHandler), bundleCli()]);

async function bundleHandler(name) {
  const [{ contents: handler }] = await bundle(handlerBuildOptions(name));
  // Tests and benchmarks load the file; the construct deploys the zip file.
  writeIfChanged(`build/${name}/index.js`, handler);
  writeIfChanged(`build/${name}.zip`, handlerZip(handler));
}

async function bundleCli() {
  for (const { path, contents } of await bundle(cliBuildOptions())) {
    writeIfChanged(path, contents);
  }
  chmodSync('build/cli.js', 0o755);
}

async function bundle(options) {
  const { outputFiles } = await build({ ...options, write: false });
  return outputFiles;
}
