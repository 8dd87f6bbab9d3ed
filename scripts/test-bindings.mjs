// Builds the package for each language, installs it into an empty project of that language, synthesizes the apps in
// examples/, and compares what came out.
//
//     npm run test:bindings -- [--oldest] [dotnet] [go] [java] [python] [typescript]
//
// With --oldest, it does the same again with the oldest aws-cdk-lib that the package supports.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { fail, run, timed, VENV_COMMANDS } from './commands.mjs';
import {
  DOTNET,
  JDK,
  MAVEN,
  MAVEN_REPOSITORY,
  missingOf,
  oldestPeers,
  PYTHON,
  packageFor,
  stage,
} from './package.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where NuGet keeps what it downloads, away from the home directory. */
const NUGET_PACKAGES = resolve(ROOT, 'node_modules/.cache/nuget');
/** The checksums of the oldest aws-cdk-lib for Go: not every mirror of the checksum database has them. */
const OLDEST_GO_SUM = `
github.com/aws/aws-cdk-go/awscdk/v2 v2.110.0 h1:8S0A69dgXzH+a5t6kH8FE64rOYjW90b3WWnsCbi9bMc=
github.com/aws/aws-cdk-go/awscdk/v2 v2.110.0/go.mod h1:NuvzNmRjbXEofQ35qpl8U+FtjiH+rNKFQXRzSWkOnI8=
`;
const GO_MODULE = 'github.com/cdk-workspace-image-share/cdk-workspace-image-share-go/cdkworkspaceimageshare';

/**
 * How a project of each language gets the package, what its commands need to know, where it names the version of
 * aws-cdk-lib, and the command of the rollout if there is one; the slowest first.
 */
