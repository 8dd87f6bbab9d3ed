import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  App,
  CfnOutput,
  CfnParameter,
  CfnResource,
  NestedStack,
  RemovalPolicy,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { createColors } from 'picocolors';
import { WorkspaceImageShare } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import { type SimulationOptions, simulate } from '../../simulator/lifecycle';
import { jsonReport, report } from '../../simulator/report';

jest.setTimeout(60_000);

const ACCOUNTS = ['111122223333', '444455556666'];
const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) {
    rmSync(directory, { recursive: true });
  }
});

function synthesized(declare: (app: App) => void): Assembly {
  const outdir = mkdtempSync(join(tmpdir(), 'simulate-'));
  directories.push(outdir);
  const app = new App({ outdir, analyticsReporting: false });
  declare(app);
  app.synth();
  return new Assembly(outdir);
}

function played(declare: (app: App) => void, options: SimulationOptions = {}) {
  return simulate(synthesized(declare), { speed: 30, ...options });
}

/** Replaces the function's code with one that logs the newest event of its resource, and responds with SUCCESS. */
function withIdleFunction(assembly: Assembly): Assembly {
  const directory = mkdtempSync(join(tmpdir(), 'idle-'));
  directories.push(directory);
  writeFileSync(
    join(directory, 'index.js'),
    `exports.handler = async (event) => {
      const { StackId, RequestId, LogicalResourceId } = event;
      const events = await fetch(process.env.AWS_ENDPOINT_URL_CLOUDFORMATION, {
        method: 'POST',
        headers: { authorization: 'none' },
        body: new URLSearchParams({ Action: 'DescribeStackEvents', StackName: StackId }),
      });
      const [mine] = (await events.text()).split('<member>').filter((text) => text.includes(LogicalResourceId));
      console.log(JSON.stringify({ message: 'idle', status: /<ResourceStatus>(\\w+)/.exec(mine)[1] }));
      const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x', StackId, RequestId, LogicalResourceId });
      await fetch(event.ResponseURL, { method: 'PUT', body });
    };`,
  );
  assembly.codeDirectory = () => directory;
  return assembly;
}

it('plays the whole life of a share whose image and accounts are parameters', async () => {
  const [{ ok, steps }] = await played((app) => {
    const stack = new Stack(app, 'Sharing');
    new WorkspaceImageShare(stack, 'Share', {
      imageId: new CfnParameter(stack, 'ImageId').valueAsString,
      accountIds: new CfnParameter(stack, 'AccountIds', { type: 'CommaDelimitedList' }).valueAsList,
    });
  });
  expect(ok).toBe(true);
  expect(
    steps.map(({ step, events, status }) => [
      step,
      events.map(({ requestType }) => requestType).join(),
      status,
    ]),
  ).toEqual([
    ['deploy', 'Create', 'CREATE_COMPLETE'],
    ['add an account', 'Update', 'UPDATE_COMPLETE'],
    ['remove an account', 'Update', 'UPDATE_COMPLETE'],
    ['a new image', 'Update,Delete', 'UPDATE_COMPLETE'],
    ['a failed update', 'Update,Update', 'UPDATE_ROLLBACK_COMPLETE'],
    ['destroy, images too', 'Delete', 'DELETE_COMPLETE'],
  ]);
  expect(steps[5]).toMatchObject({ access: {}, calls: { imagesDeleted: 2 } });
});

it('plays a literal image ID, under another logical id for the new image', async () => {
  const [{ ok, steps }] = await played((app) => {
    const share = new WorkspaceImageShare(new Stack(app, 'Sharing'), 'Share', {
      imageId: 'wsi-8t4x2k9p7',
      accountIds: ACCOUNTS,
    });
    new CfnOutput(share, 'Image', { value: share.imageId });
  });
  expect(ok).toBe(true);
  expect(steps[3].events.map(({ requestType, logicalId }) => [requestType, logicalId])).toEqual([
    ['Create', 'WorkspaceImageSharewsisimulation1'],
    ['Delete', 'WorkspaceImageSharewsi8t4x2k9p7'],
  ]);
});

