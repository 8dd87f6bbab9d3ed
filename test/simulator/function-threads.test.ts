import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AcceleratedClock } from '../../simulator/clock';
import type { CustomResourceEvent, LambdaFunction } from '../../simulator/cloudformation';
import { FunctionThreads } from '../../simulator/function-threads';

const started: FunctionThreads[] = [];
afterEach(() => {
  for (const threads of started) {
    threads.close();
  }
});

function threadsWith(clock: AcceleratedClock, workspacesUrl = 'http://127.0.0.1:1') {
  const threads = new FunctionThreads({
    codeDirectory: () => join(__dirname, 'fixtures', 'handler'),
    workspacesUrl,
    cloudFormationUrl: 'http://127.0.0.1:2',
    clock,
  });
  started.push(threads);
  return threads;
}

/** Invokes the function in `fixtures/handler`. */
function run(
  action: string,
  more: Partial<LambdaFunction> = {},
  clock = new AcceleratedClock(1),
  threads = threadsWith(clock),
) {
  const lambda = {
    name: 'Sharing',
    arn: 'arn:aws:lambda:eu-west-1:123456789012:function:Sharing',
    region: 'eu-west-1',
    code: {},
    handler: 'index.handler',
    timeoutSeconds: 3_600,
    memoryMiB: 256,
    environment: { COLOR: 'red' },
    ...more,
  };
  const event = { ResourceProperties: { Do: action } } as unknown as CustomResourceEvent;
  return threads.run(lambda, event, 'request-1');
}

it("runs the handler with Lambda's environment and context, without that of this process", async () => {
  process.env.FROM_OUTSIDE = 'yes';
  const { outcome, log } = await run('tell');
  const [{ environment, context, remaining }] = log.map((line) => JSON.parse(line));
  expect(outcome).toBe('returned');
  expect(context).toMatchObject({
    awsRequestId: 'request-1',
    functionName: 'Sharing',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Sharing',
  });
  expect(environment).toMatchObject({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: expect.stringContaining('123456789012'),
    AWS_LAMBDA_FUNCTION_NAME: 'Sharing',
    AWS_ENDPOINT_URL_WORKSPACES: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:2',
    COLOR: 'red',
  });
  expect(environment).not.toHaveProperty('FROM_OUTSIDE');
  expect(remaining).toBeGreaterThan(3_500_000);
});

it.each([
  ['throw', 'crashed', 'thrown on purpose', {}],
  ['exit', 'crashed', 'code 3', {}],
  ['tell', 'crashed', 'absent', { handler: 'absent.handler' }],
  ['hang', 'timed out', '100 seconds', { timeoutSeconds: 100 }],
])('reports the end of a function: %s, %s, %s', async (action, outcome, error, lambda) => {
  const end = await run(action, lambda, new AcceleratedClock(100));
  expect(end).toMatchObject({ outcome, error: expect.stringContaining(error) });
});

it('the function sees the time of the simulation', async () => {
  const clock = new AcceleratedClock(50);
  clock.skip(3_600_000);
  const before = clock.now();
  const { log } = await run('tell', {}, clock);
  const now = Date.parse(JSON.parse(log[0]).now);
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(clock.now());
});

it('takes no simulated time to start a thread', async () => {
  const clock = new AcceleratedClock(100);
  const before = clock.now();
  await run('tell', {}, clock);
  expect(clock.now() - before).toBeLessThan(1_000);
});

it('reuses the thread of an invocation that has returned, for the same function', async () => {
  const clock = new AcceleratedClock(50);
  const threads = threadsWith(clock);
  const tell = async (lambda?: Partial<LambdaFunction>) => {
    const { log } = await run('tell', lambda, clock, threads);
    expect(log).toHaveLength(1);
    return JSON.parse(log[0]);
  };
  const first = await tell();
  clock.skip(3_600_000);
  const before = clock.now();
  const second = await tell();
  expect(second.thread).toBe(first.thread);
  expect(Date.parse(second.now)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(second.now)).toBeLessThanOrEqual(clock.now());
  expect((await tell({ environment: { COLOR: 'blue' } })).thread).not.toBe(first.thread);
  await run('throw', {}, clock, threads);
  expect((await tell()).thread).not.toBe(first.thread);
});

it('keeps a limited number of threads that wait, and ends the one that has waited the longest', async () => {
  const clock = new AcceleratedClock(50);
  const threads = threadsWith(clock);
  const tell = async (color: string) => {
    const { log } = await run('tell', { environment: { COLOR: color } }, clock, threads);
    return JSON.parse(log[0]).thread;
  };
  const first = await tell('0');
  const others = [];
  for (let n = 1; n <= 32; n++) {
    others.push(await tell(String(n)));
  }
  expect(await tell('32')).toBe(others[31]);
  expect(await tell('0')).not.toBe(first);
});

it('does not run two invocations in one thread at a time', async () => {
  const clock = new AcceleratedClock(50);
  const threads = threadsWith(clock);
  const ends = await Promise.all([1, 2].map(() => run('tell', {}, clock, threads)));
  const [first, second] = ends.map(({ log }) => JSON.parse(log[0]).thread);
  expect(first).not.toBe(second);
});

it('waits for the responses to requests, however late they are, before the time goes on', async () => {
  const server = createServer((_, response) => setTimeout(() => response.end(), 50));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clock = new AcceleratedClock(100);
  const { port } = server.address() as AddressInfo;
  const { log } = await run('request', {}, clock, threadsWith(clock, `http://127.0.0.1:${port}`));
  server.close();
  // Without waiting, it would be 5 simulated seconds.
  expect(JSON.parse(log[0]).passed).toBeLessThan(1_000);
});

it("drives all of the function's clocks and timers, also while this process is busy", async () => {
  const clock = new AcceleratedClock(100);
  const before = clock.now();
  void clock.sleep(1_000).then(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500));
  const { log } = await run('wait', {}, clock);
  const { passed, cleared } = JSON.parse(log[0]);
  for (const each of [...passed, clock.now() - before]) {
    expect(each).toBeGreaterThanOrEqual(10_000);
    expect(each).toBeLessThan(11_000);
  }
  expect(cleared).toBe(true);
});
