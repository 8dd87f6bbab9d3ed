// Generates API.md from the doc comments, and compiles the examples in README.md, docs/ and the doc comments.
//   node scripts/docs.mjs             writes API.md
//   node scripts/docs.mjs --check     fails if API.md is out of date
//   node scripts/docs.mjs --examples  fails if an example does not compile
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, run, timed } from './commands.mjs';
import { packedFiles } from './package.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NAME = 'cdk-workspace-image-share';

refuseStaleAssembly();
const directory = mkdtempSync(join(tmpdir(), 'docs-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const [mode] = process.argv.slice(2);
if (mode === '--examples') {
  await compileExamples();
} else if (mode === '--check') {
  const generated = await generate(join(directory, 'API.md'));
  if (generated !== readFileSync(join(ROOT, 'API.md'), 'utf8')) {
    fail('API.md is out of date: run "npm run docs" and commit the result.');
  }
} else {
  await generate(join(ROOT, 'API.md'));
}

/** Both tools read the jsii assembly, which the build creates from lib/ and README.md. */
function refuseStaleAssembly() {
  const sources = readdirSync(join(ROOT, 'lib'), { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join('lib', name));
  const changed = (file) => statSync(join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newer = [...sources, 'README.md'].find((file) => changed(file) > changed('.jsii.gz'));
  if (newer) {
    fail(`${newer} has changed since the last build: run "npm run build" first.`);
  }
}

/** @returns the content of the file */
async function generate(file) {
  await timed('Generate API.md', () =>
    run('generate API.md', process.execPath, [binary('jsii-docgen'), '--output', file], { cwd: ROOT }),
  );
  return readFileSync(file, 'utf8');
}

/** Compiles the examples next to an installed copy of the package, so that they import what users import. */
async function compileExamples() {
  const modules = join(directory, 'node_modules');
  const installed = join(modules, NAME);
  for (const { path } of await packedFiles()) {
    cpSync(join(ROOT, path), join(installed, path));
  }
  for (const dependency of ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types']) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(resolve(ROOT, 'node_modules', dependency), join(modules, dependency), 'junction');
  }
  await timed('Compile the examples in README.md and the doc comments', () =>
    run('compile them', process.execPath, [
      binary('jsii-rosetta'),
      ...['extract', '--strict', '--directory', directory],
      installed,
    ]),
  );
  await timed('Compile the examples in docs/', () =>
    run(
      'compile them',
      process.execPath,
      [
        ...[binary('typescript', 'tsc'), '--noEmit', '--strict', '--skipLibCheck'],
        ...['--target', 'ES2022', '--module', 'node16', '--types', 'node'],
        ...examplesIn('docs'),
      ],
      { cwd: directory },
    ),
  );
}

/** Writes the TypeScript in the documents of a folder to files, and returns these. */
function examplesIn(folder) {
  const documents = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md'));
  return documents.flatMap((name) => {
    const examples = readFileSync(join(ROOT, folder, name), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms);
    return [...examples].map(([, code], index) => {
      const file = join(directory, `${name}-${index + 1}.ts`);
      writeFileSync(file, code);
      return file;
    });
  });
}

function binary(tool, command = tool) {
  return resolve(ROOT, 'node_modules', tool, 'bin', command);
}
