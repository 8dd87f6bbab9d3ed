import { secondsOf } from '../../support/seconds-of';
import { callsOf, failNext, recordStack } from '../copy/copies';
import { ACCOUNT, REGION } from '../copy/events';
import { bundle, IMAGE, madeBundle, OTHER_IMAGE, owned, updated, useBundleFunction } from './bundles';

const harness = useBundleFunction();

const DENIED = { kind: 'error', name: 'AccessDeniedException' } as const;
const UPDATE = ['DescribeWorkspaceBundles', 'UpdateWorkspaceBundle', 'DescribeWorkspaceBundles'];

let id: string;

beforeEach(async () => {
  id = await madeBundle(harness);
  recordStack(harness, 'UPDATE_IN_PROGRESS');
  callsOf(harness);
});

const imageOf = () => owned(harness)[0]?.imageId;
const rollback = () => updated(id, bundle(), bundle(OTHER_IMAGE), { RequestId: 'rollback' });

test('another image changes the bundle, which keeps its ID, in three calls', async () => {
  const response = await harness.send(updated(id));
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
  expect(response.Reason).toBeUndefined();
  expect(owned(harness)).toMatchObject([{ bundleId: id, imageId: OTHER_IMAGE }]);
  expect(callsOf(harness)).toEqual(UPDATE);
});

test.each(['AVAILABLE', 'PENDING'] as const)(
  'the response is sent when the change is shown, at most 3 seconds later (meanwhile %s)',
  async (state) => {
    harness.endpoint.bundleUpdateTime = 20_000;
    harness.endpoint.updatingState = state;
    const seconds = await secondsOf(harness, harness.send(updated(id)));
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(seconds).toBeLessThanOrEqual(23);
    expect(imageOf()).toBe(OTHER_IMAGE);
  },
);

test.each([
  ['prefix', { NamePrefix: 'Fast' }],
  ['description', { Description: 'Fast' }],
  ['tag', { Tags: [{ Key: 'team', Value: 'desktops' }] }],
  ['removal policy', { RemovalPolicy: 'Retain' }],
  ['root volume, which the bundle has', { RootVolumeGib: '80' }],
])('another %s changes nothing', async (_, more) => {
  expect(await harness.send(updated(id, bundle(IMAGE, more)))).toMatchObject({ PhysicalResourceId: id });
  expect(callsOf(harness)).toEqual(['DescribeWorkspaceBundles']);
});

describe('with rollback disabled, the former properties are those of an Update that failed, or of the last one that succeeded', () => {
  test('an Update that was refused is repeated', async () => {
    const same = updated(id, bundle(OTHER_IMAGE), bundle(OTHER_IMAGE));
    expect(await harness.send(same)).toMatchObject({ Status: 'SUCCESS' });
    expect(imageOf()).toBe(OTHER_IMAGE);
  });

  test('an Update that was cancelled after its call is taken back', async () => {
    harness.endpoint.setBundleImage(id, OTHER_IMAGE);
    await harness.pass(1);
    expect(await harness.send(updated(id, bundle(), bundle()))).toMatchObject({ Status: 'SUCCESS' });
    expect(imageOf()).toBe(IMAGE);
  });

  test('an Update of a resource that has made nothing creates the bundle', async () => {
    const response = await harness.send(updated('nothing/Standard'));
    expect(response.PhysicalResourceId).toBe('wsb-bundle00002');
    expect(owned(harness)).toHaveLength(2);
  });

  test('and if that bundle ends in the state ERROR, its ID is in the response', async () => {
    harness.endpoint.bundleError = () => true;
    expect(await harness.send(updated('nothing/Standard'))).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'wsb-bundle00002',
    });
  });
});

