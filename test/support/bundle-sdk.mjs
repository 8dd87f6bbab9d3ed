// Bundles the SDK once, in the way that the handlers' bundles do. Tests load the handler in many execution
// environments, and one file loads faster than hundreds.
import { build } from 'esbuild';
import { handlerBuildOptions } from '../../scripts/handler-bundle.mjs';
import { writeIfChanged } from '../../scripts/write-if-changed.mjs';

const MODULES = {
  'client-workspaces': '@aws-sdk/client-workspaces',
  'client-cloudformation': '@aws-sdk/client-cloudformation',
  retry: '@smithy/core/retry',
};

/** Runs before the tests, see globalSetup and moduleNameMapper in jest.config.js. */
export default async function bundleSdk() {
  const { absWorkingDir, entryPoints, outfile, minify, ...options } = handlerBuildOptions('share');
  const directory = `${absWorkingDir}node_modules/.cache/sdk`;
  const contents = Object.values(MODULES)
    .map((module, index) => `export * as module${index} from '${module}';`)
    .join('\n');
  const { outputFiles } = await build({
    ...options,
    stdin: { contents, resolveDir: absWorkingDir },
    outfile: `${directory}/sdk.js`,
    target: 'node20',
    write: false,
  });
  writeIfChanged(`${directory}/sdk.js`, outputFiles[0].contents);
  Object.keys(MODULES).forEach((name, index) => {
    writeIfChanged(
      `${directory}/${name}.js`,
      `module.exports = (globalThis.bundledSdk ??= require('./sdk.js')).module${index};\n`,
    );
  });
}
