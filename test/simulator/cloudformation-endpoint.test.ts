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
import { custom, simulation, stackWith } from './fixtures/simulation';

const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/1';
const open: { close?(): Promise<void>; destroy?(): void }[] = [];

afterEach(async () => {
  for (const it of open.splice(0).reverse()) {
    it.destroy?.();
    await it.close?.();
  }
});

async function start(options: Partial<CloudFormationEndpointOptions> = {}) {
  const clock = new VirtualClock();
  const events: StackEventRecord[] = [];
  const endpoint = await CloudFormationEndpoint.start({
    events: (stack) => (stack === STACK_ID ? events : undefined),
    clock: clock.serverSide,
    ...options,
  });
  const client = clientOf(endpoint.url);
  open.push(endpoint);
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
  const describe = (StackName = STACK_ID, NextToken?: string) =>
    clock.run(client.send(new DescribeStackEventsCommand({ StackName, NextToken })));
  const statuses = async () => (await describe()).StackEvents?.map(({ ResourceStatus }) => ResourceStatus);
  return { clock, endpoint, client, add, describe, statuses };
}

function clientOf(endpoint: string, maxAttempts = 1): CloudFormationClient {
  const client = new CloudFormationClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts,
  });
  open.push(client);
  return client;
}

test('an event has the members that the service documents', async () => {
  const { clock, endpoint, add, describe } = await start();
  const properties = { ImageId: 'wsi-8t4x2k9p7', AccountIds: ['111122223333'], Note: `<&> "it's"\r\n\u00e9` };
  const reason = `"a" < 'b' & c\r\nd`;
  add('CREATE_IN_PROGRESS', { properties });
  add('CREATE_FAILED', { physicalId: 'share/1', properties, reason });
  add('ROLLBACK_IN_PROGRESS', { logicalId: 'Images', physicalId: STACK_ID });

  const { StackEvents: [stack, failed, started] = [] } = await describe();
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
  const { clock, client, add, endpoint } = await start();
  for (let n = 0; n < 201; n++) {
    add('UPDATE_COMPLETE', { physicalId: String(n) });
  }
  const pages = async () => {
    const read: string[][] = [];
    for await (const page of paginateDescribeStackEvents({ client }, { StackName: STACK_ID })) {
      read.push((page.StackEvents ?? []).map(({ PhysicalResourceId = '' }) => PhysicalResourceId));
      add('UPDATE_COMPLETE', { physicalId: 'new' });
    }
    return read;
  };
  const read = await clock.run(pages());
  expect(read.map(({ length }) => length)).toEqual([100, 100, 1]);
  expect(read.flat()).toEqual(Array.from({ length: 201 }, (_, index) => String(200 - index)));
  expect(endpoint.calls.map(({ nextToken }) => typeof nextToken)).toEqual(['undefined', 'string', 'string']);
});

test('a stack is found by its name or ID, a deleted one by its ID', async () => {
  const { clock, cloudFormation, deploy, destroy } = simulation();
  const { describe } = await start({ events: (stack) => cloudFormation.eventsOf(stack), clock });
  await deploy(stackWith({ Thing: custom() }));
  const stackId = cloudFormation.stacks.get('stack')?.environment.stackId;
  expect(await describe('stack')).toMatchObject({ StackEvents: (await describe(stackId)).StackEvents });

  await destroy();
  expect((await describe(stackId)).StackEvents?.[0]).toMatchObject({
    LogicalResourceId: 'stack',
    ResourceStatus: 'DELETE_COMPLETE',
  });
  await expect(describe('stack')).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack [stack] does not exist',
    $metadata: { httpStatusCode: 400 },
  });
});

describe('the lag', () => {
  test('hides events that are younger', async () => {
    const { clock, add, statuses } = await start({ lag: 2000 });
    add('CREATE_IN_PROGRESS');
    await clock.run(clock.sleep(1000));
    add('CREATE_COMPLETE');
    await clock.run(clock.sleep(999));
    expect(await statuses()).toEqual([]);
    await clock.run(clock.sleep(1));
    expect(await statuses()).toEqual(['CREATE_IN_PROGRESS']);
    await clock.run(clock.sleep(1000));
    expect(await statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS']);
  });

  test('can differ from one request to the next', async () => {
    const lags = [0, 2000, 0];
    const { clock, add, statuses } = await start({ lag: () => lags.shift() ?? 0 });
    add('CREATE_IN_PROGRESS');
    await clock.run(clock.sleep(3000));
    add('CREATE_COMPLETE');
    expect(await statuses()).toHaveLength(2);
    expect(await statuses()).toEqual(['CREATE_IN_PROGRESS']);
    expect(await statuses()).toHaveLength(2);
  });
});

describe('a fault', () => {
  test.each([
    ['denied', 'AccessDenied', 403],
    ['throttled', 'Throttling', 400],
  ] as const)('%s is reported as %s', async (fault, name, httpStatusCode) => {
    const { endpoint, describe } = await start({ fault });
    await expect(describe()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(endpoint.calls).toMatchObject([{ status: httpStatusCode, error: name }]);

    endpoint.fault = undefined;
    await expect(describe()).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });

  test('throttled is retried by the SDK', async () => {
    const { clock, endpoint } = await start({ fault: 'throttled' });
    const restore = clock.install(globalThis);
    const client = clientOf(endpoint.url, 3);
    const described = clock.run(client.send(new DescribeStackEventsCommand({ StackName: STACK_ID })));
    await expect(described).rejects.toThrow('Rate exceeded').finally(restore);
    expect(endpoint.calls).toHaveLength(3);
  });

  test('unreachable leaves a request without a response, and holds no clock', async () => {
    const { clock, endpoint, client, describe } = await start({ fault: 'unreachable' });
    const abort = new AbortController();
    const sent = client.send(new DescribeStackEventsCommand({ StackName: STACK_ID }), {
      abortSignal: abort.signal,
    });
    const started = clock.now();
    clock.setTimeout(() => abort.abort(), 5000);
    await expect(clock.run(sent)).rejects.toMatchObject({ name: 'AbortError' });
    expect(clock.now()).toBe(started + 5000);
    expect(endpoint.calls).toMatchObject([{ status: 0 }]);

    endpoint.fault = undefined;
    await describe();
    expect(clock.waiting).toBe(0);
  });
});

test('a request takes as long as the latency', async () => {
  const { clock, describe } = await start({ latency: 300 });
  const started = clock.now();
  await describe();
  expect(clock.now()).toBe(started + 300);
});

test('other requests are refused', async () => {
  const { clock, client, endpoint, describe } = await start();
  await expect(describe(STACK_ID, 'bm8')).rejects.toThrow('NextToken is invalid');
  await expect(describe('')).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(clock.run(client.send(new DescribeStacksCommand({})))).rejects.toMatchObject({
    name: 'InvalidAction',
  });
  const unsigned = await fetch(endpoint.url, { method: 'POST', body: 'Action=DescribeStackEvents' });
  expect(unsigned.status).toBe(403);
});