describe('the call', () => {
  test('is made even if a read shows the image already, because the read may lag behind', async () => {
    harness.endpoint.setBundleImage(id, OTHER_IMAGE);
    await harness.pass(1);
    await harness.send(updated(id));
    expect(callsOf(harness)).toEqual(UPDATE);
  });

  test('is repeated if another invocation has changed the image for 15 seconds after it', async () => {
    harness.begin(updated(id));
    harness.record(updated(id), 'UPDATE_FAILED');
    const response = harness.send(rollback());
    harness.clock.setTimeout(() => harness.endpoint.setBundleImage(id, OTHER_IMAGE), 9_000);
    const seconds = await secondsOf(harness, response);
    expect(imageOf()).toBe(IMAGE);
    expect(callsOf(harness).filter((name) => name === 'UpdateWorkspaceBundle')).toHaveLength(2);
    expect(seconds).toBeGreaterThanOrEqual(9 + 15 + 15);
    expect(seconds).toBeLessThan(60);
  });

  test('is repeated twice if the change is not shown, and then the Update fails', async () => {
    harness.endpoint.bundleUpdateTime = 3_600_000;
    expect(await harness.send(updated(id))).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: id,
      Reason: `The service does not show bundle ${id} with image ${OTHER_IMAGE}. Deploy again.`,
    });
    expect(callsOf(harness).filter((name) => name === 'UpdateWorkspaceBundle')).toHaveLength(3);
  });

  test.each([
    { kind: 'error', name: 'InternalServerException', status: 500, after: true },
    { kind: 'cut', after: true },
    { kind: 'stall', after: true },
    { kind: 'truncate' },
  ] as const)('is repeated until there is a response (%j)', async (fault) => {
    failNext(harness, 'UpdateWorkspaceBundle', fault);
    expect(await harness.send(updated(id))).toMatchObject({ Status: 'SUCCESS' });
    expect(imageOf()).toBe(OTHER_IMAGE);
  });

  test('is not made for an event that CloudFormation has cancelled', async () => {
    harness.begin(updated(id));
    harness.record(updated(id), 'UPDATE_FAILED');
    harness.begin(rollback());
    await harness.deliver(updated(id));
    expect(callsOf(harness)).toEqual(['DescribeWorkspaceBundles']);
  });
});

describe('an Update settles while an earlier one may still be writing', () => {
  test.each([1.5, 4, 12])('so the rollback wins over a call that takes %s s', async (seconds) => {
    failNext(harness, 'UpdateWorkspaceBundle', { kind: 'delay', ms: seconds * 1_000 });
    harness.begin(updated(id));
    const cancelled = harness.deliver({ ...updated(id), ResponseURL: harness.responseUrl });
    await harness.pass(1);
    harness.record(updated(id), 'UPDATE_FAILED');
    await Promise.all([cancelled, harness.send(rollback())]);
    expect(imageOf()).toBe(IMAGE);
  });

  test('with at most 12 calls', async () => {
    harness.begin(updated(id));
    harness.record(updated(id), 'UPDATE_FAILED');
    const seconds = await secondsOf(harness, harness.send(rollback()));
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(callsOf(harness).length).toBeLessThanOrEqual(12);
  });

  test('also if CloudFormation does not answer', async () => {
    harness.cloudFormation.fault = 'denied';
    expect(await secondsOf(harness, harness.send(updated(id)))).toBeGreaterThanOrEqual(15);
  });
});

describe('a refused call', () => {
  const refuse = () => failNext(harness, 'UpdateWorkspaceBundle', ...Array(90).fill(DENIED));

  test('fails the Update, and the bundle keeps its image', async () => {
    refuse();
    expect(await harness.send(updated(id))).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: id,
      Reason: expect.stringMatching(
        `^Bundle ${id} could not be updated to image ${OTHER_IMAGE}: "AccessDeniedException: .* denies workspaces:UpdateWorkspaceBundle, and`,
      ),
    });
    expect(imageOf()).toBe(IMAGE);
  });

  const unsupported = { kind: 'error', name: 'OperationNotSupportedException' } as const;

  test('is right if reads show the image for 15 seconds, as in the rollback of a refused Update', async () => {
    failNext(harness, 'UpdateWorkspaceBundle', unsupported);
    const response = harness.send(rollback());
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(15);
    expect(await response).toMatchObject({ Status: 'SUCCESS' });
  });

  test('fails the Update at once if a read shows another image', async () => {
    failNext(harness, 'UpdateWorkspaceBundle', unsupported);
    const response = harness.send(updated(id));
    expect(await secondsOf(harness, response)).toBeLessThan(10);
    expect(await response).toMatchObject({ Status: 'FAILED' });
  });

  test.each<[string, () => void, RegExp]>([
    [
      'an image of another account',
      () => harness.endpoint.addImage({ imageId: OTHER_IMAGE, account: '111122223333' }),
      /The account must own the image: copy a shared image first\.$/,
    ],
    [
      'an image that does not become AVAILABLE',
      () =>
        harness.endpoint.addImage({
          imageId: OTHER_IMAGE,
          account: ACCOUNT,
          region: REGION,
          pendingFor: 7_200_000,
        }),
      /Wait until the image and the bundle are AVAILABLE, and deploy again\.$/,
    ],
    [
      'an image of another operating system',
      () =>
        harness.endpoint.addImage({
          imageId: OTHER_IMAGE,
          account: ACCOUNT,
          region: REGION,
          operatingSystem: 'LINUX',
        }),
      /Check that the image has the operating system and the license of the bundle\.$/,
    ],
  ])('has advice: %s', async (_, prepare, advice) => {
    prepare();
    const { Status, Reason } = await harness.send(updated(id));
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(advice);
  });
});

