import { RemovalPolicy } from 'aws-cdk-lib';
import type { ServicesOptions } from '../../support/simulated-services';
import {
  ACCOUNT,
  COPY_TIME,
  type Declared,
  MINUTE,
  RECIPIENT,
  REGION,
  SOURCES,
  templateOf,
  World,
} from './world';

/** Copies and what can happen to them, with the template that the construct synthesizes, and the bundled handler. */

const [A, B] = SOURCES;
const NEXT = { source: 1 } as const;
const HOURS = 60 * MINUTE;

let world: World;

async function start(options: Partial<ServicesOptions> = {}): Promise<World> {
  world = await World.start(options);
  return world;
}

const withCopyTime = (copyTime: number, more: object = {}) => start({ workspaces: { copyTime, ...more } });

afterEach(async () => {
  await world.quiet();
  expect(world.services.cloudFormation.problems).toEqual([]);
  expect(world.usedTooEarly).toEqual([]);
  await world.services.close();
});

/** Destroys the stack, and expects it to leave no image behind. */
async function expectCleanEnd(): Promise<void> {
  expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
  expect(world.images()).toEqual([]);
}

const events = ({
  requests,
}: {
  requests: readonly { event: { RequestType: string; ResourceType: string } }[];
}) =>
  requests.map(
    ({ event }) => `${event.RequestType} ${event.ResourceType.replace('Custom::WorkspaceImage', '')}`,
  );

test.each([
  ['in the time of the first link', 10 * MINUTE, {}, 10],
  ['in the time of the second link', 20 * MINUTE, {}, 20],
  ['in the time of the fourth link', 50 * MINUTE, {}, 50],
  ['in three hours', 2.9 * HOURS, { timeoutMinutes: 180 }, 174],
])('a creation whose copy is AVAILABLE %s succeeds', async (_, copyTime, declared, minutes) => {
  await withCopyTime(copyTime);
  const deployed = await world.deploy(declared);
  expect(deployed.status).toBe('CREATE_COMPLETE');
  expect(deployed.minutes).toBeGreaterThanOrEqual(minutes);
  expect(deployed.minutes).toBeLessThan(minutes + 1.2);
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  await expectCleanEnd();
});

test('a creation whose copy takes longer than the timeout is rolled back when the copy can be deleted', async () => {
  await withCopyTime(90 * MINUTE);
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(deployed.reasons[0]).toMatch(
    /is still being copied after 70 minutes, in the state PENDING. Increase timeout, and deploy again/,
  );
  expect(deployed.minutes).toBeLessThan(92);
  expect(world.images()).toEqual([]);
});

test('a creation whose copy never ends leaves a stack that can be deleted later', async () => {
  await withCopyTime(20 * HOURS);
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('ROLLBACK_FAILED');
  expect(deployed.reasons.at(-1)).toMatch(/is still PENDING, and the service deletes no image in this state/);
  expect(deployed.minutes).toBeLessThan(70 + 47);
  await world.pass(20 * HOURS);
  await expectCleanEnd();
});

test('several stacks make their copies at the documented rate in the time of one', async () => {
  await start({ workspaces: { rate: { perSecond: 2, burst: 5 } } });
  const names = Array.from({ length: 10 }, (_, n) => `Images${n}`);
  const { clock, cloudFormation } = world.services;
  const from = clock.now();
  const deployed = await clock.run(
    Promise.all(
      names.map((name, n) =>
        cloudFormation.deploy(name, templateOf({}, n), {}, { account: ACCOUNT, region: REGION }),
      ),
    ),
  );
  expect(new Set(deployed.map(({ status }) => status))).toEqual(new Set(['CREATE_COMPLETE']));
  expect(world.images()).toHaveLength(10);
  expect(clock.now() - from).toBeLessThan(1.1 * COPY_TIME);
  const destroyed = await clock.run(Promise.all(names.map((name) => cloudFormation.destroy(name))));
  expect(new Set(destroyed.map(({ status }) => status))).toEqual(new Set(['DELETE_COMPLETE']));
  expect(world.images()).toEqual([]);
});

