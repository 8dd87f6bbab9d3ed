import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type App,
  CfnDynamicReference,
  CfnDynamicReferenceService,
  CfnParameter,
  CfnResource,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import {
  WorkspaceImageCopy,
  type WorkspaceImageCopyProps,
  WorkspaceImageShare,
  WorkspaceImageSource,
} from '../../../lib/index';
import { Assembly } from '../../../simulator/assembly';
import { simulate } from '../../../simulator/lifecycle';
import type { EventReport, StepReport } from '../../../simulator/lifecycle/step-report';
import { synthesized } from '../fixtures/assemblies';

const IMAGE = 'wsi-8t4x2k9p7';
const OWNER = { account: '111122223333', region: 'eu-west-1' };
const RECIPIENT = { account: '444455556666', region: 'us-east-1' };

const ownerOf = (app: App, imageId = IMAGE, accountIds: string[] = []) =>
  new WorkspaceImageShare(new Stack(app, 'Owner', { env: OWNER }), 'Golden', { imageId, accountIds });

const recipientOf = (app: App, props: WorkspaceImageCopyProps) =>
  new WorkspaceImageCopy(new Stack(app, 'Recipient', { env: RECIPIENT }), 'Golden', props);

/** Simulates an app, and returns the report of one of its stacks. */
async function simulated(declare: (app: App) => void, wanted = 'Recipient') {
  const reports = await simulate(new Assembly(synthesized(declare)));
  const [report] = reports.filter(({ stack }) => stack === wanted);
  const step = (name: string) => report.steps.find((each) => each.step === name) as StepReport;
  return { ...report, step, problems: report.steps.flatMap(({ problems }) => problems) };
}

/** The events of shares and copies in their order, without those of resources that wait. */
const order = ({ events }: StepReport) =>
  events.filter(isNoWait).map(({ share, copy, requestType }) => `${share ?? copy}: ${requestType}`);

const isNoWait = ({ resourceType }: EventReport) => resourceType !== 'Custom::WorkspaceImageReady';

const imagesOf = ({ account, region }: typeof OWNER, { images }: StepReport) =>
  images
    .filter((image) => image.account === account && image.region === region)
    .map(({ imageId, copyOf, state }) => [imageId, copyOf, state]);

describe('a share and a copy in two stacks', () => {
  let report: Awaited<ReturnType<typeof simulated>>;
  beforeAll(async () => {
    report = await simulated((app) => {
      recipientOf(app, { source: WorkspaceImageSource.share(ownerOf(app)) });
    });
  });

  it('are simulated together', () => {
    expect(report).toMatchObject({ ok: true, dependencies: ['Owner'], problems: [], assumptions: [] });
    expect(report.steps.map(({ step, status }) => `${step}: ${status}`)).toEqual([
      'deploy: CREATE_COMPLETE',
      'replace the image: UPDATE_COMPLETE',
      'fail while copying: UPDATE_ROLLBACK_COMPLETE',
      'delete the stacks: DELETE_COMPLETE',
    ]);
  });

  it('are deployed one after the other', () => {
    const deployed = report.step('deploy');
    expect(order(deployed)).toEqual(['Owner/Golden: Create', 'Recipient/Golden: Create']);
    expect(deployed.events.filter((event) => !isNoWait(event))).toEqual(
      Array(5).fill(expect.objectContaining({ copy: 'Recipient/Golden', outcome: 'succeeded' })),
    );
    expect(deployed.access[IMAGE]).toEqual([RECIPIENT.account]);
    expect(deployed.calls).toMatchObject({ grants: 1, copies: 1 });
    expect(imagesOf(OWNER, deployed)).toEqual([[IMAGE, undefined, 'AVAILABLE']]);
    expect(imagesOf(RECIPIENT, deployed)).toEqual([['wsi-copy00001', IMAGE, 'AVAILABLE']]);
  });

  it('change one after the other', () => {
    const replaced = report.step('replace the image');
    expect(order(replaced)).toEqual([
      'Owner/Golden: Create',
      'Owner/Golden: Delete',
      'Recipient/Golden: Update',
      'Recipient/Golden: Delete',
    ]);
    expect(replaced.access).toMatchObject({ [IMAGE]: [], 'wsi-simulation1': [RECIPIENT.account] });
    expect(imagesOf(RECIPIENT, replaced)).toEqual([['wsi-copy00002', 'wsi-simulation1', 'AVAILABLE']]);
  });

  it('keep the old copy if a deployment fails while the new one is made', () => {
    const failed = report.step('fail while copying');
    expect(failed.events.map(({ requestType, outcome }) => `${requestType} ${outcome}`)).toEqual([
      'Create succeeded',
      'Delete succeeded',
      'Update succeeded',
      'Update cancelled',
      'Update succeeded',
      'Update succeeded',
      'Delete succeeded',
    ]);
    expect(failed.calls).toMatchObject({ copies: 1, imagesDeleted: 1 });
    expect(imagesOf(RECIPIENT, failed)).toEqual(imagesOf(RECIPIENT, report.step('replace the image')));
  });

  it('are deleted in the reverse order', () => {
    const deleted = report.step('delete the stacks');
    expect(order(deleted)).toEqual(['Recipient/Golden: Delete', 'Owner/Golden: Delete']);
    expect(deleted.images).toEqual([]);
  });
});

