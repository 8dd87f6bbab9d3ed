import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, CfnOutput, CfnParameter, CfnResource, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { WorkspaceImageShare, type WorkspaceImageShareProps } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import { type SimulationOptions, simulate } from '../../simulator/lifecycle';
import { removeAssemblies, synthesized, temporaryDirectory } from './fixtures/assemblies';

const ACCOUNTS = ['111122223333', '444455556666'];
const LITERAL = { imageId: 'wsi-8t4x2k9p7', accountIds: ACCOUNTS };

afterAll(removeAssemblies);

/** Simulates a stack with a share. */
async function simulated(
  props: WorkspaceImageShareProps | ((stack: Stack) => WorkspaceImageShareProps),
  options: SimulationOptions = {},
) {
  const declare = (app: App) => {
    const stack = new Stack(app, 'Sharing');
    const share = new WorkspaceImageShare(stack, 'Share', typeof props === 'function' ? props(stack) : props);
    new CfnOutput(stack, 'SharedImage', { value: share.imageId });
  };
  const [report] = await simulate(new Assembly(synthesized(declare)), { speed: 30, ...options });
  expect(report.steps.flatMap(({ problems }) => (report.ok ? problems : []))).toEqual([]);
  return report;
}

const parameters = (stack: Stack) => ({
  imageId: new CfnParameter(stack, 'ImageId').valueAsString,
  accountIds: new CfnParameter(stack, 'AccountIds', { type: 'CommaDelimitedList' }).valueAsList,
});

it('simulates the lifecycle of a share whose image and accounts are parameters', async () => {
  const { ok, steps } = await simulated(parameters);
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
    ['replace the image', 'Update,Delete', 'UPDATE_COMPLETE'],
    ['fail an update', 'Update,Update', 'UPDATE_ROLLBACK_COMPLETE'],
    ['delete the stack', 'Delete', 'DELETE_COMPLETE'],
  ]);
  expect(steps[5]).toMatchObject({ access: {}, calls: { imagesDeleted: 2 } });
});

it('leaves a minute between the steps, so that no event follows another step within seconds', async () => {
  const events: { step: string; at: number }[] = [];
  await simulated(parameters, { onProgress: (_, step, { at }) => events.push({ step, at }) });
  const gaps = events.flatMap(({ step, at }, n) =>
    n > 0 && step !== events[n - 1].step ? at - events[n - 1].at : [],
  );
  expect(gaps).toHaveLength(5);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000);
});

it('replaces a literal image ID together with the logical ID of the share', async () => {
  const { ok, steps } = await simulated(LITERAL);
  expect(ok).toBe(true);
  expect(steps[3].events.map(({ requestType, logicalId }) => [requestType, logicalId])).toEqual([
    ['Create', 'WorkspaceImageSharewsisimulation1'],
    ['Delete', 'WorkspaceImageSharewsi8t4x2k9p7'],
  ]);
});

it('replaces an image that a resource of the app creates', async () => {
  const { ok, steps } = await simulated((stack) => ({
    imageId: new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' }).getAtt('ImageId').toString(),
    accountIds: ACCOUNTS,
  }));
  expect(ok).toBe(true);
  expect(steps[3]).toMatchObject({
    calls: { imagesDeleted: 1 },
    access: { 'wsi-simulation2': expect.anything() },
  });
  expect(steps[3].access).not.toHaveProperty('wsi-simulation1');
});

it('deploys the stacks on which a stack depends, in stages too', async () => {
  const directory = synthesized((app) => {
    const stage = new Stage(app, 'Production', { env: { account: '999988887777', region: 'eu-west-1' } });
    const image = new CfnResource(new Stack(stage, 'Images'), 'Image', { type: 'Custom::GoldenImage' });
    new WorkspaceImageShare(new Stack(stage, 'Sharing'), 'Share', {
      imageId: image.getAtt('ImageId').toString(),
      accountIds: ACCOUNTS,
    });
  });
  expect(await simulate(new Assembly(directory), { speed: 30 })).toMatchObject([
    { stack: 'Production-Sharing', ok: true },
  ]);
});

it('expects a retained share to leave its permissions in place', async () => {
  const { ok, steps } = await simulated({ ...LITERAL, removalPolicy: RemovalPolicy.RETAIN });
  expect(ok).toBe(true);
  expect(Object.keys(steps[5].access)).toEqual(['wsi-8t4x2k9p7', 'wsi-simulation1']);
});

it('uses the given parameters, and stops after a failed step', async () => {
  const given = (values: Record<string, string>) => simulated(parameters, { parameters: values });
  const { ok, steps } = await given({ ImageId: 'ami-123' });
  expect(ok).toBe(false);
  expect(steps).toHaveLength(1);
  expect(steps[0].problems.join()).toContain('"ami-123" is not a WorkSpaces image ID');
  await expect(given({ Other: 'x' })).rejects.toThrow('No stack of the app has a parameter "Other".');
});

it('reports wrong access, with the log of the function', async () => {
  const assembly = new Assembly(
    synthesized((app) => void new WorkspaceImageShare(new Stack(app, 'Sharing'), 'Share', LITERAL)),
  );
  const directory = temporaryDirectory();
  assembly.codeDirectory = () => directory;
  // Logs the newest stack event of its resource, shares with the wrong account, and responds with SUCCESS.
  writeFileSync(
    join(directory, 'index.js'),
    `exports.handler = async (event) => {
      const { StackId, RequestId, LogicalResourceId } = event;
      const post = (url, headers, body) =>
        fetch(url, { method: 'POST', headers: { authorization: 'any', ...headers }, body });
      const events = await post(process.env.AWS_ENDPOINT_URL_CLOUDFORMATION, {},
        new URLSearchParams({ Action: 'DescribeStackEvents', StackName: StackId }));
      const [mine] = (await events.text()).split('<member>').filter((text) => text.includes(LogicalResourceId));
      console.log(JSON.stringify({ status: /<ResourceStatus>(\\w+)/.exec(mine)[1] }));
      await post(process.env.AWS_ENDPOINT_URL_WORKSPACES, {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'WorkspacesService.UpdateWorkspaceImagePermission',
      }, JSON.stringify({ ImageId: 'wsi-8t4x2k9p7', SharedAccountId: '900000000009', AllowCopyImage: true }));
      const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x', StackId, RequestId, LogicalResourceId });
      await fetch(event.ResponseURL, { method: 'PUT', body });
      if (event.RequestType === 'Create') throw new Error('crash after the response');
    };`,
  );
  const progress: string[] = [];
  const [{ ok, steps }] = await simulate(assembly, {
    onProgress: (stack, step, { status }) => progress.push(`${stack}/${step}/${status}`),
  });
  expect(ok).toBe(false);
  expect(steps[0]).toMatchObject({
    ok: false,
    access: { 'wsi-8t4x2k9p7': ['900000000009'] },
    problems: [
      ...ACCOUNTS.map((id) => `${id} does not have access to wsi-8t4x2k9p7, although a share declares it.`),
      '900000000009 has access to wsi-8t4x2k9p7, although no share declares it.',
    ],
  });
  expect(steps[0].log.slice(0, 2)).toEqual([
    '{"status":"CREATE_IN_PROGRESS"}',
    expect.stringContaining('crash after the response'),
  ]);
  expect(progress[0]).toBe('Sharing/deploy/CREATE_IN_PROGRESS');
});
