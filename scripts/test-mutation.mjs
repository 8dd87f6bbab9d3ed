// Mutation tests of the handler and of the construct: changes the code in more than a thousand ways, one at a time, runs
// the tests on each, and lists the changes that no test notices.
//
//     npm run test:mutation [lambda|lib] [file ...]
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installTool } from './tools.mjs';

const LEAST_KILLED = 90;

const PARTS = {
  lambda: ['lambda/**/*.ts', '!lambda/api/environment-credentials.ts', '!lambda/api/no-event-streams.ts'],
  lib: ['lib/**/*.ts', '!lib/**/*.d.ts', '!lib/index.ts'],
};

const [only, ...files] = process.argv.slice(2);
const parts = Object.keys(PARTS).filter((part) => only === undefined || part === only);
if (parts.length === 0) {
  console.error(`There is no part "${only}": say one of ${Object.keys(PARTS).join(' and ')}, or nothing.`);
  process.exit(2);
}

const directory = resolve('.mutants');
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
    ignorePatterns: ['dist', 'coverage', 'cdk.out', 'bench', 'examples', 'tools'],
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
console.log(`${noticed} of ${all} mutants were killed: ${share.toFixed(1)} %.`);
if (share < LEAST_KILLED) {
  console.error(`That is less than ${LEAST_KILLED} %.`);
  process.exitCode = 1;
}

function jestConfig(part) {
  return {
    testMatch: [`**/test/mutation/${part}.ts`],
    testEnvironment: resolve('test/mutation/environment.js'),
    testTimeout: 6_000,
  };
}
