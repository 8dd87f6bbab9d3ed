import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const REPOSITORY = 'https://github.com/cdk-workspace-image-share/cdk-workspace-image-share';

const README = `# The package

**Status:** experimental.

<!-- not published -->
**Not published yet:** until the first release, install a local build.
<!-- /not published -->

Share images.
`;

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A construct, [documented](${REPOSITORY}).

[Unreleased]: ${REPOSITORY}/commits/main
`;

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'release-'));
  for (const path of ['.npmrc', 'package.json', 'package-lock.json', 'scripts', 'examples']) {
    cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  }
  for (const file of ['package.json', 'package-lock.json']) {
    write(
      file,
      read(file).replace(/"version": ".*?"/g, (first, offset) =>
        offset < 150 ? '"version": "0.1.0"' : first,
      ),
    );
  }
  write('README.md', README);
  write('CHANGELOG.md', CHANGELOG);
});

describe('npm version 0.1.0, before the first release', () => {
  beforeEach(() => {
    expect(npmVersion('0.1.0')).toMatchObject({ status: 0 });
  });

  test('dates what is unreleased, and links to the release', () => {
    const today = new Date().toISOString().slice(0, 10);
    expect(read('CHANGELOG.md')).toBe(`# Changelog

## [Unreleased]

## [0.1.0] - ${today}

### Added

- A construct, [documented](${REPOSITORY}).

[Unreleased]: ${REPOSITORY}/compare/v0.1.0...HEAD
[0.1.0]: ${REPOSITORY}/releases/tag/v0.1.0
`);
  });

  test('removes the note that the package is not published from the README', () => {
    expect(read('README.md')).toBe('# The package\n\n**Status:** experimental.\n\nShare images.\n');
  });

  test('leaves files that the lint accepts and the tag may publish', () => {
    expect(node('scripts/version.mjs', '--check')).toMatchObject({ status: 0 });
    expect(node('scripts/release.mjs', 'check', 'v0.1.0')).toEqual({
      status: 0,
      output: 'v0.1.0 can be published.\n',
    });
  });

  test('leaves the section as the text of the release', () => {
    const { output } = node('scripts/release.mjs', 'notes', 'v0.1.0');
    expect(output).toBe(`### Added\n\n- A construct, [documented](${REPOSITORY}).\n`);
  });

  test('cannot be repeated', () => {
    const changelog = read('CHANGELOG.md');
    const { status, output } = npmVersion('0.1.0');
    expect(status).not.toBe(0);
    expect(output).toContain('CHANGELOG.md has a section for 0.1.0 already: choose a higher version.');
    expect(read('CHANGELOG.md')).toBe(changelog);
  });

  test('is not followed by a version without changes', () => {
    const { status, output } = npmVersion('0.2.0');
    expect(status).not.toBe(0);
    expect(output).toContain('CHANGELOG.md has nothing under Unreleased: write what users of 0.2.0 notice.');
    expect(JSON.parse(read('package.json')).version).toBe('0.1.0');
  });

  test('is followed by a version with changes, in every file that names it', () => {
    write(
      'CHANGELOG.md',
      read('CHANGELOG.md').replace('## [Unreleased]\n', '## [Unreleased]\n\n### Fixed\n\n- A bug.\n'),
    );
    expect(npmVersion('0.2.0')).toMatchObject({ status: 0 });
    expect(read('CHANGELOG.md')).toContain(`${REPOSITORY}/compare/v0.2.0...HEAD\n[0.2.0]: `);
    expect(node('scripts/release.mjs', 'notes', 'v0.2.0').output).toBe('### Fixed\n\n- A bug.\n');
    expect(node('scripts/version.mjs', '--check')).toMatchObject({ status: 0 });
    for (const file of [
      'dotnet/Images.csproj',
      'go/go.mod',
      'java/pom.xml',
      'python/requirements.txt',
      'typescript/package.json',
    ]) {
      expect(read(`examples/${file}`)).toMatch(/cdk-?workspace-?image-?share\b.*?\bv?0\.2\.0\b/is);
    }
  });
});

describe('a tag is not published', () => {
  test('before the version was released in the changelog and the README', () => {
    const { status, output } = node('scripts/release.mjs', 'check', 'v0.1.0');
    expect(status).toBe(1);
    expect(output.trim().split('\n')).toEqual([
      'CHANGELOG.md has no text with a date for 0.1.0: run "npm version 0.1.0".',
      'CHANGELOG.md has text under Unreleased that the tag would leave out: release it, too.',
      'README.md has the note that the package is not published: "npm version" removes it.',
      'README.md would be published with "not published": remove it.',
    ]);
  });

  test('if it is not the version of the package', () => {
    npmVersion('0.1.0');
    expect(node('scripts/release.mjs', 'check', 'v0.1.1')).toEqual({
      status: 1,
      output: 'The tag is v0.1.1, but the version in package.json is 0.1.0.\n',
    });
  });

  test.each([
    ['README.md', 'This package is not published yet.', 'not published'],
    ['README.md', 'After the first release, install it.', 'After the first release'],
    ['CHANGELOG.md', 'It has not been\npublished yet.', 'not been published'],
    ['CHANGELOG.md', 'Never published.', 'Never published'],
  ])('if %s says %j', (file, sentence, found) => {
    npmVersion('0.1.0');
    write(file, `${read(file)}\n${sentence}\n`);
    expect(node('scripts/release.mjs', 'check', 'v0.1.0')).toEqual({
      status: 1,
      output: `${file} would be published with "${found}": remove it.\n`,
    });
  });
});

test('the lint fails if the README says that nothing is published, and the changelog has a version', () => {
  npmVersion('0.1.0');
  write('README.md', README);
  expect(node('scripts/version.mjs', '--check')).toEqual({
    status: 1,
    output: 'CHANGELOG.md and README.md disagree on whether a version is published: see RELEASING.md.\n',
  });
});

function npmVersion(version: string) {
  return run('npm', 'version', version);
}

function node(...args: string[]) {
  return run(process.execPath, ...args);
}

function run(command: string, ...args: string[]) {
  // The npm that runs the tests hands its own settings down, such as ignore-scripts.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: clone,
    env,
    encoding: 'utf8',
    // npm is a script there.
    shell: process.platform === 'win32' && command !== process.execPath,
  });
  return { status, output: stdout + stderr };
}

function read(file: string): string {
  return readFileSync(join(clone, file), 'utf8');
}

function write(file: string, text: string): void {
  writeFileSync(join(clone, file), text);
}
