import type { Fault } from '../../../simulator/workspaces-endpoint';
import { secondsOf } from '../../support/seconds-of';
import {
  COPY_SECONDS,
  callsOf,
  carriedOutLate,
  madeCopy,
  owned,
  recordStack,
  useCopyFunction,
} from './copies';
import { ACCOUNT, copy, createEvent, OTHER_SOURCE, SOURCE, updateEvent } from './events';

const harness = useCopyFunction();

const replacement = (physicalId: string) => updateEvent(physicalId, copy(OTHER_SOURCE), copy());
const rollback = (physicalId: string) => updateEvent(physicalId, copy(), copy(OTHER_SOURCE));
const sources = () => owned(harness).map(({ sourceImageId }) => sourceImageId);

test('another source is copied in four calls, and the old copy is left for its Delete', async () => {
  const old = await madeCopy(harness);
  callsOf(harness);
  const { PhysicalResourceId } = await harness.send(replacement(old));
  expect(PhysicalResourceId).not.toBe(old);
  expect(sources()).toEqual([SOURCE, OTHER_SOURCE]);
  expect(callsOf(harness)).toEqual([
    'DescribeWorkspaceImages',
    'DescribeWorkspaceImages',
    'CopyWorkspaceImage',
    'DescribeWorkspaceImages',
  ]);
});

test('the same image in another Region is another source', async () => {
  const old = await madeCopy(harness);
  harness.endpoint.addImage({ imageId: OTHER_SOURCE, account: ACCOUNT, region: 'eu-west-2' });
  const moved = copy(OTHER_SOURCE, { SourceRegion: 'eu-west-2', SourceAccountId: ACCOUNT });
  const { PhysicalResourceId } = await harness.send(updateEvent(old, moved, copy()));
  expect(PhysicalResourceId).not.toBe(old);
});

test.each([
  ['prefix', { NamePrefix: 'Silver' }],
  ['removal policy', { RemovalPolicy: 'Retain' }],
  ['check of the owner', { SourceAccountId: undefined }],
  ['description', { Description: 'Silver image' }],
  ['tag', { Tags: [{ Key: 'team', Value: 'desktops' }] }],
])('another %s changes nothing', async (_, more) => {
  const old = await madeCopy(harness);
  callsOf(harness);
  const response = await harness.send(updateEvent(old, copy(SOURCE, more), copy()));
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: old, Data: { ImageId: old } });
  expect(callsOf(harness)).toEqual(['DescribeWorkspaceImages']);
});

test('an Update whose former properties are those of a failed one, with rollback disabled, makes the copy', async () => {
  const old = await madeCopy(harness);
  const repeated = updateEvent(old, copy(OTHER_SOURCE), copy(OTHER_SOURCE));
  const { PhysicalResourceId } = await harness.send(repeated);
  expect(owned(harness)).toMatchObject([
    { imageId: old, sourceImageId: SOURCE },
    { imageId: PhysicalResourceId, sourceImageId: OTHER_SOURCE },
  ]);
});

test('an Update that need not change anything succeeds although images cannot be read', async () => {
  const old = await madeCopy(harness);
  harness.endpoint.onCall = () => ({ kind: 'error', name: 'AccessDeniedException' });
  const response = await harness.send(updateEvent(old, copy(SOURCE, { NamePrefix: 'Silver' }), copy()));
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: old });
});

test('even if its source is gone, a rollback responds with the ID of the old copy', async () => {
  const old = await madeCopy(harness);
  const { PhysicalResourceId } = await harness.send(replacement(old));
  harness.endpoint.removeImage(SOURCE);
  expect(await harness.send(rollback(PhysicalResourceId))).toMatchObject({ PhysicalResourceId: old });
  // Its Delete in the cleanup deletes the new copy.
  expect(sources()).toEqual([SOURCE, OTHER_SOURCE]);
});

describe('copies whose ID CloudFormation did not learn', () => {
  let old: string;

  beforeEach(async () => {
    old = await madeCopy(harness);
    harness.begin(replacement(old));
    await harness.deliver(replacement(old));
    harness.record(replacement(old), 'UPDATE_FAILED');
    await harness.pass(60);
  });

  test('a rollback deletes an unknown copy as soon as it is AVAILABLE', async () => {
    await harness.pass(COPY_SECONDS - 300);
    const response = await harness.send(rollback(old));
    expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: old });
    expect(response.Reason).toBeUndefined();
    expect(owned(harness).map(({ imageId }) => imageId)).toEqual([old]);
  });

  test('a rollback keeps an unknown copy, and names it, if CloudFormation does not answer', async () => {
    await harness.pass(COPY_SECONDS);
    const [, unknown] = owned(harness);
    harness.cloudFormation.fault = 'denied';
    expect(await harness.send(rollback(old))).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: old,
      Reason: expect.stringMatching(
        `Image ${unknown?.imageId} was kept, because CloudFormation did not tell`,
      ),
    });
    expect(owned(harness)).toHaveLength(2);
  });

  test('a rollback keeps what a removal policy kept before', async () => {
    await harness.pass(COPY_SECONDS);
    harness.stackEvents.splice(0);
    harness.begin(replacement(old));
    await harness.pass(3);
    harness.record(replacement(old), 'UPDATE_FAILED');
    expect(await harness.send(rollback(old))).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(/^Image wsi-\w+ was not made by an event that failed, so it was kept.$/),
    });
    expect(owned(harness)).toHaveLength(2);
  });

  test('a rollback is repeated by Lambda while an unknown copy is being made', async () => {
    const event = rollback(old);
    harness.begin(event);
    await expect(harness.deliver(event)).rejects.toThrow('is still PENDING');
    await harness.pass(60);
    expect(await harness.deliver(event)).toMatchObject({ PhysicalResourceId: old });
    expect(owned(harness).map(({ imageId }) => imageId)).toEqual([old]);
  });

  test('a rollback succeeds with a note if an unknown copy cannot be deleted', async () => {
    await harness.pass(COPY_SECONDS);
    const [, unknown] = owned(harness);
    harness.endpoint.addBundle({ imageId: unknown?.imageId ?? '' });
    expect(await harness.send(rollback(old))).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: old,
      Reason: expect.stringMatching(`^Image ${unknown?.imageId} could not be deleted: "ResourceAssociated`),
    });
  });

  test('a rollback stops when CloudFormation no longer waits for it', async () => {
    await harness.pass(COPY_SECONDS);
    const event = rollback(old);
    harness.begin(event);
    await harness.pass(2);
    harness.record(event, 'UPDATE_COMPLETE');
    expect(await harness.deliver(event)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: old });
    expect(owned(harness)).toHaveLength(2);
  });
});

