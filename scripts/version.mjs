// The version in package.json is also in the examples, the README and the changelog.
//   node scripts/version.mjs --before  fails if the changelog is not ready for a release: `npm version` runs it first
//   node scripts/version.mjs           updates them: `npm version` runs it after it has changed package.json
//   node scripts/version.mjs --check   fails if one of them has another version
// It needs no packages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOT_PUBLISHED, released, section } from './release-texts.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHANGELOG = 'CHANGELOG.md';
const EXAMPLES = [
  'examples/dotnet/Images.csproj',
  'examples/go/go.mod',
  'examples/java/pom.xml',
  'examples/python/requirements.txt',
  'examples/typescript/package.json',
];
/** The package and its version, as each language writes them. */
const DEPENDENCY =
  /((?:cdk-workspace-image-share|CdkWorkspaceImageShare)(?:-go\/cdkworkspaceimageshare v|==|": "|" Version="|<\/artifactId>\s*<version>))(\d[\w.+-]*)/g;

const { version, repository } = JSON.parse(read('package.json'));

if (process.argv.includes('--before')) {
  refuseWhatIsNotReady(process.env.npm_new_version);
} else if (process.argv.includes('--check')) {
  check();
} else {
  for (const file of [...EXAMPLES, 'README.md']) {
    write(
      file,
      read(file).replace(DEPENDENCY, (_, before) => before + version),
    );
  }
  write('README.md', read('README.md').replace(NOT_PUBLISHED, ''));
  const date = new Date().toISOString().slice(0, 10);
  const url = repository.url.replace(/\.git$/, '');
  write(CHANGELOG, released(read(CHANGELOG), { version, date, repository: url }));
}

function refuseWhatIsNotReady(next) {
  if (section(read(CHANGELOG), next) !== undefined) {
    fail(`${CHANGELOG} has a section for ${next} already: choose a higher version.`);
  }
  if (!section(read(CHANGELOG), 'Unreleased')) {
    fail(`${CHANGELOG} has nothing under Unreleased: write what users of ${next} notice.`);
  }
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
        `${file} names version ${found.join(', ') || 'nothing'} of the package instead of ${version}: change it.`,
      );
    }
  }
  const { version: locked } = JSON.parse(read('package-lock.json'));
  if (locked !== version) {
    fail(`package-lock.json has version ${locked} instead of ${version}: run "npm install".`);
  }
  const [, newest] = read(CHANGELOG).match(/^## \[(\d[^\]]*)\]/m) ?? [];
  // Before the first release, everything is unreleased.
  if (newest !== undefined && newest !== version) {
    fail(`The newest version in ${CHANGELOG} is ${newest} instead of ${version}: see RELEASING.md.`);
  }
  if ((newest === undefined) !== NOT_PUBLISHED.test(read('README.md'))) {
    fail(`${CHANGELOG} and README.md disagree on whether a version is published: see RELEASING.md.`);
  }
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
