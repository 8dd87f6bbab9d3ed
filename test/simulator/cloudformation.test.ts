import type { JsonObject, ResourceDeclaration, Template } from '../../simulator/template';
import {
  custom,
  failsAfter,
  plain,
  type Script,
  simulation,
  slowly,
  stackWith,
  succeeds,
} from './fixtures/simulation';

const GENERATED = 'stack-Thing-AAAAAAAAAAAAA';
const FAILURE = { Status: 'FAILED', Reason: 'no' };
const FAILS_LATER = { Type: 'Test::Failing', Properties: { After: 1000 } };

/** Derives the physical ID from the property `Name`: another name is a replacement. */
const byName: Script = ({ ResourceProperties: { Name } }) => ({ PhysicalResourceId: Name });

const thing = (properties: JsonObject = {}, more?: Partial<ResourceDeclaration>) =>
  stackWith({ Thing: custom(properties, more) });

describe('an event', () => {
  it('contains the properties, and the old ones on Update', async () => {
    const { deploy, received } = simulation();
    await deploy(thing({ Size: 1 }));
    await deploy(thing({ Size: 2 }));
    const [created, updated] = received;
    expect(created).toMatchObject({ RequestType: 'Create', ResourceType: 'Custom::Thing' });
    expect(created).not.toHaveProperty('PhysicalResourceId');
    expect(created.ResourceProperties).toEqual({
      ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:stack-Function-AAAAAAAAAAAAA',
      ServiceTimeout: '300',
      Size: '1',
    });
    expect(updated).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'Thing',
      ResourceProperties: { Size: '2' },
      OldResourceProperties: { Size: '1', ServiceTimeout: '300' },
    });
  });
});

it('belongs to the account and the Region of its stack, as its function does', async () => {
  const located: unknown[] = [];
  const { clock, cloudFormation, received } = simulation(succeeds, {
    hooks: { resource: (_, { stack, account, region }) => void located.push([stack, account, region]) },
  });
  const environments = [
    ['Owner', '111122223333', 'eu-west-1', 'aws'],
    ['Recipient', '444455556666', 'cn-north-1', 'aws-cn'],
  ];
  for (const [name, account, region] of environments) {
    await clock.run(cloudFormation.deploy(name, thing(), {}, { account, region }));
  }
  const expected = environments.map(([name, account, region, partition]) => ({
    ServiceToken: `arn:${partition}:lambda:${region}:${account}:function:${name}-Function-AAAAAAAAAAAAA`,
    StackId: expect.stringContaining(`arn:${partition}:cloudformation:${region}:${account}:stack/${name}/`),
  }));
  expect(received).toMatchObject(expected);
  expect(located).toEqual(expect.arrayContaining(environments.map((environment) => environment.slice(0, 3))));
});

describe('the order', () => {
  it('follows the dependencies, independent resources concurrently, and is reversed on deletion', async () => {
    const { deploy, destroy, cloudFormation } = simulation(slowly());
    await deploy(stackWith({ First: custom(), Second: custom(), Third: custom({ Of: { Ref: 'First' } }) }));
    await destroy();
    const at = (type: string, logicalId: string) =>
      cloudFormation.requests.find(
        ({ event }) => event.RequestType === type && event.LogicalResourceId === logicalId,
      )?.at ?? Number.NaN;
    expect(at('Create', 'Second') - at('Create', 'First')).toBe(0);
    expect(at('Create', 'Third') - at('Create', 'First')).toBe(1000);
    expect(at('Delete', 'Second') - at('Delete', 'Third')).toBe(0);
    expect(at('Delete', 'First') - at('Delete', 'Third')).toBe(1000);
    expect(cloudFormation.problems).toEqual([]);
  });

  it('deletes removed resources after all updates', async () => {
    const { deploy, events } = simulation();
    await deploy(stackWith({ Old: custom(), Older: custom({ Of: { Ref: 'Old' } }) }));
    await deploy(stackWith({ New: custom() }));
    expect(events()).toBe('Create Old, Create Older, Create New, Delete Older Older, Delete Old Old');
  });
});

