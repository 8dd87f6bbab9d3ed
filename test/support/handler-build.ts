import { type ChildProcess, spawn } from 'node:child_process';

export interface BuildResult {
  readonly errors: string[];
  /** The modules that the bundle requires when it runs. */
  readonly required: string[];
}

const BUILD = `
import { build } from 'esbuild';
import { handlerBuildOptions } from './scripts/handler-bundle.mjs';
const options = { ...handlerBuildOptions(), outfile: process.argv[1], metafile: true, logLevel: 'silent' };
const { metafile, errors } = await build(options).catch((failure) => failure);
const required = Object.values(metafile?.outputs ?? {}).flatMap(({ imports }) => imports.map(({ path }) => path));
console.log(JSON.stringify({ errors: errors.map(({ text }) => text), required: [...new Set(required)].sort() }));
`;

/** Bundles the handler into a file, in a process of its own, because esbuild does not run in jest's. */
export async function buildHandler(outfile: string): Promise<BuildResult> {
  const { stdout, stderr } = await run(
    spawn(process.execPath, ['--input-type=module', '-e', BUILD, outfile]),
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** The output and the exit code of a process. */
export function run(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    written.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    written.stderr += text;
  });
  return new Promise((ended) => child.once('close', (code) => ended({ code, ...written })));
}
