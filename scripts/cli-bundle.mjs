// How the command line is bundled: one file, which uses the aws-cdk-lib of the app, and one for the processes of functions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The options for esbuild that make the command line's bundle. */
export function cliBuildOptions() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    entryPoints: ['simulator/cli.ts', 'simulator/function-runtime.js'],
    outdir: 'build',
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
  };
}
