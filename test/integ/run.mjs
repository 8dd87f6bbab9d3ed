// Runs the integration test with integ-runner. Without arguments, it only compares the snapshot, which requires no AWS
// account: see docs/integration-test.md for the rest.
//
// integ-runner reads cloud assemblies of the aws-cdk-lib version that it was released with. So the test has an
// installation of its own, with the aws-cdk-lib version of @aws-cdk/integ-tests-alpha.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runVisibly } from '../../scripts/commands.mjs';

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
await runVisibly('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', directory]);

await runVisibly(
  'integ-runner',
  [
    ...['--directory', 'test/integ'],
    ...['--test-regex', '[\\\\/]integ\\.[^\\\\/]+\\.ts$'],
    ...['--app', 'tsx {filePath}'],
    ...process.argv.slice(2),
  ],
  {
    preferLocal: true,
    env: { TSX_TSCONFIG_PATH: resolve('test/integ/tsconfig.json') },
  },
);
