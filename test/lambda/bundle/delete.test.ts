import { secondsOf } from '../../support/seconds-of';
import { callsOf, failNext } from '../copy/copies';
import {
  bundle,
  created,
  deleted,
  IMAGE,
  madeBundle,
  OTHER_IMAGE,
  owned,
  useBundleFunction,
} from './bundles';

const harness = useBundleFunction();

/** The physical ID that CloudFormation generates if a Create did not respond. */
const GENERATED = 'Images-Standard-1ABCDEF';
const DENIED = { kind: 'error', name: 'AccessDeniedException' } as const;

const ids = () => owned(harness).map(({ bundleId }) => bundleId);

test('a bundle is deleted in three calls', async () => {
  const id = await madeBundle(harness);
  callsOf(harness);
  const response = await harness.send(deleted(id));
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
  expect(response.Reason).toBeUndefined();
  expect(ids()).toEqual([]);
  expect(callsOf(harness)).toEqual([
    'DescribeWorkspaceBundles',
    'DeleteWorkspaceBundle',
    'DescribeWorkspaceBundles',
  ]);
});

test('a bundle that another stack or construct has made is deleted, because stack refactoring changes both', async () => {
  const id = await madeBundle(harness);
  await harness.send(deleted(id, { StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Other/2' }));
  expect(ids()).toEqual([]);
});

test('a bundle that was made by hand is kept, and named', async () => {
  const byHand = harness.endpoint.addBundle({ imageId: IMAGE, name: 'Standard' });
  expect(await harness.send(deleted(byHand))).toMatchObject({
    Status: 'SUCCESS',
    Reason: `Bundle ${byHand} was not made by a stack, so it was kept.`,
  });
  expect(ids()).toEqual([byHand]);
});

test('a bundle that is gone is deleted', async () => {
  expect(await harness.send(deleted('wsb-unknown000'))).toMatchObject({
    Status: 'SUCCESS',
    Reason: 'There was no bundle wsb-unknown000 to delete.',
  });
});

test('an ID of a Create that made nothing calls nothing', async () => {
  expect(await harness.send(deleted('nothing/Standard'))).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: 'nothing/Standard',
  });
  expect(callsOf(harness)).toEqual([]);
});

test('a bundle that reads still show after its deletion is not deleted twice', async () => {
  const id = await madeBundle(harness);
  harness.endpoint.readLag = 20_000;
  callsOf(harness);
  await harness.send(deleted(id));
  expect(callsOf(harness).filter((name) => name === 'DeleteWorkspaceBundle')).toHaveLength(1);
});

test('a bundle that another delivery has deleted, and that reads still show, is deleted', async () => {
  const id = await madeBundle(harness);
  harness.endpoint.removeBundle(id);
  harness.endpoint.readLag = 20_000;
  expect(await harness.send(deleted(id))).toMatchObject({ Status: 'SUCCESS' });
});

test('a bundle that is PENDING is waited for', async () => {
  const event = created();
  harness.begin(event);
  const create = harness.deliver(event);
  await harness.pass(5);
  const response = await harness.send(deleted('wsb-bundle00001'));
  await create;
  expect(response).toMatchObject({ Status: 'SUCCESS' });
  expect(ids()).toEqual([]);
});

test('a bundle that is PENDING for longer than the function can run is deleted by a repetition of Lambda', async () => {
  harness.endpoint.bundleTime = 20 * 60_000;
  const event = created();
  harness.begin(event);
  await expect(harness.deliver(event)).rejects.toThrow('is still PENDING');
  harness.record(event, 'CREATE_FAILED');
  harness.endpoint.bundleTime = 0;
  const later = deleted('wsb-bundle00001');
  harness.timeout = 120_000;
  harness.begin(later);
  await expect(harness.deliver(later)).rejects.toThrow('the service deletes no bundle in this state');
  harness.timeout = 900_000;
  expect(await harness.deliver(later)).toMatchObject({ Status: 'SUCCESS' });
  expect(ids()).toEqual([]);
});

describe('a bundle that WorkSpaces use', () => {
  let id: string;

  beforeEach(async () => {
    id = await madeBundle(harness);
    harness.endpoint.setWorkspaces(id, 1);
  });

  test('is kept after three minutes, with advice, and the Delete can be repeated', async () => {
    const response = harness.send(deleted(id));
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(180);
    const { Status, Reason } = await response;
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(
      RegExp(
        `^Bundle ${id} could not be deleted: "ResourceAssociatedException: .*". Delete the WorkSpaces that use it or migrate them to another bundle. Then delete the bundle.$`,
      ),
    );
    harness.endpoint.setWorkspaces(id, 0);
    expect(await harness.send(deleted(id))).toMatchObject({ Status: 'SUCCESS' });
    expect(ids()).toEqual([]);
  });

  test('is called for every 10 seconds', async () => {
    callsOf(harness);
    await harness.send(deleted(id));
    const calls = callsOf(harness).filter((name) => name === 'DeleteWorkspaceBundle');
    expect(calls.length).toBeGreaterThanOrEqual(16);
    expect(calls.length).toBeLessThanOrEqual(19);
  });

  test('is kept although reads that lag behind do not show it for 10 seconds', async () => {
    const hiddenFrom = harness.clock.now() + 5_000;
    harness.endpoint.readLag = () => {
      const since = harness.clock.now() - hiddenFrom;
      return since >= 0 && since < 10_000 ? 3_600_000 : 0;
    };
    expect(await harness.send(deleted(id))).toMatchObject({ Status: 'FAILED' });
  });

  test('is deleted if they are gone within three minutes', async () => {
    harness.clock.setTimeout(() => harness.endpoint.setWorkspaces(id, 0), 120_000);
    expect(await harness.send(deleted(id))).toMatchObject({ Status: 'SUCCESS' });
    expect(ids()).toEqual([]);
  });

  test('is kept after three minutes, with advice, if the service accepts the deletion and queues it', async () => {
    harness.endpoint.queuesBundleDeletion = true;
    const response = harness.send(deleted(id));
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(180);
    expect(await response).toMatchObject({
      Status: 'FAILED',
      Reason: `The deletion of bundle ${id} was accepted, but the bundle still exists. Delete the WorkSpaces that use it or migrate them to another bundle. Then delete the bundle.`,
    });
  });
});

test('a denied deletion names the action', async () => {
  const id = await madeBundle(harness);
  failNext(harness, 'DeleteWorkspaceBundle', ...Array(90).fill(DENIED));
  expect(await harness.send(deleted(id))).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(
      /denies workspaces:DeleteWorkspaceBundle, and .* Then delete the bundle\.$/,
    ),
  });
});

