import { secondsOf } from '../../support/seconds-of';
import { COPY_SECONDS, callsOf, carriedOutLate, failNext, madeCopy, owned, useCopyFunction } from './copies';
import { ACCOUNT, copy, createEvent, deleteEvent, OTHER_SOURCE, REGION, SOURCE, updateEvent } from './events';

const harness = useCopyFunction();

/** The physical ID that CloudFormation generates if a Create did not respond. */
const GENERATED = 'Images-Golden-1ABCDEF';

test('a copy is deleted in four calls, of which the last one looks for lost ones', async () => {
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
    'DescribeWorkspaceImages',
  ]);
});

/** Records a Create that failed, and makes the copy that it left behind, or one that was made a while after or before. */
async function failedCreate(secondsBefore = 0): Promise<string> {
  const event = createEvent();
  const made = async () => (await harness.deliver(event)).PhysicalResourceId;
  let imageId = secondsBefore > 0 ? await made() : undefined;
  await harness.pass(secondsBefore);
  harness.begin(event);
  imageId ??= await made();
  await harness.pass(5);
  harness.record(event, 'CREATE_FAILED');
  await harness.pass(COPY_SECONDS);
  return imageId;
}

describe.each([GENERATED, 'unknown/request'])('%s', (physicalId) => {
  test(`the Delete of ${physicalId} deletes the copy that the failed Create made, which is found by its name`, async () => {
    await failedCreate();
    expect(await harness.send(deleteEvent(physicalId))).toMatchObject({ PhysicalResourceId: physicalId });
    expect(owned(harness)).toEqual([]);
  });

  test(`the Delete of ${physicalId} keeps the copy that CloudFormation knows by its ID`, async () => {
    const imageId = await failedCreate();
    harness.record(createEvent(), 'CREATE_IN_PROGRESS');
    harness.record(deleteEvent(imageId), 'CREATE_COMPLETE');
    expect(await harness.send(deleteEvent(physicalId))).toMatchObject({ Status: 'SUCCESS' });
    expect(owned(harness)).toHaveLength(1);
  });

  test(`the Delete of ${physicalId} keeps the copy while the next Create may be finding it`, async () => {
    const imageId = await failedCreate();
    harness.record(createEvent(), 'CREATE_IN_PROGRESS');
    harness.clock.setTimeout(() => harness.record(deleteEvent(imageId), 'CREATE_COMPLETE'), 100_000);
    const response = harness.send(deleteEvent(physicalId));
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(100);
    expect(owned(harness)).toHaveLength(1);
  });

  test(`the Delete of ${physicalId} keeps a copy from before the Create`, async () => {
    const imageId = await failedCreate(120);
    expect(await harness.send(deleteEvent(physicalId))).toMatchObject({
      Status: 'SUCCESS',
      Reason: `Image ${imageId} was not made by an event that failed, so it was kept.`,
    });
    expect(owned(harness)).toHaveLength(1);
  });

  test(`the Delete of ${physicalId} keeps the copy, and names it, if CloudFormation does not answer for a minute`, async () => {
    const imageId = await failedCreate();
    harness.cloudFormation.fault = 'denied';
    const response = harness.send(deleteEvent(physicalId));
    expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(60);
    expect(await response).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(`Image ${imageId} was kept, because CloudFormation did not tell`),
    });
    expect(owned(harness)).toHaveLength(1);
  });
});

test('the Delete of a copy deletes the one that a failed Update has left behind, with rollback disabled', async () => {
  const known = await madeCopy(harness);
  const update = updateEvent(known, copy(OTHER_SOURCE), copy());
  harness.begin(update);
  await harness.deliver(update);
  harness.record(update, 'UPDATE_FAILED');
  await harness.pass(COPY_SECONDS);
  expect(owned(harness)).toHaveLength(2);
  expect(await harness.send(deleteEvent(known))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)).toEqual([]);
});

