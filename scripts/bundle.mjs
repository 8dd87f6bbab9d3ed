// Bundles what ships as one file each: the handler that Lambda runs, and the command line.
import { chmodSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { handlerBuildOptions } from './handler-bundle.mjs';

await build(handlerBuildOptions());

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
await build({
  entryPoints: ['rehearsal/cli.ts'],
  outfile: 'build/cli.js',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  // The assembly is read with the user's own aws-cdk-lib, which knows the schema that it wrote.
  external: ['aws-cdk-lib'],
  charset: 'utf8',
  define: { PACKAGE_VERSION: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'none',
  logLevel: 'warning',
});
chmodSync('build/cli.js', 0o755);
