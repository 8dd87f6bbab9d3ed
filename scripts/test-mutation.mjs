// Changes the handler and the checks of the construct in more than a thousand ways, one at a time, and runs the tests
// on each: what no test notices is listed. docs/mutants.md says what that came to.
//
//     npm run test:mutation [lambda|lib] [file ...]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { installTool } from './tools.mjs';

const LEAST_KILLED = 90;

const PARTS = {
  // What is left out runs in the bundle alone, in processes of its own: test/memory and test/client-bundle.
  lambda: ['lambda/*.ts', '!lambda/heap.ts'],
  lib: ['validation', 'account-list', 'validators', 'image-logical-id'].map((name) => `lib/${name}.ts`),
};

const [only, ...files] = process.argv.slice(2);
const parts = Object.keys(PARTS).filter((part) => only === undefined || part === only);
if (parts.length === 0) {
  console.error(`There is no part "${only}": say one of ${Object.keys(PARTS).join(' and ')}, or nothing.`);
  process.exit(2);
}

const directory = resolve('.mutants');
mkdirSync(directory, { recursive: true });
await bundleClient();
const packages = join(await installTool('mutation'), 'node_modules/@stryker-mutator');
const { Stryker } = await import(pathToFileURL(join(packages, 'core/dist/src/index.js')).href);

const results = [];
for (const part of parts) {
  const stryker = new Stryker({
    mutate: files.length > 0 ? files : PARTS[part],
    testRunner: 'jest',
    coverageAnalysis: 'perTest',
    jest: { configFile: 'jest.config.js', config: jestConfig(part), enableFindRelatedTests: false },
    plugins: [join(packages, 'jest-runner/dist/src/index.js')],
    tempDirName: join('.mutants', 'copy'),
    ignorePatterns: ['dist', 'coverage', 'cdk.out', 'bench', 'e2e', 'examples', 'tools'],
    reporters: ['clear-text', 'progress-append-only', 'json'],
    clearTextReporter: { allowEmojis: false, reportTests: false },
    jsonReporter: { fileName: join(directory, `${part}.json`) },
    timeoutMS: 8_000,
    disableTypeChecks: false,
  });
  results.push(...(await stryker.runMutationTest()));
}

const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length;
const noticed = count('Killed', 'Timeout');
const all = noticed + count('Survived', 'NoCoverage');
const share = (100 * noticed) / all;
console.log(`${noticed} of ${all} mutants were noticed: ${share.toFixed(1)} %.`);
if (share < LEAST_KILLED) {
  console.error(`That is less than ${LEAST_KILLED} %.`);
  process.exitCode = 1;
}

/** The client in one file, loaded once for all the execution environments that the tests make. */
async function bundleClient() {
  await build({
    stdin: {
      contents: "export * from '@aws-sdk/client-workspaces'; export * as retry from '@smithy/core/retry';",
      resolveDir: process.cwd(),
    },
    outfile: join(directory, 'bundled.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    supported: { 'dynamic-import': false },
  });
  const once = "(globalThis.bundledClient ??= require('./bundled.js'))";
  writeFileSync(join(directory, 'client.js'), `module.exports = ${once};\n`);
  writeFileSync(join(directory, 'retry.js'), `module.exports = ${once}.retry;\n`);
}

function jestConfig(part) {
  return {
    testMatch: [`**/test/mutation/${part}.ts`],
    testEnvironment: resolve('test/mutation/environment.js'),
    testTimeout: 6_000,
    moduleNameMapper: {
      '^@aws-sdk/client-workspaces$': join(directory, 'client.js'),
      '^@smithy/core/retry$': join(directory, 'retry.js'),
    },
  };
}