test('a rollback deletes the copy of a call that is carried out only now', async () => {
  const old = await madeCopy(harness);
  harness.endpoint.copyTime = 0;
  await carriedOutLate(harness, replacement(old), rollback(old));
  expect(sources()).toEqual([SOURCE]);
});

test('the old copy is not taken for an unknown one if reads do not show it at first', async () => {
  const old = await madeCopy(harness);
  let reads = 0;
  harness.endpoint.readLag = () => (++reads === 3 ? 2 * COPY_SECONDS * 1_000 : 0);
  expect(await harness.send(replacement(old))).toMatchObject({ Status: 'SUCCESS' });
  expect(sources()).toEqual([SOURCE, OTHER_SOURCE]);
});

test('an Update without a known copy makes one, and one without a known source deletes none', async () => {
  const first = await harness.send(updateEvent('nothing/Golden', copy(), copy()));
  expect(owned(harness)).toMatchObject([{ imageId: first.PhysicalResourceId }]);
  await harness.send(updateEvent(first.PhysicalResourceId, copy(OTHER_SOURCE), copy('?')));
  expect(sources()).toEqual([SOURCE, OTHER_SOURCE]);
});

test.each([
  ['UPDATE_ROLLBACK_IN_PROGRESS', 'SUCCESS'],
  ['UPDATE_IN_PROGRESS', 'FAILED'],
])('an Update of a stack in %s ends with %s if the images cannot be read', async (status, Status) => {
  const old = await madeCopy(harness);
  recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS');
  recordStack(harness, status);
  harness.endpoint.onCall = () => ({ kind: 'error', name: 'AccessDeniedException', message: 'No.' });
  expect(await harness.send(rollback(old))).toMatchObject({
    Status,
    PhysicalResourceId: old,
    Reason: expect.stringContaining('The images in eu-west-1 could not be read'),
  });
});

test('a rollback keeps the only copy if the former one and its source were deleted by hand', async () => {
  const old = await madeCopy(harness);
  const { PhysicalResourceId } = await harness.send(replacement(old));
  harness.endpoint.removeImage(old);
  harness.endpoint.removeImage(SOURCE);
  recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS');
  expect(await harness.send(rollback(PhysicalResourceId))).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId,
    Data: { ImageId: PhysicalResourceId },
    Reason: expect.stringContaining(`There is no image ${SOURCE}`),
  });
});

test('an Update of a Create that failed leaves an ID with which its copy is found', async () => {
  const denied = { kind: 'error', name: 'AccessDeniedException' } as const;
  const faults: Fault[] = [{ kind: 'cut' }];
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'CopyWorkspaceImage' ? (faults.shift() ?? denied) : undefined;
  const response = await harness.send(updateEvent('nothing/Golden', copy(), copy()));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'unknown/request' });
});

test('a failed Update keeps its physical ID even if its call may have made a copy', async () => {
  const old = await madeCopy(harness);
  const denied = { kind: 'error', name: 'AccessDeniedException' } as const;
  const faults: Fault[] = [{ kind: 'cut' }];
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'CopyWorkspaceImage' ? (faults.shift() ?? denied) : undefined;
  expect(await harness.send(replacement(old))).toMatchObject({ Status: 'FAILED', PhysicalResourceId: old });
});

test.each([
  ['are invalid', copy('?')],
  ['are the same, as with rollback disabled', copy(OTHER_SOURCE)],
])('an Update whose former properties %s copies at once', async (_, former) => {
  const old = await madeCopy(harness);
  callsOf(harness);
  const response = harness.send(updateEvent(old, copy(OTHER_SOURCE), former));
  expect(await secondsOf(harness, response)).toBeLessThan(1);
  expect(callsOf(harness).at(-1)).toBe('CopyWorkspaceImage');
});

test('a failed Update keeps its physical ID', async () => {
  const old = await madeCopy(harness);
  const failed = await harness.send(updateEvent(old, copy('wsi-unknown000'), copy()));
  expect(failed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: old });
  expect(await harness.send(createEvent())).toMatchObject({ PhysicalResourceId: old });
});