describe('replacements', () => {
  beforeEach(async () => {
    await start();
    await world.deploy({});
  });

  test('a replacement makes the new copy before it deletes the old one', async () => {
    const deployed = await world.deploy(NEXT);
    expect(deployed.status).toBe('UPDATE_COMPLETE');
    expect(events(deployed)).toEqual(['Update Copy', ...Array(5).fill('Update Ready'), 'Delete Copy']);
    expect(world.images()).toEqual([`${B} AVAILABLE`]);
    await expectCleanEnd();
  });

  test.each([
    ['while the new copy is being made', 3 * MINUTE],
    ['after the new copy is AVAILABLE', 'at the end'],
  ] as const)('a replacement that fails %s goes back to the old copy', async (_, fails) => {
    const deployed = await world.deploy({ ...NEXT, fails });
    expect(deployed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(deployed.minutes).toBeLessThan(22);
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  });

  test('a replacement that fails goes back to the old copy even if its source is gone', async () => {
    world.services.workspaces.removeImage(A);
    expect((await world.deploy({ ...NEXT, fails: 3 * MINUTE })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  });

  test('a replacement leaves an old copy that a bundle uses, and the stack events name it', async () => {
    const [old = ''] = world.imageIds();
    world.services.workspaces.addBundle({ imageId: old });
    const deployed = await world.deploy(NEXT);
    expect(deployed.status).toBe('UPDATE_COMPLETE');
    expect(deployed.reasons).toEqual([expect.stringContaining(`Image ${old} could not be deleted`)]);
    expect(world.images()).toEqual([`${A} AVAILABLE`, `${B} AVAILABLE`]);
    await world.destroy();
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
  });

  test('a replacement whose Update is killed three times is rolled back, and its copy deleted', async () => {
    world.failNext('CopyWorkspaceImage', 'killed');
    world.failNext('DescribeWorkspaceImages', undefined, undefined, 'killed', 'killed');
    const deployed = await world.deploy(NEXT);
    expect(deployed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  });

  test('a replacement that exceeds the quota is rolled back', async () => {
    world.services.workspaces.imageQuota = 1;
    const deployed = await world.deploy(NEXT);
    expect(deployed.reasons[0]).toMatch(/as its quota allows, which is 40 by default/);
    expect(deployed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  });
});

test.each([0, 9_000])(
  'a replacement that is cancelled within its call leaves no copy, with stack events that lag %i ms',
  async (lag) => {
    await start({ stackEvents: { lag: () => lag } });
    await world.deploy({});
    world.failNext('CopyWorkspaceImage', { kind: 'delay', ms: 1_500 });
    const deployed = await world.deploy({ ...NEXT, fails: 1_000 });
    expect(deployed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await world.quiet();
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  },
);

test.each([20, 45])(
  'a creation that fails while a copy that takes %i minutes is being made leaves no copy',
  async (minutes) => {
    await withCopyTime(minutes * MINUTE);
    const deployed = await world.deploy({ fails: 3 * MINUTE });
    expect(deployed.status).toBe('ROLLBACK_COMPLETE');
    expect(deployed.minutes).toBeLessThan(minutes + 1.5);
    expect(world.images()).toEqual([]);
  },
);

test.each([
  ['takes 4 seconds', [{ kind: 'delay', ms: 4_000 }] as const],
  ['is abandoned, and carried out after 12 seconds', [{ kind: 'delay', ms: 12_000 }] as const],
  [
    'is throttled at first',
    Array.from({ length: 4 }, () => ({ kind: 'error', name: 'ThrottlingException' }) as const),
  ],
])('a creation that fails during a call to copy that %s leaves no copy', async (_, faults) => {
  await withCopyTime(5 * MINUTE);
  world.failNext('CopyWorkspaceImage', ...faults);
  expect((await world.deploy({ fails: 1_000 })).status).toBe('ROLLBACK_COMPLETE');
  await world.quiet();
  expect(world.images()).toEqual([]);
});

test('a creation that fails at the end deletes the copy', async () => {
  await start();
  const deployed = await world.deploy({ fails: 'at the end' });
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(world.images()).toEqual([]);
});

test('a creation succeeds if the function dies after its call to copy', async () => {
  await start();
  world.failNext('CopyWorkspaceImage', 'killed');
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('CREATE_COMPLETE');
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  await expectCleanEnd();
});

test('a creation fails and leaves no copy if the function dies three times', async () => {
  await start();
  world.failNext('CopyWorkspaceImage', 'killed');
  world.failNext('DescribeWorkspaceImages', undefined, undefined, 'killed', 'killed');
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(deployed.reasons[0]).toMatch(/did not respond within 3360 seconds/);
  expect(world.images()).toEqual([]);
});

test('a link goes on waiting if the function dies while it waits', async () => {
  await start();
  world.failNext('DescribeWorkspaceImages', ...Array(6).fill(undefined), 'killed');
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  await expectCleanEnd();
});

test('duplicate deliveries of all events make one copy, and delete one', async () => {
  await start({ delivery: () => ({ delays: [0, 700] }) });
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  expect((await world.deploy(NEXT)).status).toBe('UPDATE_COMPLETE');
  await world.quiet();
  expect(world.images()).toEqual([`${B} AVAILABLE`]);
  await expectCleanEnd();
});

test('a duplicate Create after the stack was destroyed makes no copy', async () => {
  await withCopyTime(MINUTE);
  world.deliveries.push({ delays: [0, 4 * MINUTE] });
  await world.deploy({});
  await expectCleanEnd();
  await world.quiet();
  expect(world.images()).toEqual([]);
});

test('a duplicate Update after the next one changes nothing', async () => {
  await withCopyTime(MINUTE);
  await world.deploy({});
  world.deliveries.push({ delays: [0, 4 * MINUTE] });
  await world.deploy(NEXT);
  await world.deploy({ source: 0 });
  await world.quiet();
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  await expectCleanEnd();
});

test('a duplicate Delete after the copy was made again deletes nothing', async () => {
  await withCopyTime(MINUTE);
  await world.deploy({});
  world.deliveries.push({ delays: [0, 4 * MINUTE] });
  await world.deploy(undefined);
  await world.deploy({});
  await world.quiet();
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  await expectCleanEnd();
});

test('responses whose delivery fails twice are repeated', async () => {
  await start({ responses: { fault: (attempt: number) => (attempt <= 2 ? { status: 503 } : undefined) } });
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  await expectCleanEnd();
});

describe('deletions', () => {
  beforeEach(async () => {
    await start();
    await world.deploy({});
  });

  test('a deletion waits for a copy that is shared for another minute', async () => {
    const [imageId = ''] = world.imageIds();
    world.services.workspaces.share(imageId, RECIPIENT);
    world.at(MINUTE, () => world.services.workspaces.unshare(imageId, RECIPIENT));
    await expectCleanEnd();
  });

  test.each([
    [
      'shared',
      (imageId: string) => {
        const { workspaces } = world.services;
        workspaces.share(imageId, RECIPIENT);
        return () => workspaces.unshare(imageId, RECIPIENT);
      },
    ],
    [
      'in a bundle',
      (imageId: string) => {
        const { workspaces } = world.services;
        const bundleId = workspaces.addBundle({ imageId });
        return () => workspaces.removeBundle(bundleId);
      },
    ],
  ])('the deletion of a copy that is %s fails after three minutes, and can be repeated', async (_, use) => {
    const release = use(world.imageIds()[0] ?? '');
    const destroyed = await world.destroy();
    expect(destroyed.status).toBe('DELETE_FAILED');
    expect(destroyed.minutes).toBeLessThan(4);
    expect(destroyed.reasons[0]).toMatch(/Unshare it, and delete the bundles that use it/);
    release();
    await expectCleanEnd();
  });

  test('the deletion of a copy that somebody has deleted succeeds', async () => {
    world.services.workspaces.removeImage(world.imageIds()[0] ?? '');
    await expectCleanEnd();
  });

  test('the removal of the construct deletes the copy in the cleanup', async () => {
    expect((await world.deploy(undefined)).status).toBe('UPDATE_COMPLETE');
    expect(world.images()).toEqual([]);
  });
});

test.each<[string, Declared, RegExp]>([
  ['a malformed parameter', { sourceParameter: 'ami-1' }, /^Invalid properties, so nothing was changed/],
  ['the wrong owner', { owner: RECIPIENT }, /belongs to 111122223333, not to 444455556666/],
  ['an unknown source', { sourceImageId: 'wsi-unknown000' }, /There is no image wsi-unknown000/],
  [
    'an unknown source, unchecked',
    { sourceImageId: 'wsi-unknown000', checksOwner: false },
    /could not be copied/,
  ],
])('a creation that is refused because of %s leaves nothing behind', async (_, declared, reason) => {
  await start();
  const deployed = await world.deploy(declared);
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(deployed.reasons[0]).toMatch(reason);
  expect(world.images()).toEqual([]);
});

test('the longest prefix is accepted', async () => {
  await start();
  expect((await world.deploy({ prefix: 'x'.repeat(42) })).status).toBe('CREATE_COMPLETE');
  await expectCleanEnd();
});

test('a creation that exceeds the quota is rolled back', async () => {
  await start({ workspaces: { imageQuota: 0 } });
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(deployed.reasons[0]).toMatch(/ResourceLimitExceededException/);
});

test('a creation whose copy ends in the state ERROR leaves nothing behind', async () => {
  await start({
    workspaces: {
      copyError: () => ({ code: 'ImageCopyFailed', message: 'The copy failed.', details: [] }),
    },
  });
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(deployed.reasons[0]).toMatch(/ended in the state ERROR: "ImageCopyFailed: The copy failed"/);
  expect(world.images()).toEqual([]);
});

test.each([true, false])(
  'a policy that is 20 seconds late is waited for (owner checked: %s)',
  async (checksOwner) => {
    await start();
    const { workspaces, clock } = world.services;
    const from = clock.now();
    workspaces.onCall = () =>
      clock.now() - from < 20_000 ? { kind: 'error', name: 'AccessDeniedException' } : undefined;
    expect((await world.deploy({ checksOwner })).status).toBe('CREATE_COMPLETE');
    await expectCleanEnd();
  },
);

test.each([true, false])(
  'a share that is 20 seconds late is waited for (owner checked: %s)',
  async (checksOwner) => {
    await start();
    const { workspaces } = world.services;
    workspaces.unshare(A, ACCOUNT);
    world.at(20_000, () => workspaces.share(A, ACCOUNT));
    expect((await world.deploy({ checksOwner })).status).toBe('CREATE_COMPLETE');
    await expectCleanEnd();
  },
);

const SERVER_ERROR = { kind: 'error', name: 'InternalServerException', status: 500 } as const;

test.each([
  ['that loses the response to a copy', { kind: 'cut', after: true }],
  ['that fails after it has begun to copy', { ...SERVER_ERROR, after: true }],
] as const)('a creation makes one copy with a service %s', async (_, fault) => {
  await start();
  world.failNext('CopyWorkspaceImage', fault);
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  await expectCleanEnd();
});

test.each([
  ['that throttles for ten minutes', 10 * MINUTE, { kind: 'error', name: 'ThrottlingException' }],
  ['that fails for a minute', MINUTE, SERVER_ERROR],
] as const)('a creation waits for a service %s', async (_, duration, fault) => {
  await start();
  const { workspaces, clock } = world.services;
  const until = clock.now() + duration;
  workspaces.onCall = () => (clock.now() < until ? fault : undefined);
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  await expectCleanEnd();
});

test.each([
  ['reads that lag 20 seconds', { readLag: 20_000 }],
  ['lists of shared images on request only', { sharedOnRequestOnly: true }],
  ['errors for unknown IDs', { unknownImage: 'ResourceNotFoundException' }],
])('copies work with a service that has %s', async (_, behavior) => {
  await start({ workspaces: behavior });
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  expect((await world.deploy(NEXT)).status).toBe('UPDATE_COMPLETE');
  expect(world.images()).toEqual([`${B} AVAILABLE`]);
  await expectCleanEnd();
});

test('a copy whose source is deleted while it is being copied is completed', async () => {
  await start();
  world.at(5 * MINUTE, () => world.services.workspaces.removeImage(A));
  expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
  await expectCleanEnd();
});

test.each(['denied', 'unreachable'] as const)(
  'copies work while the CloudFormation API is %s',
  async (fault) => {
    await start({ stackEvents: { fault: () => fault } });
    expect((await world.deploy({})).status).toBe('CREATE_COMPLETE');
    expect((await world.deploy({ ...NEXT, fails: 3 * MINUTE })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  },
);

test.each([
  ['RETAIN', RemovalPolicy.RETAIN],
  ['RETAIN_ON_UPDATE_OR_DELETE', RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE],
])(
  '%s keeps the old copy of a replacement, which is found when the source goes back',
  async (_, removalPolicy) => {
    await start();
    await world.deploy({ removalPolicy });
    const [first] = world.imageIds();
    await world.deploy({ ...NEXT, removalPolicy });
    expect(world.images()).toEqual([`${A} AVAILABLE`, `${B} AVAILABLE`]);
    await world.deploy({ removalPolicy });
    expect(world.currentId()).toBe(first);
    await world.destroy();
    expect(world.images()).toEqual([`${A} AVAILABLE`, `${B} AVAILABLE`]);
  },
);

test('RETAIN keeps the copy of a deleted stack, and the next stack makes its own', async () => {
  await start();
  await world.deploy({ removalPolicy: RemovalPolicy.RETAIN });
  await world.destroy();
  await world.deploy({});
  expect(world.images()).toEqual([`${A} AVAILABLE`, `${A} AVAILABLE`]);
  await world.destroy();
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
});

test('RETAIN_ON_UPDATE_OR_DELETE deletes the copy of a creation that is rolled back', async () => {
  await start();
  const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
  const deployed = await world.deploy({ removalPolicy, fails: 'at the end' });
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(world.images()).toEqual([]);
});

describe('changes', () => {
  beforeEach(async () => {
    await start();
    await world.deploy({});
  });

  test.each<[string, Declared]>([
    ['of the prefix', { prefix: 'x'.repeat(42) }],
    ['to a longer timeout', { timeoutMinutes: 180 }],
    ['to a shorter timeout', { timeoutMinutes: 10 }],
    ['of the removal policy', { removalPolicy: RemovalPolicy.RETAIN }],
  ])('a change %s makes no other copy', async (_, declared) => {
    const [imageId] = world.imageIds();
    expect((await world.deploy(declared)).status).toBe('UPDATE_COMPLETE');
    expect(world.imageIds()).toEqual([imageId]);
    await world.deploy({});
    await expectCleanEnd();
  });

  test('another construct ID makes another copy, and then deletes the first one', async () => {
    const [first] = world.imageIds();
    expect((await world.deploy({ id: 'Renamed' })).status).toBe('UPDATE_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    expect(world.imageIds()).not.toEqual([first]);
    await expectCleanEnd();
  });

  test('another stack with the same source makes a copy of its own', async () => {
    await world.deploy({}, 'MoreImages');
    expect(world.images()).toEqual([`${A} AVAILABLE`, `${A} AVAILABLE`]);
    await world.destroy('MoreImages');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    await expectCleanEnd();
  });
});

describe('shared copies', () => {
  const order = ({ calls }: { calls: readonly { operation: string; allow?: boolean; status: number }[] }) =>
    calls
      .filter(({ operation, status }) => status === 200 && !operation.startsWith('Describe'))
      .map(({ operation, allow }) =>
        operation === 'UpdateWorkspaceImagePermission' ? (allow ? 'grant' : 'revoke') : operation,
      );

  beforeEach(() => start());

  test('a copy is shared when it is AVAILABLE, and unshared before it is deleted', async () => {
    expect(order(await world.deploy({ isShared: true }))).toEqual(['CopyWorkspaceImage', 'grant']);
    expect(world.services.workspaces.accounts(world.imageIds()[0] ?? '')).toEqual([RECIPIENT]);
    expect(order(await world.destroy())).toEqual(['revoke', 'DeleteWorkspaceImage']);
    expect(world.images()).toEqual([]);
  });

  test('the share of a copy that is replaced moves to the new copy before the old one is deleted', async () => {
    await world.deploy({ isShared: true });
    const deployed = await world.deploy({ ...NEXT, isShared: true });
    expect(deployed.status).toBe('UPDATE_COMPLETE');
    expect(order(deployed)).toEqual(['CopyWorkspaceImage', 'grant', 'revoke', 'DeleteWorkspaceImage']);
    expect(world.images()).toEqual([`${B} AVAILABLE`]);
    await expectCleanEnd();
  });

  test('the old copy stays shared if a replacement fails, and the new one is deleted', async () => {
    await world.deploy({ isShared: true });
    const [old = ''] = world.imageIds();
    expect((await world.deploy({ ...NEXT, isShared: true, fails: 'at the end' })).status).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    );
    expect(world.imageIds()).toEqual([old]);
    expect(world.services.workspaces.accounts(old)).toEqual([RECIPIENT]);
    await expectCleanEnd();
  });

  test('a copy that is removed together with its share is unshared first', async () => {
    await world.deploy({ isShared: true });
    expect(order(await world.deploy(undefined))).toEqual(['revoke', 'DeleteWorkspaceImage']);
    expect(world.images()).toEqual([]);
  });
});

test('a name that another image has is refused, with advice', async () => {
  await start();
  world.services.workspaces.onCall = ({ operation }) =>
    operation === 'CopyWorkspaceImage'
      ? { kind: 'error', name: 'ResourceAlreadyExistsException' }
      : undefined;
  const deployed = await world.deploy({});
  expect(deployed.status).toBe('ROLLBACK_COMPLETE');
  expect(deployed.reasons[0]).toMatch(/change imageNamePrefix/);
});

const ORDERS = ['before', 'meanwhile', 'after'] as const;
const disabled = (deletesFailed: (typeof ORDERS)[number], oldProperties: 'failed' | 'stable' = 'failed') =>
  ({ deletesFailed, oldProperties }) as const;

test.each(ORDERS)(
  'with rollback disabled, the Delete of a refused Create keeps the copy that the next one makes (order: %s)',
  async (order) => {
    await start({ workspaces: { imageQuota: 0 } });
    expect((await world.deploy({}, undefined, disabled(order))).status).toBe('CREATE_FAILED');
    world.services.workspaces.imageQuota = undefined;
    await world.pass(10 * MINUTE);
    expect((await world.deploy({}, undefined, disabled(order))).status).toBe('UPDATE_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`]);
    expect(world.imageIds()).toEqual([world.currentId()]);
    await expectCleanEnd();
  },
);

test.each(ORDERS.flatMap((order) => [[order, 0] as const, [order, 1] as const]))(
  'with rollback disabled, the Delete of a cancelled Create keeps the copy that the next one makes (order: %s, source %i)',
  async (order, source) => {
    await start();
    await world.deploy(undefined);
    world.failNext('CopyWorkspaceImage', { kind: 'delay', ms: 3_000 });
    await world.deploy({ fails: 1_500 }, undefined, disabled(order));
    await world.quiet();
    expect(world.images()).toHaveLength(1);
    await world.pass(10 * MINUTE);
    expect((await world.deploy({ source }, undefined, disabled(order))).status).toBe('UPDATE_COMPLETE');
    await world.quiet();
    expect(world.images()).toEqual([`${SOURCES[source]} AVAILABLE`]);
    expect(world.imageIds()).toEqual([world.currentId()]);
    await expectCleanEnd();
  },
);

test.each(['failed', 'stable'] as const)(
  'with rollback disabled, a repeated Update whose old properties are the %s ones makes its copy',
  async (oldProperties) => {
    await start();
    await world.deploy({});
    world.services.workspaces.imageQuota = 1;
    expect((await world.deploy(NEXT, undefined, disabled('after', oldProperties))).status).toBe(
      'UPDATE_FAILED',
    );
    world.services.workspaces.imageQuota = undefined;
    const { status } = await world.deploy(NEXT, undefined, disabled('after', oldProperties));
    expect(status).toBe('UPDATE_COMPLETE');
    expect(world.images()).toEqual([`${B} AVAILABLE`]);
    await expectCleanEnd();
  },
);

test('with rollback disabled, a deletion includes the copy that a cancelled Update has left behind', async () => {
  await start();
  await world.deploy({});
  world.failNext('CopyWorkspaceImage', { kind: 'delay', ms: 3_000 });
  await world.deploy({ ...NEXT, fails: 1_500 }, undefined, disabled('after'));
  await world.quiet();
  expect(world.images()).toHaveLength(2);
  await expectCleanEnd();
});

test('with rollback disabled, a deletion at once includes the copy of a cancelled Update whose call is carried out late', async () => {
  await start();
  await world.deploy({});
  await world.pass(MINUTE);
  world.failNext('CopyWorkspaceImage', { kind: 'delay', ms: 4_000 });
  await world.deploy({ ...NEXT, fails: 1_500 }, undefined, disabled('after'));
  expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
  await world.quiet();
  expect(world.images()).toEqual([]);
});

const denied = () => ({ kind: 'error', name: 'AccessDeniedException' }) as const;

test.each([
  ['denied', denied],
  [
    'without the Region',
    () => ({ kind: 'foreign', status: 404, contentType: 'text/html', body: 'No.' }) as const,
  ],
])(
  'a creation can be rolled back, and the stack deleted, if the service denies everything (%s)',
  async (_, fault) => {
    await start();
    world.services.workspaces.onCall = fault;
    expect((await world.deploy({})).status).toBe('ROLLBACK_COMPLETE');
    expect((await world.destroy()).status).toBe('DELETE_COMPLETE');
  },
);

test('a creation of several copies and shares, all but one cancelled, can be rolled back if the service denies everything', async () => {
  await start();
  world.services.workspaces.onCall = denied;
  const several = templateOf({ isShared: true, also: ['Silver', 'Bronze'] }, 0);
  const { clock, cloudFormation } = world.services;
  const location = { account: ACCOUNT, region: REGION };
  expect((await clock.run(cloudFormation.deploy('Several', several, {}, location))).status).toBe(
    'ROLLBACK_COMPLETE',
  );
  expect((await world.destroy('Several')).status).toBe('DELETE_COMPLETE');
});

test('an update can be rolled back if the service denies everything', async () => {
  await start();
  await world.deploy({});
  world.services.workspaces.onCall = denied;
  expect((await world.deploy(NEXT)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  world.services.workspaces.onCall = undefined;
  expect(world.images()).toEqual([`${A} AVAILABLE`]);
  await expectCleanEnd();
});

const removalPolicy = RemovalPolicy.RETAIN;

test.each([
  ['fails while the found copy must stay', 5_000, undefined],
  ['is killed', 'at the end', 'killed'],
] as const)(
  'what RETAIN kept is kept by the rollback of a deployment that goes back to it and %s',
  async (_, fails, fault) => {
    await start();
    await world.deploy({ removalPolicy });
    await world.deploy({ ...NEXT, removalPolicy });
    await world.pass(60 * MINUTE);
    if (fault) {
      world.failNext('DescribeWorkspaceImages', undefined, fault, fault, fault);
    }
    expect((await world.deploy({ removalPolicy, fails })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.images()).toEqual([`${A} AVAILABLE`, `${B} AVAILABLE`]);
  },
);

test('a copy that reads do not show for 25 seconds is deleted all the same', async () => {
  await withCopyTime(0, { readLag: 25_000 });
  await world.deploy({ fails: 4_000 });
  await world.quiet();
  expect(world.images()).toEqual([]);
});

test('a replacement that fails after the old copy was deleted by hand is rolled back', async () => {
  await start();
  await world.deploy({});
  world.services.workspaces.removeImage(world.imageIds()[0] ?? '');
  expect((await world.deploy({ ...NEXT, fails: 'at the end' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  // CloudFormation gives the former properties to what uses the copy.
  expect(world.usedTooEarly.splice(0)).toEqual(['wsi-copy00001 undefined']);
  await expectCleanEnd();
});

test.each(['denied', 'unreachable'] as const)(
  'a late duplicate of a rollback keeps the copy in use where CloudFormation is %s',
  async (fault) => {
    await start({ stackEvents: { fault: () => fault } });
    await world.deploy({});
    world.deliveries.push({ delays: [0] }, { delays: [0, 90 * MINUTE] });
    await world.deploy({ ...NEXT, fails: 1_000 });
    await world.deploy(NEXT);
    await world.quiet();
    expect(world.images()).toContain(`${B} AVAILABLE`);
    expect(world.imageIds()).toContain(world.currentId());
  },
);
