// Bundles what ships as one file each: the handler that Lambda runs, and the command line.
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';
import { cliBuildOptions } from './cli-bundle.mjs';
import { handlerBuildOptions } from './handler-bundle.mjs';

await build(handlerBuildOptions());
await build(cliBuildOptions());
chmodSync('build/cli.js', 0o755);
