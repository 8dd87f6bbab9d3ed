import { join } from 'node:path';
import { AcceleratedClock } from '../../simulator/clock';
import type { CustomResourceEvent, LambdaFunction } from '../../simulator/cloudformation';
import { FunctionProcesses } from '../../simulator/function-process';

const started: FunctionProcesses[] = [];
afterEach(() => {
  for (const processes of started) {
    processes.close();
  }
});

function processesWith(clock: AcceleratedClock) {
  const processes = new FunctionProcesses({
    codeDirectory: () => join(__dirname, 'fixtures', 'handler'),
    workspacesUrl: 'http://127.0.0.1:1',
    cloudFormationUrl: 'http://127.0.0.1:2',
    clock,
  });
  started.push(processes);
  return processes;
}

/** Invokes the function in `fixtures/handler`. */
function run(
  action: string,
  more: Partial<LambdaFunction> = {},
  clock = new AcceleratedClock(1),
  processes = processesWith(clock),
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
  return processes.run(lambda, event, 'request-1');
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

it('takes no simulated time to start a process', async () => {
  const clock = new AcceleratedClock(100);
  const before = clock.now();
  await run('tell', {}, clock);
  expect(clock.now() - before).toBeLessThan(1_000);
});

it('reuses the process of an invocation that has returned, for the same function', async () => {
  const clock = new AcceleratedClock(50);
  const processes = processesWith(clock);
  const tell = async (lambda?: Partial<LambdaFunction>) => {
    const { log } = await run('tell', lambda, clock, processes);
    expect(log).toHaveLength(1);
    return JSON.parse(log[0]);
  };
  const first = await tell();
  clock.skip(3_600_000);
  const before = clock.now();
  const second = await tell();
  expect(second.process).toBe(first.process);
  expect(Date.parse(second.now)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(second.now)).toBeLessThanOrEqual(clock.now());
  expect((await tell({ environment: { COLOR: 'blue' } })).process).not.toBe(first.process);
  await run('throw', {}, clock, processes);
  expect((await tell()).process).not.toBe(first.process);
});

it('does not run two invocations in one process at a time', async () => {
  const clock = new AcceleratedClock(50);
  const processes = processesWith(clock);
  const ends = await Promise.all([1, 2].map(() => run('tell', {}, clock, processes)));
  const [first, second] = ends.map(({ log }) => JSON.parse(log[0]).process);
  expect(first).not.toBe(second);
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