it('replaces an image in the stack that makes it, if stacks refer to each other', async () => {
  const { problems, step } = await simulated((app) => {
    const imageId = new CfnParameter(new Stack(app, 'Parameters', { env: OWNER }), 'Image').valueAsString;
    const share = ownerOf(app, imageId);
    const stack = new Stack(app, 'Desktops', { env: RECIPIENT });
    const copy = new WorkspaceImageCopy(stack, 'Golden', { source: WorkspaceImageSource.share(share) });
    new WorkspaceImageShare(stack, 'Share', { imageId: copy.imageId, accountIds: ['777788889999'] });
  }, 'Desktops');
  expect(problems).toEqual([]);
  expect(order(step('replace the image'))).toEqual([
    'Owner/Golden: Update',
    'Owner/Golden: Delete',
    'Desktops/Golden: Update',
    'Desktops/Share: Update',
    'Desktops/Share: Delete',
    'Desktops/Golden: Delete',
  ]);
  expect(step('fail an update').events).toMatchObject([
    { share: 'Desktops/Share' },
    { share: 'Desktops/Share' },
  ]);
  expect(order(step('fail while copying')).filter((event) => event.includes('Share'))).toEqual([]);
});

it.each([
  ['Owner', ['wsi-simulation2']],
  // There, a share in another stack would still share the image when it is deleted.
  ['Images', ['wsi-simulation1', 'wsi-simulation2']],
])('replaces an image that a resource of the stack %s creates', async (name, images) => {
  const { problems, step } = await simulated((app) => {
    const owner = new Stack(app, 'Owner', { env: OWNER });
    const stack = name === 'Owner' ? owner : new Stack(app, name, { env: OWNER });
    const imageId = new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' }).getAtt('Id').toString();
    const share = new WorkspaceImageShare(owner, 'Golden', { imageId, accountIds: [] });
    recipientOf(app, { source: WorkspaceImageSource.share(share) });
  });
  expect(problems).toEqual([]);
  const replaced = step('replace the image');
  expect(imagesOf(OWNER, replaced).map(([imageId]) => imageId)).toEqual(images);
  expect(imagesOf(RECIPIENT, replaced)).toEqual([['wsi-copy00002', 'wsi-simulation2', 'AVAILABLE']]);
});

it('expects retained copies to stay, also that of a failed update', async () => {
  const { problems, step } = await simulated((app) => {
    const source = WorkspaceImageSource.image(IMAGE, { accountId: OWNER.account });
    recipientOf(app, { source, removalPolicy: RemovalPolicy.RETAIN });
  });
  expect(problems).toEqual([]);
  const retained = step('delete the stack').images.filter((image) => image.retained);
  expect(retained.map(({ imageId }) => imageId)).toEqual(['wsi-copy00001', 'wsi-copy00002', 'wsi-copy00003']);
});

describe('reports a copy of a share in the app', () => {
  const source = WorkspaceImageSource.image(IMAGE, { region: OWNER.region, accountId: OWNER.account });

  it('whose account the share does not list', async () => {
    const { steps, problems } = await simulated((app) => {
      const share = ownerOf(app, IMAGE, ['777788889999']);
      recipientOf(app, { source }).node.addDependency(share);
    });
    expect(steps).toHaveLength(1);
    expect(problems.join('\n')).toMatch(
      /^Recipient\/Golden: There is no image wsi-8t4x2k9p7 in eu-west-1, or it is not shared with account 444455556666/,
    );
  });

  it('that does not depend on the share', async () => {
    const { steps, problems } = await simulated((app) => {
      ownerOf(app, IMAGE, [RECIPIENT.account]);
      recipientOf(app, { source });
    });
    expect(steps).toHaveLength(1);
    expect(problems[0]).toBe(
      'Recipient/Golden: Owner/Golden shares wsi-8t4x2k9p7, but the stack Recipient does not depend on Owner. Use WorkspaceImageSource.share, or add the dependency.',
    );
  });
});

