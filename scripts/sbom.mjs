// Writes dist/sbom.cdx.json, the software bill of materials of the package in the format of CycloneDX: the packages whose
// code is in the bundles, as esbuild reports them, and no development dependencies.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { BUNDLES, metafileOf } from './bundles.mjs';
import { fail, run } from './commands.mjs';
import { installTool } from './tools.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'dist/sbom.cdx.json');
const NOTICES = 'THIRD-PARTY-LICENSES';

const directory = mkdtempSync(join(tmpdir(), 'sbom-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const metafiles = await Promise.all(BUNDLES.map(({ options }) => metafileOf(options)));
const metafile = join(directory, 'metafile.json');
writeFileSync(metafile, JSON.stringify(merged(metafiles)));

const tool = join(await installTool('sbom'), 'node_modules/@cyclonedx/cyclonedx-esbuild/bin');
mkdirSync(join(ROOT, 'dist'), { recursive: true });
await run('write the software bill of materials', process.execPath, [
  join(tool, 'cyclonedx-esbuild-cli.js'),
  ...['--build-working-dir', ROOT, '--mc-type', 'library', '--spec-version', '1.6'],
  ...['--output-reproducible', '--validate', '--output-file', FILE, metafile],
]);
compareWithNotices();

/** The bundles have different outputs, and what several of them contain is the same file. */
function merged(all) {
  return {
    inputs: Object.assign({}, ...all.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...all.map(({ outputs }) => outputs)),
  };
}

/** The notices list the same packages, found in another way. */
function compareWithNotices() {
  const { metadata, components } = JSON.parse(readFileSync(FILE, 'utf8'));
  const listed = components.map(
    ({ group, name, version }) => `${group ? `${group}/` : ''}${name} ${version}`,
  );
  const lines = readFileSync(join(ROOT, NOTICES), 'utf8').matchAll(/^ {2}(\S+ \S+) \(/gm);
  const noticed = [...new Set([...lines].map(([, title]) => title))];
  if (noticed.length === 0 || !isDeepStrictEqual(listed.sort(), noticed.sort())) {
    fail(
      `${FILE} and ${NOTICES} list different packages, ${listed.join(', ')} and ${noticed.join(', ')}: run "npm run notices", and compare them.`,
    );
  }
  const { name, version } = metadata.component;
  console.log(`${FILE}: ${name} ${version} contains code of ${listed.length} packages.`);
}
