// How the handler is bundled: the official client, without what a function never uses.
// What each part gives, and what to do when an upgrade breaks one: docs/decisions/0007-the-bundled-client.md
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const ours = (file) => () => readFile(new URL(`../lambda/client/${file}`, import.meta.url), 'utf8');

/** Modules of the client, what takes the place of each, and why it may. */
const SWAPS = [
  {
    module: '@aws-sdk/credential-provider-node/dist-es/index.js',
    by: ours('environment-credentials.ts'),
    why: 'Lambda passes the credentials of the role in the environment: nobody signs in, and no profile is read.',
  },
  {
    module: '@smithy/core/dist-es/submodules/event-streams/index.js',
    by: ours('no-event-streams.ts'),
    why: 'No operation of WorkSpaces streams events.',
  },
  {
    module: '@smithy/signature-v4/dist-es/HeaderFormatter.js',
    by: ours('no-event-headers.ts'),
    why: 'Only events in a stream have such headers to sign.',
  },
  {
    module: '@smithy/core/dist-es/submodules/config/node-config-provider/fromSharedConfigFiles.js',
    by: ours('no-configuration-files.ts'),
    why: 'A function has no configuration files, and looking for them takes the time of loading fs/promises.',
  },
  {
    module:
      '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js',
    by: ours('no-instance-metadata.ts'),
    why: 'A function runs on no instance, and its environment always says its Region.',
  },
  {
    module: '@aws-sdk/client-workspaces/package.json',
    by: async (path) => JSON.stringify({ version: JSON.parse(await readFile(path, 'utf8')).version }),
    why: 'The client reads its version from it, for the user agent, and nothing else.',
  },
];

/** Puts ours in the place of theirs, and fails the build where the client is no longer built as it was. */
const swaps = {
  name: 'swaps',
  setup({ onStart, onLoad, onEnd }) {
    const hits = new Map();
    onStart(() => hits.clear());
    for (const swap of SWAPS) {
      const ending = swap.module.split('/').map(escaped).join('[\\\\/]');
      onLoad({ filter: new RegExp(`[\\\\/]node_modules[\\\\/]${ending}$`) }, async ({ path }) => {
        hits.set(swap, [...(hits.get(swap) ?? []), path]);
        return {
          contents: await swap.by(path),
          loader: swap.module.endsWith('.json') ? 'json' : 'ts',
          // What ours imports is what theirs would get.
          resolveDir: dirname(path),
        };
      });
    }
    onEnd(() => {
      const missed = SWAPS.filter((swap) => hits.get(swap)?.length !== 1);
      return { errors: missed.map((swap) => ({ text: complaint(swap, hits.get(swap) ?? []) })) };
    });
  },
};

function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function complaint({ module, why }, hits) {
  const found =
    hits.length === 0
      ? `The client no longer loads ${module}, which the bundle replaces.`
      : `The bundle has ${hits.length} copies of ${module} to replace: ${hits.join(', ')}.`;
  return `${found} It was replaced because: ${why} See docs/decisions/0007-the-bundled-client.md.`;
}

/** The options for esbuild that make the handler's bundle. */
export function handlerBuildOptions() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  return {
    absWorkingDir: root,
    entryPoints: ['lambda/index.ts'],
    outfile: 'build/handler/index.js',
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // What is not called can be left out of ES modules, and not of the CommonJS beside them.
    mainFields: ['module', 'main'],
    // import() of what Node has built in starts the whole ES module loader; require() does not.
    supported: { 'dynamic-import': false },
    // Asking whether an answer is one of these loads them, and an answer over node:http never is.
    define: { ReadableStream: 'undefined', Blob: 'undefined' },
    plugins: [swaps],
    legalComments: 'none',
    logLevel: 'warning',
  };
}
