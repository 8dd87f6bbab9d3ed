import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
} from '@aws-sdk/client-cloudformation';
import type { StackEventRecord } from '../../simulator/cloudformation';
import {
  CloudFormationEndpoint,
  type CloudFormationEndpointOptions,
} from '../../simulator/cloudformation-endpoint';
import { VirtualClock } from '../support/virtual-clock';

const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/1';

let close = async () => {};
afterEach(() => close());

/** Starts an endpoint for the events of one stack. */
async function start(options: Partial<CloudFormationEndpointOptions> = {}) {
  const clock = new VirtualClock();
  const events: StackEventRecord[] = [];
  const endpoint = await CloudFormationEndpoint.start({
    events: (stack) => (stack === STACK_ID ? events : undefined),
    clock: clock.serverSide,
    ...options,
  });
  const client = new CloudFormationClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
  });
  close = () => {
    client.destroy();
    return endpoint.close();
  };
  const add = (status: string, more: Partial<StackEventRecord> = {}) =>
    events.push({
      at: clock.now(),
      stack: 'Images',
      stackId: STACK_ID,
      logicalId: 'Share',
      type: 'Custom::WorkspaceImageShare',
      status,
      ...more,
    });
  const describe = async (StackName = STACK_ID, NextToken?: string) => {
    const described = client.send(new DescribeStackEventsCommand({ StackName, NextToken }));
    return (await clock.run(described)).StackEvents ?? [];
  };
  const statuses = async () => (await describe()).map(({ ResourceStatus }) => ResourceStatus);
  return {
    clock,
    endpoint,
    client,
    add,
    describe,
    statuses,
    pass: (ms: number) => clock.run(clock.sleep(ms)),
  };
}

test('an event has the members that the service documents', async () => {
  const { clock, endpoint, add, describe } = await start();
  const properties = { ImageId: 'wsi-8t4x2k9p7', AccountIds: ['111122223333'], Note: `<&> "it's"\r\n\u00e9` };
  const reason = `"a" < 'b' & c\r\nd`;
  add('CREATE_IN_PROGRESS', { properties });
  add('CREATE_FAILED', { physicalId: 'share/1', properties, reason });
  add('ROLLBACK_IN_PROGRESS', { logicalId: 'Images', physicalId: STACK_ID });

  const [stack, failed, started] = await describe();
  expect(failed).toEqual({
    StackId: STACK_ID,
    EventId: expect.any(String),
    StackName: 'Images',
    LogicalResourceId: 'Share',
    PhysicalResourceId: 'share/1',
    ResourceType: 'Custom::WorkspaceImageShare',
    Timestamp: new Date(clock.now()),
    ResourceStatus: 'CREATE_FAILED',
    ResourceStatusReason: reason,
    ResourceProperties: JSON.stringify(properties),
  });
  expect(started).toMatchObject({ PhysicalResourceId: '' });
  expect(stack).toMatchObject({ PhysicalResourceId: STACK_ID });
  expect(stack).not.toHaveProperty('ResourceProperties');
  expect(endpoint.calls).toMatchObject([
    { operation: 'DescribeStackEvents', stackName: STACK_ID, at: clock.now(), status: 200 },
  ]);
});

test('pages have 100 events, the newest first, and stay in place while events are added', async () => {
  const { clock, client, add } = await start();
  for (let n = 0; n < 201; n++) {
    add('UPDATE_COMPLETE', { physicalId: String(n) });
  }
  const pages: unknown[][] = [];
  const read = async () => {
    for await (const { StackEvents = [] } of paginateDescribeStackEvents(
      { client },
      { StackName: STACK_ID },
    )) {
      pages.push(StackEvents.map(({ PhysicalResourceId }) => Number(PhysicalResourceId)));
      add('UPDATE_COMPLETE', { physicalId: '1000' });
    }
  };
  await clock.run(read());
  expect(pages.map(({ length }) => length)).toEqual([100, 100, 1]);
  expect(pages.flat()).toEqual(Array.from({ length: 201 }, (_, index) => 200 - index));
});