describe('the physical ID', () => {
  it('of a failed Update is used by the rollback', async () => {
    const { deploy, events, received, live } = simulation(
      ({ RequestType, ResourceProperties: { Name } }) => ({
        ...(RequestType === 'Update' && Name === 'b' && FAILURE),
        PhysicalResourceId: Name,
      }),
    );
    await deploy(thing({ Name: 'a' }));
    expect((await deploy(thing({ Name: 'b' }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(events()).toBe('Create Thing, Update Thing a, Update Thing b, Delete Thing b');
    expect(received[3].ResourceProperties.Name).toBe('b');
    expect(live('Thing')?.physicalId).toBe('a');
  });

  it('of a failed Update is not deleted if it is the old one', async () => {
    const { deploy, events } = simulation(({ ResourceProperties: { Name } }) =>
      Name === 'b' ? FAILURE : {},
    );
    await deploy(thing({ Name: 'a' }));
    await deploy(thing({ Name: 'b' }));
    expect(events()).toBe('Create Thing, Update Thing Thing, Update Thing Thing');
  });

  it.each([
    ['the one of its response', { ...FAILURE, PhysicalResourceId: 'half' }, 'half', ''],
    ['a generated one, without a response', undefined, GENERATED, ''],
    ['a generated one, after an invalid response', 'invalid', GENERATED, 'not a JSON object'],
  ])('of a failed Create is %s', async (_, response, physicalId, problem) => {
    const { deploy, events, received, cloudFormation } = simulation(({ RequestType }) =>
      RequestType === 'Create' ? response : {},
    );
    expect((await deploy(thing({ Size: 1 }))).status).toBe('ROLLBACK_COMPLETE');
    expect(events()).toBe(`Create Thing, Delete Thing ${physicalId}`);
    expect(received[1].ResourceProperties.Size).toBe('1');
    expect(cloudFormation.problems).toEqual(problem ? [expect.stringContaining(problem)] : []);
  });
});

describe('a rollback', () => {
  it('of a creation deletes the resources, dependents first, and the stack can be created again', async () => {
    const { deploy, events } = simulation();
    const Other = custom({ Of: { Ref: 'Thing' } });
    expect(await deploy(stackWith({ Thing: custom(), Other, Last: failsAfter('Other') }))).toEqual({
      status: 'ROLLBACK_COMPLETE',
      failures: [{ logicalId: 'Last', path: 'Last', reason: 'Last fails.' }],
    });
    expect(events()).toBe('Create Thing, Create Other, Delete Other Other, Delete Thing Thing');
    expect((await deploy(thing())).status).toBe('CREATE_COMPLETE');
  });

  it('cancels a Create in progress, and sends a Delete with a generated ID concurrently', async () => {
    const { deploy, cloudFormation, events, quiet } = simulation(slowly(60_000));
    const Slow = { ...FAILS_LATER, Properties: { After: 60_000 } };
    expect(await deploy(stackWith({ Thing: custom(), Slow, Last: FAILS_LATER }))).toEqual({
      status: 'ROLLBACK_COMPLETE',
      failures: [{ logicalId: 'Last', path: 'Last', reason: 'Last fails.' }],
    });
    expect(events()).toBe(`Create Thing, Delete Thing ${GENERATED}`);
    const [created, deleted] = cloudFormation.requests;
    expect(created).toMatchObject({ outcome: 'cancelled', reason: 'Resource creation cancelled' });
    expect(deleted.at - created.at).toBeLessThan(27_010);
    await quiet();
    expect(created.invocations).toMatchObject([{ outcome: 'returned' }]);
  });

  it('of a creation sends the Delete of a failed Create 26 s after the failure, and that of an update in the cleanup', async () => {
    const failing: Script = ({ RequestType }) => (RequestType === 'Create' ? FAILURE : {});
    const waits: number[] = [];
    for (const before of [[], [stackWith({})]]) {
      const { deploy, cloudFormation } = simulation(failing);
      for (const template of [...before, thing()]) {
        await deploy(template);
      }
      const [created, deleted] = cloudFormation.requests;
      waits.push(deleted.at - created.at);
    }
    expect(waits).toEqual([26_000, 2_000]);
  });

  it('of an update updates a new ID back, and then deletes it and new resources', async () => {
    const { deploy, events, received, live, cloudFormation } = simulation(byName);
    await deploy(thing({ Name: 'a' }));
    const New = custom({ Name: 'new' }, { DependsOn: 'Thing' });
    const Access = { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'Role' }] } };
    const Thing = custom({ Name: 'b' }, { DependsOn: 'Access' });
    await deploy(stackWith({ Thing, New, Access, Last: failsAfter('New') }));
    expect(events()).toBe(
      'Create Thing, Update Thing a, Create New, Update Thing b, Delete New new, Delete Thing b',
    );
    expect(received[3]).toMatchObject({
      ResourceProperties: { Name: 'a' },
      OldResourceProperties: { Name: 'b' },
    });
    expect(live('Thing')).toMatchObject({ physicalId: 'a', properties: { Name: 'a' } });
    expect(live('New')).toBeUndefined();
    expect(cloudFormation.problems).toEqual([]);
  });

  it('that fails can be continued, or the stack deleted', async () => {
    let failures = 2;
    const { deploy, continueRollback, destroy, received, events } = simulation((event, clock) =>
      event.RequestType === 'Update' && event.ResourceProperties.Name === 'a' && failures-- > 0
        ? FAILURE
        : byName(event, clock),
    );
    await deploy(thing({ Name: 'a' }));
    const template = stackWith({ Thing: custom({ Name: 'b' }), Last: failsAfter('Thing') });
    expect((await deploy(template)).status).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(deploy(template)).rejects.toThrow(
      'is in state UPDATE_ROLLBACK_FAILED and cannot be updated',
    );
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_FAILED');
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(received.at(-2)).toMatchObject({
      ResourceProperties: { Name: 'a' },
      OldResourceProperties: { Name: 'b' },
    });
    await expect(continueRollback()).rejects.toThrow('no failed rollback to continue');

    failures = 1;
    await deploy(template);
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
    expect(events()).toMatch(/, Delete Thing a, Delete Thing b$/);
  });

  it('of a creation fails if a Delete fails, and the stack can be deleted later', async () => {
    let failures = 3;
    const { deploy, destroy } = simulation(() => (failures-- > 0 ? FAILURE : {}));
    expect((await deploy(thing())).status).toBe('ROLLBACK_FAILED');
    await expect(deploy(thing())).rejects.toThrow('cannot be updated');
    expect((await destroy()).status).toBe('DELETE_FAILED');
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
    await expect(destroy()).rejects.toThrow('The stack "stack" does not exist.');
  });
});

describe('the events of a stack', () => {
  /** The events of the custom resource and of the stack itself. */
  const shown = ({ cloudFormation }: ReturnType<typeof simulation>, stackNameOrId = 'stack') =>
    (cloudFormation.eventsOf(stackNameOrId) ?? [])
      .filter(({ logicalId }) => ['stack', 'Thing'].includes(logicalId))
      .map(({ logicalId, status, physicalId, properties, reason = '' }) =>
        logicalId === 'stack'
          ? status
          : `${status} ${physicalId} ${properties?.Name ?? '-'} ${reason}`.trim(),
      );

  it('contain the physical ID and the properties of each request, as in a replacement', async () => {
    const simulated = simulation(byName);
    await simulated.deploy(thing({ Name: 'a' }));
    const stackId = simulated.cloudFormation.stacks.get('stack')?.environment.stackId;
    await simulated.deploy(thing({ Name: 'b' }));
    expect(shown(simulated)).toEqual([
      'CREATE_IN_PROGRESS',
      'CREATE_IN_PROGRESS undefined a',
      'CREATE_IN_PROGRESS a a Resource creation Initiated',
      'CREATE_COMPLETE a a',
      'CREATE_COMPLETE',
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS a b',
      'UPDATE_IN_PROGRESS b b Requested update required the provider to create a new physical resource',
      'UPDATE_COMPLETE b b',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'DELETE_IN_PROGRESS a -',
      'DELETE_COMPLETE a -',
      'UPDATE_COMPLETE',
    ]);
    const types = new Set(simulated.cloudFormation.events.slice(-3, -1).map(({ type }) => type));
    expect([...types]).toEqual(['AWS::CloudFormation::CustomResource']);
    expect(simulated.events()).toBe('Create Thing, Update Thing a, Delete Thing a');
    expect(simulated.live('Thing')?.physicalId).toBe('b');

    await simulated.destroy();
    expect(simulated.cloudFormation.eventsOf('stack')).toBeUndefined();
    expect(shown(simulated, stackId).slice(-2)).toEqual(['DELETE_COMPLETE b b', 'DELETE_COMPLETE']);
    expect(simulated.cloudFormation.events[0]).toMatchObject({ stackId, physicalId: stackId });
  });

  it('mask the values of NoEcho parameters, also those of earlier deployments', async () => {
    const simulated = simulation(byName);
    const secret = { Type: 'CommaDelimitedList', NoEcho: true };
    const template = {
      ...thing({ Name: 'a', List: { Ref: 'Secret' } }),
      Parameters: { Secret: secret },
    };
    await simulated.deploy(template, { Secret: 'x,y' });
    await simulated.deploy(
      { ...template, Resources: { ...template.Resources, Last: failsAfter('Thing') } },
      { Secret: 'z' },
    );
    expect(simulated.received.map((event) => event.ResourceProperties.List)).toEqual([
      ['x', 'y'],
      ['z'],
      ['x', 'y'],
    ]);
    const lists = simulated.cloudFormation.events.flatMap(({ properties }) => properties?.List ?? []);
    expect(new Set(lists)).toEqual(new Set(['****']));
  });

  it('show the cancelled Update before the rollback sends the inverse one', async () => {
    const simulated = simulation(slowly(60_000));
    await simulated.deploy(thing({ Name: 'a' }));
    await simulated.deploy(stackWith({ Thing: custom({ Name: 'b' }), Last: FAILS_LATER }));
    expect(shown(simulated).slice(5)).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS Thing b',
      'UPDATE_FAILED Thing b Resource update cancelled',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'UPDATE_IN_PROGRESS Thing a',
      'UPDATE_COMPLETE Thing a',
      'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
    ]);
    const [, update, inverse] = simulated.cloudFormation.requests;
    expect(inverse.at - update.at).toBe(3_000);
  });
});

