import {
  CreateWorkspaceBundleCommand,
  type CreateWorkspaceBundleRequest,
  DeleteWorkspaceBundleCommand,
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceBundlesCommand,
  type DescribeWorkspaceBundlesRequest,
  UpdateWorkspaceBundleCommand,
} from '@aws-sdk/client-workspaces';
import type { ImageOptions, WorkspacesEndpointOptions } from '../../../simulator/workspaces-endpoint';
import { startWorkspaces } from '../fixtures/workspaces';

const IMAGE = 'wsi-8t4x2k9p7';
const NEXT = 'wsi-0000000001';
const MISSING = 'wsi-0000000002';
const OWNER = '111122223333';
const STRANGER = '777788889999';
const HOME = 'eu-west-1';
const ABROAD = 'ap-south-1';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Starts an endpoint with two images of an account. */
async function start(options: WorkspacesEndpointOptions = {}, next: Partial<ImageOptions> = {}) {
  const image = { account: OWNER, region: HOME };
  const { clientOf, ...started } = await startWorkspaces({
    images: [
      { imageId: IMAGE, ...image },
      { imageId: NEXT, ...image, ...next },
    ],
    ...options,
  });
  /** A client of an account in a Region. */
  const as = (account: string, region = HOME) => {
    const client = clientOf(account, region);
    const page = (input: DescribeWorkspaceBundlesRequest = {}) =>
      client.send(new DescribeWorkspaceBundlesCommand(input));
    const bundles = async (input?: DescribeWorkspaceBundlesRequest) => (await page(input)).Bundles ?? [];
    return {
      create: async (input: Partial<CreateWorkspaceBundleRequest> = {}) => {
        const { WorkspaceBundle = {} } = await client.send(
          new CreateWorkspaceBundleCommand({
            BundleName: 'Standard',
            BundleDescription: 'For tests',
            ImageId: IMAGE,
            ComputeType: { Name: 'STANDARD' },
            UserStorage: { Capacity: '50' },
            ...input,
          }),
        );
        return WorkspaceBundle;
      },
      update: (BundleId = '', ImageId = NEXT) =>
        client.send(new UpdateWorkspaceBundleCommand({ BundleId, ImageId })),
      remove: (BundleId = '') => client.send(new DeleteWorkspaceBundleCommand({ BundleId })),
      removeImage: (ImageId: string) => client.send(new DeleteWorkspaceImageCommand({ ImageId })),
      page,
      bundles,
      /** The images and states that a read shows. */
      shown: async () => (await bundles()).map(({ ImageId, State }) => `${ImageId} ${State}`),
    };
  };
  return { ...started, as, ...as(OWNER) };
}

