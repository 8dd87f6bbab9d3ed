// Builds all that ships: the construct for five languages, the handler, the command line.
import { runVisibly } from './commands.mjs';

await runVisibly(process.execPath, [
  'node_modules/jsii/bin/jsii',
  '--compress-assembly',
  // Development is on the newest aws-cdk-lib; scripts/test-min-versions.mjs tests the oldest.
  '--silence-warnings=metadata/missing-dev-dependency',
]);
await import('./bundle.mjs');
