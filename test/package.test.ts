import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..');
const NAME = 'cdk-workspace-image-share';

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '${NAME}';

const stack = new Stack(new App(), 'Images');
new WorkspaceImageShare(stack, 'GoldenImage', { imageId: 'wsi-8t4x2k9p7', accountIds: ['111122223333'] });
`;

/** The app, with a second share from the installation of the package that one of its dependencies has. */
const APP_WITH_TWO_INSTALLATIONS = `${APP}
import { createRequire } from 'node:module';
const other = createRequire(new URL('dependency/', import.meta.url))('${NAME}');
new other.WorkspaceImageShare(stack, 'Other', { imageId: 'wsi-1a2b3c4d5', accountIds: ['111122223333'] });
if (other.WorkspaceImageShare === WorkspaceImageShare) throw new Error('There is only one installation.');
`;

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let directory: string;
let packed: Packed;
let tarball: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'package-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  packed = Object.values<Packed>(JSON.parse(run('npm', args, ROOT)))[0];
  tarball = join(directory, packed.filename);
});

test('the package contains the constructs, their public types, the bundles, the assembly and the documents, and nothing else', () => {
  const constructs = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => `lib/${file.replace(/\.ts$/, '.js')}`);
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, 'lib/index.ts'), 'utf8'));
  const types = ['./index', ...importedFiles.map(({ fileName }) => fileName)].map(
    (module) => `${posix.join('lib', module)}.d.ts`,
  );
  const bundles = ['bundle.zip', 'cli.js', 'copy.zip', 'function-runtime.js', 'share.zip'].map(
    (file) => `build/${file}`,
  );
  const assembly = ['.jsii', '.jsii.gz', 'package.json'];
  const documents = ['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'THIRD-PARTY-LICENSES'];
  expect(packed.files.map(({ path }) => path).sort()).toEqual(
    [...constructs, ...types, ...bundles, ...assembly, ...documents].sort(),
  );
});

test('the package is at most 600 KB unpacked', () => {
  expect(packed.unpackedSize).toBeLessThanOrEqual(600_000);
});

test('publint finds nothing wrong with the package', () => {
  const publint = join(ROOT, 'node_modules/publint/src/cli.js');
  // Its one suggestion is git+https, which PyPI does not take for a link.
  const args = ['run', tarball, '--strict', '--level', 'warning'];
  expect(run(process.execPath, [publint, ...args], directory)).toContain('All good!');
});

test('the types import only each other and peer dependencies', () => {
  const declarations = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.d.ts'));
  const imported = declarations.flatMap((path) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, path), 'utf8'));
    return importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : fileName,
    );
  });
  expect(imported).toContain('aws-cdk-lib');
  const foreign = imported.filter(
    (name) => !/^(aws-cdk-lib|constructs)(\/|$)/.test(name) && !declarations.includes(`${name}.d.ts`),
  );
  expect(foreign).toEqual([]);
});

describe('installed into an empty project', () => {
  let project: string;

  /** What is deployed: the template, and the asset with the code of the function. */
  function synthesized(directory: string) {
    const read = (file: string) => readFileSync(join(project, directory, file));
    const template = JSON.parse(read('Images.template.json').toString());
    const { files } = JSON.parse(read('Images.assets.json').toString());
    const { S3Key } = template.Resources.WorkspaceImageShareFunction.Properties.Code;
    const { path, packaging } = files[S3Key.replace('.zip', '')].source;
    return { template, packaging, code: read(path) };
  }

  beforeAll(() => {
    project = mkdtempSync(join(directory, 'project-'));
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    writeFileSync(join(project, 'app.mjs'), APP);
    // Without its peers, which are linked: nothing is downloaded.
    run('npm', ['install', '--offline', '--legacy-peer-deps', tarball], project);
    for (const peer of ['aws-cdk-lib', 'constructs']) {
      // A junction needs no privilege on Windows.
      symlinkSync(join(ROOT, 'node_modules', peer), join(project, 'node_modules', peer), 'junction');
    }
    run(process.execPath, ['app.mjs'], project, { CDK_OUTDIR: 'cdk.out' });
  });

  test('an app synthesizes, with the zip file of the package as its asset', () => {
    const { template, packaging, code } = synthesized('cdk.out');
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    expect(types).toContain('Custom::WorkspaceImageShare');
    // A file is uploaded as it is. A directory would be packed with the modes of its files.
    expect(packaging).toBe('file');
    expect(code.equals(readFileSync(join(ROOT, 'build/share.zip')))).toBe(true);
  });

  test('an app deploys the same code if the package was installed with umask 077', () => {
    chmodSync(join(project, 'node_modules', NAME, 'build/share.zip'), 0o600);
    const app = "process.umask(0o077); import('./app.mjs')";
    run(process.execPath, ['-e', app], project, { CDK_OUTDIR: 'restricted.out' });
    expect(synthesized('restricted.out')).toEqual(synthesized('cdk.out'));
  });

  test('an app with two installations of the package synthesizes one function per stack', () => {
    cpSync(join(project, 'node_modules', NAME), join(project, 'dependency/node_modules', NAME), {
      recursive: true,
    });
    writeFileSync(join(project, 'two-installations.mjs'), APP_WITH_TWO_INSTALLATIONS);
    run(process.execPath, ['two-installations.mjs'], project, { CDK_OUTDIR: 'two-installations.out' });
    const { Resources } = synthesized('two-installations.out').template;
    const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'Custom::WorkspaceImageShare')).toHaveLength(2);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(1);
  });

  test.each([
    { moduleResolution: 'node10', module: 'commonjs' },
    { moduleResolution: 'node16', module: 'node16', mode: ts.ModuleKind.CommonJS as const },
    { moduleResolution: 'node16', module: 'node16', mode: ts.ModuleKind.ESNext as const },
    { moduleResolution: 'bundler', module: 'esnext' },
  ])('TypeScript finds the types with %j', ({ mode, ...resolution }) => {
    const { options } = ts.convertCompilerOptionsFromJson(resolution, project);
    const from = join(project, 'app.ts');
    const { resolvedModule } = ts.resolveModuleName(NAME, from, options, ts.sys, undefined, undefined, mode);
    expect(resolvedModule?.resolvedFileName).toMatch(/\/lib\/index\.d\.ts$/);
  });

  test.each([NAME, `${NAME}/.jsii`, `${NAME}/.jsii.gz`, `${NAME}/package.json`])(
    '%s can be required',
    (module) => {
      expect(resolve(project, module)).toContain(join('node_modules', NAME));
    },
  );

  test.each(['lib/workspaces/validation', 'lib/workspaces/validation.js', 'lib/index.js', 'build/cli.js'])(
    '%s is internal and cannot be required',
    (file) => {
      expect(() => resolve(project, `${NAME}/${file}`)).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
    },
  );

  test('npx simulates the app', () => {
    const printed = run('npx', ['--offline', NAME, 'simulate', '--json'], project);
    expect(JSON.parse(printed)).toMatchObject({ ok: true });
  });
});

/** Resolves a module as Node.js does, and Jest does not. */
function resolve(directory: string, module: string): string {
  return run(process.execPath, ['-p', `require.resolve('${module}')`], directory).trim();
}

/** Runs a command, and returns its output. */
function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    // npm and npx are scripts there.
    shell: process.platform === 'win32' && command !== process.execPath,
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  if (status !== 0) {
    throw new Error(`"${command} ${args.join(' ')}" exited with code ${status}: ${stdout}${stderr}`);
  }
  return stdout;
}
