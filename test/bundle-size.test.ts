import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Built, run, withHandlerOptions } from './support/handler-build';

let directory: string;
let outfile: string;
let built: Built;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bundle-size-'));
  outfile = join(directory, 'index.js');
  built = await withHandlerOptions({ outfile });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the handler is one file of at most 165 kB, and of at most 55 kB gzipped', () => {
  expect(built.errors).toEqual([]);
  const bundle = readFileSync(outfile);
  expect(bundle.length).toBeLessThanOrEqual(165_000);
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(55_000);
});

test('the handler needs nothing but what Node has built in', () => {
  const foreign = built.required.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')));
  expect(foreign).toEqual([]);
  // A require() of what is decided at run time, or an import(), is none that esbuild could have listed.
  const loads = readFileSync(outfile, 'utf8').match(/(?<![\w$.])(require|import)\((?!"node:[\w/]+"\))/g);
  expect(loads).toBeNull();
});

test('the handler loads where there is no home and no node_modules', async () => {
  const program = 'process.stdout.write(typeof require(process.argv[1]).handler)';
  const child = spawn(process.execPath, ['-e', program, outfile], {
    cwd: directory,
    env: { HOME: directory, AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' },
  });
  expect(await run(child)).toEqual({ code: 0, stdout: 'function', stderr: '' });
});

test('the handler has no use for what would cost its cold start: web streams, fs/promises, ES modules', () => {
  expect(readFileSync(outfile, 'utf8').match(/\b(ReadableStream|Blob|import\()/g)).toBeNull();
  expect(built.required).not.toContain('node:fs/promises');
});
