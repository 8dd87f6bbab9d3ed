import { secondsOf } from '../../support/seconds-of';
import { COPY_SECONDS, callsOf, madeCopy, recordStack, useCopyFunction } from './copies';
import { createEvent, deleteEvent, LINK, link, REGION, updateEvent } from './events';

const harness = useCopyFunction();

const wait = (imageId: unknown, more: object = {}) => harness.send(createEvent(link(imageId, more), LINK));

async function startedCopy(): Promise<string> {
  return (await harness.send(createEvent())).PhysicalResourceId;
}

test('a copy that is AVAILABLE is answered after one read', async () => {
  const imageId = await madeCopy(harness);
  callsOf(harness);
  expect(await wait(imageId)).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: 'ready/GoldenReady',
    Data: { ImageId: imageId },
  });
  expect(callsOf(harness)).toEqual(['DescribeWorkspaceImages']);
});

test('a link waits until the copy is AVAILABLE, with one read and two per minute', async () => {
  const imageId = await startedCopy();
  await harness.pass(COPY_SECONDS - 600);
  callsOf(harness);
  const response = wait(imageId);
  const seconds = await secondsOf(harness, response);
  expect(await response).toMatchObject({ Status: 'SUCCESS', Data: { ImageId: imageId } });
  expect(seconds).toBeLessThanOrEqual(630);
  expect(callsOf(harness).length).toBeLessThanOrEqual(1 + 2 * 10 + 1);
});

test('a link responds after 14 minutes, and the next one goes on', async () => {
  const imageId = await startedCopy();
  const first = wait(imageId);
  const seconds = await secondsOf(harness, first);
  expect(await first).toMatchObject({ Status: 'SUCCESS', Reason: `Image ${imageId} is still being copied.` });
  expect(seconds).toBeGreaterThanOrEqual(13.5 * 60);
  expect(seconds).toBeLessThanOrEqual(14.5 * 60);
  const second = await wait(imageId);
  expect(second).toMatchObject({ Status: 'SUCCESS', Data: { ImageId: imageId } });
  expect(second.Reason).toBeUndefined();
});

test('the last link fails when the time is over', async () => {
  harness.endpoint.copyTime = 24 * 60 * 60 * 1_000;
  const imageId = await startedCopy();
  await harness.pass(600);
  expect(await wait(imageId, { Last: 'true', Timeout: '14' })).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: 'nothing/GoldenReady',
    Reason: `Image ${imageId} is still being copied after 24 minutes, in the state PENDING. Increase timeout, and deploy again.`,
  });
});

test.each([
  [
    { code: 'Code', message: 'What happened.', details: [{ code: 'Detail', message: 'More.' }] },
    ': "Code: What happened.; Detail: More"',
  ],
  [{ code: '', message: '' }, ''],
])('a link fails with what the service says about a copy in the state ERROR (%j)', async (error, quoted) => {
  const imageId = await startedCopy();
  setTimeout(() => harness.endpoint.failImage(imageId, error), 60_000);
  expect((await wait(imageId)).Reason).toBe(
    `The copy ${imageId} ended in the state ERROR${quoted}. Deploy again.`,
  );
});

test('a copy that reads do not show yet is waited for', async () => {
  harness.endpoint.copyTime = 0;
  harness.endpoint.readLag = 50_000;
  expect(await wait(await startedCopy())).toMatchObject({ Status: 'SUCCESS' });
});

test('a copy that was deleted fails after a minute', async () => {
  const imageId = await startedCopy();
  await harness.pass(60);
  setTimeout(() => harness.endpoint.removeImage(imageId), 60_000);
  const response = wait(imageId);
  const seconds = await secondsOf(harness, response);
  expect((await response).Reason).toBe(`There is no image ${imageId} in ${REGION} any more. Deploy again.`);
  expect(seconds).toBeGreaterThanOrEqual(120);
  expect(seconds).toBeLessThan(160);
});

test('the Update of a link waits for the new copy, and keeps the physical ID', async () => {
  const imageId = await madeCopy(harness);
  const event = updateEvent('ready/GoldenReady', link(imageId), link('wsi-0other000'), LINK);
  expect(await harness.send(event)).toMatchObject({
    PhysicalResourceId: 'ready/GoldenReady',
    Data: { ImageId: imageId },
  });
});

test('a copy in a state that is not documented is waited for', async () => {
  harness.endpoint.copyingState = 'VALIDATING';
  const imageId = await startedCopy();
  await harness.pass(COPY_SECONDS - 300);
  const response = wait(imageId, { Last: 'true' });
  expect(await secondsOf(harness, response)).toBeGreaterThanOrEqual(300);
  expect(await response).toMatchObject({ Status: 'SUCCESS' });
});

describe('a rollback', () => {
  const event = updateEvent('ready/GoldenReady', link('wsi-deleted00'), link('wsi-0other000'), LINK);

  test.each([
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'SUCCESS'],
    ['UPDATE_IN_PROGRESS', 'FAILED'],
  ])(
    'while the stack is in %s, an Update back to an image that was deleted ends with %s',
    async (status, Status) => {
      recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS');
      recordStack(harness, status);
      expect(await harness.send(event)).toMatchObject({
        Status,
        PhysicalResourceId: 'ready/GoldenReady',
        Reason: `There is no image wsi-deleted00 in ${REGION} any more. Deploy again.`,
        ...(Status === 'SUCCESS' && { Data: { ImageId: 'wsi-deleted00' } }),
      });
    },
  );

  test('an Update back to an image that was deleted reads the stack events until one is of the stack itself', async () => {
    harness.recordOthers(event, 250);
    recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS');
    harness.record({ ...event, LogicalResourceId: 'Images' }, 'UPDATE_COMPLETE');
    harness.recordOthers(event, 120);
    expect(await harness.send(event)).toMatchObject({ Status: 'SUCCESS' });
    expect(harness.cloudFormation.calls).toHaveLength(2);
  });

  test('an Update back to an image that was deleted asks until CloudFormation answers', async () => {
    recordStack(harness, 'UPDATE_ROLLBACK_IN_PROGRESS');
    const faults = ['throttled', 'throttled'] as const;
    let asked = 0;
    harness.cloudFormation.fault = () => faults[asked++];
    expect(await harness.send(event)).toMatchObject({ Status: 'SUCCESS' });
  });
});

test('the Delete of a link does nothing', async () => {
  const imageId = await startedCopy();
  callsOf(harness);
  const event = deleteEvent('ready/GoldenReady', link(imageId), LINK);
  expect(await harness.send(event)).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: 'ready/GoldenReady',
  });
  expect(callsOf(harness)).toEqual([]);
});

test('a link with an invalid image ID fails', async () => {
  expect((await wait('ami-1')).Reason).toMatch(/^Invalid properties, so nothing was changed. "ami-1" is not/);
});
