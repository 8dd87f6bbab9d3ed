import { secondsOf } from '../../support/seconds-of';
import { callsOf, failNext } from '../copy/copies';
import { ACCOUNT, REGION } from '../copy/events';
import { BUNDLE_SECONDS, bundle, created, deleted, IMAGE, owned, useBundleFunction } from './bundles';

const harness = useBundleFunction();

test('a bundle is created in three calls if it is AVAILABLE at once', async () => {
  harness.endpoint.bundleTime = 0;
  const response = await harness.send(created());
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'wsb-bundle00001' });
  expect(response.Reason).toBeUndefined();
  expect(callsOf(harness)).toEqual([
    'DescribeWorkspaceBundles',
    'CreateWorkspaceBundle',
    'DescribeWorkspaceBundles',
  ]);
});

test('a bundle is as its properties declare it', async () => {
  const Tags = [{ Key: 'team', Value: 'desktops' }];
  const { PhysicalResourceId: id } = await harness.send(
    created(bundle(IMAGE, { RootVolumeGib: '100', Tags })),
  );
  expect(harness.logged('created')).toMatchObject([{ id, imageId: IMAGE, name: owned(harness)[0]?.name }]);
  expect(owned(harness)).toEqual([
    {
      bundleId: 'wsb-bundle00001',
      name: expect.stringMatching(/^Standard-[0-9a-f]{12}-[0-9a-f]{8}$/),
      description: 'Made by CloudFormation',
      imageId: IMAGE,
      state: 'AVAILABLE',
      computeType: 'STANDARD',
      userVolume: 50,
      rootVolume: 100,
      tags: Tags,
    },
  ]);
});

test('the response is sent when the bundle is AVAILABLE, at most 3 seconds later', async () => {
  const seconds = await secondsOf(harness, harness.send(created()));
  expect(seconds).toBeGreaterThanOrEqual(BUNDLE_SECONDS);
  expect(seconds).toBeLessThanOrEqual(BUNDLE_SECONDS + 3);
});

test('a bundle that takes long is read less often, because all functions share the rate of the API', async () => {
  harness.endpoint.bundleTime = 600_000;
  const seconds = await secondsOf(harness, harness.send(created()));
  expect(seconds).toBeLessThanOrEqual(600 * 1.06);
  expect(callsOf(harness).length).toBeLessThan(90);
});

test.each([
  ['ImageId', 'Golden', '"Golden" is not a WorkSpaces image ID'],
  ['ComputeType', 'standard', '"standard" is not a compute type: write "STANDARD".'],
  ['UserVolumeGib', '0', '"0" is not the size of a volume in GiB.'],
  ['RootVolumeGib', 'big', '"big" is not the size of a volume in GiB.'],
  ['NamePrefix', 'a b', 'The name of the bundle cannot start with "a b".'],
  ['Description', 'a-b!', 'The description of the bundle cannot be "a-b!".'],
])('an invalid %s is refused before any call', async (name, value, problem) => {
  expect(await harness.send(created(bundle(IMAGE, { [name]: value })))).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: 'nothing/Standard',
    Reason: expect.stringContaining(problem),
  });
  expect(callsOf(harness)).toEqual([]);
});

describe('a bundle that was made although the call failed', () => {
  test.each([
    { kind: 'error', name: 'InternalServerException', status: 500, after: true },
    { kind: 'cut', after: true },
    { kind: 'stall', after: true },
    { kind: 'error', name: 'AccessDeniedException', after: true },
  ] as const)('is found by its name (%j)', async (fault) => {
    failNext(harness, 'CreateWorkspaceBundle', fault);
    const { PhysicalResourceId } = await harness.send(created());
    expect(owned(harness)).toMatchObject([{ bundleId: PhysicalResourceId }]);
  });

  test('is looked for until reads show it', async () => {
    harness.endpoint.readLag = 50_000;
    failNext(harness, 'CreateWorkspaceBundle', { kind: 'cut', after: true });
    const { PhysicalResourceId } = await harness.send(created());
    expect(owned(harness)).toMatchObject([{ bundleId: PhysicalResourceId }]);
  });
});

