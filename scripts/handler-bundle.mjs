// How the handlers are bundled: the official clients, with documented options of esbuild only.
// What each option is worth: docs/decisions/0007-the-bundled-clients.md
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The clients read only their version from their `package.json`, so the rest of it is not bundled. */
const VERSION_ONLY = {
  name: 'version-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /@aws-sdk.client-\w+.package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** The handlers, each with a folder in lambda/. */
export const HANDLERS = ['share', 'copy', 'bundle'];

/** The options for esbuild that make the bundle of a handler. */
export function handlerBuildOptions(handler) {
  return {
    absWorkingDir: root,
    entryPoints: [`lambda/${handler}/index.ts`],
    outfile: `build/${handler}/index.js`,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    // Unused code can be left out of ES modules, but not of their CommonJS variants.
    mainFields: ['module', 'main'],
    // import() of a built-in module starts the loader of ES modules; require() does not.
    supported: { 'dynamic-import': false },
    alias: {
      '@aws-sdk/credential-provider-node': `${root}lambda/api/environment-credentials.ts`,
      '@smithy/core/event-streams': `${root}lambda/api/no-event-streams.ts`,
    },
    // The warning about versions of Node.js that the function does not run on.
    define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
    plugins: [VERSION_ONLY],
    legalComments: 'none',
    logLevel: 'warning',
  };
}
