import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CfnParameter, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../lib/index';
import { version } from '../../package.json';
import { bundleOf } from './fixtures/apps';
import { synthesized } from './fixtures/assemblies';
import { Host, run } from './fixtures/host';

const accountIds = ['111122223333'];
const directories: Record<string, string> = {};

beforeAll(() => {
  directories.APP = synthesized((app) => {
    const stack = new Stack(app, 'Sharing');
    const imageId = new CfnParameter(stack, 'ImageId').valueAsString;
    new WorkspaceImageShare(stack, 'Share', { imageId, accountIds });
  });
  directories.NESTED = synthesized((app) => {
    const stack = new Stack(app, 'Sharing');
    const nested = new NestedStack(stack, 'Nested');
    for (const scope of [stack, nested]) {
      new WorkspaceImageShare(scope, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds });
    }
    const source = WorkspaceImageSource.image('wsi-8t4x2k9p7');
    const { imageId } = new WorkspaceImageCopy(nested, 'Copy', { source });
    bundleOf(nested, imageId);
  });
  directories.OTHER = synthesized((app) => {
    const nested = new NestedStack(new NestedStack(new Stack(app, 'Outer'), 'Middle'), 'Inner');
    new WorkspaceImageShare(nested, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds });
    new CfnResource(new Stack(app, 'Topics'), 'Topic', { type: 'AWS::SNS::Topic' });
  });
});

/** Runs a command line in which APP and OTHER are the directories of synthesized apps. */
function cli(line: string, host?: Host) {
  const args = line.split(' ').filter((arg) => arg !== '');
  return run(
    args.map((arg) => directories[arg] ?? arg),
    host,
  );
}

/** An invalid image ID fails the first step. */
const FAILING = 'simulate --parameter ImageId=ami-123';

test('a failed simulation prints the reason once, and exits with 1', async () => {
  const { code, stdout, stderr } = await cli(`${FAILING} APP`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout.replace(/\s+/g, ' ')).toContain(`Deploying 1 stack of "${directories.APP}"`);
  expect(stdout).toMatch(/\n1\. deploy\n {3}Sharing \(.*\) shares 1 image: rolled back\s+\(Create\s+failed/);
  expect(stdout.match(/^ {5}Sharing\/Share: /gm)).toHaveLength(1);
  expect(stdout).toContain('\nFAILED: Sharing: step "deploy"\n');
});

test('the report is printed while the simulation runs, also into a file', async () => {
  const host = new Host();
  const ended = cli('simulate APP', host);
  const early = await host.printed(/2\. add an account/);
  expect(early).toContain('Sharing (123456789012, us-east-1) shares 1 image: created (Create)');
  expect(early).not.toContain('destroy');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('on a terminal, the report has colors, and a line below it shows the progress', async () => {
  const { stdout, stderr } = await cli(`${FAILING} APP`, new Host(true, {}, 120));
  expect(stripVTControlCharacters(stdout)).not.toBe(stdout);
  expect(stderr).toContain('\r\x1b[KSharing: Sharing CREATE_IN_PROGRESS');
  expect(stderr.endsWith('\r\x1b[K')).toBe(true);

  const plain = await cli(`${FAILING} APP`, new Host(true, { NO_COLOR: '1' }, 120));
  expect(plain.stdout).toBe(stripVTControlCharacters(plain.stdout));
});

test('constructs in nested stacks are reported as not simulated', async () => {
  const { code, stdout, stderr } = await cli('simulate NESTED');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    'nested stacks:\n  Sharing/Nested/Share\n  Sharing/Nested/Copy\n  Sharing/Nested/Standard\n',
  );
  expect(stdout.replace(/\s+/g, ' ')).toContain('but 3 constructs in nested stacks were not simulated.');
});

test('several directories are versions of the app', async () => {
  const { code, stdout } = await cli('simulate APP APP');
  expect(code).toBe(0);
  expect(stdout).toContain(`\n2. deploy ${directories.APP}\n   Nothing has changed`);
});

test('--stack selects stacks', async () => {
  const { code, stderr } = await cli('simulate --stack Absent --stack Shar* APP');
  expect(code).toBe(1);
  expect(stderr).toBe('No stack with shares, copies or bundles matches "Absent". The stacks are: Sharing.\n');
});

test.each([
  ['', 100],
  ['--speed 30', 30],
])('with --json %s, the report has the speed %i', async (options, speed) => {
  const { code, stdout, stderr } = await cli(`${FAILING} --json ${options} APP`, new Host(true));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    speed,
    skipped: [],
    stacks: [{ stack: 'Sharing', failedIn: 'deploy' }],
    steps: [{ step: 'deploy', stacks: [{ status: 'ROLLBACK_COMPLETE' }] }, {}, {}, {}, {}, {}],
  });
});

test.each(['--help', 'simulate --help', 'endpoint --help'])('"%s" fits 80 columns', async (line) => {
  const { stdout } = await cli(line);
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});

test.each([
  ['-V', '1.2.3\n'],
  ['--version', '1.2.3\n'],
  ['--help', 'Usage: cdk-workspace-image-share [options] [command]'],
  ['-h', 'Usage: cdk-workspace-image-share [options] [command]'],
  ['help', 'Usage: cdk-workspace-image-share [options] [command]'],
  ['simulate --help', 'Usage: cdk-workspace-image-share simulate'],
  ['endpoint -h', 'Usage: cdk-workspace-image-share endpoint'],
])('"%s" prints %j', async (line, text) => {
  const { code, stdout, stderr } = await cli(line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.slice(0, text.length)).toBe(text);
});

test.each([
  ['', /^Usage: cdk-workspace-image-share \[options\] \[command\]/],
  ['simulat', /unknown command 'simulat'\s+\(Did you mean simulate\?\)/],
  ['simulate --sped 3 APP', /unknown option '--sped'\s+\(Did you mean --speed\?\)/],
  ['simulate --real-time APP', "unknown option '--real-time'"],
  [`simulate ${tmpdir()}`, 'Run "npx cdk synth" first'],
  [
    'simulate OTHER',
    'There is no stack with a WorkspaceImageShare, WorkspaceImageCopy or WorkspaceBundle in',
  ],
  ['simulate OTHER', 'support shares, copies and bundles in nested stacks: Outer/Middle/Inner/Share.'],
  ['simulate --parameter ImageId APP', "argument 'ImageId' is invalid. It must have the form Name=value."],
  ['simulate --parameter Other=x APP', 'No stack of the app has a parameter "Other".'],
  ['simulate --speed 1 --parameter Other=x APP', 'No stack of the app has a parameter "Other".'],
  ['simulate --speed 0 APP', "argument '0' is invalid. It must be a number from 1 to 100."],
  ['simulate --speed 101 APP', "argument '101' is invalid. It must be a number from 1 to 100."],
])('"%s" is rejected with %p', async (line, message) => {
  const { code, stdout, stderr } = await cli(line);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

test('the bundled command prints the version of the package, sets the exit code, and looks for cdk.out', () => {
  const bundle = join(__dirname, '..', '..', 'build', 'cli.js');
  const cwd = dirname(directories.APP);
  const bundled = (arg: string) => spawnSync(process.execPath, [bundle, arg], { cwd, encoding: 'utf8' });
  expect(bundled('-V')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  const stderr = expect.stringContaining('There is no synthesized app in "cdk.out".');
  expect(bundled('simulate')).toMatchObject({ status: 1, stdout: '', stderr });
});
