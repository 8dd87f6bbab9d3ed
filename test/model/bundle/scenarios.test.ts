import { RemovalPolicy } from 'aws-cdk-lib';
import type { ServicesOptions } from '../../support/simulated-services';
import { ACCOUNT, COPY_TIME, type Declared, type Deployed, MINUTE, REGION, World } from '../copy/world';

/** Bundles on copies and what can happen to them, with the templates of the constructs, and the bundled handlers. */

const ONE: Declared = { bundles: [{}] };
const NEXT: Declared = { ...ONE, source: 1 };
/** Two images of the account, for bundles without a copy. They stay, so that the service accepts late calls for them. */
const OWN = ['wsi-own000001', 'wsi-own000002'] as const;
const ALONE: Declared = { bundles: [{}], bundleImageId: OWN[0] };
const ALONE_NEXT: Declared = { ...ALONE, bundleImageId: OWN[1] };
const DENIED = { kind: 'error', name: 'AccessDeniedException' } as const;

let world: World;

async function start(options: Partial<ServicesOptions> = {}): Promise<World> {
  world = await World.start(options);
  for (const imageId of OWN) {
    world.services.workspaces.addImage({ imageId, account: ACCOUNT, region: REGION });
  }
  return world;
}

const withWorkspaces = (workspaces: Partial<ServicesOptions['workspaces']>) => start({ workspaces });

afterEach(async () => {
  await world.quiet();
  expect(world.services.cloudFormation.problems).toEqual([]);
  expect(world.usedTooEarly).toEqual([]);
  await world.services.close();
});

/** The account has exactly the bundles that the stack knows, each with the declared image, and exactly the copy. */
async function expectExact(): Promise<void> {
  await world.quiet();
  const bundles = world.bundles();
  expect(new Map(bundles.map(({ bundleId, imageId }) => [bundleId, imageId]))).toEqual(
    world.currentBundles(),
  );
  expect(bundles.filter(({ state }) => state !== 'AVAILABLE')).toEqual([]);
  expect(copies()).toEqual([world.currentId()].flatMap((id) => id ?? []));
}

const copies = () => world.imageIds().filter((id) => !OWN.includes(id as never));
const images = () => world.bundles().map(({ imageId }) => imageId);

async function expectCleanEnd(): Promise<void> {
  expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
  await world.quiet();
  expect(world.bundles()).toEqual([]);
  expect(copies()).toEqual([]);
}

/** The calls that changed something. */
const writes = ({ calls }: Deployed) =>
  calls
    .filter(({ operation, status }) => status === 200 && !operation.startsWith('Describe'))
    .map(({ operation }) => operation.replace('Workspace', ''));

