import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type App,
  CfnDynamicReference,
  CfnDynamicReferenceService,
  CfnOutput,
  CfnParameter,
  CfnResource,
  Fn,
  RemovalPolicy,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { WorkspaceImageShare, type WorkspaceImageShareProps } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import { type SimulationOptions, simulate } from '../../simulator/lifecycle';
import { legacyStack, synthesized } from './fixtures/assemblies';

const ACCOUNTS = ['111122223333', '444455556666'];
const LITERAL = { imageId: 'wsi-8t4x2k9p7', accountIds: ACCOUNTS };

const parameters = (stack: Stack) => ({
  imageId: new CfnParameter(stack, 'ImageId').valueAsString,
  accountIds: new CfnParameter(stack, 'AccountIds', { type: 'CommaDelimitedList' }).valueAsList,
});
const goldenImage = (stack: Stack) =>
  new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' }).getAtt('ImageId').toString();

/** Declares a stack with a share, and with a custom resource that is not its image. */
const sharing = (props: (stack: Stack) => WorkspaceImageShareProps) => (app: App) => {
  const stack = new Stack(app, 'Sharing');
  const share = new WorkspaceImageShare(stack, 'Share', props(stack));
  new CfnOutput(stack, 'SharedImage', { value: share.imageId });
  new CfnResource(stack, 'Other', { type: 'Custom::GoldenImage' });
};

/** Simulates the only stack of an app with a share. */
async function simulated(declare: (app: App) => void, options: SimulationOptions = {}) {
  const [report] = await simulate(new Assembly(synthesized(declare)), options);
  return { ...report, problems: report.steps.flatMap(({ problems }) => problems) };
}

it('simulates the lifecycle of a share whose image and accounts are parameters, a minute between the steps', async () => {
  const progress: { stack: string; step: string; at: number }[] = [];
  const { ok, problems, steps } = await simulated(sharing(parameters), {
    onProgress: (stack, step, { at }) => progress.push({ stack, step, at }),
  });
  expect({ ok, problems }).toEqual({ ok: true, problems: [] });
  expect(
    steps.map(
      ({ step, events, status }) => `${step}: ${events.map((event) => event.requestType)}: ${status}`,
    ),
  ).toEqual([
    'deploy: Create: CREATE_COMPLETE',
    'add an account: Update: UPDATE_COMPLETE',
    'remove an account: Update: UPDATE_COMPLETE',
    'replace the image: Update,Delete: UPDATE_COMPLETE',
    'fail an update: Update,Update: UPDATE_ROLLBACK_COMPLETE',
    'delete the stack: Delete: DELETE_COMPLETE',
  ]);
  expect(steps.flatMap(({ events }) => events.filter(({ outcome }) => outcome !== 'succeeded'))).toEqual([]);
  expect(steps[0].access).toEqual({ 'wsi-simulation1': ACCOUNTS });
  expect(steps[3].access).toMatchObject({ 'wsi-simulation1': [], 'wsi-simulation2': expect.anything() });
  expect(steps[5]).toMatchObject({ access: {}, calls: { imagesDeleted: 2 } });

  const gaps = progress.flatMap(({ step, at }, n) =>
    n && step !== progress[n - 1].step ? at - progress[n - 1].at : [],
  );
  expect(gaps).toHaveLength(5);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000);
  expect(progress[0]).toMatchObject({ stack: 'Sharing', step: 'deploy' });
});

it('replaces a literal image ID together with the logical ID of the share', async () => {
  const { problems, steps } = await simulated(sharing(() => LITERAL));
  expect(problems).toEqual([]);
  expect(steps[3].events.map(({ requestType, share, logicalId }) => [requestType, share, logicalId])).toEqual(
    [
      ['Create', 'Sharing/Share', 'WorkspaceImageSharewsisimulation1'],
      ['Delete', 'Sharing/Share', 'WorkspaceImageSharewsi8t4x2k9p7'],
    ],
  );
});

it('replaces an image that a resource of the app creates, and no other resource of its type', async () => {
  const { problems, steps } = await simulated(
    sharing((stack) => ({ imageId: goldenImage(stack), accountIds: ACCOUNTS })),
  );
  expect(problems).toEqual([]);
  expect(steps[3].calls.imagesDeleted).toBe(1);
  expect(Object.keys(steps[3].access)).toEqual(['wsi-simulation2']);
});

it('deploys the stacks on which a stack depends, with their shares, in stages too', async () => {
  const directory = synthesized((app) => {
    const stage = new Stage(app, 'Production', { env: { account: '999988887777', region: 'eu-west-1' } });
    const images = new Stack(stage, 'Images');
    const imageId = goldenImage(images);
    new WorkspaceImageShare(images, 'Share', LITERAL);
    new WorkspaceImageShare(new Stack(stage, 'Sharing'), 'Share', { imageId, accountIds: ACCOUNTS });
  });
  const reports = await simulate(new Assembly(directory));
  expect(reports.map(({ stack, ok }) => [stack, ok])).toEqual([
    ['Production-Images', true],
    ['Production-Sharing', true],
  ]);
});

it('simulates an app with the feature flags of `cdk init`, whose references between stacks are weak', async () => {
  const directory = synthesized((app) => {
    const imageId = goldenImage(new Stack(app, 'Images'));
    new WorkspaceImageShare(new Stack(app, 'Sharing'), 'Share', { imageId, accountIds: ACCOUNTS });
  }, recommendedFlags);
  const assembly = new Assembly(directory);
  expect(JSON.stringify(assembly.stacks[1].template)).toContain('"Fn::GetStackOutput":{"StackName":"Images"');
  const [{ stack, steps }] = await simulate(assembly);
  expect(steps.flatMap(({ problems }) => problems)).toEqual([]);
  expect([stack, steps[0].access]).toEqual(['Sharing', { 'wsi-simulation1': ACCOUNTS }]);
});