describe('the state ERROR', () => {
  test('passes if another image is shown within 60 seconds', async () => {
    let failing = true;
    harness.endpoint.bundleError = () => failing;
    await harness.send(updated(id));
    failing = false;
    harness.endpoint.bundleUpdateTime = 30_000;
    expect(await harness.send(rollback())).toMatchObject({ Status: 'SUCCESS' });
    expect(owned(harness)).toMatchObject([{ imageId: IMAGE, state: 'AVAILABLE' }]);
  });

  test('fails an Update after 60 seconds', async () => {
    harness.endpoint.bundleError = () => true;
    const response = harness.send(updated(id));
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(60);
    expect((await response).Reason).toBe(`Bundle ${id} ended in the state ERROR. Deploy again.`);
    expect(callsOf(harness).filter((name) => name === 'UpdateWorkspaceBundle')).toHaveLength(1);
  });
});

describe('other hardware', () => {
  test.each([
    ['compute type', { ComputeType: 'PERFORMANCE' }],
    ['user volume', { UserVolumeGib: '100' }],
    ['root volume', { RootVolumeGib: '175' }],
  ])('is refused with advice: %s', async (_, more) => {
    expect(await harness.send(updated(id, bundle(OTHER_IMAGE, more)))).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: id,
      Reason: `The compute type and the volumes of a bundle cannot change: ${id} has STANDARD, 50 GiB for users and 80 GiB for the system. Add another bundle with another construct ID, migrate the WorkSpaces, and remove this one.`,
    });
    expect(imageOf()).toBe(IMAGE);
  });

  test('is described without a root volume that the service does not report', async () => {
    harness.endpoint.shownVolume = (gib, volume) => (volume === 'root' ? undefined : gib);
    const { Reason } = await harness.send(updated(id, bundle(IMAGE, { ComputeType: 'POWER' })));
    expect(Reason).toContain('has STANDARD, 50 GiB for users. Add another bundle');
  });

  test.each([
    ['another user volume', (gib: number) => gib + 1],
    ['no root volume', (gib: number, volume: string) => (volume === 'root' ? undefined : gib)],
  ])('is not refused if the service reports %s, as it may round or omit it', async (_, shownVolume) => {
    harness.endpoint.shownVolume = shownVolume;
    const withRoot = { RootVolumeGib: '80' };
    const event = updated(id, bundle(OTHER_IMAGE, withRoot), bundle(IMAGE, withRoot));
    expect(await harness.send(event)).toMatchObject({ Status: 'SUCCESS' });
    expect(imageOf()).toBe(OTHER_IMAGE);
  });

  test('that was refused can be taken back while the stack rolls back, even if the service rounds', async () => {
    harness.endpoint.shownVolume = (gib) => gib + 1;
    harness.endpoint.setBundleImage(id, OTHER_IMAGE);
    await harness.pass(1);
    recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS');
    const response = await harness.send(
      updated(id, bundle(), bundle(OTHER_IMAGE, { ComputeType: 'PERFORMANCE' })),
    );
    expect(response.Status).toBe('SUCCESS');
    expect(response.Reason).toBeUndefined();
    expect(imageOf()).toBe(IMAGE);
  });

  test('that was refused is not refused again when it is taken back with rollback disabled', async () => {
    const other = bundle(OTHER_IMAGE, { ComputeType: 'PERFORMANCE' });
    expect(await harness.send(updated(id, bundle(OTHER_IMAGE), other))).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('a bundle that was deleted by hand', () => {
  beforeEach(() => harness.endpoint.removeBundle(id));

  test.each([undefined, 'InvalidParameterValuesException', 'ResourceNotFoundException'])(
    'fails the Update after 60 seconds, with advice (error of the service: %s)',
    async (error) => {
      harness.endpoint.unknownBundle = error;
      const response = harness.send(updated(id));
      expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(60);
      expect(await response).toMatchObject({
        Status: 'FAILED',
        PhysicalResourceId: id,
        Reason: `There is no bundle ${id} any more. Change the construct ID to make another one.`,
      });
    },
  );
});

test('a bundle that reads do not show for 50 seconds is not gone', async () => {
  const shownFrom = harness.clock.now() + 50_000;
  harness.endpoint.readLag = () => (harness.clock.now() < shownFrom ? 3_600_000 : 0);
  expect(await harness.send(updated(id))).toMatchObject({ Status: 'SUCCESS' });
});

test('a bundle is read by its ID, however many others there are', async () => {
  for (let n = 0; n < 30; n++) {
    harness.endpoint.addBundle({ imageId: IMAGE, region: REGION });
  }
  const last = harness.endpoint.addBundle({ imageId: IMAGE, region: REGION, userVolume: 50 });
  expect(await harness.send(updated(last))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness)).toEqual(UPDATE);
});

test('a bundle without a state, as emulators describe it, is AVAILABLE', async () => {
  const body = JSON.stringify({
    Bundles: [
      {
        BundleId: id,
        ImageId: IMAGE,
        ComputeType: { Name: 'STANDARD' },
        UserStorage: { Capacity: '50' },
      },
    ],
  });
  const contentType = 'application/x-amz-json-1.1';
  failNext(harness, 'DescribeWorkspaceBundles', { kind: 'foreign', status: 200, contentType, body });
  expect(await harness.send(updated(id, bundle(), bundle()))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness)).toEqual(['DescribeWorkspaceBundles']);
});