it('reports a copy without an image, with the log of the function', async () => {
  const assembly = new Assembly(
    synthesized((app) => {
      recipientOf(app, { source: WorkspaceImageSource.image(IMAGE), timeout: Duration.minutes(14) });
    }),
  );
  const directory = mkdtempSync(join(tmpdir(), 'function-'));
  assembly.code = () => directory;
  writeFileSync(
    join(directory, 'index.js'),
    `exports.handler = async ({ ResponseURL, StackId, RequestId, LogicalResourceId }) => {
      console.log(LogicalResourceId);
      const response = { Status: 'SUCCESS', PhysicalResourceId: 'wsi-absent000', StackId, RequestId, LogicalResourceId };
      await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(response) });
    };`,
  );
  const [{ steps }] = await simulate(assembly);
  expect(steps).toMatchObject([
    {
      ok: false,
      problems: ['The image of Recipient/Golden, wsi-absent000, does not exist in 444455556666 us-east-1.'],
      log: [
        expect.stringMatching(/^WorkspaceImageCopyGolden[^R]/),
        expect.stringMatching(/^WorkspaceImageCopyGoldenReady/),
      ],
    },
  ]);
});

it('invents sources outside of the app, which their owners share with the account of the copy', async () => {
  const { problems, assumptions } = await simulated((app) => {
    const stack = new Stack(app, 'Recipient', { env: RECIPIENT });
    const parameter = (id: string) => new CfnParameter(stack, id).valueAsString;
    const dynamic = (name: string) =>
      new CfnDynamicReference(CfnDynamicReferenceService.SSM, name).toString();
    const other = { accountId: OWNER.account, region: OWNER.region };
    const sources: Record<string, WorkspaceImageSource> = {
      Literal: WorkspaceImageSource.image(IMAGE),
      OfOtherAccount: WorkspaceImageSource.image('wsi-1a2b3c4d5', other),
      Parameter: WorkspaceImageSource.image(parameter('Image'), other),
      Ssm: WorkspaceImageSource.image(StringParameter.valueForStringParameter(stack, '/image')),
      Import: WorkspaceImageSource.image(Fn.importValue('image')),
      Dynamic: WorkspaceImageSource.image(dynamic('/image')),
      OwnerInParameter: WorkspaceImageSource.image('wsi-owner0001', { accountId: parameter('OwnerId') }),
      DynamicOwner: WorkspaceImageSource.image('wsi-owner0002', { accountId: dynamic('/owner') }),
    };
    for (const [id, source] of Object.entries(sources)) {
      new WorkspaceImageCopy(stack, id, { source, timeout: Duration.minutes(14) });
    }
  });
  expect(problems).toEqual([]);
  const own = `${RECIPIENT.account} in us-east-1.`;
  const shared = `in eu-west-1, shared with ${RECIPIENT.account}.`;
  expect([...assumptions].sort()).toEqual([
    `The source of Recipient/Dynamic is an image of ${own}`,
    `The source of Recipient/DynamicOwner is an image of 222233334444 in us-east-1, shared with ${RECIPIENT.account}.`,
    `The source of Recipient/Import is an image of ${own}`,
    `The source of Recipient/Literal is an image of ${own}`,
    `The source of Recipient/OfOtherAccount is an image of ${OWNER.account} ${shared}`,
    `The source of Recipient/OwnerInParameter is an image of 777788889999 in us-east-1, shared with ${RECIPIENT.account}.`,
    `The source of Recipient/Parameter is an image of ${OWNER.account} ${shared}`,
    `The source of Recipient/Ssm is an image of ${own}`,
  ]);
});

it('invents one image for two references to the same image outside of the app', async () => {
  const { problems } = await simulated((app) => {
    recipientOf(app, { source: WorkspaceImageSource.share(ownerOf(app, Fn.importValue('image'))) });
  });
  expect(problems).toEqual([]);
});