test('duplicates of an event make one bundle', async () => {
  harness.begin(created());
  const [first, second] = await Promise.all([harness.deliver(created()), harness.deliver(created())]);
  expect(first.PhysicalResourceId).toBe(second.PhysicalResourceId);
  expect(owned(harness)).toHaveLength(1);
});

test('the bundle of the first page of 25 is found as well as that of the second', async () => {
  const first = await harness.deliver(created());
  for (let n = 0; n < 26; n++) {
    harness.endpoint.addBundle({ imageId: IMAGE });
  }
  for (let n = 100; n < 126; n++) {
    harness.endpoint.addBundle({ imageId: IMAGE, bundleId: `wsb-another${n}` });
  }
  const last = await harness.deliver(created(bundle(), { RequestId: 'second' }));
  const repeated = await harness.deliver(created(bundle(), { RequestId: 'second' }));
  expect(repeated.PhysicalResourceId).toBe(last.PhysicalResourceId);
  expect((await harness.deliver(created())).PhysicalResourceId).toBe(first.PhysicalResourceId);
});

test('a deployment that is repeated at once does not use the name of the bundle that was deleted', async () => {
  const { PhysicalResourceId } = await harness.send(created());
  await harness.send(deleted(PhysicalResourceId));
  expect(await harness.send(created(bundle(), { RequestId: 'again' }))).toMatchObject({ Status: 'SUCCESS' });
});

test('an image that is still being made is waited for', async () => {
  harness.endpoint.addImage({ imageId: IMAGE, account: ACCOUNT, region: REGION, pendingFor: 40_000 });
  expect(await harness.send(created())).toMatchObject({ Status: 'SUCCESS' });
});

test('a new role is waited for', async () => {
  const denied = { kind: 'error', name: 'AccessDeniedException' } as const;
  const until = harness.clock.now() + 20_000;
  harness.endpoint.onCall = () => (harness.clock.now() < until ? denied : undefined);
  expect(await harness.send(created())).toMatchObject({ Status: 'SUCCESS' });
});

test('the longest prefix, and each character that the service allows in a name', async () => {
  const NamePrefix = `${'x'.repeat(33)}aZ09_./\\-`;
  expect(NamePrefix).toHaveLength(42);
  expect(await harness.send(created(bundle(IMAGE, { NamePrefix })))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)[0]?.name.startsWith(NamePrefix)).toBe(true);
});

test.each(['Describe', 'Create'])('the page of a proxy leads to advice on the route (%s)', async (verb) => {
  const page = { kind: 'foreign', status: 403, contentType: 'text/html', body: '<h1>No</h1>' } as const;
  harness.endpoint.onCall = ({ operation }) => (operation.startsWith(verb) ? page : undefined);
  const { Status, Reason } = await harness.send(created());
  expect(Status).toBe('FAILED');
  expect(Reason).toMatch(
    /could not be .*"HTTP 403: .*from a proxy or a firewall\. In a VPC, check the function's route/,
  );
});

