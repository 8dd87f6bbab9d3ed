// NOTICE: whose code is in the two bundles, and under which licenses.
//   node scripts/notices.mjs          writes it
//   node scripts/notices.mjs --check  fails where it is not what the bundles hold
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cliBuildOptions } from './cli-bundle.mjs';
import { fail } from './commands.mjs';
import { handlerBuildOptions } from './handler-bundle.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'NOTICE');

const BUNDLES = [handlerBuildOptions(), cliBuildOptions()].map((options) => ({
  file: options.outfile,
  options,
}));

const notice = print(await bundledPackages());
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, notice);
} else if (readFileSync(FILE, 'utf8') !== notice) {
  fail('NOTICE is not what the bundles hold: run "npm run notices" and commit it.');
}

/** @returns each package that has code in a bundle, with the bundles that hold it */
async function bundledPackages() {
  const packages = new Map();
  for (const { file, options } of BUNDLES) {
    for (const directory of await packagesIn(options)) {
      const found = packages.get(directory) ?? { ...describe(directory), bundles: [] };
      found.bundles.push(file);
      packages.set(directory, found);
    }
  }
  return [...packages.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function packagesIn(options) {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const directories = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
  return [...new Set(directories)].filter((directory) => directory !== undefined);
}

function describe(directory) {
  const path = join(ROOT, directory);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const texts = readdirSync(path)
    .filter((file) => /^(licen[cs]e|notice)/i.test(file))
    .sort()
    .map((file) => shortened(readFileSync(join(path, file), 'utf8')));
  if (texts.length === 0) {
    fail(`${name} ${version} is bundled and comes without the text of its license: NOTICE cannot hold it.`);
  }
  return { title: `${name} ${version} (${license})`, name, text: texts.join('\n\n') };
}

/** The terms of the Apache License stand in LICENSE: what is left of a copy is whose it is. */
function shortened(text) {
  const [terms, appendix = ''] = parts(text);
  const [apacheTerms] = parts(readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
  const isApache =
    terms === apacheTerms && /^(APPENDIX: .* limitations under the License\.)?$/.test(appendix);
  if (!isApache) {
    return text.replace(/[ \t\r]+$/gm, '').trim();
  }
  const copyrights = text.match(/^ *Copyright (?!\[).*\d{4}.*$/gm) ?? [];
  const licensed = 'Licensed under the Apache License, Version 2.0, which stands in LICENSE.';
  return [...copyrights.map((line) => line.trim()), licensed].join('\n');
}

/** The terms of the Apache License and what stands after them, however the lines are broken. */
function parts(text) {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .split(/ END OF TERMS AND CONDITIONS ?/);
}

/** A text that several packages share stands once. */
function print(packages) {
  const listed = BUNDLES.map(({ file }) => {
    const titles = packages.filter(({ bundles }) => bundles.includes(file)).map(({ title }) => `  ${title}`);
    return `${file} holds code of:\n${titles.join('\n')}\n`;
  });
  const titlesByText = new Map();
  for (const { text, title } of packages) {
    titlesByText.set(text, [...(titlesByText.get(text) ?? []), title]);
  }
  const licenses = [...titlesByText].map(
    ([text, titles]) => `${'-'.repeat(80)}\n${titles.join('\n')}\n\n${text}\n`,
  );
  const header = 'cdk-workspace-image-share\nCopyright the cdk-workspace-image-share authors\n';
  const generated = 'Written by scripts/notices.mjs: do not edit.\n';
  return [header, generated, ...listed, ...licenses].join('\n');
}
