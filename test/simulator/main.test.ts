import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CfnParameter, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../lib/index';
import { version } from '../../package.json';
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
    new WorkspaceImageCopy(nested, 'Copy', { source: WorkspaceImageSource.image('wsi-8t4x2k9p7') });
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

/** An invalid image ID fails the first step, which ends the simulation early. */
const FAILING = 'simulate --parameter ImageId=ami-123';

test('a failed simulation prints blocks with the failed step, and exits with 1', async () => {
  const { code, stdout, stderr } = await cli(`${FAILING} APP`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain(`Simulated 1 stack of "${directories.APP}"`);
  expect(stdout).toMatch(
    /\n\nStack Sharing\n\ndeploy: FAILED, [\d.]+ s\n {2}Sharing\/Share: Create failed, Delete\n/,
  );
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/ Sharing\/Share: .*"ami-123" is not a WorkSpaces image/);
  expect(stdout).toContain('the clock ran up to 100 times faster');
});

test('on a wide terminal, the table is framed and colored, and a line shows the progress', async () => {
  const { stdout, stderr } = await cli(`${FAILING} APP`, new Host(true, {}, 120));
  const text = stripVTControlCharacters(stdout);
  expect(text).not.toBe(stdout);
  expect(text).toMatch(/\n┌─+┬.*┐\n│ Step +│ Share: events .*│\n├─+┼.*┤\n│ deploy +│ Sharing\/Share: Create/);
  expect(stderr).toContain('\r\x1b[KSharing: deploy: Sharing CREATE_IN_PROGRESS');
  expect(stderr.endsWith('\r\x1b[K')).toBe(true);

  const plain = await cli(`${FAILING} APP`, new Host(true, { NO_COLOR: '1' }, 120));
  expect(plain.stdout).toBe(stripVTControlCharacters(plain.stdout));
  expect(plain.stdout).toContain('│ FAILED');
});

test('shares and copies in nested stacks are reported as not simulated', async () => {
  const { code, stdout, stderr } = await cli('simulate NESTED');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('nested stacks:\n  Sharing/Nested/Share\n  Sharing/Nested/Copy\n');
  expect(stdout).toContain('1 share and 1 copy in nested stacks\nwere not simulated.');
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
    skippedShares: [],
    skippedCopies: [],
    stacks: [{ stack: 'Sharing', ok: false }],
  });
});

test.each(['--help', 'simulate --help', 'endpoint --help'])('"%s" fits 80 columns', async (line) => {
  const { stdout } = await cli(line);
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});

test.each([
  ['-V', '1.2.3\n'],
  ['--version', '1.2.3\n'],
  ['--help', 'Usage: cdk-workspace-image-share <command>'],
  ['-h', 'Usage: cdk-workspace-image-share <command>'],
  ['help', 'Usage: cdk-workspace-image-share <command>'],
  ['simulate --help', 'Usage: cdk-workspace-image-share simulate'],
  ['endpoint -h', 'Usage: cdk-workspace-image-share endpoint'],
])('"%s" prints %j', async (line, text) => {
  const { code, stdout, stderr } = await cli(line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.slice(0, text.length)).toBe(text);
});

test.each([
  ['', /^Usage: cdk-workspace-image-share <command>/],
  ['play', 'Unknown command "play".'],
  ['simulate APP OTHER', 'Specify one directory instead of 2'],
  [`simulate ${tmpdir()}`, 'Run "npx cdk synth" first'],
  ['simulate OTHER', 'There is no stack with a WorkspaceImageShare or WorkspaceImageCopy in'],
  ['simulate OTHER', 'support shares and copies in nested stacks: Outer/Middle/Inner/Share.'],
  ['simulate --parameter ImageId APP', '--parameter must have the form Name=value, but is "ImageId".'],
  ['simulate --parameter Other=x APP', 'No stack of the app has a parameter "Other".'],
  ['simulate --speed 1 --parameter Other=x APP', 'No stack of the app has a parameter "Other".'],
  ['simulate --speed 0 APP', '--speed must be a number from 1 to 100, but is "0".'],
  ['simulate --speed 101 APP', '--speed must be a number from 1 to 100, but is "101".'],
  ['simulate --real-time APP', "Unknown option '--real-time'"],
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