it.each([
  ['removed', 'Retain', 0],
  ['removed', 'RetainExceptOnCreate', 0],
  ['removed', 'Delete', 1],
  ['deleted with its stack', 'Retain', 0],
  ['deleted with its stack', 'RetainExceptOnCreate', 0],
  ['deleted with its stack', 'Delete', 1],
  ['rolled back', 'Retain', 0],
  ['rolled back', 'RetainExceptOnCreate', 1],
  ['rolled back', 'Delete', 1],
])(
  'a resource that is %s with DeletionPolicy %s receives %i Deletes',
  async (end, DeletionPolicy, deletes) => {
    const { deploy, destroy, events, cloudFormation } = simulation();
    const Thing = custom({}, { DeletionPolicy });
    await deploy(stackWith({ Thing, ...(end === 'rolled back' && { Last: failsAfter('Thing') }) }));
    if (end === 'removed') {
      await deploy(stackWith({}));
    } else if (end === 'deleted with its stack') {
      await destroy();
    }
    expect(events()).toBe(deletes ? 'Create Thing, Delete Thing Thing' : 'Create Thing');
    const skipped = cloudFormation.events.filter(({ status }) => status === 'DELETE_SKIPPED');
    expect(skipped).toMatchObject(deletes ? [] : [{ logicalId: 'Thing', physicalId: 'Thing' }]);
    expect(cloudFormation.events.at(-1)?.status).toMatch(/^(UPDATE|DELETE|ROLLBACK)_COMPLETE$/);
  },
);