test('the beginning of a failed Create is found on an older page of the stack events', async () => {
  const event = createEvent();
  harness.begin(event);
  await harness.pass(30 * 60);
  await harness.deliver(event);
  harness.recordOthers(event, 120);
  harness.record(event, 'CREATE_FAILED');
  await harness.pass(COPY_SECONDS);
  await harness.send(deleteEvent(GENERATED));
  expect(owned(harness)).toEqual([]);
});

test('pages of the stack events from more than an hour before the copy are not read', async () => {
  harness.recordOthers(createEvent(), 250, 2 * 60 * 60 * 1_000);
  await failedCreate();
  harness.cloudFormation.calls.splice(0);
  await harness.send(deleteEvent(GENERATED));
  expect(owned(harness)).toEqual([]);
  expect(harness.cloudFormation.calls.length).toBeLessThanOrEqual(4);
});

test('a copy that is named while its deletion waits is kept', async () => {
  const event = createEvent();
  harness.begin(event);
  const { PhysicalResourceId } = await harness.deliver(event);
  harness.record(event, 'CREATE_FAILED');
  await harness.pass(COPY_SECONDS - 300);
  harness.clock.setTimeout(() => harness.record(deleteEvent(PhysicalResourceId), 'UPDATE_COMPLETE'), 100_000);
  expect(await harness.send(deleteEvent(GENERATED))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)).toMatchObject([{ imageId: PhysicalResourceId, state: 'AVAILABLE' }]);
});

test('several lost copies are deleted, and each one that is kept is named', async () => {
  const imageId = await failedCreate(120);
  const update = updateEvent(GENERATED, copy(OTHER_SOURCE), copy());
  harness.begin(update);
  await harness.deliver(update);
  harness.record(update, 'UPDATE_COMPLETE');
  await harness.pass(COPY_SECONDS);
  const kept = owned(harness).map(
    (image) => `Image ${image.imageId} was not made by an event that failed, so it was kept.`,
  );
  expect(kept).toHaveLength(2);
  expect(kept[0]).toContain(imageId);
  expect((await harness.send(deleteEvent(GENERATED))).Reason).toBe(kept.join(' '));
});

test('the Delete of a copy looks for no lost ones if CloudFormation cannot be asked', async () => {
  const known = await madeCopy(harness);
  callsOf(harness);
  harness.cloudFormation.fault = 'denied';
  const response = harness.send(deleteEvent(known));
  expect(await secondsOf(harness, response)).toBeLessThan(60);
  expect(callsOf(harness)).toHaveLength(3);
});

test('the Delete of a copy keeps the next one', async () => {
  const known = await madeCopy(harness);
  const next = await harness.send(updateEvent(known, copy(OTHER_SOURCE), copy()));
  harness.record(deleteEvent(next.PhysicalResourceId), 'UPDATE_COMPLETE');
  const { Reason } = await harness.send(deleteEvent(known));
  expect(Reason).toBeUndefined();
  expect(owned(harness)).toMatchObject([{ imageId: next.PhysicalResourceId }]);
});

test.each([
  [
    GENERATED,
    'SUCCESS',
    /could not be read: .* Delete the image whose name contains \w{12}, if there is one\.$/,
  ],
  ['unknown/request', 'FAILED', /could not be read: /],
  ['nothing/Golden', 'SUCCESS', /^undefined$/],
])('if the service denies everything, the Delete of %s ends with %s', async (physicalId, Status, reason) => {
  harness.endpoint.onCall = () => ({ kind: 'error', name: 'AccessDeniedException', message: 'Denied.' });
  const response = await harness.send(deleteEvent(physicalId));
  expect(response.Status).toBe(Status);
  expect(String(response.Reason)).toMatch(reason);
});

test('a copy that a cancelled Create makes only now is waited for', async () => {
  harness.endpoint.copyTime = 0;
  await carriedOutLate(harness, createEvent(), deleteEvent(GENERATED));
  expect(owned(harness)).toEqual([]);
});