describe('the order of events', () => {
  beforeEach(() => start());

  test('a bundle is created when its copy is AVAILABLE, and WorkSpaces when it is', async () => {
    const deployed = await world.deploy(ONE);
    expect(deployed.status).toBe('CREATE_COMPLETE');
    expect(writes(deployed)).toEqual(['CopyImage', 'CreateBundle']);
    await expectExact();
    expect(writes(await world.destroy())).toEqual(['DeleteBundle', 'DeleteImage']);
    await expectExact();
  });

  test('a new image is copied, the bundle updated, and the old copy deleted in the cleanup, without touching WorkSpaces', async () => {
    await world.deploy(ONE);
    const deployed = await world.deploy(NEXT);
    expect(deployed.status).toBe('UPDATE_COMPLETE');
    expect(writes(deployed)).toEqual(['CopyImage', 'UpdateBundle', 'DeleteImage']);
    await expectExact();
    await expectCleanEnd();
  });

  test('a failure after the update of the bundle takes back the image, and deletes the new copy', async () => {
    await world.deploy(ONE);
    const before = images();
    const deployed = await world.deploy({ ...NEXT, fails: 'at the end' });
    expect(deployed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(writes(deployed)).toEqual(['CopyImage', 'UpdateBundle', 'UpdateBundle', 'DeleteImage']);
    expect(images()).toEqual(before);
    await expectExact();
    await expectCleanEnd();
  });

  test('a failure while copying never calls for the bundle', async () => {
    await world.deploy(ONE);
    const deployed = await world.deploy({ ...NEXT, fails: 10 * MINUTE });
    expect(deployed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(writes(deployed)).not.toContain('UpdateBundle');
    await expectExact();
  });

  test('a creation that fails at the end leaves neither a bundle nor a copy', async () => {
    expect((await world.deploy({ ...ONE, fails: 'at the end' })).status).toBe('ROLLBACK_COMPLETE');
    await expectExact();
  });

  test('a bundle that is removed is deleted, and its copy stays', async () => {
    await world.deploy(ONE);
    expect((await world.deploy({})).status).toBe('UPDATE_COMPLETE');
    expect(world.bundles()).toEqual([]);
    await expectExact();
  });

  test('a bundle that is removed and added within two hours is another one', async () => {
    await world.deploy(ONE);
    await world.deploy({});
    expect((await world.deploy(ONE)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
  });

  test('a bundle that is renamed is created before the former one is deleted, and its WorkSpace follows', async () => {
    await world.deploy(ONE);
    const deployed = await world.deploy({ bundles: [{ id: 'Fast' }] });
    expect(deployed.status).toBe('UPDATE_COMPLETE');
    expect(writes(deployed)).toEqual(['CreateBundle', 'DeleteBundle']);
    await expectExact();
  });

  test('two stacks with equal paths have bundles of their own', async () => {
    await world.deploy(ALONE);
    expect((await world.deploy(ALONE, 'Others')).status).toBe('CREATE_COMPLETE');
    expect(new Set(world.bundles().map(({ name }) => name)).size).toBe(2);
    await world.destroy('Others');
    await expectExact();
  });
});

test('exactly one image is left after each of ten versions, of which one fails', async () => {
  await start();
  for (let version = 0; version < 10; version++) {
    const declared = { ...ONE, source: (version % 2) as 0 | 1 };
    const deployed = await world.deploy(version === 5 ? { ...declared, fails: 'at the end' } : declared);
    expect(deployed.status).toMatch(
      version === 5 ? 'UPDATE_ROLLBACK_COMPLETE' : /^(CREATE|UPDATE)_COMPLETE$/,
    );
    await world.quiet();
    expect(copies()).toHaveLength(1);
    await expectExact();
  }
  await expectCleanEnd();
});

describe('time', () => {
  test('an update of the image alone takes the time of the service, and at most 3 seconds', async () => {
    await start({ workspaces: { bundleUpdateTime: 30_000 } });
    await world.deploy(ALONE);
    await world.pass(MINUTE);
    const { minutes } = await world.deploy(ALONE_NEXT);
    expect(minutes * 60).toBeGreaterThanOrEqual(30);
    expect(minutes * 60).toBeLessThanOrEqual(33);
    await expectExact();
  });

  test('twelve bundles on one copy take at most 1.1 times the copy at 2 calls per second', async () => {
    await withWorkspaces({ rate: { perSecond: 2, burst: 5 }, bundleTime: 30_000 });
    const bundles = Array.from({ length: 12 }, (_, n) => ({ id: `Bundle${n}` }));
    const deployed = await world.deploy({ bundles });
    expect(deployed.status).toBe('CREATE_COMPLETE');
    expect(deployed.minutes).toBeLessThanOrEqual(1.1 * (COPY_TIME / MINUTE));
    await expectExact();
    expect((await world.deploy({ bundles, source: 1 })).minutes).toBeLessThanOrEqual(
      1.1 * (COPY_TIME / MINUTE),
    );
    await expectExact();
    await expectCleanEnd();
  });

  test.each([3, 20, 40])('a bundle that is PENDING for %i minutes is waited for', async (minutes) => {
    await withWorkspaces({ bundleTime: minutes * MINUTE });
    expect((await world.deploy(ALONE)).status).toBe('CREATE_COMPLETE');
    await expectExact();
    await expectCleanEnd();
  });

  test('a bundle that is PENDING for 50 minutes fails, and the rollback deletes it', async () => {
    await withWorkspaces({ bundleTime: 50 * MINUTE });
    const { status, reasons } = await world.deploy(ALONE);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(reasons[0]).toMatch(
      /is still PENDING after 4\d minutes\. Wait until it is AVAILABLE, and deploy again\.$/,
    );
    await expectExact();
  });
});

describe('creations', () => {
  test('a creation that fails and is repeated at once does not meet the name of its former bundle', async () => {
    await start();
    await world.deploy({});
    expect((await world.deploy({ ...ONE, fails: 'at the end' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await world.deploy(ONE)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
  });

  test('a bundle that ends in the state ERROR is deleted', async () => {
    await withWorkspaces({ bundleError: () => true });
    const { status, reasons } = await world.deploy(ALONE);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(reasons[0]).toMatch(/ended in the state ERROR/);
    await expectExact();
  });

  test('a creation that exceeds the quota is rolled back, with advice', async () => {
    await withWorkspaces({ bundleQuota: 0 });
    const { status, reasons } = await world.deploy(ALONE);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(reasons[0]).toMatch(/can have 50 custom bundles/);
  });

  test.each([4_000, 12_000])('a creation that fails during a call of %i ms leaves no bundle', async (ms) => {
    await start();
    await world.deploy(undefined);
    world.failNext('CreateWorkspaceBundle', { kind: 'delay', ms });
    expect((await world.deploy({ ...ALONE, fails: 1_500 })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await expectExact();
  });

  test('a creation succeeds if the function dies after its call', async () => {
    await start();
    world.failNext('CreateWorkspaceBundle', 'killed');
    expect((await world.deploy(ALONE)).status).toBe('CREATE_COMPLETE');
    await expectExact();
    await expectCleanEnd();
  });

  test('a creation fails and leaves no bundle if the function dies three times', async () => {
    await start();
    world.failNext('CreateWorkspaceBundle', 'killed');
    world.failNext('DescribeWorkspaceBundles', undefined, 'killed', 'killed');
    const { status, reasons } = await world.deploy(ALONE);
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(reasons[0]).toMatch(/did not respond within 3360 seconds/);
    await expectExact();
  });

  test('duplicates of all events make one bundle, change it, and delete it', async () => {
    await start({ delivery: () => ({ delays: [0, 700] }) });
    await world.deploy(ONE);
    await expectExact();
    expect((await world.deploy(NEXT)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
    await expectCleanEnd();
  });

  test('a duplicate Create after the stack was destroyed makes no bundle', async () => {
    await start();
    world.deliveries.push({ delays: [0, 4 * MINUTE] });
    await world.deploy(ALONE);
    await expectCleanEnd();
  });

  test('a duplicate Create after the bundle was removed makes no bundle', async () => {
    await start();
    await world.deploy(undefined);
    world.deliveries.push({ delays: [0, 4 * MINUTE] });
    await world.deploy(ALONE);
    await world.deploy(undefined);
    await expectExact();
  });

  test('responses whose delivery fails twice are repeated', async () => {
    await start({ responses: { fault: (attempt: number) => (attempt <= 2 ? { status: 503 } : undefined) } });
    expect((await world.deploy(ALONE)).status).toBe('CREATE_COMPLETE');
    await expectExact();
  });

  test.each(['denied', 'unreachable'] as const)(
    'all succeed if CloudFormation cannot be asked (%s)',
    async (fault) => {
      await start({ stackEvents: { fault } });
      expect((await world.deploy(ONE)).status).toBe('CREATE_COMPLETE');
      expect((await world.deploy(NEXT)).status).toBe('UPDATE_COMPLETE');
      await expectExact();
      await expectCleanEnd();
    },
  );
});

describe('updates', () => {
  test.each([1_500, 4_000, 12_000].flatMap((ms) => [0, 3_000, 9_000].map((lag) => [ms, lag] as const)))(
    'an Update that is cancelled during a call of %i ms does not win over its rollback (lag of stack events: %i ms)',
    async (ms, lag) => {
      await start({ stackEvents: { lag: () => lag } });
      await world.deploy(ALONE);
      await world.pass(5 * MINUTE);
      world.failNext('UpdateWorkspaceBundle', { kind: 'delay', ms });
      expect((await world.deploy({ ...ALONE_NEXT, fails: 1_000 })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      await expectExact();
      expect(images()).toEqual([OWN[0]]);
    },
  );

  test.each([0, 9_000])(
    'a rollback waits while the bundle is PENDING because of the cancelled Update (lag of reads: %i ms)',
    async (readLag) => {
      await withWorkspaces({ bundleUpdateTime: 5 * MINUTE, updatingState: 'PENDING', readLag });
      await world.deploy(ALONE);
      await world.pass(5 * MINUTE);
      expect((await world.deploy({ ...ALONE_NEXT, fails: 2_000 })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      await expectExact();
      expect(images()).toEqual([OWN[0]]);
    },
  );

  test('an Update whose function dies after its call succeeds', async () => {
    await start();
    await world.deploy(ALONE);
    world.failNext('UpdateWorkspaceBundle', 'killed');
    expect((await world.deploy(ALONE_NEXT)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
  });

  test('an Update whose function dies three times is rolled back', async () => {
    await start();
    await world.deploy(ALONE);
    world.failNext('UpdateWorkspaceBundle', 'killed');
    world.failNext('DescribeWorkspaceBundles', undefined, 'killed', 'killed');
    expect((await world.deploy(ALONE_NEXT)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await expectExact();
    expect(images()).toEqual([OWN[0]]);
  });

  test('a duplicate Update after the next one changes nothing', async () => {
    await start();
    await world.deploy(ALONE);
    world.deliveries.push({ delays: [0, 4 * MINUTE] });
    await world.deploy(ALONE_NEXT);
    await world.deploy(ALONE);
    await expectExact();
    expect(images()).toEqual([OWN[0]]);
  });

  test('two bundles exchange their images', async () => {
    await start();
    const bundles = (one: string, other: string) => ({
      ...ALONE,
      bundles: [
        { id: 'One', imageId: one },
        { id: 'Two', imageId: other },
      ],
    });
    await world.deploy(bundles(...OWN));
    expect((await world.deploy(bundles(OWN[1], OWN[0]))).status).toBe('UPDATE_COMPLETE');
    await expectExact();
    expect(images()).toEqual([OWN[1], OWN[0]]);
  });

  test.each([
    ['compute type', { computeType: 'POWER' }],
    ['user volume', { userVolume: 100 }],
    ['root volume', { rootVolume: 175 }],
  ])('another %s is refused with advice, and the rollback passes', async (_, more) => {
    await start();
    await world.deploy(ONE);
    const before = images();
    const { status, reasons } = await world.deploy({ ...NEXT, bundles: [more] });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(reasons[0]).toMatch(
      /Add another bundle with another construct ID, migrate the WorkSpaces, and remove this one\.$/,
    );
    expect(images()).toEqual(before);
    await expectExact();
  });

  test('a service that reports other volumes than were sent neither refuses updates nor rollbacks', async () => {
    await withWorkspaces({ shownVolume: (gib) => gib + 1 });
    const bundles = [{ rootVolume: 100 }];
    await world.deploy({ bundles });
    expect((await world.deploy({ bundles, source: 1 })).status).toBe('UPDATE_COMPLETE');
    expect((await world.deploy({ bundles, fails: 'at the end' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await world.deploy({ bundles: [{ rootVolume: 200 }], source: 1 })).status).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    );
    await expectExact();
  });

  test('another prefix changes nothing', async () => {
    await start();
    await world.deploy(ONE);
    expect(writes(await world.deploy({ bundles: [{ prefix: 'Fast' }] }))).toEqual([]);
  });

  test('a bundle that was deleted by hand fails the update, and the rollback passes', async () => {
    await start();
    await world.deploy(ALONE);
    const [{ bundleId } = { bundleId: '' }] = world.bundles();
    world.services.workspaces.removeBundle(bundleId);
    const { status, reasons, notes } = await world.deploy(ALONE_NEXT);
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(reasons[0]).toBe(
      `There is no bundle ${bundleId} any more. Change the construct ID to make another one.`,
    );
    expect(notes).toContainEqual(expect.stringMatching(`^There is no bundle ${bundleId}`));
    expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
  });

  test.each(['UpdateWorkspaceBundle', 'DescribeWorkspaceBundles'])(
    'an update whose %s is denied can be rolled back',
    async (operation) => {
      await start();
      await world.deploy(ALONE);
      world.failNext(operation, ...Array(400).fill(DENIED));
      expect((await world.deploy(ALONE_NEXT)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      world.services.workspaces.onCall = undefined;
      await expectExact();
      expect(images()).toEqual([OWN[0]]);
    },
  );

  test('a rollback passes if the old image is gone, and names the bundle and the image', async () => {
    await start();
    await world.deploy(ALONE);
    const { workspaces } = world.services;
    const [{ bundleId } = { bundleId: '' }] = world.bundles();
    const change = () => workspaces.removeImage(OWN[0]);
    workspaces.onCall = ({ operation }) =>
      operation === 'UpdateWorkspaceBundle' ? void change() : undefined;
    const { status, notes } = await world.deploy({ ...ALONE_NEXT, fails: 'at the end' });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(notes.join()).toContain(`Bundle ${bundleId} may have another image than ${OWN[0]}.`);
  });
});

describe('deletions', () => {
  test('a bundle that WorkSpaces use is not deleted, and the deletion can be repeated', async () => {
    await start();
    await world.deploy(ALONE);
    const [{ bundleId } = { bundleId: '' }] = world.bundles();
    const launched = () => world.services.workspaces.setWorkspaces(bundleId, 1);
    world.services.workspaces.onCall = ({ operation }) =>
      operation === 'DeleteWorkspaceBundle' ? void launched() : undefined;
    const { status, reasons } = await world.destroy();
    expect(status).toBe('DELETE_FAILED');
    expect(reasons[0]).toMatch(
      /Delete the WorkSpaces that use it or migrate them to another bundle\. Then delete the bundle\.$/,
    );
    world.services.workspaces.onCall = undefined;
    world.services.workspaces.setWorkspaces(bundleId, 0);
    await expectCleanEnd();
  });

  test.each([
    ['accepted and carried out after 40 seconds', { bundleDeletionTime: 40_000 }],
    ['accepted and carried out after 100 seconds', { bundleDeletionTime: 100_000 }],
  ])('a deletion that is %s is waited for', async (_, more) => {
    await withWorkspaces(more);
    await world.deploy(ONE);
    await expectCleanEnd();
  });

  test('a deletion that is accepted and never carried out fails after three minutes', async () => {
    await withWorkspaces({ bundleDeletionTime: Number.POSITIVE_INFINITY });
    await world.deploy(ALONE);
    const { status, minutes } = await world.destroy();
    expect(status).toBe('DELETE_FAILED');
    expect(minutes).toBeLessThan(3.5);
  });

  test('a deletion whose function dies after its call succeeds', async () => {
    await start();
    await world.deploy(ONE);
    world.failNext('DeleteWorkspaceBundle', 'killed');
    await expectCleanEnd();
  });

  test('a duplicate Delete after the bundle was created again deletes nothing', async () => {
    await start();
    await world.deploy(ALONE);
    world.deliveries.push({ delays: [0, 4 * MINUTE] });
    await world.deploy(undefined);
    await world.deploy(ALONE);
    await expectExact();
    expect(world.bundles()).toHaveLength(1);
  });

  test('RETAIN_ON_UPDATE_OR_DELETE deletes the bundle of a creation that is rolled back, and no other', async () => {
    await start();
    const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const declared: Declared = { ...ALONE, bundles: [{ removalPolicy }] };
    await world.deploy({ ...declared, fails: 'at the end' });
    expect(world.bundles()).toEqual([]);
    await world.destroy();
    await world.deploy(declared);
    await world.destroy();
    expect(world.bundles()).toHaveLength(1);
  });

  test('a retained bundle, and its retained copy, are kept', async () => {
    await start();
    const removalPolicy = RemovalPolicy.RETAIN;
    await world.deploy({ removalPolicy, bundles: [{ removalPolicy }] });
    expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
    expect(world.bundles()).toHaveLength(1);
    expect(copies()).toHaveLength(1);
  });

  test('a retained bundle survives a later Create of the same resource that is cancelled', async () => {
    await withWorkspaces({ bundleTime: 2 * MINUTE });
    await world.deploy({ ...ALONE, bundles: [{ removalPolicy: RemovalPolicy.RETAIN }] });
    const [{ bundleId } = { bundleId: '' }] = world.bundles();
    await world.deploy(undefined);
    await world.pass(10 * MINUTE);
    expect((await world.deploy({ ...ALONE, fails: 5_000 })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await world.quiet();
    expect(world.bundles().map((each) => each.bundleId)).toEqual([bundleId]);
  });
});

describe('reads', () => {
  test('that lag by nine seconds and run backward', async () => {
    let turn = 0;
    await withWorkspaces({ readLag: () => [9_000, 0, 4_000][turn++ % 3] as number });
    await world.deploy(ONE);
    expect((await world.deploy(NEXT)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
    await expectCleanEnd();
  });

  test('of many pages', async () => {
    await withWorkspaces({ bundleQuota: 200 });
    for (let n = 0; n < 60; n++) {
      world.services.workspaces.addBundle({ imageId: OWN[0], region: REGION });
    }
    world.failNext('CreateWorkspaceBundle', 'killed');
    expect((await world.deploy(ALONE)).status).toBe('CREATE_COMPLETE');
    expect(world.bundles()).toHaveLength(61);
    expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
    expect(world.bundles()).toHaveLength(60);
  });
});

const ORDERS = ['before', 'meanwhile', 'after'] as const;
const OLD = ['failed', 'stable'] as const;
const VARIANTS = ORDERS.flatMap((deletesFailed) =>
  OLD.map((oldProperties) => ({ deletesFailed, oldProperties })),
);

describe.each(VARIANTS)('with rollback disabled ($deletesFailed, $oldProperties)', (disabled) => {
  test.each([0, 1] as const)(
    'the Delete of a cancelled Create deletes its bundle, and keeps that of the next one (image %i)',
    async (image) => {
      await withWorkspaces({ bundleTime: 2 * MINUTE });
      await world.deploy(undefined);
      await world.deploy({ ...ALONE, fails: 5_000 }, undefined, disabled);
      await world.quiet();
      expect(world.bundles()).toHaveLength(1);
      await world.pass(10 * MINUTE);
      const again = { ...ALONE, bundleImageId: OWN[image] };
      expect((await world.deploy(again, undefined, disabled)).status).toBe('UPDATE_COMPLETE');
      await expectExact();
      await expectCleanEnd();
    },
  );

  test('the Delete of a refused Create keeps the bundle of the next one', async () => {
    await withWorkspaces({ bundleQuota: 0 });
    await world.deploy(undefined);
    await world.deploy(ALONE, undefined, disabled);
    world.services.workspaces.bundleQuota = undefined;
    await world.pass(10 * MINUTE);
    expect((await world.deploy(ALONE, undefined, disabled)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
  });

  test('a refused Update is repeated', async () => {
    await start();
    await world.deploy(ALONE);
    world.failNext('UpdateWorkspaceBundle', ...Array(400).fill(DENIED));
    expect((await world.deploy(ALONE_NEXT, undefined, disabled)).status).toBe('UPDATE_FAILED');
    world.services.workspaces.onCall = undefined;
    expect((await world.deploy(ALONE_NEXT, undefined, disabled)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
    expect(images()).toEqual([OWN[1]]);
  });

  test('an Update that was cancelled after its call is taken back', async () => {
    await withWorkspaces({ bundleUpdateTime: 10_000 });
    await world.deploy(ALONE);
    await world.deploy({ ...ALONE_NEXT, fails: 2_000 }, undefined, disabled);
    await world.pass(10 * MINUTE);
    expect((await world.deploy(ALONE, undefined, disabled)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
    expect(images()).toEqual([OWN[0]]);
  });

  test('other hardware is refused, and the old template passes', async () => {
    await start();
    await world.deploy(ALONE);
    const other = { ...ALONE, bundles: [{ computeType: 'POWER' }] };
    expect((await world.deploy(other, undefined, disabled)).status).toBe('UPDATE_FAILED');
    expect((await world.deploy(ALONE, undefined, disabled)).status).toBe('UPDATE_COMPLETE');
    await expectExact();
  });
});
