import { spawn } from 'node:child_process';
import { run } from '../support/handler-build';

const BUILD = `
import { build } from 'esbuild';
const [outfile] = process.argv.slice(1);
await build({
  stdin: { contents: "export * from '@aws-sdk/client-workspaces'", resolveDir: '.' },
  outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error',
});
`;

/** Puts the client as published into one file, so that it can be loaded with a clock of its own. */
export async function bundleClient(outfile: string): Promise<void> {
  const { stderr } = await run(spawn(process.execPath, ['--input-type=module', '-e', BUILD, outfile]));
  expect(stderr).toBe('');
}
