import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const RELEASE = '.github/workflows/release.yml';
const PACKAGE = '.github/workflows/package.yml';
const CI = '.github/workflows/ci.yml';

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'repository-'));
  for (const path of [
    ...['.ci', '.github', '.npmrc', '.nvmrc', 'CONTRIBUTING.md', 'README.md', 'RELEASING.md', 'package.json'],
    ...['examples', 'lib/custom-resource', 'scripts', 'test/integ', 'tools/node', 'tools/node-oldest'],
  ]) {
    const filter = (source: string) => !source.includes('node_modules');
    cpSync(join(ROOT, path), join(copy, path), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
});

test('the lint finds nothing wrong with the repository', () => {
  expect(lint()).toBe('');
});

test.each([
  {
    mistake: 'a job with an identity token that it does not use',
    file: RELEASE,
    change: ['    environment: maven\n', '    environment: maven\n    permissions:\n      id-token: write\n'],
    found: `${RELEASE}, maven: remove id-token: write, which nothing in the job uses.`,
  },
  {
    mistake: 'an identity token for every job',
    file: RELEASE,
    change: ['permissions:\n  contents: read\n', 'permissions:\n  contents: read\n  id-token: write\n'],
    found: `${RELEASE}: give permissions to the jobs that use them.`,
  },
  {
    mistake: 'a rehearsal with an identity token',
    file: RELEASE,
    change: ["  npm:\n    needs: [verify, package]\n    if: github.event_name == 'push'\n", '  npm:\n'],
    found: `${RELEASE}, npm: run only for a tag: a rehearsal writes nowhere.`,
  },
  {
    mistake: 'a rehearsal with secrets',
    file: RELEASE,
    change: ['  rehearse:\n', '  rehearse:\n    environment: npm\n'],
    found: `${RELEASE}: rehearse without permissions and secrets.`,
  },
  {
    mistake: 'packages without hashes beside an identity token',
    file: RELEASE,
    change: [/pip" install --require-hashes/g, 'pip" install'],
    found: 'by an installation from a lock file.',
  },
  {
    mistake: 'the newest Node.js of a major version beside an identity token',
    file: RELEASE,
    change: [/node-version: [\d.]+/g, 'node-version: 24'],
    found: `${RELEASE}, npm: name an exact version instead of "node-version: 24" beside an identity token.`,
  },
  {
    mistake: 'publib beside an identity token',
    file: RELEASE,
    change: ['|| npm publish --access public dist/js/*.tgz', '|| publib-npm dist/js && npm publish'],
    found: `${RELEASE}, npm: run no installed packages but those with hashes.`,
  },
  {
    mistake: 'a tag that is not checked',
    file: RELEASE,
    change: ['run: node scripts/release.mjs check "$GITHUB_REF_NAME"', 'run: true'],
    found: `${RELEASE}: check what the tag publishes.`,
  },
  {
    mistake: 'attestations for some of the files',
    file: RELEASE,
    change: ['subject-checksums: dist/checksums.txt', 'subject-path: dist/js/*.tgz'],
    found: `${RELEASE}: attest every published file.`,
  },
  {
    mistake: 'a bill of materials of the development dependencies',
    file: PACKAGE,
    change: ['npm run sbom', 'npm sbom > dist/sbom.cdx.json'],
    found: `${PACKAGE}: run npm run sbom.`,
  },
  {
    mistake: 'a comparison of some of the languages',
    file: PACKAGE,
    change: ['test:bindings -- --oldest', 'test:bindings -- --oldest java'],
    found: `${PACKAGE}: run npm run test:bindings -- --oldest.`,
  },
  {
    mistake: 'another .NET SDK than that of the example',
    file: PACKAGE,
    change: ['dotnet-version: 10.0.x', 'dotnet-version: 8'],
    found: `${PACKAGE}: use the .NET SDK 10.0, as examples/dotnet.`,
  },
  {
    mistake: 'a Node.js in package.json that is not tested',
    file: 'package.json',
    change: [/">= 20[\d.]+"/g, '">= 18.0.0"'],
    found: `${CI}: test on Node.js 18.0.0 and 22.`,
  },
  {
    mistake: 'another supported Node.js for contributors',
    file: 'CONTRIBUTING.md',
    change: ['Node.js 22 or newer', 'Node.js 20 or newer'],
    found: 'CONTRIBUTING.md: say that Node.js 22 or newer is needed.',
  },
  {
    mistake: 'another supported Node.js for users',
    file: 'README.md',
    change: ['Node.js 22 or later', 'Node.js 20 or later'],
    found: `${CI}: test on Node.js 20.17.0 and 20.`,
  },
  {
    mistake: "no URL of the authors, which is empty in Maven's POM then",
    file: 'package.json',
    change: ['"url": "https://github.com/cdk-workspace-image-share",', ''],
    found: 'give https://github.com/cdk-workspace-image-share as author.url',
  },
])('the lint finds $mistake', ({ file, change: [from, to], found }) => {
  const text = readFileSync(join(copy, file), 'utf8');
  const changed = text.replace(from, String(to));
  expect(changed).not.toBe(text);
  writeFileSync(join(copy, file), changed);
  try {
    expect(lint()).toContain(found);
  } finally {
    writeFileSync(join(copy, file), text);
  }
});

/** Returns what the lint prints about the copy of the repository. */
function lint(): string {
  const args = ['scripts/lint-repository.mjs'];
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' }).stderr;
}