it('UpdateReplacePolicy Retain keeps the replaced resource', async () => {
  const { deploy, events } = simulation(byName);
  await deploy(thing({ Name: 'a' }, { UpdateReplacePolicy: 'Retain' }));
  await deploy(thing({ Name: 'b' }, { UpdateReplacePolicy: 'Retain' }));
  expect(events()).toBe('Create Thing, Update Thing a');
});

it('an update succeeds even if its cleanup fails', async () => {
  const { deploy } = simulation((event, clock) =>
    event.RequestType === 'Delete' ? FAILURE : byName(event, clock),
  );
  await deploy(thing({ Name: 'a' }));
  expect(await deploy(thing({ Name: 'b' }))).toEqual({
    status: 'UPDATE_COMPLETE',
    failures: [{ logicalId: 'Thing', path: 'Thing', reason: 'no' }],
  });
});

it.each([
  [{ ServiceTimeout: 30 }, 30],
  [{ ServiceTimeout: { Ref: 'AWS::NoValue' } }, 3600],
])('a response must arrive within the timeout (%j), and is ignored later', async (timeout, seconds) => {
  const { deploy, cloudFormation, quiet } = simulation(async ({ RequestType }, clock) => {
    await clock.sleep(RequestType === 'Create' ? 3_600_001 : 0);
    return {};
  });
  expect(await deploy(thing(timeout))).toEqual({
    status: 'ROLLBACK_COMPLETE',
    failures: [
      {
        logicalId: 'Thing',
        path: 'Thing',
        reason: `The function did not respond within ${seconds} seconds.`,
      },
    ],
  });
  await quiet();
  expect(cloudFormation.requests).toMatchObject([
    { outcome: 'timed out', milliseconds: seconds * 1000 },
    { outcome: 'succeeded' },
  ]);
});

