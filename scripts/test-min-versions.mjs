// Runs the construct's tests on the oldest aws-cdk-lib and constructs that the package accepts, in an install of
// their own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { run, runVisibly } from './commands.mjs';
import { oldestPeers } from './package.mjs';

const directory = 'node_modules/.cache/min-versions';
const floor = oldestPeers();
console.log(
  `On ${Object.entries(floor)
    .map((entry) => entry.join(' '))
    .join(' and ')}:`,
);

mkdirSync(directory, { recursive: true });
writeFileSync(
  `${directory}/package.json`,
  JSON.stringify({ private: true, dependencies: floor }, undefined, 2),
);
await run('install them', 'npm', ['install', '--no-package-lock', '--prefix', directory]);
await runVisibly(process.execPath, [
  'node_modules/jest/bin/jest.js',
  '--config',
  'jest.min-versions.config.js',
]);