it('finds the assets of a stack with the LegacyStackSynthesizer', async () => {
  const { problems } = await simulated((app) => {
    const stack = legacyStack(app);
    new WorkspaceImageShare(stack, 'Share', LITERAL);
  });
  expect(problems).toEqual([]);
});

describe('invents what the app does not contain:', () => {
  const account = (stack: Stack) =>
    new CfnResource(stack, 'Account', { type: 'Custom::Account' }).getAtt('AccountId').toString();
  it.each<[string, (stack: Stack) => WorkspaceImageShareProps]>([
    [
      'dynamic references, and attributes of resources',
      (stack) => ({
        imageId: new CfnDynamicReference(CfnDynamicReferenceService.SSM, '/image').toString(),
        accountIds: [
          Secret.fromSecretNameV2(stack, 'Secret', 'account').secretValue.unsafeUnwrap(),
          account(stack),
        ],
      }),
    ],
    [
      'exports of other apps',
      () => ({
        imageId: Fn.importValue('image'),
        accountIds: [Fn.importValue('one'), Fn.importValue('two')],
      }),
    ],
    [
      'lists of accounts from other apps',
      () => ({ imageId: Fn.importValue('image'), accountIds: Fn.importListValue('accounts', 2) }),
    ],
  ])('%s', async (_, props) => {
    const { problems, steps } = await simulated(sharing(props));
    expect(problems).toEqual([]);
    const [[image, accounts]] = Object.entries(steps[0].access);
    expect([image, accounts.length]).toEqual([expect.stringContaining('wsi-simulation'), 2]);
  });
});

it('splits a dynamic reference as CloudFormation does, before its value is known', async () => {
  const { problems } = await simulated(
    sharing(() => ({
      imageId: 'wsi-8t4x2k9p7',
      accountIds: Fn.split(
        ',',
        new CfnDynamicReference(CfnDynamicReferenceService.SSM, '/accounts').toString(),
      ),
    })),
  );
  expect(problems.join()).toContain(`"${ACCOUNTS}" is not an AWS account ID`);
});

it('expects a retained share to leave its permissions in place', async () => {
  const { problems, steps } = await simulated(
    sharing(() => ({ ...LITERAL, removalPolicy: RemovalPolicy.RETAIN })),
  );
  expect(problems).toEqual([]);
  expect(Object.keys(steps[5].access)).toEqual(['wsi-8t4x2k9p7', 'wsi-simulation1']);
});

it('uses the given parameters, and stops after a failed step', async () => {
  const { ok, steps, problems } = await simulated(sharing(parameters), {
    parameters: { ImageId: 'ami-123' },
  });
  expect(ok).toBe(false);
  expect(steps).toHaveLength(1);
  expect(problems.join()).toMatch(/^Sharing\/Share: .*"ami-123" is not a WorkSpaces image ID/);

  const unknown = simulated(sharing(parameters), { parameters: { Other: 'x' } });
  await expect(unknown).rejects.toThrow('No stack of the app has a parameter "Other".');
});

it('reports wrong access, with the log of the function', async () => {
  const assembly = new Assembly(synthesized(sharing(() => LITERAL)));
  const directory = mkdtempSync(join(tmpdir(), 'function-'));
  assembly.code = () => directory;
  // Logs the newest stack event, shares with the wrong account, responds with SUCCESS, and crashes.
  writeFileSync(
    join(directory, 'index.js'),
    `exports.handler = async ({ ResponseURL, StackId, RequestId, LogicalResourceId }) => {
      const { AWS_ENDPOINT_URL_CLOUDFORMATION, AWS_ENDPOINT_URL_WORKSPACES } = process.env;
      const post = (url, headers, body) =>
        fetch(url, { method: 'POST', headers: { authorization: 'any', ...headers }, body });
      const described = new URLSearchParams({ Action: 'DescribeStackEvents', StackName: StackId });
      const events = await (await post(AWS_ENDPOINT_URL_CLOUDFORMATION, {}, described)).text();
      console.log(/<ResourceStatus>\\w+/.exec(events)[0]);
      await post(AWS_ENDPOINT_URL_WORKSPACES, {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'WorkspacesService.UpdateWorkspaceImagePermission',
      }, JSON.stringify({ ImageId: 'wsi-8t4x2k9p7', SharedAccountId: '900000000009', AllowCopyImage: true }));
      const response = { Status: 'SUCCESS', PhysicalResourceId: 'x', Data: { ImageId: 'x' }, StackId, RequestId, LogicalResourceId };
      await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(response) });
      throw new Error('crash after the response');
    };`,
  );
  const [{ ok, steps }] = await simulate(assembly);
  expect(ok).toBe(false);
  expect(steps).toMatchObject([
    {
      ok: false,
      access: { 'wsi-8t4x2k9p7': ['900000000009'] },
      problems: [
        ...ACCOUNTS.map((id) => `${id} does not have access to wsi-8t4x2k9p7, although a share declares it.`),
        '900000000009 has access to wsi-8t4x2k9p7, although no share declares it.',
      ],
      log: ['<ResourceStatus>CREATE_IN_PROGRESS', expect.stringContaining('crash after the response')],
    },
  ]);
});