const LANGUAGES = {
  go: {
    packagedAs: 'go',
    needs: [{ name: 'Go', command: 'go', args: ['version'] }],
    manifest: 'go.mod',
    requirement: /(awscdk\/v2 v)[\d.]+/,
    async install(project, packaged) {
      writeFileSync(join(project, 'go.sum'), OLDEST_GO_SUM.trimStart());
      const replacement = `${GO_MODULE}=${join(packaged, 'cdkworkspaceimageshare')}`;
      await run('point to the module', 'go', ['mod', 'edit', '-replace', replacement], { cwd: project });
      await run('download what the module needs', 'go', ['mod', 'tidy'], { cwd: project });
      await run('compile the app', 'go', ['build', '-o', devNull, '.'], { cwd: project });
      return {};
    },
  },
  java: {
    packagedAs: 'java',
    needs: [MAVEN, JDK],
    manifest: 'pom.xml',
    requirement: /(<artifactId>aws-cdk-lib<\/artifactId>\s*<version>)[\d.]+/,
    async install(project, packaged) {
      // What pacmak leaves is laid out as a repository is.
      cpSync(packaged, MAVEN_REPOSITORY, { recursive: true });
      const env = { MAVEN_OPTS: `-Dmaven.repo.local=${MAVEN_REPOSITORY}` };
      await run('compile the app', 'mvn', ['--quiet', '--batch-mode', 'compile'], { cwd: project, env });
      return env;
    },
  },
  dotnet: {
    packagedAs: 'dotnet',
    needs: [DOTNET],
    manifest: 'Images.csproj',
    requirement: /("Amazon\.CDK\.Lib" Version=")[\d.]+/,
    async install(project, packaged) {
      const env = { NUGET_PACKAGES, DOTNET_CLI_TELEMETRY_OPTOUT: 'true' };
      // For a version that its cache contains, NuGet does not look at the source again.
      rmSync(join(NUGET_PACKAGES, 'cdkworkspaceimageshare'), { recursive: true, force: true });
      writeFileSync(join(project, 'nuget.config'), '<configuration />');
      const source = ['nuget', 'add', 'source', packaged, '--configfile', 'nuget.config'];
      await run('add the folder of the package', 'dotnet', source, { cwd: project, env });
      await run('compile the app', 'dotnet', ['build'], { cwd: project, env });
      return env;
    },
  },
  python: {
    packagedAs: 'python',
    needs: [PYTHON],
    manifest: 'requirements.txt',
    requirement: /(aws-cdk-lib==)[\d.]+/,
    rollout: 'python rollout.py',
    async install(project, packaged) {
      await run('make a virtual environment', PYTHON.command, ['-m', 'venv', '.venv'], { cwd: project });
      const commands = join(project, '.venv', VENV_COMMANDS);
      const wheel = onlyFile(packaged, '.whl');
      const args = ['install', '--quiet', wheel, '--requirement', 'requirements.txt'];
      await run('install the wheel', join(commands, 'pip'), args, { cwd: project });
      return { PATH: [commands, process.env.PATH].join(delimiter) };
    },
  },
  typescript: {
    packagedAs: 'js',
    needs: [],
    manifest: 'package.json',
    requirement: /("aws-cdk-lib": ")[\d.]+/,
    rollout: 'npx tsc && node rollout.js',
    async install(project, packaged) {
      await run('install the tarball', 'npm', ['install', onlyFile(packaged, '.tgz')], { cwd: project });
    },
  },
};

const { values: options, positionals: named } = parseArgs({
  options: { oldest: { type: 'boolean' } },
  allowPositionals: true,
});
const languages = named.length > 0 ? named : Object.keys(LANGUAGES);
await refuseWhatCannotRun();
const directory = mkdtempSync(join(tmpdir(), 'languages-'));
process.on('exit', (code) => {
  if (code === 0) {
    rmSync(directory, { recursive: true, force: true });
  } else {
    console.error(`The projects are left in ${directory} to look at.`);
  }
});

await stage();
const outcomes = await twoAtATime(languages, tryOut);
for (const [round, version] of rounds().entries()) {
  for (const app of ['app', 'rollout']) {
    const synthesized = outcomes.map((rounds) => rounds[round][app]).filter(Boolean);
    if (synthesized.length > 0) {
      compare(app, synthesized, version);
    }
  }
}

async function refuseWhatCannotRun() {
  const unknown = languages.filter((language) => !(language in LANGUAGES));
  if (unknown.length > 0) {
    fail(`There is no example in ${unknown.join(', ')}: name some of ${Object.keys(LANGUAGES).join(', ')}.`);
  }
  for (const language of languages) {
    const missing = await missingOf(LANGUAGES[language].needs);
    if (missing.length > 0) {
      const others = Object.keys(LANGUAGES).filter((other) => other !== language);
      fail(
        `${language} needs ${missing.join(' and ')}, which this machine does not have: install it, or name the other languages: npm run test:bindings -- ${others.join(' ')}`,
      );
    }
  }
}

/** @returns the versions of aws-cdk-lib to run with: as the examples name it, and the oldest */
function rounds() {
  return [undefined, ...(options.oldest ? [oldestPeers()['aws-cdk-lib']] : [])];
}

/** Packages for a language once, and synthesizes its apps with each version of aws-cdk-lib. */
async function tryOut(language) {
  const packaged = await packageFor(LANGUAGES[language].packagedAs);
  const synthesized = [];
  for (const version of rounds()) {
    synthesized.push(await synthesize(language, packaged, version));
  }
  return synthesized;
}

async function synthesize(language, packaged, version) {
  const project = join(directory, [language, version].filter(Boolean).join('-'));
  const title = [language, version && `aws-cdk-lib ${version}`].filter(Boolean).join(', ');
  cpSync(join(ROOT, 'examples', language), project, { recursive: true });
  if (version) {
    requireVersion(language, project, version);
  }
  const env = await timed(`${title}: install`, () => LANGUAGES[language].install(project, packaged));
  const synth = async (...args) => {
    const cdk = resolve(ROOT, 'node_modules/aws-cdk/bin/cdk');
    await run('synthesize', process.execPath, [cdk, 'synth', '--quiet', '--no-notices', ...args], {
      cwd: project,
      env: { ...env, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    });
  };
  const { rollout } = LANGUAGES[language];
  await timed(`${title}: synthesize`, async () => {
    await synth();
    if (rollout) {
      await synth('--app', rollout, '--output', 'rollout.out');
    }
  });
  const synthesized = (outdir) => ({ language, templates: templatesOf(outdir), assets: assetsOf(outdir) });
  return {
    app: synthesized(join(project, 'cdk.out')),
    rollout: rollout && synthesized(join(project, 'rollout.out')),
  };
}

/** Replaces the version of aws-cdk-lib in the manifest of the project. */
function requireVersion(language, project, version) {
  const { manifest, requirement } = LANGUAGES[language];
  const file = join(project, manifest);
  const text = readFileSync(file, 'utf8');
  if (!requirement.test(text)) {
    fail(
      `examples/${language}/${manifest} does not name a version of aws-cdk-lib that matches ${requirement}.`,
    );
  }
  writeFileSync(
    file,
    text.replace(requirement, (_, before) => before + version),
  );
}

/** As many as most machines have room for: a compiler for Go or Java is one of them. */
async function twoAtATime(items, work) {
  const waiting = [...items.entries()];
  const results = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** The templates of the stacks by the names of their files. */
function templatesOf(outdir) {
  const files = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  return Object.fromEntries(files.map((name) => [name, templateIn(join(outdir, name))]));
}

/** The template without AWS::CDK::Metadata, in which each language counts its own constructs. */
function templateIn(file) {
  const template = JSON.parse(readFileSync(file, 'utf8'));
  delete template.Resources.CDKMetadata;
  delete template.Conditions?.CDKMetadataAvailable;
  return { ...template, Conditions: template.Conditions ?? {} };
}

/** The zip files of the app's functions, each with the hash of what is in it. */
function assetsOf(outdir) {
  const files = readdirSync(outdir).filter((name) => name.endsWith('.zip'));
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(outdir, name)))
        .digest('hex'),
    ]),
  );
}

function compare(app, [first, ...others], version) {
  for (const { language, templates, assets } of others) {
    const difference =
      firstDifference(first.templates, templates, 'the templates') ??
      firstDifference(first.assets, assets, 'the assets');
    if (difference) {
      const { path, one, other } = difference;
      fail(
        `${first.language} and ${language} synthesized different stacks: at ${path}, ${first.language} has ${JSON.stringify(one)}, and ${language} has ${JSON.stringify(other)}.`,
      );
    }
  }
  const templates = Object.values(first.templates);
  const resources = templates.flatMap(({ Resources }) => Object.keys(Resources)).length;
  const files = Object.keys(first.assets).length;
  console.log(
    `The same ${app} from ${[first, ...others].map(({ language }) => language).join(', ')}${version ? ` with aws-cdk-lib ${version}` : ''}: ${templates.length} stacks with ${resources} resources, and ${files} zip files, equal but for metadata.`,
  );
}

function firstDifference(one, other, path) {
  if (isDeepStrictEqual(one, other)) {
    return undefined;
  }
  const bothHold = [one, other].every((value) => typeof value === 'object' && value !== null);
  if (!bothHold) {
    return { path, one, other };
  }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const key = keys.find((name) => !isDeepStrictEqual(one[name], other[name]));
  return firstDifference(one[key], other[key], `${path}, ${key}`);
}

function onlyFile(folder, ending) {
  const files = readdirSync(folder).filter((name) => name.endsWith(ending));
  if (files.length !== 1) {
    fail(`${folder} should hold one file that ends in ${ending}, and holds ${files.length}.`);
  }
  return join(folder, files[0]);
}
