// The version in package.json is also in the examples, the README and the changelog.
//   node scripts/version.mjs          updates them: `npm version` runs it
//   node scripts/version.mjs --check  fails if one of them has another version
// It needs no packages: `npm version` has changed package.json already when it runs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLES = [
  'examples/go/go.mod',
  'examples/java/pom.xml',
  'examples/python/requirements.txt',
  'examples/typescript/package.json',
];
/** The package and its version, as each language writes them. */
const DEPENDENCY =
  /(cdk-workspace-image-share(?:-go\/cdkworkspaceimageshare v|==|": "|<\/artifactId>\s*<version>))(\d[\w.+-]*)/g;

const { version, repository } = JSON.parse(read('package.json'));

if (process.argv.includes('--check')) {
  check();
} else {
  for (const file of [...EXAMPLES, 'README.md']) {
    write(file, read(file).replace(DEPENDENCY, `$1${version}`));
  }
  write('CHANGELOG.md', released(read('CHANGELOG.md')));
}

function check() {
  if (
    readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
      .length !== EXAMPLES.length
  ) {
    fail('An example is missing in scripts/version.mjs.');
  }
  for (const file of [...EXAMPLES, 'README.md']) {
    const found = [...read(file).matchAll(DEPENDENCY)].map(([, , named]) => named);
    if (found.some((named) => named !== version) || (found.length === 0 && file !== 'README.md')) {
      fail(
        `${file} names version ${found.join(', ') || 'nothing'} of the package instead of ${version}: run "node scripts/version.mjs".`,
      );
    }
  }
  const { version: locked } = JSON.parse(read('package-lock.json'));
  if (locked !== version) {
    fail(`package-lock.json has version ${locked} instead of ${version}: run "npm install".`);
  }
  const [, newest] = read('CHANGELOG.md').match(/^## \[(\d[^\]]*)\]/m) ?? [];
  if (newest !== version) {
    fail(
      `The newest version in CHANGELOG.md is ${newest} instead of ${version}: run "node scripts/version.mjs".`,
    );
  }
}

/** Moves what is unreleased into a section for this version. */
function released(changelog) {
  if (changelog.includes(`## [${version}]`)) {
    return changelog;
  }
  const url = repository.url.replace(/\.git$/, '');
  const today = new Date().toISOString().slice(0, 10);
  return changelog
    .replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${version}] - ${today}\n`)
    .replace(
      /^\[Unreleased\]: .*$/m,
      `[Unreleased]: ${url}/compare/v${version}...HEAD\n[${version}]: ${url}/releases/tag/v${version}`,
    );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function read(file) {
  return readFileSync(join(ROOT, file), 'utf8');
}

function write(file, text) {
  writeFileSync(join(ROOT, file), text);
}