describe('a new bundle', () => {
  test('is PENDING, then AVAILABLE, with the properties of its request', async () => {
    const { create, bundles, endpoint, clock, pass } = await start({ bundleTime: 3 * MINUTE });
    const createdAt = new Date(clock.now());
    const created = await create({
      RootStorage: { Capacity: '175' },
      UserStorage: { Capacity: '100' },
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const bundle = {
      BundleId: expect.stringMatching(/^wsb-[0-9a-z]{8,63}$/),
      Name: 'Standard',
      Owner: OWNER,
      Description: 'For tests',
      ImageId: IMAGE,
      RootStorage: { Capacity: '175' },
      UserStorage: { Capacity: '100' },
      ComputeType: { Name: 'STANDARD' },
      CreationTime: createdAt,
      LastUpdatedTime: createdAt,
      BundleType: 'REGULAR',
    };
    expect(created).toEqual({ ...bundle, State: 'PENDING' });
    await pass(3 * MINUTE - 1);
    expect(await bundles()).toEqual([created]);
    await pass(1);
    const [available] = await bundles();
    expect(available).toMatchObject({
      BundleId: created.BundleId,
      State: 'AVAILABLE',
      CreationTime: createdAt,
    });

    const existing = {
      bundleId: created.BundleId,
      name: 'Standard',
      imageId: IMAGE,
      state: 'AVAILABLE',
      description: 'For tests',
      computeType: 'STANDARD',
      userVolume: 100,
      rootVolume: 175,
      tags: [{ Key: 'a', Value: 'b' }],
    };
    expect(endpoint.bundlesOf(OWNER, HOME)).toEqual([existing]);
    expect(endpoint.allBundles()).toEqual([{ ...existing, account: OWNER, region: HOME }]);
    expect(endpoint.calls[0]).toMatchObject({
      operation: 'CreateWorkspaceBundle',
      bundleId: created.BundleId,
      name: 'Standard',
      imageId: IMAGE,
      status: 200,
    });
  });

  test('takes the time and ends in the state of its call', async () => {
    const { create, shown, pass } = await start({
      bundleTime: ({ name }) => (name === 'Slow' ? MINUTE : 0),
      bundleError: ({ name }) => name === 'Slow',
    });
    await create({ BundleName: 'Slow' });
    await create({ BundleName: 'Quick' });
    expect(await shown()).toEqual([`${IMAGE} PENDING`, `${IMAGE} AVAILABLE`]);
    await pass(MINUTE);
    expect(await shown()).toEqual([`${IMAGE} ERROR`, `${IMAGE} AVAILABLE`]);
  });

  test('takes the root volume of its image by default, and no smaller volumes', async () => {
    const { create } = await start({}, { rootVolume: 175, userVolume: 100 });
    expect(await create()).toMatchObject({ RootStorage: { Capacity: '80' } });
    const large = { BundleName: 'Large', ImageId: NEXT, UserStorage: { Capacity: '100' } };
    const error = { name: 'InvalidParameterValuesException' };
    await expect(create({ ...large, RootStorage: { Capacity: '174' } })).rejects.toMatchObject(error);
    await expect(create({ ...large, UserStorage: { Capacity: '99' } })).rejects.toMatchObject(error);
    expect(await create(large)).toMatchObject({ RootStorage: { Capacity: '175' } });
  });

  test.each<[string, string, string, string, Partial<ImageOptions>]>([
    ['an unknown image', OWNER, HOME, 'ResourceNotFoundException', { imageId: MISSING }],
    ['an image of another account', STRANGER, HOME, 'ResourceNotFoundException', { sharedWith: [STRANGER] }],
    ['an image in another Region', OWNER, ABROAD, 'ResourceNotFoundException', {}],
    ['a PENDING image', OWNER, HOME, 'ResourceUnavailableException', { pendingFor: MINUTE }],
  ])('with %s is refused', async (_, account, region, name, image) => {
    const { as, endpoint } = await start({}, image);
    const error = { name, ResourceId: NEXT };
    await expect(as(account, region).create({ ImageId: NEXT })).rejects.toMatchObject(error);
    expect(endpoint.allBundles()).toEqual([]);
  });

  test('cannot have the name of another one, or of one deleted less than two hours before', async () => {
    const { create, remove, as, endpoint, pass } = await start();
    const error = { name: 'ResourceAlreadyExistsException' };
    const { BundleId } = await create();
    await expect(create()).rejects.toMatchObject(error);
    endpoint.addImage({ imageId: MISSING, account: OWNER, region: ABROAD });
    await as(OWNER, ABROAD).create({ ImageId: MISSING });

    await remove(BundleId);
    await pass(2 * HOUR - 1);
    await expect(create()).rejects.toMatchObject(error);
    await pass(1);
    expect((await create()).BundleId).not.toBe(BundleId);
  });

  test.each([
    [50, {}],
    [2, { bundleQuota: 2 }],
  ])('is refused beyond %i bundles with %j', async (quota, options) => {
    const { create, remove, endpoint } = await start(options);
    const [first] = Array.from({ length: quota }, () => endpoint.addBundle({ imageId: IMAGE }));
    await expect(create()).rejects.toMatchObject({ name: 'ResourceLimitExceededException' });
    await remove(first);
    await create();
  });
});

describe('an update', () => {
  test('replaces the image, after a time', async () => {
    const { create, update, shown, bundles, clock, pass } = await start({ bundleUpdateTime: MINUTE });
    const { BundleId, CreationTime } = await create();
    await update(BundleId);
    await pass(MINUTE - 1);
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
    await pass(1);
    const LastUpdatedTime = new Date(clock.now());
    expect(await bundles()).toMatchObject([{ BundleId, ImageId: NEXT, CreationTime, LastUpdatedTime }]);
  });

  test('can make the bundle PENDING meanwhile, which can neither be updated nor deleted then', async () => {
    const { create, update, remove, shown, pass } = await start({
      bundleUpdateTime: () => MINUTE,
      updatingState: 'PENDING',
    });
    const { BundleId } = await create();
    await update(BundleId);
    expect(await shown()).toEqual([`${IMAGE} PENDING`]);
    await expect(update(BundleId)).rejects.toMatchObject({ name: 'ResourceUnavailableException' });
    await expect(remove(BundleId)).rejects.toMatchObject({ name: 'InvalidParameterValuesException' });
    await pass(MINUTE);
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`]);
  });

  test('that is quicker than an earlier one is undone by it', async () => {
    const { create, update, shown, endpoint, pass } = await start({
      bundleUpdateTime: ({ imageId }) => (imageId === NEXT ? MINUTE : 0),
    });
    const { BundleId } = await create();
    endpoint.addImage({ imageId: MISSING, account: OWNER, region: HOME });
    await update(BundleId, NEXT);
    await update(BundleId, MISSING);
    expect(await shown()).toEqual([`${MISSING} AVAILABLE`]);
    await pass(MINUTE);
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`]);
  });

  test('can end in the state ERROR, and the next one repairs the bundle', async () => {
    const { create, update, shown } = await start({ bundleError: ({ imageId }) => imageId === NEXT });
    const { BundleId } = await create();
    await update(BundleId);
    expect(await shown()).toEqual([`${NEXT} ERROR`]);
    await update(BundleId, IMAGE);
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
  });

  test.each<[string, string, Partial<ImageOptions>]>([
    ['of an unknown image', 'ResourceNotFoundException', { imageId: MISSING }],
    ['of an image of another account', 'ResourceNotFoundException', { account: STRANGER }],
    ['of a PENDING image', 'ResourceUnavailableException', { pendingFor: MINUTE }],
    ['of another operating system', 'OperationNotSupportedException', { operatingSystem: 'LINUX' }],
  ])('to an image %s is refused', async (_, name, next) => {
    const { create, update, shown } = await start({}, next);
    const { BundleId } = await create();
    await expect(update(BundleId)).rejects.toMatchObject({ name });
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
  });
});

