import { FunctionHarness } from '../support/function-harness';
import { A, B, createEvent, SHARE_ID, share, updateEvent } from './events';

let harness: FunctionHarness;

beforeEach(async () => {
  harness = await FunctionHarness.start();
});

afterEach(() => harness.close());

/** Records stack events of other resources, all of them ending now. */
function recordOthers(count: number, age = 0): void {
  for (let n = 0; n < count; n++) {
    harness.record({ ...createEvent(), LogicalResourceId: `Other${n}` }, 'CREATE_COMPLETE');
    Object.assign(harness.stackEvents.at(-1) as object, { at: harness.clock.now() - age });
  }
}

test('those of other resources are passed over, page by page', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  recordOthers(50, 60_000);
  harness.record(event, 'UPDATE_IN_PROGRESS');
  recordOthers(250);
  expect((await harness.deliver(event)).Status).toBe('SUCCESS');
  expect(harness.logged('asked CloudFormation')[0]).toMatchObject({
    newest: 'UPDATE_IN_PROGRESS',
    standing: 'awaited',
  });
  expect(harness.cloudFormation.calls).toHaveLength(3);
  expect(harness.cloudFormation.calls[0]).toMatchObject({
    operation: 'DescribeStackEvents',
    stackName: event.StackId,
  });
});

test('reading stops at the first page that is enough', async () => {
  recordOthers(250, 60_000);
  await harness.send(createEvent(share([A])));
  expect(harness.cloudFormation.calls).toHaveLength(1);
});

test('their properties tell a rollback from the Update that it rolls back', async () => {
  harness.endpoint.share('wsi-8t4x2k9p7', A);
  const forward = updateEvent(share([A, B]), share([A]));
  const rollback = updateEvent(share([A]), share([A, B]));
  harness.record(rollback, 'UPDATE_IN_PROGRESS');
  expect(await harness.deliver(forward)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: SHARE_ID });
  expect(harness.changes()).toEqual([]);
});

test('properties that are not JSON do not matter', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  harness.record(event, 'UPDATE_IN_PROGRESS');
  Object.assign(harness.stackEvents[0] as object, { properties: { toJSON: () => undefined } });
  expect((await harness.deliver(event)).Status).toBe('SUCCESS');
});
