import { join } from 'node:path';
import { AcceleratedClock } from '../../simulator/clock';
import type { CustomResourceEvent, LambdaFunction } from '../../simulator/cloudformation';
import { FunctionProcesses } from '../../simulator/function-process';

const lambda: LambdaFunction = {
  name: 'Sharing',
  arn: 'arn:aws:lambda:eu-west-1:123456789012:function:Sharing',
  stack: 'stack',
  account: '123456789012',
  region: 'eu-west-1',
  code: {},
  handler: 'index.handler',
  timeoutSeconds: 60,
  memoryMiB: 256,
  environment: { COLOUR: 'red' },
};

function start(
  action: string,
  { speed = 1, clock = new AcceleratedClock(speed), timeoutSeconds = 60, handler = 'index.handler' } = {},
) {
  const processes = new FunctionProcesses({
    codeDirectory: () => join(__dirname, 'fixtures', 'handler'),
    workspacesUrl: 'http://127.0.0.1:1',
    cloudFormationUrl: 'http://127.0.0.1:2',
    clock,
  });
  const event = { ResourceProperties: { Do: action } } as unknown as CustomResourceEvent;
  return processes.start({ ...lambda, timeoutSeconds, handler }, event, 'request-1');
}

it("runs the handler with Lambda's environment and context, without that of this process", async () => {
  process.env.FROM_OUTSIDE = 'yes';
  const { outcome, log } = await start('tell').end;
  const [first, second] = log.map((line) => JSON.parse(line));
  expect(outcome).toBe('returned');
  expect(first).toEqual({ id: 'request-1', name: 'Sharing' });
  expect(second.environment).toMatchObject({
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_WORKSPACES: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:2',
    COLOUR: 'red',
  });
  expect(second.environment).not.toHaveProperty('FROM_OUTSIDE');
  expect(second.remaining).toBeGreaterThan(50_000);
});

it.each([
  ['throw', 'thrown on purpose'],
  ['exit', 'code 3'],
])('reports a function that crashes by %s', async (action, said) => {
  expect(await start(action).end).toMatchObject({ outcome: 'crashed', error: expect.stringContaining(said) });
});

it('reports a missing handler', async () => {
  const end = await start('tell', { handler: 'absent.handler' }).end;
  expect(end).toMatchObject({ outcome: 'crashed', error: expect.stringContaining('absent') });
});

it('ends a function at its timeout', async () => {
  const end = await start('hang', { timeoutSeconds: 20, speed: 50 }).end;
  expect(end).toMatchObject({ outcome: 'timed out', error: expect.stringContaining('20 seconds') });
});

it('can be killed', async () => {
  const running = start('hang');
  running.kill();
  expect(await running.end).toMatchObject({ outcome: 'killed' });
});

it("makes the function's whole clock run faster", async () => {
  const clock = new AcceleratedClock(50);
  clock.skip(3_600_000);
  const before = { simulated: clock.now(), real: Date.now() };
  const { log } = await start('wait', { clock }).end;
  const { began, passed } = JSON.parse(log[1]);
  expect(began).toBeGreaterThanOrEqual(Math.floor(before.simulated));
  expect(began).toBeLessThanOrEqual(clock.now());
  expect(Date.now() - before.real).toBeLessThan(5000);
  for (const seconds of passed) {
    expect(seconds).toBeGreaterThanOrEqual(10);
    expect(seconds).toBeLessThan(60);
  }
});
