import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CfnParameter, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../../lib/index';
import { version } from '../../package.json';
import { removeAssemblies, synthesized } from './fixtures/assemblies';
import { Host, run } from './fixtures/host';

const directories = { APP: '', OTHER: '' };

beforeAll(() => {
  directories.APP = synthesized((app) => {
    const stack = new Stack(app, 'Sharing');
    new WorkspaceImageShare(stack, 'Share', {
      imageId: new CfnParameter(stack, 'ImageId').valueAsString,
      accountIds: ['111122223333'],
    });
  });
  directories.OTHER = synthesized((app) => {
    const nested = new NestedStack(new Stack(app, 'Outer'), 'Inner');
    new WorkspaceImageShare(nested, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds: ['111122223333'] });
    new CfnResource(new Stack(app, 'Topics'), 'Topic', { type: 'AWS::SNS::Topic' });
  });
});

afterAll(removeAssemblies);

const cli = (args: readonly string[], host?: Host) =>
  run(
    args.map((arg) => directories[arg as keyof typeof directories] ?? arg),
    host,
  );

/** An invalid image ID fails the first step, which ends the simulation early. */
const FAILING = ['simulate', '--parameter', 'ImageId=ami-123'];

test('a successful simulation prints a plain table, and exits with 0', async () => {
  const { code, stdout, stderr } = await cli(['simulate', '--speed', '30', 'APP']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Stack Sharing\n\n {4}Step +Events +API calls +Accounts with access +Duration\n/);
  expect(stdout).toMatch(/\nok {2}deploy +Create +\d+ reads? +wsi-simulation1: 111122223333 +\d+\.\d s\n/);
  expect(stdout).toContain("The function's clock ran 30 times faster than real time.");
  expect(stdout).toMatch(
    /\nAll 6 steps succeeded\. After each step, exactly the declared accounts had access\.\n$/,
  );
});

test('a failed simulation prints the failed step, and exits with 1', async () => {
  const { code, stdout } = await cli([...FAILING, 'APP']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nNO {2}deploy +Create failed/);
  expect(stdout).toContain('Step "deploy" failed:');
  expect(stdout).toContain('"ami-123" is not a WorkSpaces image');
  expect(stdout).toContain('1 step failed.');
});

test('on a terminal, the table is framed and coloured, and a line shows the progress', async () => {
  const { stdout, stderr } = await cli([...FAILING, 'APP'], new Host(true));
  const text = stripVTControlCharacters(stdout);
  expect(text).not.toBe(stdout);
  expect(text).toMatch(/\n┌─+┬.*┐\n│ +│ Step +│ Events .*│\n├─+┼.*┤\n│ ✗ +│ deploy +│ Create failed/);
  expect(stderr).toContain('\r\x1b[KSharing: deploy: Sharing CREATE_IN_PROGRESS');
  expect(stderr.endsWith('\r\x1b[K')).toBe(true);

  const plain = await cli([...FAILING, 'APP'], new Host(true, { NO_COLOR: '1' }));
  expect(plain.stdout).toBe(stripVTControlCharacters(plain.stdout));
  expect(plain.stdout).toContain('│ ✗');
});

test.each([
  [[], 20],
  [['--speed', '30'], 30],
  [['--real-time'], 1],
])('with %j, the clock of the function runs %i times faster', async (args, speed) => {
  const { code, stdout } = await cli([...FAILING, '--json', ...args, 'APP'], new Host(true));
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, speed, stacks: [{ stack: 'Sharing', ok: false }] });
});

test.each([
  [['-V'], '1.2.3'],
  [['--version'], '1.2.3'],
  [['--help'], 'simulate [directory]'],
  [['-h'], 'simulate [directory]'],
  [['help'], 'simulate [directory]'],
  [['simulate', '--help'], '--parameter <Name=value>'],
  [['endpoint', '-h'], '--read-lag'],
])('%j prints "%s"', async (args, text) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(text);
});

test.each([
  [[], 'Usage: cdk-workspace-image-share'],
  [['play'], 'Unknown command "play".'],
  [['simulate', 'APP', 'OTHER'], 'Specify one directory instead of 2'],
  [['simulate', tmpdir()], 'Run "npx cdk synth" first'],
  [['simulate', 'OTHER'], 'There is no stack with a WorkspaceImageShare in'],
  [
    ['simulate', 'OTHER'],
    /^Skipping Outer\/.*\/WorkspaceImageSharewsi8t4x2k9p7: .* not support shares in nested stacks/,
  ],
  [
    ['simulate', '--parameter', 'ImageId', 'APP'],
    '--parameter must have the form Name=value, but is "ImageId".',
  ],
  [['simulate', '--parameter', 'Other=x', 'APP'], 'No stack of the app has a parameter "Other".'],
  [['simulate', '--speed', '0', 'APP'], '--speed must be a number from 1 to 100, but is "0".'],
  [['simulate', '--fast', 'APP'], "Unknown option '--fast'"],
])('%j is rejected with %p', async (args, message) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

test('the bundled command prints the version of the package, and sets the exit code', () => {
  const bundle = (...args: string[]) =>
    spawnSync(process.execPath, [join(__dirname, '..', '..', 'build', 'cli.js'), ...args], {
      encoding: 'utf8',
    });
  expect(bundle('-V')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  expect(bundle('play')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('play') });
});
