import type { JsonObject, ResourceDeclaration } from '../../../simulator/template';
import { custom, plain, simulation, slowly, stackWith, succeeds } from '../fixtures/simulation';

const LEAVES = ['Policy', 'LogGroup', 'EventInvokeConfig'];
const depending = (DependsOn: string[]): ResourceDeclaration => ({ ...custom(), DependsOn });
const crashes = () => {
  throw new Error('crash');
};

it.each([
  ['Policy', 'the policy Policy of its role'],
  ['EventInvokeConfig', 'its event invoke config EventInvokeConfig'],
])('a function does not run before its %s exists', async (missing, named) => {
  const { deploy, cloudFormation, received, clock } = simulation(succeeds, {
    hooks: { resource: (_, { logicalId }) => (logicalId === missing ? clock.sleep(1000) : undefined) },
  });
  const result = await deploy(stackWith({ Thing: depending(LEAVES.filter((name) => name !== missing)) }));
  expect(result.status).toMatch(/^ROLLBACK_/);
  expect(cloudFormation.problems[0]).toContain(named);
  expect(received).toEqual([]);
});

it.each<[string, JsonObject, string]>([
  ['policy', {}, 'the policy Policy of its role'],
  ['event invoke config', {}, 'its event invoke config EventInvokeConfig'],
  ['named role', { Role: 'arn:aws:iam::123456789012:role/the-role' }, 'its role arn:aws:iam:'],
  ['named log group', { LoggingConfig: { LogGroup: 'the-log-group' } }, 'its log group LogGroup'],
])('deleting the %s during an invocation is a problem', async (_, properties, missing) => {
  const { deploy, destroy, cloudFormation, clock } = simulation(slowly(), {
    hooks: { resource: (_action, { logicalId }) => (logicalId === 'Gate' ? clock.sleep(500) : undefined) },
  });
  const names = ['Role', ...LEAVES];
  const template = stackWith({
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'the-role' } },
    LogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'the-log-group' } },
    Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles: ['the-role'] } },
    Gate: { Type: 'Test::Plain', DependsOn: names },
    // Without the dependencies on what the function needs.
    Thing: depending(['Gate']),
  });
  Object.assign(template.Resources?.Function.Properties as JsonObject, properties);
  await deploy(template);
  expect(cloudFormation.problems).toEqual([]);
  (template.Resources as Record<string, ResourceDeclaration>).Thing = depending([]);
  await deploy(template);
  await destroy();
  expect(cloudFormation.problems.join()).toContain('The function ran while it was being deleted: ');
  expect(cloudFormation.problems.join()).toContain(missing);
});

it.each([
  [{ FunctionName: { Ref: 'Function' }, MaximumRetryAttempts: 0 }, 1],
  [{ FunctionName: { Ref: 'Function' }, MaximumRetryAttempts: 1 }, 2],
  [{ FunctionName: { Ref: 'Function' }, MaximumRetryAttempts: 2 }, 3],
  [{ FunctionName: 'another', MaximumRetryAttempts: 0 }, 3],
])('with the event invoke config %j, a crash leads to %i invocations', async (Properties, invocations) => {
  const { deploy, cloudFormation, quiet } = simulation(crashes);
  const EventInvokeConfig = { Type: 'AWS::Lambda::EventInvokeConfig', Properties };
  await deploy(stackWith({ EventInvokeConfig, Thing: custom({ ServiceTimeout: 600 }) }));
  await quiet();
  const [{ at, invocations: made }] = cloudFormation.requests;
  expect(made.map((each) => each.at - at)).toEqual([0, 60_000, 180_000].slice(0, invocations));
  expect(made[0]).toMatchObject({ outcome: 'crashed', error: 'Error: crash' });
});

it('does not retry an event that exceeds the maximum age', async () => {
  const { deploy, cloudFormation, quiet } = simulation(crashes);
  const Properties = { FunctionName: { Ref: 'Function' }, MaximumEventAgeInSeconds: 120 };
  const EventInvokeConfig = { Type: 'AWS::Lambda::EventInvokeConfig', Properties };
  await deploy(stackWith({ EventInvokeConfig, Thing: custom({ ServiceTimeout: 600 }) }));
  await quiet();
  const outcomes = cloudFormation.requests[0].invocations.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['crashed', 'crashed', 'expired']);
});

it.each([
  ['one after the other', true, [0, 1000]],
  ['at the same time', false, [0, 0]],
])('delivers an event twice, %s', async (_, oneAfterTheOther, starts) => {
  const delivery = () => ({ delays: [0, 0], oneAfterTheOther });
  const { deploy, cloudFormation, quiet } = simulation(slowly(), { hooks: { delivery } });
  const result = await deploy(stackWith({ Thing: custom() }));
  await quiet();
  const [{ at, invocations }] = cloudFormation.requests;
  expect(result.status).toBe('CREATE_COMPLETE');
  expect(invocations.map((invocation) => invocation.at - at)).toEqual(starts);
});

it('drops an event that exceeds the maximum age', async () => {
  const delivery = () => ({ delays: [61_000] });
  const { deploy, received, cloudFormation, quiet } = simulation(succeeds, { hooks: { delivery } });
  await deploy(stackWith({ Thing: custom({ ServiceTimeout: 30 }), Other: plain() }));
  await quiet();
  expect(received).toEqual([]);
  expect(cloudFormation.requests[0]).toMatchObject({
    outcome: 'timed out',
    invocations: [{ outcome: 'expired' }],
  });
});

it('does not run a function that was deleted before a late delivery', async () => {
  const delivery = () => ({ delays: [0, 50_000] });
  const { deploy, destroy, cloudFormation, quiet } = simulation(succeeds, { hooks: { delivery } });
  await deploy(stackWith({ Thing: custom() }));
  await destroy();
  await quiet();
  expect(cloudFormation.requests[0].invocations).toMatchObject([
    { outcome: 'returned' },
    { outcome: 'not run', error: expect.stringContaining('does not exist.') },
  ]);
});