test('the log shows each step of an Update', async () => {
  await harness.send(updated(id));
  failNext(harness, 'UpdateWorkspaceBundle', DENIED);
  await harness.send(rollback());
  expect(harness.logged('updated')).toMatchObject([
    { id, imageId: OTHER_IMAGE },
    { id, imageId: IMAGE },
  ]);
  expect(harness.logged('update failed')).toMatchObject([{ id, imageId: IMAGE, error: DENIED.name }]);
  expect(harness.logged('read')).toContainEqual(
    expect.objectContaining({ id, state: 'AVAILABLE', imageId: OTHER_IMAGE }),
  );
});

describe('while the stack rolls back, no Update fails for what it cannot change', () => {
  beforeEach(() => recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS'));

  test.each<[string, () => void, string]>([
    ['the bundle is gone', () => harness.endpoint.removeBundle(id), 'There is no bundle'],
    [
      'reads are refused',
      () => failNext(harness, 'DescribeWorkspaceBundles', ...Array(90).fill(DENIED)),
      'The bundles in eu-west-1 could not be read',
    ],
    [
      'the call is refused',
      () => {
        harness.endpoint.setBundleImage(id, OTHER_IMAGE);
        failNext(harness, 'UpdateWorkspaceBundle', ...Array(90).fill(DENIED));
      },
      'could not be updated',
    ],
    [
      'the change is not shown',
      () => {
        harness.endpoint.setBundleImage(id, OTHER_IMAGE);
        harness.endpoint.bundleUpdateTime = 3_600_000;
      },
      'The service does not show bundle',
    ],
  ])('%s', async (_, prepare, reason) => {
    await harness.pass(1);
    prepare();
    const response = await harness.send(rollback());
    expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    expect(response.Reason).toContain(reason);
    expect(response.Reason).toMatch(new RegExp(`Bundle ${id} may have another image than ${IMAGE}\\.$`));
  });
});

test('an Update that changes nothing succeeds with a note if the bundles cannot be read', async () => {
  failNext(harness, 'DescribeWorkspaceBundles', ...Array(90).fill(DENIED));
  expect(await harness.send(updated(id, bundle(IMAGE, { NamePrefix: 'Fast' })))).toMatchObject({
    Status: 'SUCCESS',
    Reason: expect.stringContaining('could not be read'),
  });
});

test('an Update to another image fails if the bundles cannot be read', async () => {
  failNext(harness, 'DescribeWorkspaceBundles', ...Array(90).fill(DENIED));
  expect(await harness.send(updated(id))).toMatchObject({ Status: 'FAILED', PhysicalResourceId: id });
});

describe('an Update that Lambda repeats', () => {
  beforeEach(async () => {
    harness.begin(updated(id));
    harness.endpoint.setBundleImage(id, OTHER_IMAGE);
    await harness.pass(60);
  });

  test('does not call if reads show the image for 15 seconds', async () => {
    const response = harness.deliver(updated(id));
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(15);
    expect(await response).toMatchObject({ Status: 'SUCCESS' });
    expect(new Set(callsOf(harness))).toEqual(new Set(['DescribeWorkspaceBundles']));
  });

  test('calls if another invocation changes the image meanwhile', async () => {
    harness.clock.setTimeout(() => harness.endpoint.setBundleImage(id, IMAGE), 5_000);
    expect(await harness.deliver(updated(id))).toMatchObject({ Status: 'SUCCESS' });
    expect(imageOf()).toBe(OTHER_IMAGE);
  });
});

test('an Update that takes longer than the function can run is repeated by Lambda', async () => {
  harness.endpoint.bundleUpdateTime = 20 * 60_000;
  harness.endpoint.updatingState = 'PENDING';
  const event = updated(id);
  harness.begin(event);
  await expect(harness.deliver(event)).rejects.toThrow('is still PENDING after 14 minutes');
  await harness.pass(60);
  expect(await harness.deliver(event)).toMatchObject({ Status: 'SUCCESS' });
  expect(imageOf()).toBe(OTHER_IMAGE);
});
