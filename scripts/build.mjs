// Builds all that ships: the construct for five languages, the handler, the command line.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { runVisibly } from './commands.mjs';

await runVisibly(process.execPath, [
  'node_modules/jsii/bin/jsii',
  '--compress-assembly',
  // Development is on the newest aws-cdk-lib; scripts/test-min-versions.mjs tests the oldest.
  '--silence-warnings=metadata/missing-dev-dependency',
  // `copy` is a predeclared name in Go, where the function is WorkspaceImageSource_Copy.
  '--silence-warnings=language-compatibility/reserved-word',
]);
// The doc comments are in the types, too: once is enough for the package.
for (const file of readdirSync('lib', { recursive: true }).filter((name) => name.endsWith('.js'))) {
  const path = join('lib', file);
  const { code } = await transform(readFileSync(path, 'utf8'), { legalComments: 'none' });
  writeFileSync(path, code);
}
await import('./bundle.mjs');
