// Checks agreements between files of the repository that no other linter knows. Prints a sentence for each problem.
import { readdirSync, readFileSync } from 'node:fs';
import { fail } from './commands.mjs';

const { engines, jsii, repository } = JSON.parse(read('package.json'));
const problems = [];

for (const file of filesIn('.github/workflows', '.yml')) {
  for (const [, action] of read(file).matchAll(/^\s*(?:- )?uses: (.*)$/gm)) {
    const pinned = /^(\.\/.*|[\w./-]+@[0-9a-f]{40} # v[\d.]+)$/.test(action);
    check(pinned, file, `pin the action ${action} to a commit, with its version as a comment`);
  }
  const [unlocked] =
    read(file).match(/\b(npm (i|install|exec)|npx|pip install|go install|tool install)\b.*/) ?? [];
  check(!unlocked, file, `replace "${unlocked}" by an installation from a lock file`);
}

const PACKAGE = '.github/workflows/package.yml';
const languages = ['js', ...Object.keys(jsii.targets)].sort();
const [, packaged = ''] = read(PACKAGE).match(/npm run package -- (.*)/) ?? [];
const isComplete = `${packaged.split(' ').sort()}` === `${languages}`;
check(isComplete, PACKAGE, `package for these languages: ${languages.join(', ')}`);
check(!/actions\/cache|cache: (?!false)/.test(read(PACKAGE)), PACKAGE, 'remove the cache from the release');
for (const caller of ['.github/workflows/ci.yml', '.github/workflows/release.yml']) {
  check(read(caller).includes(`uses: ./${PACKAGE}`), caller, `call ${PACKAGE}`);
}

const group = `io.github.${repository.url.match(/github\.com\/([^/]+)\//)?.[1]}`;
const { groupId } = jsii.targets.java.maven;
check(groupId === group, 'package.json', `use the Maven group ID of the GitHub organization, ${group}`);

const [, runtime] = read('lib/custom-resource/handler-function.ts').match(/'nodejs(\d+)\.x'/) ?? [];
const { node } = JSON.parse(read('tools/node/package.json')).dependencies;
check(node.startsWith(`${runtime}.`), 'tools/node/package.json', `use Node.js ${runtime}, as in Lambda`);
const test = `test:node${runtime}`;
check(read('.ci/run').includes(`script ${test}`), '.ci/run', `run ${test}, with the Node.js of Lambda`);

const CI = '.github/workflows/ci.yml';
const oldest = engines.node.replace('>= ', '');
check(read(CI).includes(`node-version: ${oldest}\n`), CI, `run on the oldest supported Node.js, ${oldest}`);
const isStrict = read('.npmrc').includes('engine-strict=true');
check(isStrict, '.npmrc', 'set engine-strict=true: npm ci then fails if a dependency needs a newer Node.js');

for (const file of filesIn('test', '.test.ts')) {
  for (const [call] of read(file).matchAll(/\bfc\.(assert|check|sample)\(.*?;$/gms)) {
    check(/\bseed: \d+/.test(call), file, `give a fixed seed to fc.${call.split('(')[0].slice(3)}`);
  }
}
for (const file of [...filesIn('scripts', '.mjs'), ...filesIn('test/integ', '.mjs')]) {
  const imported = /child[_]process/.test(read(file));
  check(!imported, file, 'start other programs with scripts/commands.mjs, which also works on Windows');
}

if (problems.length > 0) {
  fail(problems.join('\n'));
}

function check(ok, file, whatToDo) {
  if (!ok) {
    problems.push(`${file}: ${whatToDo}.`);
  }
}

function read(file) {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}

function filesIn(directory, ending) {
  return readdirSync(new URL(`../${directory}`, import.meta.url), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${directory}/${name.replaceAll('\\', '/')}`);
}
