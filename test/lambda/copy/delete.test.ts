import type { FunctionHarness } from '../../support/function-harness';
import { secondsOf } from '../../support/seconds-of';
import { COPY_SECONDS, callsOf, carriedOutLate, failNext, madeCopy, owned, startFunction } from './copies';
import { copy, createEvent, deleteEvent, REGION, SOURCE } from './events';

let harness: FunctionHarness;

beforeEach(async () => {
  harness = await startFunction();
});

afterEach(() => harness.close());

/** The physical ID that CloudFormation makes up if a Create did not respond. */
const MADE_UP = 'Images-Golden-1ABCDEF';

test('a copy is deleted in three calls', async () => {
  const imageId = await madeCopy(harness);
  callsOf(harness);
  const response = await harness.send(deleteEvent(imageId));
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: imageId });
  expect(response.Reason).toBeUndefined();
  expect(owned(harness)).toEqual([]);
  expect(callsOf(harness)).toEqual([
    'DescribeWorkspaceImages',
    'DeleteWorkspaceImage',
    'DescribeWorkspaceImages',
  ]);
});

test.each([MADE_UP, 'nothing/Golden'])('the Delete of %s finds the copy by its name', async (physicalId) => {
  await madeCopy(harness);
  expect(await harness.send(deleteEvent(physicalId))).toMatchObject({ PhysicalResourceId: physicalId });
  expect(owned(harness)).toEqual([]);
});

test('a copy that a cancelled Create makes only now is waited for', async () => {
  harness.endpoint.copyTime = 0;
  await carriedOutLate(harness, createEvent(), deleteEvent(MADE_UP));
  expect(owned(harness)).toEqual([]);
});

test('the Delete of a copy that does not exist succeeds after 15 seconds with a note', async () => {
  const response = harness.send(deleteEvent('wsi-unknown000'));
  expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(15);
  expect(await response).toMatchObject({ Status: 'SUCCESS', Reason: 'There was no copy to delete.' });
});

test('the Delete of a Create whose source was refused calls nothing', async () => {
  expect(await harness.send(deleteEvent('nothing/Golden', copy('?')))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness)).toEqual([]);
});

test('an image that this resource did not make is kept', async () => {
  const imageId = await madeCopy(harness, copy(), { LogicalResourceId: 'Silver' });
  expect(await harness.send(deleteEvent(imageId))).toMatchObject({
    Status: 'SUCCESS',
    Reason: `Image ${imageId} is not a copy by this resource, so it was kept.`,
  });
  expect(owned(harness)).toHaveLength(1);
});

test('a copy in the state ERROR is deleted', async () => {
  const imageId = await madeCopy(harness);
  harness.endpoint.failImage(imageId, { code: 'Failed', message: 'The copy failed.' });
  await harness.send(deleteEvent(imageId));
  expect(owned(harness)).toEqual([]);
});

test('a copy that is being made is deleted when it is AVAILABLE, with two reads per minute', async () => {
  const { PhysicalResourceId } = await harness.send(createEvent());
  await harness.pass(COPY_SECONDS - 600);
  callsOf(harness);
  expect(await harness.send(deleteEvent(PhysicalResourceId))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness).length).toBeLessThanOrEqual(2 * 10 + 3);
  expect(owned(harness)).toEqual([]);
});

test('Lambda repeats a deletion twice while the copy is being made, for 44 minutes', async () => {
  harness.endpoint.copyTime = 24 * 60 * 60 * 1_000;
  const { PhysicalResourceId } = await harness.send(createEvent());
  const event = deleteEvent(PhysicalResourceId);
  harness.begin(event);
  const deliveries = async () => {
    await expect(harness.deliver(event)).rejects.toThrow('is still being copied');
    await harness.pass(60);
    await expect(harness.deliver(event)).rejects.toThrow('is still being copied');
    await harness.pass(120);
    return harness.deliver(event);
  };
  const last = deliveries();
  expect(await secondsOf(harness, last)).toBeGreaterThan(44 * 60);
  expect(await last).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId,
    Reason: `Image ${PhysicalResourceId} in ${REGION} is still being copied, and the service deletes no image in this state. When it is AVAILABLE, delete the stack again, or delete the image.`,
  });
});