describe('a refused Create leaves nothing behind, and its reason has advice', () => {
  const created50 = () => {
    for (let n = 0; n < 50; n++) {
      harness.endpoint.addBundle({ imageId: IMAGE });
    }
  };
  const image = (more: object) =>
    harness.endpoint.addImage({ imageId: IMAGE, account: ACCOUNT, region: REGION, ...more });

  test.each<[string, () => void, RegExp]>([
    [
      'an image of another account',
      () => image({ account: '111122223333' }),
      /The account must own the image: copy a shared image first\.$/,
    ],
    [
      'an image that never becomes AVAILABLE',
      () => image({ pendingFor: 7_200_000 }),
      /Wait until the image is AVAILABLE, and deploy again\.$/,
    ],
    [
      'volumes smaller than those of the image',
      () => image({ userVolume: 100 }),
      /Check the compute type and the volumes, which cannot be smaller than those of the image\.$/,
    ],
    [
      'a denied call',
      () =>
        failNext(
          harness,
          'CreateWorkspaceBundle',
          ...Array(40).fill({ kind: 'error', name: 'AccessDeniedException' }),
        ),
      /denies workspaces:CreateWorkspaceBundle, and/,
    ],
  ])('%s', async (_, prepare, advice) => {
    prepare();
    const response = await harness.send(created());
    expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'nothing/Standard' });
    expect(response.Reason).toMatch(/^The bundle with image wsi-8t4x2k9p7 could not be created: "\w+: /);
    expect(response.Reason).toMatch(advice);
    expect(owned(harness)).toEqual([]);
  });

  test('the quota of the account', async () => {
    created50();
    const response = await harness.send(created());
    expect(response).toMatchObject({
      Status: 'FAILED',
      // Another delivery could have made the last bundle.
      PhysicalResourceId: 'unknown/request',
      Reason: expect.stringMatching(
        /An account can have 50 custom bundles in a Region\. Delete bundles that no WorkSpace uses\.$/,
      ),
    });
  });

  test('a denied call with tags names the action for them', async () => {
    failNext(
      harness,
      'CreateWorkspaceBundle',
      ...Array(40).fill({ kind: 'error', name: 'AccessDeniedException' }),
    );
    const { Reason } = await harness.send(created(bundle(IMAGE, { Tags: [{ Key: 'team', Value: 'x' }] })));
    expect(Reason).toContain('denies workspaces:CreateWorkspaceBundle or workspaces:CreateTags, and');
  });

  test('bundles that cannot be read', async () => {
    failNext(
      harness,
      'DescribeWorkspaceBundles',
      ...Array(40).fill({ kind: 'error', name: 'AccessDeniedException' }),
    );
    expect(await harness.send(created())).toMatchObject({
      PhysicalResourceId: 'nothing/Standard',
      Reason: expect.stringMatching(
        /^The bundles in eu-west-1 could not be read: .* denies workspaces:DescribeWorkspaceBundles in eu-west-1, and/,
      ),
    });
  });
});

describe('a failed Create responds with the ID of the bundle, so that its Delete deletes it', () => {
  test('if the bundle ends in the state ERROR', async () => {
    harness.endpoint.bundleError = () => true;
    const response = await harness.send(created());
    expect(response).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'wsb-bundle00001',
      Reason: 'Bundle wsb-bundle00001 ended in the state ERROR. Deploy again.',
    });
    await harness.send(deleted(response.PhysicalResourceId));
    expect(owned(harness)).toEqual([]);
  });

  test('if it is deleted meanwhile', async () => {
    harness.clock.setTimeout(() => harness.endpoint.removeBundle('wsb-bundle00001'), 10_000);
    expect(await harness.send(created())).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'wsb-bundle00001',
      Reason: `The service does not show bundle wsb-bundle00001 with image ${IMAGE}. Deploy again.`,
    });
  });
});

describe('a bundle that is PENDING for longer than the function can run', () => {
  test('is waited for by the repetitions of Lambda', async () => {
    harness.endpoint.bundleTime = 25 * 60_000;
    const event = created();
    harness.begin(event);
    await expect(harness.deliver(event)).rejects.toThrow('is still PENDING after 14 minutes');
    await harness.pass(60);
    expect(await harness.deliver(event)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('fails after the last one, with the minutes', async () => {
    harness.endpoint.bundleTime = 60 * 60_000;
    const event = created();
    harness.begin(event);
    for (const pause of [60, 120]) {
      await expect(harness.deliver(event)).rejects.toThrow('is still PENDING');
      await harness.pass(pause);
    }
    expect(await harness.deliver(event)).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'wsb-bundle00001',
      Reason: expect.stringMatching(
        /^Bundle wsb-bundle00001 is still PENDING after 4[5-7] minutes\. Wait until it is AVAILABLE, and deploy again\.$/,
      ),
    });
  });

  test('a repetition that fails may have been preceded by one that made the bundle', async () => {
    const event = created();
    harness.begin(event);
    await harness.pass(60);
    failNext(harness, 'CreateWorkspaceBundle', { kind: 'error', name: 'OperationNotSupportedException' });
    expect(await harness.deliver(event)).toMatchObject({ PhysicalResourceId: 'unknown/request' });
  });
});