test.each([
  ['wsi-unknown000', 60, 'There was no image wsi-unknown000 to delete.'],
  [GENERATED, 15, undefined],
])('the Delete of %s believes after %d seconds that there is no copy', async (physicalId, least, Reason) => {
  const response = harness.send(deleteEvent(physicalId));
  const seconds = await secondsOf(harness, response);
  expect(seconds).toBeGreaterThanOrEqual(least);
  expect(seconds).toBeLessThan(least + 5);
  expect((await response).Status).toBe('SUCCESS');
  expect((await response).Reason).toBe(Reason);
});

test('the Delete of a Create that made nothing calls nothing', async () => {
  await madeCopy(harness);
  callsOf(harness);
  expect(await harness.send(deleteEvent('nothing/Golden'))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness)).toEqual([]);
  expect(owned(harness)).toHaveLength(1);
});

test('the Delete of a Create whose source was refused calls nothing', async () => {
  expect(await harness.send(deleteEvent('nothing/Golden', copy('?')))).toMatchObject({ Status: 'SUCCESS' });
  expect(callsOf(harness)).toEqual([]);
});

test('a copy that stack refactoring gave to another resource is deleted', async () => {
  const imageId = await madeCopy(harness, copy(), { LogicalResourceId: 'Silver' });
  await harness.send(deleteEvent(imageId));
  expect(owned(harness)).toEqual([]);
});

test('an image that was made by hand is kept', async () => {
  harness.endpoint.addImage({
    imageId: 'wsi-byhand000',
    account: ACCOUNT,
    region: REGION,
    pendingFor: 60_000,
  });
  expect(await harness.send(deleteEvent('wsi-byhand000'))).toMatchObject({
    Status: 'SUCCESS',
    Reason: 'Image wsi-byhand000 was not made by a stack, so it was kept.',
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
  expect(callsOf(harness).length).toBeLessThanOrEqual(2 * 10 + 4);
  expect(owned(harness)).toEqual([]);
});

test('a copy in a state that is not documented is deleted when it is AVAILABLE', async () => {
  harness.endpoint.copyingState = 'VALIDATING';
  const { PhysicalResourceId } = await harness.send(createEvent());
  await harness.pass(COPY_SECONDS - 300);
  expect(await harness.send(deleteEvent(PhysicalResourceId))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)).toEqual([]);
});

test('Lambda repeats a deletion twice while the copy is being made, for 44 minutes', async () => {
  harness.endpoint.copyTime = 24 * 60 * 60 * 1_000;
  const { PhysicalResourceId } = await harness.send(createEvent());
  const event = deleteEvent(PhysicalResourceId);
  harness.begin(event);
  const deliveries = async () => {
    await expect(harness.deliver(event)).rejects.toThrow('is still PENDING');
    await harness.pass(60);
    await expect(harness.deliver(event)).rejects.toThrow('is still PENDING');
    await harness.pass(120);
    return harness.deliver(event);
  };
  const last = deliveries();
  expect(await secondsOf(harness, last)).toBeGreaterThan(44 * 60);
  expect(await last).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId,
    Reason: `Image ${PhysicalResourceId} in ${REGION} is still PENDING, and the service deletes no image in this state. When it is AVAILABLE, delete the image.`,
  });
});

test('a copy is deleted when it is no longer shared', async () => {
  const imageId = await madeCopy(harness);
  harness.endpoint.share(imageId, '999900001111');
  setTimeout(() => harness.endpoint.unshare(imageId, '999900001111'), 60_000);
  expect(await harness.send(deleteEvent(imageId))).toMatchObject({ Status: 'SUCCESS' });
  expect(owned(harness)).toEqual([]);
});

