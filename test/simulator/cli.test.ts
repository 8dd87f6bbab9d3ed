import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { App, CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../../lib/index';
import { version } from '../../package.json';

/** The command as it is published. */
const CLI = join(__dirname, '..', '..', 'build', 'cli.js');
const TERMINAL = ['--require', join(__dirname, 'fixtures', 'terminal.js')];

/** What the tests write for the directory of an app with a share, and of one without. */
const directories = { APP: '', OTHER: '' };

beforeAll(() => {
  directories.APP = synthesized((stack) => {
    new WorkspaceImageShare(stack, 'Share', {
      imageId: new CfnParameter(stack, 'ImageId').valueAsString,
      accountIds: ['111122223333'],
    });
  });
  directories.OTHER = synthesized((stack) => {
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' });
  });
});

afterAll(() => {
  for (const directory of Object.values(directories)) {
    rmSync(directory, { recursive: true, force: true });
  }
});

function synthesized(declare: (stack: Stack) => void): string {
  const outdir = mkdtempSync(join(tmpdir(), 'cli-'));
  const cdk = new App({ outdir, analyticsReporting: false });
  declare(new Stack(cdk, 'Sharing'));
  cdk.synth();
  return outdir;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  args: readonly string[],
  node: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const { NO_COLOR, FORCE_COLOR, ...rest } = process.env;
  const given = args.map((arg) => directories[arg as keyof typeof directories] ?? arg);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...node, CLI, ...given],
      { env: { ...rest, ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** A parameter that fails the first step: the simulation ends at once. */
const BAD_IMAGE = ['--parameter', 'ImageId=ami-123'];

test('a simulation that succeeds prints a plain table, and exits with 0', async () => {
  const { code, stdout, stderr } = await run(['simulate', '--speed', '30', 'APP']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Stack Sharing\n\n {4}step +events +calls +who has access after it +ms\n/);
  expect(stdout).toMatch(/\nok {2}deploy +Create +\d+ reads? +wsi-simulation1: 111122223333 +\d+\n/);
  expect(stdout).toContain("The function's clock ran 30 times faster");
  expect(stdout).toMatch(/\nAfter each of 6 steps, exactly the declared accounts had access\.\n$/);
});

test('a simulation that fails reports the step, and exits with 1', async () => {
  const { code, stdout } = await run(['simulate', ...BAD_IMAGE, 'APP']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nNO {2}deploy +Create failed/);
  expect(stdout).toContain('What went wrong in "deploy":');
  expect(stdout).toContain('"ami-123" is not a WorkSpaces image');
  expect(stdout).toContain('1 of 1 steps did not end as declared.');
});

test('on a terminal, the table is framed and coloured, and a line shows the progress', async () => {
  const { stdout, stderr } = await run(['simulate', ...BAD_IMAGE, 'APP'], TERMINAL);
  const text = stripVTControlCharacters(stdout);
  expect(text).not.toBe(stdout);
  expect(text).toMatch(/\n┌─+┬.*┐\n│ +│ step +│ events .*│\n├─+┼.*┤\n│ ✗ +│ deploy +│ Create failed/);
  expect(text).toMatch(/\n└─+┴.*┘\n/);
  const lines = text.split('\n').filter((line) => /^[┌│├└]/.test(line));
  expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
  expect(stderr).toContain('\r\x1b[KSharing: deploy: Sharing CREATE_IN_PROGRESS');
  expect(stderr.endsWith('\r\x1b[K')).toBe(true);

  const plain = await run(['simulate', ...BAD_IMAGE, 'APP'], TERMINAL, { NO_COLOR: '1' });
  expect(plain.stdout).toBe(stripVTControlCharacters(plain.stdout));
});

test.each([
  [[], 20],
  [['--speed', '30'], 30],
  [['--real-time'], 1],
])('with %j, the clock of the function runs %i times faster', async (args, speed) => {
  const { code, stdout } = await run(['simulate', '--json', ...BAD_IMAGE, ...args, 'APP']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, speed, stacks: [{ stack: 'Sharing', ok: false }] });
});

test.each(['-V', '--version'])('%s prints the version of the package', async (flag) => {
  expect(await run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [['--help'], 'simulate [directory]'],
  [['simulate', '--help'], '--parameter <Name=value>'],
  [['endpoint', '-h'], '--read-lag'],
])('%j prints help', async (args, text) => {
  const { code, stdout } = await run(args);
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: cdk-workspace-image-share');
  expect(stdout).toContain(text);
});

test.each([
  [[], 'Usage: cdk-workspace-image-share'],
  [['play'], 'There is no command "play"'],
  [['simulate', 'APP', 'OTHER'], 'One directory at a time'],
  [['simulate', tmpdir()], 'Run "npx cdk synth" first'],
  [['simulate', 'OTHER'], 'holds a WorkspaceImageShare: there is nothing to simulate.'],
  [['simulate', '--parameter', 'ImageId', 'APP'], '--parameter takes Name=value, and not "ImageId".'],
  [['simulate', '--parameter', 'Other=x', 'APP'], 'No stack of this app has a parameter "Other".'],
  [['simulate', '--speed', '0', 'APP'], '--speed takes a number from 1 to 100, and not "0".'],
  [['simulate', '--fast', 'APP'], "Unknown option '--fast'"],
])('%j is refused with %j', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(message);
});
