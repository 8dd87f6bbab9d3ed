// Runs the integration test with integ-runner. Without arguments, it only compares the snapshot, which requires no AWS
// account: see docs/integration-test.md for the rest.
//
// integ-runner reads cloud assemblies of the aws-cdk-lib version that it was released with. So the test has an
// installation of its own, with the aws-cdk-lib version of @aws-cdk/integ-tests-alpha.
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
    // Node.js 20 is the oldest version that the package supports.
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
  },
);

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error || status !== 0) {
    console.error(`${command} ${error ? `did not start: ${error.message}` : `exited with code ${status}`}.`);
    process.exit(1);
  }
}
