import type { JsonObject, ResourceDeclaration } from '../../simulator/template';
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
const byName: Script = ({ ResourceProperties: { Name } }) => ({ PhysicalResourceId: `thing/${Name}` });

const thing = (properties: JsonObject = {}, more?: Partial<ResourceDeclaration>) =>
  stackWith({ Thing: custom(properties, more) });

describe('an event', () => {
  it('contains the properties, and the old ones on Update', async () => {
    const { deploy, functions } = simulation();
    await deploy(thing({ Size: 1 }));
    await deploy(thing({ Size: 2 }));
    const [created, updated] = functions.received;
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

  it('is not sent if the resolved properties stay the same', async () => {
    const { deploy, functions } = simulation();
    const template = (Type: string) =>
      stackWith({ Thing: custom({ Size: { Ref: 'Size' } }) }, { Parameters: { Size: { Type } } });
    await deploy(template('String'), { Size: '1' });
    expect((await deploy(template('Number'), { Size: '1' })).status).toBe('UPDATE_COMPLETE');
    expect(functions.events).toEqual(['Create Thing']);
  });
});

describe('the order', () => {
  it('follows the dependencies, independent resources concurrently, and is reversed on deletion', async () => {
    const { deploy, destroy, cloudFormation } = simulation(slowly());
    await deploy(stackWith({ First: custom(), Second: custom(), Third: custom({ Of: { Ref: 'First' } }) }));
    const [first, second, third] = cloudFormation.requests;
    expect([second.at - first.at, third.at - first.at]).toEqual([0, 1000]);
    expect(third.event.LogicalResourceId).toBe('Third');

    await destroy();
    const deleted = cloudFormation.requests.slice(3).map(({ event }) => event.LogicalResourceId);
    expect(deleted.indexOf('First')).toBeGreaterThan(deleted.indexOf('Third'));
    expect(cloudFormation.problems).toEqual([]);
  });

  it('deletes removed resources after all updates', async () => {
    const { deploy, functions } = simulation();
    await deploy(stackWith({ Old: custom(), Other: custom({ Size: 1 }) }));
    await deploy(stackWith({ New: custom(), Other: custom({ Size: 2 }) }));
    expect(functions.events.at(-1)).toBe('Delete Old Old');
    expect(functions.events).toHaveLength(5);
  });
});

describe('the physical ID', () => {
  it('of a failed Update is used by the rollback', async () => {
    const { deploy, functions, live } = simulation((event, clock) => ({
      ...(event.RequestType === 'Update' && event.ResourceProperties.Name === 'b' && FAILURE),
      ...(byName(event, clock) as object),
    }));
    await deploy(thing({ Name: 'a' }));
    expect((await deploy(thing({ Name: 'b' }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(functions.events.slice(1)).toEqual([
      'Update Thing thing/a',
      'Update Thing thing/b',
      'Delete Thing thing/b',
    ]);
    expect(functions.received[3].ResourceProperties).toMatchObject({ Name: 'b' });
    expect(live('Thing')?.physicalId).toBe('thing/a');
  });

  it('of a failed Update is not deleted if it is the old one', async () => {
    const { deploy, functions } = simulation(({ ResourceProperties }) =>
      ResourceProperties.Name === 'b' ? FAILURE : {},
    );
    await deploy(thing({ Name: 'a' }));
    await deploy(thing({ Name: 'b' }));
    expect(functions.events.slice(1)).toEqual(['Update Thing Thing', 'Update Thing Thing']);
  });

  it.each([
    ['the one of its response', { ...FAILURE, PhysicalResourceId: 'half' }, 'half', []],
    ['a generated one, without a response', undefined, GENERATED, []],
    [
      'a generated one, after an invalid response',
      'invalid',
      GENERATED,
      [expect.stringContaining('not a JSON object')],
    ],
  ])('of a failed Create is %s', async (_, response, physicalId, problems) => {
    const { deploy, functions, cloudFormation } = simulation(({ RequestType }) =>
      RequestType === 'Create' ? response : {},
    );
    expect((await deploy(thing({ Size: 1 }))).status).toBe('ROLLBACK_COMPLETE');
    expect(functions.events).toEqual(['Create Thing', `Delete Thing ${physicalId}`]);
    expect(functions.received[1].ResourceProperties).toMatchObject({ Size: '1' });
    expect(cloudFormation.problems).toEqual(problems);
  });
});

describe('a rollback', () => {
  it('of a creation deletes the resources, dependents first, and the stack can be created again', async () => {
    const { deploy, functions } = simulation();
    const other = custom({ Of: { Ref: 'Thing' } });
    const result = await deploy(stackWith({ Thing: custom(), Other: other, Last: failsAfter('Other') }));
    expect(result).toEqual({
      status: 'ROLLBACK_COMPLETE',
      failures: [{ logicalId: 'Last', reason: 'Last fails.' }],
    });
    expect(functions.events.slice(2)).toEqual(['Delete Other Other', 'Delete Thing Thing']);
    expect((await deploy(thing())).status).toBe('CREATE_COMPLETE');
  });

  it('cancels a Create in progress, and sends a Delete with a generated ID concurrently', async () => {
    const { deploy, cloudFormation, functions, quiet } = simulation(slowly(60_000));
    const result = await deploy(stackWith({ Thing: custom(), Last: FAILS_LATER }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.events).toEqual(['Create Thing', `Delete Thing ${GENERATED}`]);
    const [created, deleted] = cloudFormation.requests;
    expect(created).toMatchObject({ outcome: 'cancelled', reason: 'Resource creation cancelled' });
    expect(deleted.at - created.at).toBeLessThan(1010);
    await quiet();
    expect(created.invocations).toMatchObject([{ outcome: 'returned' }]);
  });

  it('of a replacement updates the new ID back, then deletes the one that is not kept', async () => {
    const { deploy, functions, live } = simulation(byName);
    await deploy(thing({ Name: 'a' }));
    await deploy(stackWith({ Thing: custom({ Name: 'b' }), Last: failsAfter('Thing') }));
    expect(functions.events.slice(1)).toEqual([
      'Update Thing thing/a',
      'Update Thing thing/b',
      'Delete Thing thing/b',
    ]);
    expect(functions.received[2]).toMatchObject({
      ResourceProperties: { Name: 'a' },
      OldResourceProperties: { Name: 'b' },
    });
    expect(live('Thing')).toMatchObject({ physicalId: 'thing/a', properties: { Name: 'a' } });
  });

  it('of an update deletes new resources after it has restored the changed ones', async () => {
    const { deploy, functions, live } = simulation();
    await deploy(thing({ Size: 1 }));
    await deploy(stackWith({ Thing: custom({ Size: 2 }), New: custom(), Last: failsAfter('Thing', 'New') }));
    expect(functions.events.slice(-2)).toEqual(['Update Thing Thing', 'Delete New New']);
    expect(live('New')).toBeUndefined();
  });

  it('that fails can be continued, or the stack deleted', async () => {
    let failures = 2;
    const { deploy, continueRollback, destroy, functions } = simulation(
      ({ RequestType, ResourceProperties: { Size } }) =>
        RequestType === 'Update' && Size === '1' && failures-- > 0 ? FAILURE : {},
    );
    await deploy(thing({ Size: 1 }));
    const template = stackWith({ Thing: custom({ Size: 2 }), Last: failsAfter('Thing') });
    expect((await deploy(template)).status).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(deploy(template)).rejects.toThrow(
      'is in state UPDATE_ROLLBACK_FAILED and cannot be updated',
    );
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_FAILED');
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(functions.received.at(-1)).toMatchObject({
      ResourceProperties: { Size: '1' },
      OldResourceProperties: { Size: '2' },
    });
    await expect(continueRollback()).rejects.toThrow('no failed rollback to continue');

    failures = 1;
    await deploy(template);
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
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
        logicalId === 'stack' ? status : `${status} ${physicalId} ${properties?.Name} ${reason}`.trim(),
      );

  it('contain the physical ID and the properties of each request, as in a replacement', async () => {
    const simulated = simulation(byName);
    await simulated.deploy(thing({ Name: 'a' }));
    const stackId = simulated.cloudFormation.stacks.get('stack')?.environment.stackId;
    await simulated.deploy(thing({ Name: 'b' }));
    expect(shown(simulated)).toEqual([
      'CREATE_IN_PROGRESS',
      'CREATE_IN_PROGRESS undefined a',
      'CREATE_IN_PROGRESS thing/a a Resource creation Initiated',
      'CREATE_COMPLETE thing/a a',
      'CREATE_COMPLETE',
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS thing/a b',
      'UPDATE_IN_PROGRESS thing/b b Requested update required the provider to create a new physical resource',
      'UPDATE_COMPLETE thing/b b',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'DELETE_IN_PROGRESS thing/a a',
      'DELETE_COMPLETE thing/a a',
      'UPDATE_COMPLETE',
    ]);
    expect(simulated.live('Thing')?.physicalId).toBe('thing/b');

    await simulated.destroy();
    expect(simulated.cloudFormation.eventsOf('stack')).toBeUndefined();
    expect(shown(simulated, stackId).slice(-4)).toEqual([
      'DELETE_IN_PROGRESS',
      'DELETE_IN_PROGRESS thing/b b',
      'DELETE_COMPLETE thing/b b',
      'DELETE_COMPLETE',
    ]);
    expect(simulated.cloudFormation.events[0]).toMatchObject({ stackId, physicalId: stackId });
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
    expect(inverse.at - update.at).toBe(1000);
  });
});

describe('a policy', () => {
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
    'for a resource that is %s with DeletionPolicy %s sends %i Deletes',
    async (end, DeletionPolicy, deletes) => {
      const { deploy, destroy, functions, cloudFormation } = simulation();
      const Thing = custom({}, { DeletionPolicy });
      if (end === 'rolled back') {
        await deploy(stackWith({ Thing, Last: failsAfter('Thing') }));
      } else {
        await deploy(stackWith({ Thing }));
        await (end === 'removed' ? deploy(stackWith({})) : destroy());
      }
      expect(functions.events).toEqual(['Create Thing', 'Delete Thing Thing'].slice(0, 1 + deletes));
      const skipped = cloudFormation.events.filter(({ status }) => status === 'DELETE_SKIPPED');
      expect(skipped).toMatchObject([{ logicalId: 'Thing', physicalId: 'Thing' }].slice(deletes));
      expect(cloudFormation.events.at(-1)?.status).toMatch(/^(UPDATE|DELETE|ROLLBACK)_COMPLETE$/);
    },
  );

  it('UpdateReplacePolicy Retain keeps the replaced resource', async () => {
    const { deploy, functions } = simulation(byName);
    await deploy(thing({ Name: 'a' }, { UpdateReplacePolicy: 'Retain' }));
    await deploy(thing({ Name: 'b' }, { UpdateReplacePolicy: 'Retain' }));
    expect(functions.events).toEqual(['Create Thing', 'Update Thing thing/a']);
  });
});

it('an update succeeds even if its cleanup fails', async () => {
  const { deploy } = simulation((event, clock) =>
    event.RequestType === 'Delete' ? FAILURE : byName(event, clock),
  );
  await deploy(thing({ Name: 'a' }));
  expect(await deploy(thing({ Name: 'b' }))).toEqual({
    status: 'UPDATE_COMPLETE',
    failures: [{ logicalId: 'Thing', reason: 'no' }],
  });
});

describe('a response', () => {
  it.each([
    [{ ServiceTimeout: 30 }, 30],
    [{ ServiceTimeout: { Ref: 'AWS::NoValue' } }, 3600],
  ])('must arrive within the timeout (%j), and is ignored later', async (timeout, seconds) => {
    const { deploy, cloudFormation, quiet } = simulation(async ({ RequestType }, clock) => {
      await clock.sleep(RequestType === 'Create' ? 3_600_001 : 0);
      return {};
    });
    const result = await deploy(thing(timeout));
    await quiet();
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.failures[0].reason).toBe(`The function did not respond within ${seconds} seconds.`);
    expect(cloudFormation.requests).toMatchObject([
      { outcome: 'timed out', milliseconds: seconds * 1000 },
      { outcome: 'succeeded' },
    ]);
  });

  it('provides the attributes of Fn::GetAtt, and no others', async () => {
    const { deploy, live } = simulation(() => ({ Data: { Colour: 'red' } }));
    const Thing = custom();
    await deploy(stackWith({ Thing, Other: plain({ C: { 'Fn::GetAtt': ['Thing', 'Colour'] } }) }));
    expect(live('Other')?.properties).toEqual({ C: 'red' });
    const Outputs = { O: { Value: { 'Fn::GetAtt': ['Thing', 'No'] } } };
    expect(await deploy(stackWith({ Thing }, { Outputs }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      failures: [{ reason: 'The response of the custom resource "Thing" has no attribute "No".' }],
    });
  });
});

it.each([
  ['type', { ...custom(), Type: 'Custom::Other' }, 'The type of an existing resource cannot change'],
  [
    'service token',
    custom({ ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:other' }),
    'The ServiceToken of an existing custom resource cannot change.',
  ],
])('an existing resource cannot change its %s', async (_, Thing, reason) => {
  const { deploy, functions } = simulation();
  await deploy(thing());
  expect(await deploy(stackWith({ Thing }))).toMatchObject({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    failures: [{ reason: expect.stringContaining(reason) }],
  });
  expect(functions.events).toEqual(['Create Thing']);
});

it.each([
  ['complete', {}, 'two', ['one', 'two']],
  ['rolled back', { Last: failsAfter('Thing') }, 'one', ['two', 'one']],
])(
  'the handler of a type can replace a resource in an update that is %s',
  async (_, more, kept, deletions) => {
    const deleted: unknown[] = [];
    const { deploy, destroy, live } = simulation(succeeds, {
      resourceTypes: {
        'Test::Image': {
          create: ({ properties }) => ({ physicalId: String(properties.Id) }),
          update: ({ properties }) => ({ physicalId: String(properties.Id) }),
          delete: ({ physicalId }) => void deleted.push(physicalId),
        },
      },
    });
    const template = (Id: string, others = {}) =>
      stackWith({
        Image: { Type: 'Test::Image', Properties: { Id } },
        Thing: custom({ Of: { Ref: 'Image' } }),
        ...others,
      });
    await deploy(template('one'));
    await deploy(template('two', more));
    expect(live('Thing')?.properties.Of).toBe(kept);
    await destroy();
    expect(deleted).toEqual(deletions);
  },
);

it('a stack imports values that other stacks export', async () => {
  const { cloudFormation, clock, deploy, functions } = simulation();
  const importing = thing({ Image: { 'Fn::ImportValue': 'image' } });
  expect((await deploy(importing)).failures[0].reason).toBe('No deployed stack exports "image".');
  const Outputs = { O: { Value: 'wsi-1', Export: { Name: 'image' } } };
  await clock.run(cloudFormation.deploy('exporting', { Resources: { A: plain() }, Outputs }));
  await deploy(importing);
  expect(functions.received[0].ResourceProperties.Image).toBe('wsi-1');
});
