import { useFunction } from '../../support/function-harness';
import {
  A,
  B,
  BYSTANDER,
  C,
  createEvent,
  deleteEvent,
  IMAGE,
  LOGICAL_ID,
  SHARE_ID,
  share,
  updateEvent,
} from './events';

const harness = useFunction();

test('a share is created, updated and deleted, and others keep their permission', async () => {
  harness.endpoint.share(IMAGE, BYSTANDER);

  const created = createEvent(share([A, B]));
  expect(await harness.send(created)).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: SHARE_ID,
    StackId: created.StackId,
    RequestId: created.RequestId,
    LogicalResourceId: created.LogicalResourceId,
    Data: { ImageId: IMAGE },
  });
  expect(harness.accounts()).toEqual([A, B, BYSTANDER]);

  const updated = await harness.send(updateEvent(share([B, C]), share([A, B])));
  expect(updated).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SHARE_ID });
  expect(harness.accounts()).toEqual([B, C, BYSTANDER]);

  expect((await harness.send(deleteEvent(share([B, C])))).Status).toBe('SUCCESS');
  expect(harness.accounts()).toEqual([BYSTANDER]);
});

test('a bug in the function is reported at once, and not as an error of the service', async () => {
  const event = { ...createEvent(share([A])), ResourceProperties: null as never, LogicalResourceId: 'Share' };
  const response = await harness.send(event);
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'nothing/Share' });
  expect(response.Reason).toMatch(/^The function failed unexpectedly: .*Please report this/);
  expect(response.Reason).not.toContain('service');
  expect(harness.logged('failed')).toMatchObject([
    { level: 'ERROR', error: expect.stringMatching(/^TypeError: .*\n +at /) },
  ]);
});

test('an event that failed ends the invocation with an error, after the response, for the metric Errors', async () => {
  const { Reason } = await harness.send(createEvent(share(['1234'])));
  expect(harness.deliveries).toHaveLength(1);
  expect(harness.logged('failed')).toEqual([]);
  expect(harness.invocationError?.message).toBe(`The Create of ${LOGICAL_ID} failed. ${Reason}`);
  await harness.send(createEvent(share([A])));
  expect(harness.invocationError).toBeUndefined();
});

test('each line of the log is a JSON object with a level', async () => {
  harness.endpoint.closeAccount(B);
  await harness.send(updateEvent(share([A, B]), share([B])));
  const lines = harness.logLines.map((line) => JSON.parse(line));
  expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['INFO', 'WARN']));
  expect(lines[0]).toMatchObject({ level: 'INFO', message: 'received', RequestType: 'Update' });
});
