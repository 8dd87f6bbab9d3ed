import { useFunction } from '../../support/function-harness';
import { A, B, createEvent, share, updateEvent } from '../share/events';

const harness = useFunction();

test('stack events of other resources are ignored, and read page by page', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  harness.recordOthers(createEvent(), 50, 60_000);
  harness.record(event, 'UPDATE_IN_PROGRESS');
  harness.recordOthers(createEvent(), 250);
  expect((await harness.deliver(event)).Status).toBe('SUCCESS');
  expect(harness.logged('asked CloudFormation')[0]).toMatchObject({
    newest: 'UPDATE_IN_PROGRESS',
    status: 'awaited',
  });
  expect(harness.cloudFormation.calls).toHaveLength(3);
  expect(harness.cloudFormation.calls[0]).toMatchObject({
    operation: 'DescribeStackEvents',
    stackName: event.StackId,
  });
});

test('reading stops at the first page that begins before the event', async () => {
  harness.recordOthers(createEvent(), 250, 60_000);
  await harness.send(createEvent(share([A])));
  expect(harness.cloudFormation.calls).toHaveLength(1);
});

test('properties that are not JSON may be those of the event', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  harness.record(event, 'UPDATE_IN_PROGRESS');
  Object.assign(harness.stackEvents[0] as object, { properties: { toJSON: () => undefined } });
  expect((await harness.deliver(event)).Status).toBe('SUCCESS');
});

test('an answer that makes no sense lets the event go on', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  harness.record(event, 'UPDATE_IN_PROGRESS');
  Object.assign(harness.stackEvents[0] as object, { properties: { toJSON: () => null } });
  expect(await harness.deliver(event)).toMatchObject({
    Status: 'SUCCESS',
    Reason: expect.stringContaining('CloudFormation could not be asked'),
  });
});

test('stack events of hooks, which have the status of the resource, are ignored', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  harness.cloudFormation.lag = () => (event) => (event.hookType ? 0 : 60_000);
  harness.record(event, 'UPDATE_IN_PROGRESS');
  Object.assign(harness.stackEvents[0] as object, { hookType: 'Private::Guard::Hook' });
  await harness.send(event);
  expect(harness.logged('asked CloudFormation')[0]).toMatchObject({ status: 'unknown' });
});

test('a creation that an emulator records as an update is a creation', async () => {
  const event = createEvent(share([A]));
  harness.record(event, 'UPDATE_IN_PROGRESS');
  await harness.deliver(event);
  expect(harness.logged('asked CloudFormation')[0]).toMatchObject({ status: 'awaited' });
});
