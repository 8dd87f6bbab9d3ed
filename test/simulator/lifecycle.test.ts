import { type App, CfnParameter, CfnResource, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { CfnWorkspace } from 'aws-cdk-lib/aws-workspaces';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import { simulate } from '../../simulator/lifecycle';
import type { AppReport } from '../../simulator/lifecycle/step-report';
import { BY_ID, bundleOf, copiedBy, IMAGE, OWNER, played, RECIPIENT, sharedBy } from './fixtures/apps';
import { legacyStack, synthesized } from './fixtures/assemblies';

const OTHER = '777788889999';
const COPYING = 'update that fails while copying';
const SHARING = 'update that fails while sharing';
const TWO_STACKS = (app: App) => {
  copiedBy(app, sharedBy(app, IMAGE, [OTHER]));
};

describe('an app with a share and a copy', () => {
  let app: Awaited<ReturnType<typeof played>>;
  const heard: string[] = [];
  beforeAll(async () => {
    app = await played(TWO_STACKS, {
      listener: {
        onStart: (stacks) => void heard.push(`start ${stacks.length}`),
        onStep: (step) => void heard.push(step),
        onStack: ({ stack }) => void heard.push(stack),
        onReport: ({ ok }) => void heard.push(`ok ${ok}`),
      },
    });
  });

  it('is deployed as a whole, through one list of steps', () => {
    expect(app).toMatchObject({ ok: true, problems: [], notes: [], assumptions: [] });
    expect(app.stacks).toEqual([
      { stack: 'Owner', ...OWNER, shares: 1, copies: 0, bundles: 0 },
      { stack: 'Recipient', ...RECIPIENT, shares: 0, copies: 1, bundles: 0 },
    ]);
    expect(app.steps.map(({ step }) => `${step}: ${app.results(step)}`)).toEqual([
      'deploy: Owner: created, Recipient: created',
      'add an account: Owner: updated, Recipient: skipped',
      'remove it: Owner: updated, Recipient: skipped',
      'new image: Owner: updated, Recipient: updated',
      `${SHARING}: Owner: rolled back, Recipient: not reached`,
      `${COPYING}: Owner: updated, Recipient: rolled back`,
      'destroy: Owner: deleted, Recipient: deleted',
    ]);
  });

  it('reports each stack as soon as it is done', () => {
    expect(heard.slice(0, 5)).toEqual(['start 2', 'deploy', 'Owner', 'Recipient', 'ok true']);
    expect(heard.slice(-4)).toEqual(['destroy', 'Recipient', 'Owner', 'ok true']);
  });

  it('shares the image with the account of the copy, and with one that is added and removed', () => {
    const accounts = (name: string) => app.step(name).access[IMAGE];
    expect(accounts('deploy')).toEqual([RECIPIENT.account, OTHER]);
    expect(accounts('add an account')).toEqual(['222233334444', RECIPIENT.account, OTHER]);
    expect(accounts('remove it')).toEqual([RECIPIENT.account, OTHER]);
    expect(app.step('add an account').stacks[0].shared).toEqual([
      { imageId: IMAGE, before: accounts('deploy'), accounts: accounts('add an account') },
    ]);
  });

  it('copies a new image, whose share has another logical ID, and deletes the former copy', () => {
    expect(app.step('new image').newImages).toEqual({ [IMAGE]: 'wsi-simulation1' });
    expect(app.events('new image', 'Owner')).toBe('Create, Delete');
    expect(app.events('new image', 'Recipient')).toBe('Update, Delete');
    expect(app.step('new image').access[IMAGE]).toEqual([]);
    expect(app.images('deploy')).toEqual([`wsi-copy00001 of ${IMAGE}`]);
    expect(app.images('new image')).toEqual(['wsi-copy00002 of wsi-simulation1']);
  });

  it('rolls back an update that fails while the image is shared, or while it is copied', () => {
    expect(app.events(SHARING, 'Owner')).toBe('Update, Update');
    expect(app.events(COPYING, 'Recipient')).toBe('Update, Update, Delete');
    const { events } = app.step(COPYING).stacks[1];
    expect(events.map(({ outcome }) => outcome)).toContain('cancelled');
    expect(app.images(COPYING)).toEqual(app.images('new image'));
  });

  it('leaves no permission and no copy behind', () => {
    const { access, images } = app.step('destroy');
    expect(Object.values(access).flat()).toEqual([]);
    expect(images.filter(({ copyOf }) => copyOf)).toEqual([]);
  });

  it('repeats no call', () => {
    expect(app.step('deploy').calls).toMatchObject({ grants: 2, copies: 1, refused: 0 });
    expect(app.step('new image').calls).toMatchObject({ grants: 2, revokes: 2, copies: 1, imagesDeleted: 1 });
  });
});

describe('an app with a bundle of a copy, and a WorkSpace', () => {
  const BUNDLING = 'update that fails after a bundle';
  let app: Awaited<ReturnType<typeof played>>;
  beforeAll(async () => {
    app = await played((root) => {
      const { stack, imageId } = copiedBy(root, sharedBy(root, IMAGE, [OTHER]));
      const { bundleId } = bundleOf(stack, imageId);
      new CfnWorkspace(stack, 'Desktop', { bundleId, directoryId: 'd-1234567890', userName: 'user' });
    });
  });

  it('goes through the steps of the copy, and through an update that fails after the bundle, and other hardware', () => {
    expect(app).toMatchObject({ ok: true, problems: [], notes: [] });
    expect(app.stacks[1]).toEqual({ stack: 'Recipient', ...RECIPIENT, shares: 0, copies: 1, bundles: 1 });
    expect(app.steps.map(({ step }) => `${step}: ${app.results(step)}`)).toEqual([
      'deploy: Owner: created, Recipient: created',
      'add an account: Owner: updated, Recipient: skipped',
      'remove it: Owner: updated, Recipient: skipped',
      'new image: Owner: updated, Recipient: updated',
      `${SHARING}: Owner: rolled back, Recipient: not reached`,
      `${BUNDLING}: Owner: updated, Recipient: rolled back`,
      'change of hardware: Owner: skipped, Recipient: rolled back',
      'destroy: Owner: deleted, Recipient: deleted',
    ]);
  });

  it('keeps the bundle, with the image of the copy', () => {
    const copyOf = (name: string) => app.images(name).map((text) => text.split(' ')[0]);
    expect(app.bundles('deploy')).toEqual(['wsb-bundle00001 with wsi-copy00001']);
    expect(app.bundles('new image')).toEqual(['wsb-bundle00001 with wsi-copy00002']);
    expect(app.bundles(BUNDLING)).toEqual(app.bundles('new image'));
    expect(copyOf(BUNDLING)).toEqual(['wsi-copy00002']);
    expect(app.bundles('destroy')).toEqual([]);
    expect(app.step('new image').stacks[1].bundles).toEqual([
      { bundleId: 'wsb-bundle00001', imageId: 'wsi-copy00002' },
    ]);
  });

  it('has the events and calls of the bundle', () => {
    const events = (name: string) =>
      app
        .step(name)
        .stacks[1].events.filter(({ resourceType }) => resourceType === 'Custom::WorkspaceBundle')
        .map(({ requestType, outcome }) => `${requestType} ${outcome}`);
    expect(events('new image')).toEqual(['Update succeeded']);
    expect(events(BUNDLING)).toEqual(['Update succeeded', 'Update succeeded']);
    expect(events('change of hardware')).toEqual(['Update failed', 'Update succeeded']);
    expect(app.step('deploy').calls).toMatchObject({ bundles: 1, bundleUpdates: 0 });
    expect(app.step(BUNDLING).calls).toMatchObject({ bundles: 0, bundleUpdates: 2, imagesDeleted: 1 });
    expect(app.step('change of hardware').calls).toMatchObject({ bundleUpdates: 0 });
    expect(app.step('destroy').calls).toMatchObject({ bundlesDeleted: 1, imagesDeleted: 1, refused: 0 });
  });
});

it.each<[string, (stack: Stack) => string]>([
  ['literal', () => IMAGE],
  ['parameter', (stack) => new CfnParameter(stack, 'Image').valueAsString],
  ['parameter in SSM', (stack) => StringParameter.valueForStringParameter(stack, '/image')],
  ['resource', (stack) => new CfnResource(stack, 'Image', { type: 'Custom::Image' }).getAtt('Id').toString()],
])('the image of a bundle can be that of a %s, which its account owns', async (_, imageIdIn) => {
  const { problems, bundles, images, results } = await played((app) => {
    const stack = new Stack(app, 'Desktops', { env: RECIPIENT });
    bundleOf(stack, imageIdIn(stack), { computeType: 'PERFORMANCE' });
  });
  expect(problems).toEqual([]);
  expect(results('change of hardware')).toBe('Desktops: rolled back');
  const [first] = images('deploy');
  expect(bundles('deploy')).toEqual([`wsb-bundle00001 with ${first}`]);
  const [next] = images('new image').slice(-1);
  expect(next).not.toBe(first);
  expect(bundles('new image')).toEqual([`wsb-bundle00001 with ${next}`]);
});

it('expects retained bundles to stay, with the copies that they have', async () => {
  const removalPolicy = RemovalPolicy.RETAIN;
  const { problems, step } = await played((app) => {
    const stack = new Stack(app, 'Recipient', { env: RECIPIENT });
    const copy = new WorkspaceImageCopy(stack, 'Golden', { source: BY_ID, removalPolicy });
    bundleOf(stack, copy.imageId, { removalPolicy });
  });
  expect(problems).toEqual([]);
  expect(step('destroy').bundles).toMatchObject([
    { bundleId: 'wsb-bundle00001', imageId: 'wsi-copy00002', retained: true },
  ]);
});

it('deploys stages in the order in which they take images from each other, not by their names', async () => {
  const { problems, results } = await played((app) => {
    const recipient = new Stack(new Stage(app, 'A'), 'Recipient', { env: RECIPIENT });
    new WorkspaceImageCopy(recipient, 'Golden', { source: BY_ID });
    const owner = new Stack(new Stage(app, 'Z'), 'Owner', { env: OWNER });
    new WorkspaceImageShare(owner, 'Golden', { imageId: IMAGE, accountIds: [RECIPIENT.account] });
  });
  expect(problems).toEqual([]);
  expect(results(SHARING)).toBe('A-Recipient: not reached, Z-Owner: rolled back');
});

it('tells stacks of one name in several environments apart', async () => {
  const { ok, stacks } = await played((app) => {
    const share = sharedBy(app);
    for (const region of ['eu-west-1', 'us-east-1']) {
      const stack = new Stack(app, region, { stackName: 'Images', env: { ...RECIPIENT, region } });
      new WorkspaceImageCopy(stack, 'Golden', { source: WorkspaceImageSource.share(share) });
    }
  });
  expect(ok).toBe(true);
  expect(stacks.map(({ stack }) => stack)).toEqual([
    'Owner',
    'Images in 444455556666 eu-west-1',
    'Images in 444455556666 us-east-1',
  ]);
});

it('finds the assets of a stack with the LegacyStackSynthesizer', async () => {
  const { problems } = await played((app) => {
    new WorkspaceImageShare(legacyStack(app), 'Golden', { imageId: IMAGE, accountIds: [OTHER] });
  });
  expect(problems).toEqual([]);
});

it('expects retained shares and copies to stay, also the copy of a failed update', async () => {
  const removalPolicy = RemovalPolicy.RETAIN;
  const { problems, step, images } = await played((app) => {
    const owner = new Stack(app, 'Owner', { env: OWNER });
    const share = new WorkspaceImageShare(owner, 'Golden', {
      imageId: IMAGE,
      accountIds: [OTHER],
      removalPolicy,
    });
    const source = WorkspaceImageSource.share(share);
    new WorkspaceImageCopy(new Stack(app, 'Recipient', { env: RECIPIENT }), 'Golden', {
      source,
      removalPolicy,
    });
  });
  expect(problems).toEqual([]);
  expect(step('destroy').retained[IMAGE]).toEqual([OTHER, RECIPIENT.account]);
  expect(images('destroy').map((text) => text.slice(0, 13))).toEqual([
    'wsi-copy00001',
    'wsi-copy00002',
    'wsi-copy00003',
  ]);
});

describe('deploys selected stacks only:', () => {
  const many = (app: App) => {
    const share = sharedBy(app);
    for (const id of ['North1', 'North2', 'South']) {
      const stack = new Stack(app, id, { env: RECIPIENT });
      new WorkspaceImageCopy(stack, 'Golden', { source: WorkspaceImageSource.share(share) });
    }
  };

  it('those that match a pattern, and those that they depend on', async () => {
    const { ok, stacks } = await played(many, { stacks: ['North*'] });
    expect(ok).toBe(true);
    expect(stacks.map(({ stack }) => stack)).toEqual(['Owner', 'North1', 'North2']);
  });

  it('a pattern that matches none is an error, which names the stacks', async () => {
    await expect(played(many, { stacks: ['East.*'] })).rejects.toThrow(
      'No stack with shares, copies or bundles matches "East.*". The stacks are: Owner, North1, North2, South.',
    );
  });
});

describe('several versions of an app', () => {
  const version = (newOnes: number, stacks: number[]) =>
    new Assembly(
      synthesized((app) => {
        const owner = new Stack(app, 'Owner', { env: OWNER });
        const [v7, v8] = ['wsi-golden007', 'wsi-golden008'].map(
          (imageId) => new WorkspaceImageShare(owner, imageId, { imageId, accountIds: [OTHER] }),
        );
        for (const n of stacks) {
          const env = { account: `55556666000${n}`, region: 'us-east-1' };
          new WorkspaceImageCopy(new Stack(app, `Recipient${n}`, { env }), 'Golden', {
            source: WorkspaceImageSource.share(n <= newOnes ? v8 : v7),
          });
        }
      }, recommendedFlags),
    );
  const resultsOf = ({ steps }: AppReport) =>
    steps.map(({ step, stacks }) => `${step}: ${stacks.map(({ result }) => result).join(', ')}`);

  it('are a rollout: to a canary, to all, and back', async () => {
    const all = [1, 2, 3];
    const versions = { canary: version(1, all), all: version(3, all), back: version(0, all) };
    const report = await simulate(version(0, all), { versions });
    expect(report.ok).toBe(true);
    expect(resultsOf(report)).toEqual([
      'deploy: created, created, created, created',
      'deploy canary: updated, updated, skipped, skipped',
      'deploy all: updated, skipped, updated, updated',
      'deploy back: updated, updated, updated, updated',
      'destroy: deleted, deleted, deleted, deleted',
    ]);
  });

  it('can have other stacks: a stack that a version no longer has stays deployed', async () => {
    const report = await simulate(version(0, [1]), { versions: { next: version(0, [2]) } });
    expect(report.steps.flatMap(({ problems }) => problems)).toMatchObject([]);
    expect(resultsOf(report)).toEqual([
      'deploy: created, created',
      'deploy next: updated, created, skipped',
      'destroy: deleted, deleted, deleted',
    ]);
  });
});
