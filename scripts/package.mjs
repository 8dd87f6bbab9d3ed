// Packages the construct into dist/: for the languages that are named, or for all, where a language whose compiler is
// not installed is generated only.
//
//     npm run package -- [js] [python] [java] [go] [dotnet]
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, run, timed, WINDOWS, works } from './commands.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAGE = resolve(ROOT, 'node_modules/.cache/package');
const DIST = resolve(ROOT, 'dist');

/** Where Maven keeps what it downloads, away from the home directory. */
export const MAVEN_REPOSITORY = resolve(ROOT, 'node_modules/.cache/maven');

export const PYTHON = {
  name: 'Python 3.10 or newer',
  command: WINDOWS ? 'python' : 'python3',
  args: ['-m', 'venv', '--help'],
};
export const MAVEN = { name: 'Maven', command: 'mvn', args: ['--version'] };
export const JDK = { name: 'a JDK, 11 or newer', command: 'javac', args: ['-version'] };
export const DOTNET = { name: 'the .NET SDK', command: 'dotnet', args: ['--version'] };

/**
 * A package for Go is its source: there is nothing to build. What is only generated for .NET was not compiled.
 */
const LANGUAGES = {
  js: { kind: 'npm tarball', needs: [] },
  python: { kind: 'wheel', needs: [PYTHON] },
  java: { kind: 'jar', needs: [MAVEN, JDK] },
  go: { kind: 'module', needs: [], codeOnly: true },
  dotnet: { kind: 'NuGet package', needs: [DOTNET] },
};

/**
 * Packages for one language what was staged.
 *
 * @returns the directory with the outcome
 */
export async function packageFor(language) {
  const { kind, needs, codeOnly } = LANGUAGES[language];
  const missing = await missingOf(needs);
  const generateOnly = codeOnly || missing.length > 0;
  const outcome = missing.length > 0 ? 'source, neither compiled nor packed' : kind;
  const directory = resolve(DIST, language);
  rmSync(directory, { recursive: true, force: true });
  await timed(`${language}: ${outcome}`, () =>
    run(`package for ${language}`, process.execPath, [
      resolve(ROOT, 'node_modules/jsii-pacmak/bin/jsii-pacmak'),
      ...['--targets', language, '--outdir', DIST, '--no-npmignore'],
      ...['--maven-local-repository', MAVEN_REPOSITORY],
      ...(generateOnly ? ['--code-only'] : []),
      resolve(STAGE, 'package'),
    ]),
  );
  if (language === 'go') {
    leaveIndirectRequirementsToOthers(directory);
  }
  if (missing.length > 0) {
    console.log(`  A ${kind} needs ${missing.join(' and ')}, which this machine does not have.`);
  }
  return directory;
}

/** @returns the programs that this machine does not have */
export async function missingOf(needs) {
  const there = await Promise.all(needs.map(({ command, args }) => works(command, args)));
  return needs.filter((_need, index) => !there[index]).map(({ name }) => name);
}

/** Translates the examples into the language of each package. pacmak finds them next to the assembly. */
async function translateExamples() {
  const self = resolve(STAGE, 'node_modules/cdk-workspace-image-share');
  rmSync(self, { force: true });
  symlinkSync('../package', self, 'junction');
  await timed('examples in every language', () =>
    run('translate the examples', process.execPath, [
      resolve(ROOT, 'node_modules/jsii-rosetta/bin/jsii-rosetta'),
      ...['extract', '--directory', STAGE, resolve(STAGE, 'package')],
    ]),
  );
}

/** Leaves them to aws-cdk-go: what npm has installed here may not exist for Go yet. */
function leaveIndirectRequirementsToOthers(directory) {
  const file = resolve(directory, 'cdkworkspaceimageshare', 'go.mod');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^.* \/\/ indirect\n/gm, ''));
}

/** @returns the oldest version that the package supports of each of its peers */
export function oldestPeers() {
  const { peerDependencies } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries(peerDependencies).map(([name, range]) => [name, range.replace('^', '')]),
  );
}

/**
 * Unpacks the package next to the oldest peers that it supports. The Go module requires the versions that are installed
 * there: a newer aws-cdk-lib would force its users to upgrade, and constructs 10.5.0 and newer do not compile with an
 * aws-cdk-lib before 2.239.0.
 */
export async function stage() {
  const dependencies = oldestPeers();
  const manifest = JSON.stringify({ private: true, dependencies });
  const file = resolve(STAGE, 'package.json');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== manifest) {
    rmSync(STAGE, { recursive: true, force: true });
    mkdirSync(STAGE, { recursive: true });
    await timed(`aws-cdk-lib ${dependencies['aws-cdk-lib']} to package with`, () => {
      const named = Object.entries(dependencies).map((entry) => entry.join('@'));
      return run('install it', 'npm', [
        'install',
        '--prefix',
        STAGE,
        '--no-package-lock',
        '--no-save',
        '--ignore-scripts',
        ...named,
      ]);
    });
    writeFileSync(file, manifest);
  }
  const unpacked = resolve(STAGE, 'package');
  rmSync(unpacked, { recursive: true, force: true });
  for (const { path } of await packedFiles()) {
    cpSync(resolve(ROOT, path), resolve(unpacked, path));
  }
}

/** What `npm pack` puts into the tarball. */
export async function packedFiles() {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const printed = await run('list the files of the package', 'npm', args, { cwd: ROOT });
  return Object.values(JSON.parse(printed))[0].files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2);
  for (const language of named) {
    if (!(language in LANGUAGES)) {
      fail(`"${language}" is not one of the languages: ${Object.keys(LANGUAGES).join(', ')}.`);
    }
    const missing = await missingOf(LANGUAGES[language].needs);
    if (missing.length > 0) {
      fail(`Packaging for ${language} needs ${missing.join(' and ')}.`);
    }
  }
  await stage();
  await translateExamples();
  for (const language of named.length > 0 ? named : Object.keys(LANGUAGES)) {
    await packageFor(language);
  }
}