test('a bundle can be updated and deleted by its account in its Region only', async () => {
  const { create, as, endpoint } = await start();
  const { BundleId } = await create();
  endpoint.addImage({ imageId: MISSING, account: STRANGER });
  const error = { name: 'ResourceNotFoundException', ResourceId: BundleId };
  for (const caller of [as(STRANGER), as(OWNER, ABROAD)]) {
    await expect(caller.update(BundleId, MISSING)).rejects.toMatchObject(error);
    await expect(caller.remove(BundleId)).rejects.toMatchObject(error);
    expect(await caller.bundles({ BundleIds: [BundleId ?? ''] })).toEqual([]);
  }
});

describe('a list', () => {
  test('contains the bundles of the account, in pages of 25', async () => {
    const { as, endpoint, page } = await start();
    const ids = Array.from({ length: 27 }, () => endpoint.addBundle({ imageId: IMAGE }));
    endpoint.addImage({ imageId: MISSING, account: STRANGER });
    const foreign = endpoint.addBundle({ imageId: MISSING, region: HOME });
    const first = await page();
    expect(first.Bundles?.map(({ BundleId }) => BundleId)).toEqual(ids.slice(0, 25));
    endpoint.removeBundle(ids[0]);
    const { Bundles, NextToken } = await page({ NextToken: first.NextToken });
    expect(Bundles).toMatchObject([{ BundleId: ids[25] }, { BundleId: ids[26] }]);
    expect(NextToken).toBeUndefined();

    expect(await as(STRANGER).bundles({ Owner: STRANGER })).toMatchObject([{ BundleId: foreign }]);
    expect(await as(STRANGER).bundles({ Owner: 'AMAZON' })).toEqual([]);
    expect(await as(STRANGER, ABROAD).bundles()).toEqual([]);
    await expect(page({ Owner: OWNER, BundleIds: ids.slice(0, 2) })).rejects.toMatchObject({
      name: 'InvalidParameterValuesException',
    });
  });

  test('of IDs is shorter if one of them is unknown, or fails', async () => {
    const { bundles, endpoint } = await start();
    const BundleIds = [endpoint.addBundle({ imageId: IMAGE }), 'wsb-00000001'];
    expect(await bundles({ BundleIds })).toMatchObject([{ BundleId: BundleIds[0] }]);
    endpoint.unknownBundle = 'ResourceNotFoundException';
    await expect(bundles({ BundleIds })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await bundles({ BundleIds: BundleIds.slice(0, 1) })).toHaveLength(1);
  });

  test('can show other volumes than the request had', async () => {
    const { create, bundles } = await start({
      shownVolume: (gib, volume) => (volume === 'user' ? gib - 1 : undefined),
    });
    const created = await create();
    expect(created).toMatchObject({ UserStorage: { Capacity: '49' } });
    expect(created.RootStorage).toBeUndefined();
    expect(await bundles()).toEqual([created]);
  });

  test('shows after the read lag that a bundle was created, available, updated or deleted', async () => {
    const { create, update, remove, shown, endpoint, pass } = await start({ readLag: MINUTE });
    endpoint.bundleTime = 5 * MINUTE;
    const { BundleId } = await create();
    const changes: [() => Promise<unknown>, string[]][] = [
      [() => Promise.resolve(), [`${IMAGE} PENDING`]],
      [() => pass(4 * MINUTE), [`${IMAGE} AVAILABLE`]],
      [() => update(BundleId), [`${NEXT} AVAILABLE`]],
      [() => remove(BundleId), []],
    ];
    let before: string[] = [];
    for (const [change, after] of changes) {
      await change();
      await pass(MINUTE - 1);
      expect(await shown()).toEqual(before);
      await pass(1);
      expect(await shown()).toEqual(after);
      before = after;
    }
  });

  test('runs backward if the lag varies', async () => {
    const lags = [0, MINUTE, 0];
    const { create, update, shown, pass } = await start({ readLag: () => lags.shift() ?? 0 });
    const { BundleId } = await create();
    await pass(MINUTE);
    await update(BundleId);
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`]);
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`]);
  });
});