it('plays an image that a resource of the app makes, and its replacement', async () => {
  const [{ ok, steps }] = await played((app) => {
    const stack = new Stack(app, 'Sharing');
    const image = new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' });
    new WorkspaceImageShare(stack, 'Share', {
      imageId: image.getAtt('ImageId').toString(),
      accountIds: ACCOUNTS,
    });
  });
  expect(ok).toBe(true);
  expect(steps[3]).toMatchObject({
    calls: { imagesDeleted: 1 },
    access: { 'wsi-simulation2': expect.anything() },
  });
  expect(steps[3].access).not.toHaveProperty('wsi-simulation1');
});

it('plays stacks of a stage, with an image that another stack exports', async () => {
  const stacks = await played((app) => {
    const stage = new Stage(app, 'Production', { env: { account: '999988887777', region: 'eu-west-1' } });
    const images = new Stack(stage, 'Images');
    const image = new CfnResource(images, 'Image', { type: 'Custom::GoldenImage' });
    new WorkspaceImageShare(new Stack(stage, 'Sharing'), 'Share', {
      imageId: image.getAtt('ImageId').toString(),
      accountIds: ACCOUNTS,
    });
  });
  expect(stacks).toMatchObject([{ stack: 'Production-Sharing', ok: true }]);
});

it('expects what a share under RETAIN leaves behind', async () => {
  const [{ ok, steps }] = await played((app) => {
    new WorkspaceImageShare(new Stack(app, 'Sharing'), 'Share', {
      imageId: 'wsi-8t4x2k9p7',
      accountIds: ACCOUNTS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  });
  expect(steps.flatMap(({ problems }) => problems)).toEqual([]);
  expect(ok).toBe(true);
  expect(Object.keys(steps[5].access)).toEqual(['wsi-8t4x2k9p7', 'wsi-simulation1']);
});

it('takes parameters as given', async () => {
  const share = (app: App) => {
    const stack = new Stack(app, 'Sharing');
    new WorkspaceImageShare(stack, 'Share', {
      imageId: new CfnParameter(stack, 'ImageId').valueAsString,
      accountIds: ACCOUNTS,
    });
  };
  const [{ ok, steps }] = await played(share, { parameters: { ImageId: 'ami-123' } });
  expect(ok).toBe(false);
  expect(steps).toHaveLength(1);
  expect(steps[0].problems.join()).toContain('"ami-123" is not a WorkSpaces image ID');
  await expect(played(share, { parameters: { Other: 'x' } })).rejects.toThrow(
    'No stack of this app has a parameter "Other".',
  );
});

it('marks a state that is not the declared one, and shows what the function logged', async () => {
  const assembly = withIdleFunction(
    synthesized((app) => {
      new WorkspaceImageShare(new Stack(app, 'Sharing'), 'Share', {
        imageId: 'wsi-8t4x2k9p7',
        accountIds: ACCOUNTS,
      });
    }),
  );
  const stacks = await simulate(assembly, { speed: 30 });
  const text = report(stacks, { speed: 30 }, { colours: createColors(false), framed: false });
  expect(stacks).toMatchObject([{ ok: false, steps: [{ ok: false, access: { 'wsi-8t4x2k9p7': [] } }] }]);
  expect(text).toContain('NO  deploy');
  expect(text).toContain('111122223333 is declared for wsi-8t4x2k9p7 and has no access.');
  expect(text).toContain('{"message":"idle","status":"CREATE_IN_PROGRESS"}');
  expect(JSON.parse(jsonReport(stacks, { speed: 30 }))).toMatchObject({ ok: false, speed: 30 });
});

it('says which shares stand in nested stacks, and what is no assembly', () => {
  const assembly = synthesized((app) => {
    const nested = new NestedStack(new Stack(app, 'Outer'), 'Inner');
    new WorkspaceImageShare(nested, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds: ACCOUNTS });
  });
  expect(assembly.nestedShares).toEqual([
    expect.stringMatching(/^Outer\/Inner.*\/WorkspaceImageSharewsi8t4x2k9p7$/),
  ]);
  expect(() => new Assembly(tmpdir())).toThrow('Run "npx cdk synth" first');
});