it('the timeout of an event that has ended is not waited for', async () => {
  const { deploy, clock } = simulation();
  await deploy(thing());
  expect(clock.waiting).toBe(0);
});

it('a response provides the attributes of Fn::GetAtt, and no others', async () => {
  const { deploy, live } = simulation(() => ({ Data: { Color: 'red' } }));
  const Thing = custom();
  await deploy(stackWith({ Thing, Other: plain({ C: { 'Fn::GetAtt': ['Thing', 'Color'] } }) }));
  expect(live('Other')?.properties).toEqual({ C: 'red' });
  const Outputs = { O: { Value: { 'Fn::GetAtt': ['Thing', 'No'] } } };
  expect(await deploy(stackWith({ Thing }, { Outputs }))).toMatchObject({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    failures: [{ reason: 'The response of the custom resource "Thing" has no attribute "No".' }],
  });
});

it.each([
  ['type', { ...custom(), Type: 'Custom::Other' }, 'The type of an existing resource cannot change'],
  [
    'service token',
    custom({ ServiceToken: 'arn:other' }),
    'The ServiceToken of an existing custom resource cannot',
  ],
])('an existing resource cannot change its %s', async (_, Thing, reason) => {
  const { deploy, events } = simulation();
  await deploy(thing());
  expect(await deploy(stackWith({ Thing }))).toMatchObject({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    failures: [{ reason: expect.stringContaining(reason) }],
  });
  expect(events()).toBe('Create Thing');
});

