// Builds all that ships: the construct for five languages, the handler, the command line.
import { spawnSync } from 'node:child_process';

const jsii = spawnSync(
  process.execPath,
  [
    'node_modules/jsii/bin/jsii',
    '--compress-assembly',
    // Development is on the newest aws-cdk-lib; the floor is tested in an install of its own.
    '--silence-warnings=metadata/missing-dev-dependency',
  ],
  { stdio: 'inherit', env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' } },
);
if (jsii.status !== 0) {
  process.exit(jsii.status ?? 1);
}
await import('./bundle.mjs');
