// Checks agreements between files of the repository that no other linter knows. Prints a sentence for each problem.
import { readdirSync, readFileSync } from 'node:fs';
import { fail } from './commands.mjs';

const { author, engines, jsii, repository } = JSON.parse(read('package.json'));
const problems = [];

for (const file of filesIn('.github/workflows', '.yml')) {
  for (const [, action] of read(file).matchAll(/^\s*(?:- )?uses: (.*)$/gm)) {
    const pinned = /^(\.\/.*|[\w./-]+@[0-9a-f]{40} # v[\d.]+)$/.test(action);
    check(pinned, file, `pin the action ${action} to a commit, with its version as a comment`);
  }
  const [unlocked] =
    read(file).match(
      /\b(npm (i|install|exec)|npx|pip"? install(?! --require-hashes)|go install|tool install)\b.*/,
    ) ?? [];
  check(!unlocked, file, `replace "${unlocked}" by an installation from a lock file`);
}

const RELEASE = '.github/workflows/release.yml';
for (const file of filesIn('.github/workflows', '.yml')) {
  const [header] = read(file).split(/^jobs:$/m);
  check(!/id-token|contents: write/.test(header), file, 'give permissions to the jobs that use them');
  for (const { name, text } of jobsIn(file).filter((job) => /id-token: write/.test(job.text))) {
    const job = `${file}, ${name}`;
    const usesIt = /actions\/attest@|NuGet\/login@|twine" upload|npm publish/.test(text);
    check(file === RELEASE && usesIt, job, 'remove id-token: write, which nothing in the job uses');
    check(
      /if: github\.event_name == 'push'/.test(text),
      job,
      'run only for a tag: a rehearsal writes nowhere',
    );
    const [floating] = text.match(/\w+-version: (?!'?\d+\.\d+\.\d+'?$).*/m) ?? [];
    check(!floating, job, `name an exact version instead of "${floating}" beside an identity token`);
    check(!/npm ci|publib/.test(text), job, 'run no installed packages but those with hashes');
  }
}
const rehearsal = jobsIn(RELEASE).find(({ name }) => name === 'rehearse')?.text ?? '';
const isHarmless =
  !/permissions:|environment:|secrets\./.test(rehearsal) && /PUBLIB_DRYRUN: 'true'/.test(rehearsal);
check(isHarmless, RELEASE, 'rehearse without permissions and secrets');
const { node: runtimeVersion } = JSON.parse(read('tools/node/package.json')).dependencies;
const nodes = [...read(RELEASE).matchAll(/node-version: (\S+)/g)].map(([, version]) => version);
const areRuntime = nodes.every((version) => version === runtimeVersion);
check(areRuntime, RELEASE, `publish with Node.js ${runtimeVersion}, as in tools/node`);
check(
  read(RELEASE).includes('release.mjs check "$GITHUB_REF_NAME"'),
  RELEASE,
  'check what the tag publishes',
);
check(
  read(RELEASE).includes('subject-checksums: dist/checksums.txt'),
  RELEASE,
  'attest every published file',
);

const PACKAGE = '.github/workflows/package.yml';
const languages = ['js', ...Object.keys(jsii.targets)].sort();
const [, packaged = ''] = read(PACKAGE).match(/npm run package -- (.*)/) ?? [];
const isComplete = `${packaged.split(' ').sort()}` === `${languages}`;
check(isComplete, PACKAGE, `package for these languages: ${languages.join(', ')}`);
for (const script of ['sbom', 'checksums', 'test:bindings -- --oldest']) {
  const isRun = new RegExp(`- run: npm run ${script}$`, 'm').test(read(PACKAGE));
  check(isRun, PACKAGE, `run npm run ${script}`);
}
check(!/actions\/cache|cache: (?!false)/.test(read(PACKAGE)), PACKAGE, 'remove the cache from the release');
for (const caller of ['.github/workflows/ci.yml', RELEASE]) {
  check(read(caller).includes(`uses: ./${PACKAGE}`), caller, `call ${PACKAGE}`);
}

const [, organization] = repository.url.match(/github\.com\/([^/]+)\//) ?? [];
const home = `https://github.com/${organization}`;
check(author.url === home, 'package.json', `give ${home} as author.url: Maven's POM names it`);
const group = `io.github.${organization}`;
const { groupId } = jsii.targets.java.maven;
check(groupId === group, 'package.json', `use the Maven group ID of the GitHub organization, ${group}`);

const [, runtime] = read('lib/custom-resource/handler-function.ts').match(/'nodejs(\d+)\.x'/) ?? [];
check(
  runtimeVersion.startsWith(`${runtime}.`),
  'tools/node/package.json',
  `use Node.js ${runtime}, as in Lambda`,
);
const test = `test:node${runtime}`;
check(read('.ci/run').includes(`script ${test}`), '.ci/run', `run ${test}, with the Node.js of Lambda`);

// The .NET SDK compiles for the framework of its own version.
const [, framework] = read('examples/dotnet/Images.csproj').match(/<TargetFramework>net(\d+\.\d+)</) ?? [];
for (const [, sdk] of read(PACKAGE).matchAll(/dotnet-version: (\S+)/g)) {
  check(sdk === `${framework}.x`, PACKAGE, `use the .NET SDK ${framework}, as examples/dotnet`);
}

// One answer to which Node.js: what is supported, and what package.json lets in.
const CI = '.github/workflows/ci.yml';
const oldest = engines.node.replace('>= ', '');
const [, supported] = read('README.md').match(/Node\.js (\d+) or later/) ?? [];
check(supported, 'README.md', 'say which Node.js is supported: "Node.js 22 or later"');
const isContributors = read('CONTRIBUTING.md').includes(`Node.js ${supported} or newer`);
check(isContributors, 'CONTRIBUTING.md', `say that Node.js ${supported} or newer is needed`);
const [, matrix] = read(CI).match(/version: \[(.*)\]/) ?? [];
check(matrix === `${oldest}, ${supported}`, CI, `test on Node.js ${oldest} and ${supported}`);
check(
  read(CI).includes(`node-version: ${oldest}\n`),
  CI,
  `install on Node.js ${oldest}, which engines lets in`,
);
const { node: oldestTool } = JSON.parse(read('tools/node-oldest/package.json')).dependencies;
check(
  oldestTool === oldest,
  'tools/node-oldest/package.json',
  `use Node.js ${oldest}, which engines lets in`,
);
const ofEngines = `test:node${oldest.split('.')[0]}`;
check(read('.ci/run').includes(`script ${ofEngines}`), '.ci/run', `run ${ofEngines}`);
const releasing = read('RELEASING.md');
for (const version of [oldest, supported]) {
  check(releasing.includes(`\`node (${version})\``), 'RELEASING.md', `require the check node (${version})`);
}
const isDevelopment = read('.nvmrc').trim() === runtime;
check(isDevelopment, '.nvmrc', `name Node.js ${runtime}, as in Lambda`);
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

/** The jobs of a workflow, as text. */
function jobsIn(file) {
  const [, jobs = ''] = read(file).split(/^jobs:$/m);
  const [, ...parts] = jobs.split(/^ {2}([\w-]+):$/m);
  return parts.flatMap((name, index) => (index % 2 === 0 ? [{ name, text: parts[index + 1] }] : []));
}

function read(file) {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}

function filesIn(directory, ending) {
  return readdirSync(new URL(`../${directory}`, import.meta.url), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${directory}/${name.replaceAll('\\', '/')}`);
}