test('an event is shown after the lag, which can differ from one request to the next', async () => {
  const { endpoint, add, statuses, pass } = await start({ lag: 2000 });
  add('CREATE_IN_PROGRESS');
  await pass(1000);
  add('CREATE_COMPLETE');
  await pass(999);
  expect(await statuses()).toEqual([]);
  await pass(1);
  expect(await statuses()).toEqual(['CREATE_IN_PROGRESS']);

  const lags = [0, 2000, 0];
  endpoint.lag = () => lags.shift() ?? 0;
  expect(await statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS']);
  expect(await statuses()).toEqual(['CREATE_IN_PROGRESS']);
  expect(await statuses()).toHaveLength(2);
});

test('an event can be shown later than those after it', async () => {
  const { add, statuses, pass } = await start({
    lag: () => (event) => (event.status === 'UPDATE_IN_PROGRESS' ? 9_000 : 0),
  });
  add('UPDATE_IN_PROGRESS');
  add('UPDATE_FAILED');
  expect(await statuses()).toEqual(['UPDATE_FAILED']);
  await pass(9_000);
  expect(await statuses()).toEqual(['UPDATE_FAILED', 'UPDATE_IN_PROGRESS']);
});

test.each([
  ['throttled', 400, { name: 'Throttling', message: 'Rate exceeded' }],
  ['broken', 503, {}],
] as const)('one request of many can be %s', async (fault, httpStatusCode, error) => {
  const { endpoint, describe } = await start();
  endpoint.fault = () => (endpoint.calls.length === 2 ? fault : undefined);
  await describe();
  await expect(describe()).rejects.toMatchObject({ ...error, $metadata: { httpStatusCode } });
  await describe();
  expect(endpoint.calls.map(({ status }) => status)).toEqual([200, httpStatusCode, 200]);
});

test('the fault denied is reported, until it ends', async () => {
  const { endpoint, describe } = await start({ fault: 'denied' });
  const error = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  await expect(describe()).rejects.toMatchObject(error);
  expect(endpoint.calls).toMatchObject([{ status: 403, error: 'AccessDenied' }]);

  endpoint.fault = undefined;
  expect(await describe()).toEqual([]);
});

test('the fault unreachable leaves a request without a response, and no timer when the client gives up', async () => {
  const { clock, endpoint, client, describe } = await start({ fault: 'unreachable' });
  const abort = new AbortController();
  const command = new DescribeStackEventsCommand({ StackName: STACK_ID });
  const sent = client.send(command, { abortSignal: abort.signal });
  const started = clock.now();
  clock.setTimeout(() => abort.abort(), 5000);
  await expect(clock.run(sent)).rejects.toMatchObject({ name: 'AbortError' });
  expect(clock.now()).toBe(started + 5000);
  expect(endpoint.calls).toMatchObject([{ status: 0 }]);

  endpoint.fault = undefined;
  await describe();
  expect(clock.waiting).toBe(0);
});

test('a request takes as long as the latency, which can differ from one request to the next', async () => {
  const { clock, endpoint, describe } = await start({ latency: 300 });
  const started = clock.now();
  await describe();
  expect(clock.now()).toBe(started + 300);

  endpoint.latency = () => (endpoint.calls.length === 2 ? 16_000 : 0);
  await describe();
  await describe();
  expect(clock.now()).toBe(started + 16_300);
});

test('other requests are refused', async () => {
  const { clock, client, endpoint, describe } = await start();
  await expect(describe('Images')).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack [Images] does not exist',
    $metadata: { httpStatusCode: 400 },
  });
  await expect(describe(STACK_ID, 'bm8')).rejects.toThrow('NextToken is invalid');
  await expect(describe('')).rejects.toThrow("Value null at 'stackName'");
  const other = clock.run(client.send(new DescribeStacksCommand({})));
  await expect(other).rejects.toMatchObject({ name: 'InvalidAction' });
  const unsigned = await fetch(endpoint.url, { method: 'POST', body: 'Action=DescribeStackEvents' });
  expect(unsigned.status).toBe(403);
});