describe('unknown/<request ID>', () => {
  test('deletes the bundle of exactly that request', async () => {
    const { PhysicalResourceId: lost } = await harness.send(created());
    const { PhysicalResourceId: kept } = await harness.send(created(bundle(), { RequestId: 'second' }));
    await harness.pass(60);
    expect(await harness.send(deleted('unknown/request'))).toMatchObject({ Status: 'SUCCESS' });
    expect(ids()).toEqual([kept]);
    expect(kept).not.toBe(lost);
  });

  test('waits for a call of the cancelled Create that is carried out late', async () => {
    failNext(harness, 'CreateWorkspaceBundle', { kind: 'delay', ms: 12_000 });
    harness.begin(created());
    const create = harness.deliver({ ...created(), ResponseURL: harness.responseUrl });
    await harness.pass(3);
    harness.record(created(), 'CREATE_FAILED');
    await Promise.all([create, harness.send(deleted('unknown/request'))]);
    expect(ids()).toEqual([]);
  });
});

describe('an ID that CloudFormation has generated', () => {
  /** A Create that makes a bundle, and that CloudFormation cancels. */
  async function cancelled(event = created()): Promise<string> {
    harness.begin(event);
    const work = harness.deliver({ ...event, ResponseURL: harness.responseUrl });
    await harness.pass(5);
    harness.record(event, 'CREATE_FAILED');
    const { PhysicalResourceId } = await work;
    return PhysicalResourceId;
  }

  const second = created(bundle(), { RequestId: 'second' });

  test('deletes the bundle of a cancelled Create', async () => {
    await cancelled();
    expect(await harness.send(deleted(GENERATED))).toMatchObject({ PhysicalResourceId: GENERATED });
    expect(ids()).toEqual([]);
  });

  test('fails if WorkSpaces use the lost bundle', async () => {
    const lost = await cancelled();
    harness.endpoint.setWorkspaces(lost, 1);
    expect(await harness.send(deleted(GENERATED))).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: GENERATED,
      Reason: expect.stringContaining(`Bundle ${lost} could not be deleted`),
    });
  });

  test('deletes the bundles of two cancelled Creates', async () => {
    await cancelled();
    await cancelled(second);
    await harness.send(deleted(GENERATED));
    expect(ids()).toEqual([]);
  });

  test('keeps the bundle of a later Create with the same properties, which CloudFormation knows', async () => {
    await cancelled();
    await harness.pass(600);
    harness.begin(second);
    const { PhysicalResourceId: kept } = await harness.deliver(second);
    harness.record(deleted(kept), 'CREATE_COMPLETE');
    expect(await harness.send(deleted(GENERATED))).toMatchObject({ Status: 'SUCCESS' });
    expect(ids()).toEqual([kept]);
  });

  test('waits while a later Create has not ended, and keeps its bundle', async () => {
    await cancelled();
    await harness.pass(600);
    harness.endpoint.bundleTime = 300_000;
    harness.begin(second);
    const create = harness.deliver({ ...second, ResponseURL: harness.responseUrl }).then((response) => {
      harness.record(deleted(response.PhysicalResourceId), 'CREATE_COMPLETE');
      return response.PhysicalResourceId;
    });
    await harness.pass(10);
    const response = harness.send(deleted(GENERATED));
    const [kept] = await Promise.all([create, response]);
    expect(ids()).toEqual([kept]);
  });

  test('keeps the bundle, and names it, if a later Create has not ended by the end of the last delivery', async () => {
    const lost = await cancelled();
    await harness.pass(600);
    const event = deleted(GENERATED);
    harness.begin(event);
    harness.record(second, 'CREATE_IN_PROGRESS');
    await expect(harness.deliver(event)).rejects.toThrow('The function timed out.');
    await harness.pass(180);
    expect(await harness.deliver(event)).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringContaining(`Bundle ${lost} was kept`),
    });
    expect(ids()).toEqual([lost]);
  });

  test('keeps a retained bundle of an earlier Create that succeeded', async () => {
    const { PhysicalResourceId: retained } = await harness.send(created());
    await harness.pass(600);
    await cancelled(second);
    await harness.pass(60);
    expect(await harness.send(deleted(GENERATED))).toMatchObject({ Status: 'SUCCESS' });
    expect(ids()).toContain(retained);
    expect(ids()).toHaveLength(1);
  });

  test('keeps the bundle, and names it, if CloudFormation does not answer', async () => {
    const lost = await cancelled();
    harness.cloudFormation.fault = 'denied';
    expect(await harness.send(deleted(GENERATED))).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringContaining(`Bundle ${lost} was kept, because CloudFormation did not tell`),
    });
    expect(ids()).toEqual([lost]);
  });

  test('succeeds with a note if the bundles cannot be read, because the Create could not either', async () => {
    failNext(harness, 'DescribeWorkspaceBundles', ...Array(90).fill(DENIED));
    expect(await harness.send(deleted(GENERATED))).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(/Delete the bundle whose name contains [0-9a-f]{12}, if there is one\.$/),
    });
  });

  test('keeps the bundles of other constructs', async () => {
    await cancelled();
    await cancelled(created(bundle(OTHER_IMAGE), { LogicalResourceId: 'Fast', RequestId: 'fast' }));
    await harness.send(deleted(GENERATED));
    expect(owned(harness)).toMatchObject([{ imageId: OTHER_IMAGE }]);
  });
});
