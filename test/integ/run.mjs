// Runs the integration test with integ-runner: without arguments its snapshot alone, which takes no account. What else
// there is to do with it says docs/integration-test.md.
//
// integ-runner reads what aws-cdk-lib wrote when both were released. So the test has an install of its own, with the
// aws-cdk-lib that @aws-cdk/integ-tests-alpha was released with.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

await import('../../scripts/bundle.mjs');

const directory = 'node_modules/.cache/integ';
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const integTests = devDependencies['@aws-cdk/integ-tests-alpha'];
const dependencies = {
  '@aws-cdk/integ-tests-alpha': integTests,
  'aws-cdk-lib': integTests.replace(/-alpha\..*/, ''),
  constructs: devDependencies.constructs,
};
mkdirSync(directory, { recursive: true });
writeFileSync(`${directory}/package.json`, JSON.stringify({ private: true, dependencies }, undefined, 2));
run('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', directory]);

run(
  'integ-runner',
  [
    ...['--directory', 'test/integ'],
    ...['--test-regex', '[\\\\/]integ\\.[^\\\\/]+\\.ts$'],
    ...['--app', 'tsx {filePath}'],
    ...process.argv.slice(2),
  ],
  {
    PATH: [resolve('node_modules/.bin'), process.env.PATH].join(delimiter),
    TSX_TSCONFIG_PATH: resolve('test/integ/tsconfig.json'),
    // Node 20 is what development starts with, not what the function runs on.
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
  },
);

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error || status !== 0) {
    console.error(`${command} ${error ? `did not start: ${error.message}` : `ended with code ${status}`}.`);
    process.exit(1);
  }
}