test.each([
  ['shared', 'InvalidResourceStateException', (id: string) => harness.endpoint.share(id, '999900001111')],
  [
    'in a bundle',
    'ResourceAssociatedException',
    (imageId: string) => harness.endpoint.addBundle({ imageId }),
  ],
])('a Delete fails after three minutes, with advice, because the copy is %s', async (_, error, use) => {
  const imageId = await madeCopy(harness);
  use(imageId);
  const response = harness.send(deleteEvent(imageId));
  const seconds = await secondsOf(harness, response);
  expect(await response).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: imageId,
    Reason: expect.stringMatching(
      `^Image ${imageId} could not be deleted: "${error}: .*". Unshare it, and delete the bundles that use it or update them to another image. Then delete the image.`,
    ),
  });
  expect(seconds).toBeGreaterThanOrEqual(180);
  expect(seconds).toBeLessThan(200);
  expect(owned(harness)).toHaveLength(1);
});

test('a Delete that a policy denies fails after the time of IAM, with advice', async () => {
  const imageId = await madeCopy(harness);
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'DeleteWorkspaceImage' ? { kind: 'error', name: 'AccessDeniedException' } : undefined;
  const response = harness.send(deleteEvent(imageId));
  expect(await secondsOf(harness, response)).toBeLessThan(35);
  expect((await response).Reason).toMatch(/denies workspaces:DeleteWorkspaceImage/);
});

test('a copy that another delivery has deleted counts as deleted', async () => {
  const imageId = await madeCopy(harness);
  const event = deleteEvent(imageId);
  harness.begin(event);
  const deliveries = Promise.all([harness.deliver(event), harness.deliver(event)]);
  expect(await secondsOf(harness, deliveries)).toBeLessThan(30);
  expect((await deliveries).map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
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

test('the log shows each step of a copy', async () => {
  const { PhysicalResourceId: imageId } = await harness.send(createEvent());
  await harness.deliver(createEvent());
  await harness.pass(COPY_SECONDS - 60);
  await harness.send(deleteEvent(imageId));
  expect(harness.logged('received')).toMatchObject([
    { RequestType: 'Create', ResourceType: 'Custom::WorkspaceImageCopy' },
    { RequestType: 'Create' },
    { RequestType: 'Delete' },
  ]);
  expect(harness.logged('copying')).toMatchObject([{ id: imageId, source: SOURCE }]);
  expect(harness.logged('found')).toMatchObject([{ id: imageId, state: 'PENDING' }]);
  expect(harness.logged('deleted')).toMatchObject([{ id: imageId }]);
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

test('a deletion that the service never carries out fails after three minutes', async () => {
  const imageId = await madeCopy(harness);
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'DeleteWorkspaceImage'
      ? { kind: 'foreign', status: 200, contentType: 'application/x-amz-json-1.1', body: '{}' }
      : undefined;
  const response = harness.send(deleteEvent(imageId));
  expect(await secondsOf(harness, response)).toBeLessThan(190);
  expect((await response).Reason).toMatch(
    `The deletion of image ${imageId} was accepted, but the image still exists.`,
  );
});

test.each([60, 420])(
  'a Delete whose first attempt is killed after %d seconds gets a response from the last one',
  async (killedAfter) => {
    harness.endpoint.copyTime = 24 * 60 * 60 * 1_000;
    const { PhysicalResourceId } = await harness.send(createEvent());
    const event = deleteEvent(PhysicalResourceId);
    harness.begin(event);
    await harness.pass(killedAfter + 60);
    await expect(harness.deliver(event)).rejects.toThrow('is still PENDING');
    await harness.pass(120);
    expect(await harness.deliver(event)).toMatchObject({ Status: 'FAILED', PhysicalResourceId });
  },
);

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
  harness.timeout = 100_000;
  harness.endpoint.onCall = () => ({ kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' });
  const event = deleteEvent(imageId);
  harness.begin(event);
  await expect(harness.deliver(event)).rejects.toThrow();
  await harness.pass(60);
  await expect(harness.deliver(event)).rejects.toThrow();
  await harness.pass(17 * 60);
  expect((await harness.deliver(event)).Reason).toBe(
    'The function timed out. The last error of the service: "ThrottlingException: Rate exceeded". Try again when the service is less busy.',
  );
  expect(harness.logged('failed')).toEqual([]);
});