describe('a deletion', () => {
  test('is refused while the bundle is PENDING or WorkSpaces use it', async () => {
    const { create, remove, endpoint, pass } = await start({ bundleTime: MINUTE });
    const { BundleId = '' } = await create();
    await expect(remove(BundleId)).rejects.toMatchObject({ name: 'InvalidParameterValuesException' });
    await pass(MINUTE);
    endpoint.setWorkspaces(BundleId, 2);
    await expect(remove(BundleId)).rejects.toMatchObject({ name: 'ResourceAssociatedException' });
    endpoint.setWorkspaces(BundleId, 0);
    await remove(BundleId);
    expect(endpoint.allBundles()).toEqual([]);
    await expect(remove(BundleId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('can be carried out when no WorkSpace uses the bundle any more', async () => {
    const { remove, shown, endpoint } = await start({ queuesBundleDeletion: true });
    const bundleId = endpoint.addBundle({ imageId: IMAGE });
    endpoint.setWorkspaces(bundleId, 1);
    await remove(bundleId);
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
    endpoint.setWorkspaces(bundleId, 0);
    expect(await shown()).toEqual([]);
  });

  test.each([
    [MINUTE, []],
    [Number.POSITIVE_INFINITY, [`${IMAGE} AVAILABLE`]],
  ])('can take %d milliseconds, and no longer if it is repeated', async (bundleDeletionTime, left) => {
    const { remove, shown, endpoint, pass } = await start({ bundleDeletionTime });
    const bundleId = endpoint.addBundle({ imageId: IMAGE });
    await remove(bundleId);
    await pass(MINUTE - 1);
    await remove(bundleId);
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
    await pass(1);
    expect(await shown()).toEqual(left);
  });
});

test('an image cannot be deleted while a bundle has it', async () => {
  const { create, update, remove, removeImage, endpoint, pass } = await start({ bundleUpdateTime: MINUTE });
  const { BundleId } = await create();
  const error = { name: 'ResourceAssociatedException' };
  await expect(removeImage(IMAGE)).rejects.toMatchObject(error);
  await update(BundleId);
  await expect(removeImage(IMAGE)).rejects.toMatchObject(error);
  await expect(removeImage(NEXT)).rejects.toMatchObject(error);
  await pass(MINUTE);
  await removeImage(IMAGE);
  await remove(BundleId);
  await removeImage(NEXT);
  expect(endpoint.allImages()).toEqual([]);
});

describe('by hand, a bundle', () => {
  test('is added with the account, the Region and the volumes of its image, and shown at once', async () => {
    const { endpoint, shown } = await start({ readLag: MINUTE });
    endpoint.addImage({ imageId: MISSING, account: STRANGER, userVolume: 50 });
    const bundleId = endpoint.addBundle({ imageId: MISSING });
    const given = { bundleId: 'wsb-00000001', name: 'Power', computeType: 'POWER', userVolume: 100 };
    endpoint.addBundle({ imageId: IMAGE, ...given });
    const state = 'AVAILABLE';
    const defaults = { name: bundleId, computeType: 'STANDARD', userVolume: 50, rootVolume: 80, state };
    expect(endpoint.allBundles()).toEqual([
      { account: STRANGER, region: 'us-east-1', bundleId, imageId: MISSING, ...defaults },
      { account: OWNER, region: HOME, imageId: IMAGE, rootVolume: 80, state, ...given },
    ]);
    expect(await shown()).toEqual([`${IMAGE} AVAILABLE`]);
  });

  test('is replaced, changed and removed', async () => {
    const { shown, endpoint } = await start();
    const bundleId = endpoint.addBundle({ imageId: NEXT });
    endpoint.addBundle({ imageId: NEXT });
    endpoint.addBundle({ imageId: IMAGE, bundleId });
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`, `${IMAGE} AVAILABLE`]);
    endpoint.setBundleImage(bundleId, NEXT);
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`, `${NEXT} AVAILABLE`]);
    endpoint.setWorkspaces(bundleId, 1);
    endpoint.removeBundle(bundleId);
    expect(await shown()).toEqual([`${NEXT} AVAILABLE`]);
    expect(() => endpoint.removeBundle(bundleId)).toThrow(`The bundle ${bundleId} does not exist.`);
  });
});