it.each([
  ['succeeds', {}, 'two', ['one', 'two']],
  ['is rolled back', { Last: failsAfter('Thing') }, 'one', ['two', 'one']],
])('the handler of a type can replace a resource in an update that %s', async (_, more, kept, deletions) => {
  const updated: unknown[] = [];
  const deleted: unknown[] = [];
  const { deploy, destroy, live } = simulation(succeeds, {
    resourceTypes: {
      'Test::Image': {
        create: ({ properties }) => ({ physicalId: String(properties.Id) }),
        update: ({ properties: { Id } }) => {
          updated.push(Id);
          return { physicalId: String(Id) };
        },
        delete: ({ physicalId }) => void deleted.push(physicalId),
      },
    },
  });
  const template = (Id: string, others = {}) => {
    const Image = { Type: 'Test::Image', Properties: { Id } };
    return stackWith({ Image, Thing: custom({ Of: { Ref: 'Image' } }), ...others });
  };
  await deploy(template('one'));
  await deploy(template('two', more));
  expect(live('Thing')?.properties.Of).toBe(kept);
  await destroy();
  expect(updated).toEqual(['two']);
  expect(deleted).toEqual(deletions);
});

describe('with rollback disabled, a resource that failed to be created, and is no longer in the template, is deleted', () => {
  const disabled = { deletesFailed: 'after', oldProperties: 'failed' } as const;
  const fails = ({ RequestType }: { RequestType: string }) => (RequestType === 'Create' ? FAILURE : {});

  it.each([
    ['by the cleanup of the next update', stackWith({}), 'UPDATE_COMPLETE'],
    [
      'with the stack, after an update that fails',
      stackWith({ Last: failsAfter('Policy') }),
      'UPDATE_FAILED',
    ],
  ])('%s', async (_, next, status) => {
    const { clock, cloudFormation, destroy, events } = simulation(fails);
    const deploy = (template: Template) =>
      clock.run(cloudFormation.deploy('stack', template, {}, {}, disabled));
    await deploy(thing());
    expect((await deploy(next)).status).toBe(status);
    await destroy();
    expect(events()).toBe('Create Thing, Delete Thing Thing');
  });

  it('with the stack, if its first deletion fails', async () => {
    let deletions = 0;
    const { clock, cloudFormation, destroy, events } = simulation(({ RequestType }) =>
      RequestType === 'Create' || deletions++ === 0 ? FAILURE : {},
    );
    await clock.run(cloudFormation.deploy('stack', thing(), {}, {}, disabled));
    await clock.run(
      cloudFormation.deploy('stack', stackWith({ Last: failsAfter('Policy') }), {}, {}, disabled),
    );
    expect((await destroy()).status).toBe('DELETE_FAILED');
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
    expect(events()).toBe('Create Thing, Delete Thing Thing, Delete Thing Thing');
  });
});

it('a stack imports values that other stacks export', async () => {
  const { cloudFormation, clock, deploy, received } = simulation();
  const importing = thing({ Image: { 'Fn::ImportValue': 'image' } });
  expect((await deploy(importing)).failures[0].reason).toBe('No deployed stack exports "image".');
  const Outputs = { O: { Value: 'wsi-1', Export: { Name: 'image' } } };
  await clock.run(cloudFormation.deploy('exporting', { Resources: { A: plain() }, Outputs }));
  await deploy(importing);
  expect(received[0].ResourceProperties.Image).toBe('wsi-1');
});

it('a stack reads the outputs of other stacks', async () => {
  const { cloudFormation, clock, deploy, received } = simulation();
  const reading = (OutputName: string) =>
    thing({ Image: { 'Fn::GetStackOutput': { StackName: 'images', OutputName } } });
  expect((await deploy(reading('O'))).failures[0].reason).toBe('The stack "images" does not exist.');
  const Outputs = { O: { Value: 'wsi-1' } };
  await clock.run(cloudFormation.deploy('images', { Resources: { A: plain() }, Outputs }));
  expect((await deploy(reading('P'))).failures[0].reason).toBe('The stack "images" has no output "P".');
  await deploy(reading('O'));
  expect(received[0].ResourceProperties.Image).toBe('wsi-1');
});
