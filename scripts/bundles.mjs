// What is in the bundles that ship: the packages whose code esbuild has put there.
import { build } from 'esbuild';
import { cliBuildOptions } from './cli-bundle.mjs';
import { HANDLERS, handlerBuildOptions } from './handler-bundle.mjs';

/** The files of the package that are bundles, with the options for esbuild that make them. */
export const BUNDLES = [
  ...HANDLERS.map((handler) => ({ file: `build/${handler}.zip`, options: handlerBuildOptions(handler) })),
  { file: 'build/cli.js', options: cliBuildOptions() },
];

/** @returns what esbuild reports of a bundle: the files that it is made of */
export async function metafileOf(options) {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  return metafile;
}
