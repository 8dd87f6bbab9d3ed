import type { JsonObject } from '../../../simulator/template';
import { custom, plain, type Script, simulation, stackWith, succeeds } from '../fixtures/simulation';

/** Responds after a second. */
const slowly: Script = async (event, invocation) => {
  await invocation.clock.sleep(1000);
  return succeeds(event, invocation);
};

const LEAVES = ['Policy', 'LogGroup', 'EventInvokeConfig'];

it.each([
  ['Policy', 'the policy Policy of its role'],
  ['EventInvokeConfig', 'its event invoke config EventInvokeConfig'],
])('a function does not run before its %s exists', async (missing, named) => {
  const { deploy, cloudFormation, functions, clock } = simulation(succeeds, {
    hooks: { resource: (_, { logicalId }) => (logicalId === missing ? clock.sleep(1000) : undefined) },
  });
  const DependsOn = LEAVES.filter((name) => name !== missing);
  const result = await deploy(stackWith({ Thing: { ...custom(), DependsOn } }));
  expect(result.status).toMatch(/^ROLLBACK_/);
  expect(cloudFormation.problems[0]).toContain(named);
  expect(functions.received).toEqual([]);
});

it.each(['Policy', 'EventInvokeConfig'])(
  'deleting the %s during an invocation is a problem',
  async (name) => {
    const { deploy, destroy, cloudFormation } = simulation(slowly);
    await deploy(stackWith({ Slow: plain(), Thing: custom() }));
    // A template that lacks the dependency.
    await deploy(stackWith({ Slow: plain(), Thing: { ...custom(), DependsOn: [] } }));
    await destroy();
    expect(cloudFormation.problems.join()).toContain(name);
  },
);

it.each([
  ['role', { Role: 'arn:aws:iam::123456789012:role/the-role' }],
  ['log group', { LoggingConfig: { LogGroup: 'the-log-group' } }],
])('deleting the %s that a function names is a problem', async (what, properties: JsonObject) => {
  const { deploy, destroy, cloudFormation } = simulation(slowly);
  const template = stackWith({
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'the-role' } },
    LogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'the-log-group' } },
    Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles: ['the-role'] } },
    Thing: { ...custom(), DependsOn: ['Role', 'LogGroup', 'Policy', 'EventInvokeConfig'] },
  });
  Object.assign(template.Resources?.Function.Properties as JsonObject, properties);
  await deploy(template);
  (template.Resources as Record<string, object>).Thing = { ...custom(), DependsOn: [] };
  await deploy(template);
  await destroy();
  expect(cloudFormation.problems.join()).toContain(`its ${what} `);
});

it.each([
  [{ MaximumRetryAttempts: 0 }, 1],
  [{ MaximumRetryAttempts: 1 }, 2],
  [{ MaximumRetryAttempts: 2 }, 3],
  [undefined, 3],
])('with the event invoke config %j, a crash leads to %i invocations', async (config, invocations) => {
  const { deploy, functions, cloudFormation, clock } = simulation((event) => {
    if (event.RequestType === 'Create') {
      throw new Error('crash');
    }
    return {};
  });
  const template = stackWith({ Thing: custom({ ServiceTimeout: 600 }) });
  const Properties = { FunctionName: config ? { Ref: 'Function' } : 'another', ...config };
  Object.assign(template.Resources?.EventInvokeConfig as object, { Properties });
  await deploy(template);
  await clock.run(cloudFormation.quiet());
  expect(functions.events.filter((event) => event === 'Create Thing')).toHaveLength(invocations);
});

it.each([
  ['one after the other', true, [0, 1000]],
  ['at the same time', false, [0, 0]],
])('delivers an event twice, %s', async (_, oneAfterTheOther, starts) => {
  const { deploy, cloudFormation, clock } = simulation(slowly, {
    hooks: { delivery: () => ({ delays: [0, 0], oneAfterTheOther }) },
  });
  const result = await deploy(stackWith({ Thing: custom() }));
  await clock.run(cloudFormation.quiet());
  const [{ at, invocations }] = cloudFormation.requests;
  expect(result.status).toBe('CREATE_COMPLETE');
  expect(invocations.map((invocation) => invocation.at - at)).toEqual(starts);
});

it('drops an event that exceeds the maximum age', async () => {
  const { deploy, functions, cloudFormation, clock } = simulation(succeeds, {
    hooks: { delivery: ({ RequestType }) => ({ delays: [RequestType === 'Create' ? 61_000 : 0] }) },
  });
  const result = await deploy(stackWith({ Thing: custom() }));
  await clock.run(cloudFormation.quiet());
  expect(result.status).toBe('ROLLBACK_COMPLETE');
  expect(functions.events).toEqual([expect.stringMatching(/^Delete Thing stack-Thing-/)]);
  expect(cloudFormation.requests[0].invocations).toMatchObject([{ outcome: 'expired' }]);
});

it('does not run a function that was deleted before a late delivery', async () => {
  const { deploy, destroy, cloudFormation, clock } = simulation(succeeds, {
    hooks: { delivery: ({ RequestType }) => ({ delays: RequestType === 'Create' ? [0, 50_000] : [0] }) },
  });
  await deploy(stackWith({ Thing: custom() }));
  await destroy();
  await clock.run(cloudFormation.quiet());
  expect(cloudFormation.requests[0].invocations).toMatchObject([
    { outcome: 'returned' },
    { outcome: 'not run', error: expect.stringContaining('does not exist.') },
  ]);
});

it('does not take a response from a function that was killed', async () => {
  const { deploy, functions, cloudFormation } = simulation(async (event, { clock }) => {
    if (event.RequestType === 'Create') {
      await clock.sleep(10);
      functions.running[0].kill();
      await clock.sleep(10);
    }
    return { PhysicalResourceId: 'thing' };
  });
  const result = await deploy(stackWith({ Thing: custom() }));
  expect(result.status).toBe('ROLLBACK_COMPLETE');
  expect(cloudFormation.requests[0]).toMatchObject({
    outcome: 'timed out',
    invocations: [{ outcome: 'killed' }],
  });
});