describe('a copy that the service refuses to delete', () => {
  test('is deleted when it is no longer shared', async () => {
    const imageId = await madeCopy(harness);
    harness.endpoint.share(imageId, '999900001111');
    setTimeout(() => harness.endpoint.unshare(imageId, '999900001111'), 60_000);
    expect(await harness.send(deleteEvent(imageId))).toMatchObject({ Status: 'SUCCESS' });
    expect(owned(harness)).toEqual([]);
  });

  test.each([
    ['shared', 'InvalidResourceStateException', (id: string) => harness.endpoint.share(id, '999900001111')],
    ['in a bundle', 'ResourceAssociatedException', (id: string) => harness.endpoint.setInBundle(id)],
  ])('because it is %s stays, with advice, after three minutes', async (_, error, use) => {
    const imageId = await madeCopy(harness);
    use(imageId);
    const response = harness.send(deleteEvent(imageId));
    const seconds = await secondsOf(harness, response);
    expect(await response).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: imageId,
      Reason: expect.stringMatching(
        `^Image ${imageId} could not be deleted: "${error}: .*". Unshare it, and delete the bundles that use it or update them to another image. Then delete the stack again, or delete the image.$`,
      ),
    });
    expect(seconds).toBeGreaterThanOrEqual(180);
    expect(seconds).toBeLessThan(200);
    expect(owned(harness)).toHaveLength(1);
  });

  test('because another delivery has deleted it counts as deleted', async () => {
    const imageId = await madeCopy(harness);
    const event = deleteEvent(imageId);
    harness.begin(event);
    const deliveries = Promise.all([harness.deliver(event), harness.deliver(event)]);
    expect(await secondsOf(harness, deliveries)).toBeLessThan(30);
    expect((await deliveries).map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
  });
});

test.each([
  { kind: 'error', name: 'ThrottlingException' },
  { kind: 'error', name: 'InternalServerException', status: 500 },
] as const)('a deletion goes on while the service is out of order for five minutes (%j)', async (fault) => {
  const imageId = await madeCopy(harness);
  const until = harness.clock.now() + 300_000;
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'DeleteWorkspaceImage' && harness.clock.now() < until ? fault : undefined;
  expect(await harness.send(deleteEvent(imageId))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)).toEqual([]);
});

test('the log shows the life of a copy', async () => {
  const { PhysicalResourceId: imageId } = await harness.send(createEvent());
  await harness.deliver(createEvent());
  await harness.pass(COPY_SECONDS - 60);
  await harness.send(deleteEvent(imageId));
  expect(harness.logged('received')).toMatchObject([
    { RequestType: 'Create', ResourceType: 'Custom::WorkspaceImageCopy' },
    { RequestType: 'Create' },
    { RequestType: 'Delete' },
  ]);
  expect(harness.logged('copying')).toMatchObject([{ imageId, source: SOURCE }]);
  expect(harness.logged('found')).toMatchObject([{ imageId, state: 'PENDING' }]);
  expect(harness.logged('is being copied')[0]).toMatchObject({ imageId });
  expect(harness.logged('deleted')).toMatchObject([{ imageId }]);
});

test('a deletion is called for once while reads lag behind', async () => {
  harness.endpoint.readLag = 20_000;
  const imageId = await madeCopy(harness);
  callsOf(harness);
  expect(await harness.send(deleteEvent(imageId))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness).filter((operation) => operation === 'DeleteWorkspaceImage')).toHaveLength(1);
});

test('a deletion that the service accepts but does not carry out is called for again after a minute', async () => {
  const imageId = await madeCopy(harness);
  failNext(harness, 'DeleteWorkspaceImage', {
    kind: 'foreign',
    status: 200,
    contentType: 'application/x-amz-json-1.1',
    body: '{}',
  });
  expect(await harness.send(deleteEvent(imageId))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)).toEqual([]);
});

test('nothing is deleted when CloudFormation no longer waits', async () => {
  const imageId = await madeCopy(harness);
  const event = deleteEvent(imageId);
  harness.begin(event);
  await harness.pass(2);
  harness.record(event, 'DELETE_COMPLETE');
  expect(await harness.deliver(event)).toMatchObject({ Status: 'FAILED' });
  expect(owned(harness)).toHaveLength(1);
});

test('an event that is throttled until the deadline is repeated by Lambda', async () => {
  const imageId = await madeCopy(harness);
  harness.endpoint.onCall = () => ({ kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' });
  const event = deleteEvent(imageId);
  harness.begin(event);
  await expect(harness.deliver(event)).rejects.toThrow();
  await harness.pass(60);
  await expect(harness.deliver(event)).rejects.toThrow();
  await harness.pass(120);
  expect((await harness.deliver(event)).Reason).toBe(
    'The function timed out. The last error of the service: "ThrottlingException: Rate exceeded". Try again when the service is less busy.',
  );
  expect(harness.logged('failed')).toEqual([]);
});
