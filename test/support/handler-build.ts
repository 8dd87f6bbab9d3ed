import { type ChildProcess, spawn } from 'node:child_process';

/** What esbuild made, or why it made nothing. */
export interface Built {
  readonly errors: string[];
  /** The modules that the bundle requires when it runs. */
  readonly required: string[];
}

const BUILD = `
import { build } from 'esbuild';
import { handlerBuildOptions } from './scripts/handler-bundle.mjs';
const [changes] = process.argv.slice(1);
const options = { ...handlerBuildOptions(), ...JSON.parse(changes), metafile: true, logLevel: 'silent' };
const { metafile, errors } = await build(options).catch((failure) => failure);
const required = Object.values(metafile?.outputs ?? {}).flatMap(({ imports }) => imports.map(({ path }) => path));
console.log(JSON.stringify({ errors: errors.map(({ text }) => text), required: [...new Set(required)].sort() }));
`;

/** Builds with the options of the handler's bundle, in a process of its own: esbuild does not run in jest's. */
export async function withHandlerOptions(changes: {
  entryPoints?: string[];
  outfile: string;
}): Promise<Built> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', BUILD, JSON.stringify(changes)]);
  const { stdout, stderr } = await run(child);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** What a process writes until its end. */
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
