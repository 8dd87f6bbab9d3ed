import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildResult, buildHandler, run } from './support/handler-build';

let directory: string;
let outfile: string;
let built: BuildResult;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bundle-size-'));
  outfile = join(directory, 'index.js');
  built = await buildHandler(outfile);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the handler is one file of at most 210 kB, 67 kB gzipped', () => {
  expect(built.errors).toEqual([]);
  const bundle = readFileSync(outfile);
  expect(bundle.length).toBeLessThanOrEqual(210_000);
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(67_000);
});

test('the handler requires only modules that are built into Node.js', () => {
  const foreign = built.required.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')));
  expect(foreign).toEqual([]);
  // esbuild lists neither an import() nor a require() of an expression.
  const dynamic = readFileSync(outfile, 'utf8').match(/(?<![\w$.])(require|import)\((?!"node:[\w/]+"\))/g);
  expect(dynamic).toBeNull();
});

test('the handler loads without a home directory and node_modules', async () => {
  const program = 'process.stdout.write(typeof require(process.argv[1]).handler)';
  const child = spawn(process.execPath, ['-e', program, outfile], {
    cwd: directory,
    env: { HOME: directory, AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' },
  });
  expect(await run(child)).toEqual({ code: 0, stdout: 'function', stderr: '' });
});
