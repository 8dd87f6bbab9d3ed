import type { StackEventRecord } from '../../simulator/cloudformation';
import type { JsonObject } from '../../simulator/template';
import { custom, failing, plain, type Script, simulation, stackWith, succeeds } from './fixtures/simulation';

const generated = (logicalId: string) => `stack-${logicalId}-AAAAAAAAAAAAA`;

/** Derives the physical ID from the property `Name`: another name is a replacement. */
const byName: Script = ({ ResourceProperties }) => ({
  PhysicalResourceId: `thing/${ResourceProperties.Name}`,
});

const thing = (properties: JsonObject = {}) => stackWith({ Thing: custom(properties) });

/** Fails the resource `Last` a second after the operation on it starts. */
function failingLater(clock: () => { sleep(ms: number): Promise<void> }) {
  return {
    resource: async (action: string, request: { logicalId: string }) => {
      if (request.logicalId === 'Last') {
        await clock().sleep(1000);
        failing('Last', 'Create').resource(action, request);
      }
    },
  };
}

describe('an event', () => {
  it('contains the properties, and the old ones on Update', async () => {
    const { deploy, functions } = simulation();
    await deploy(thing({ Size: 1 }));
    await deploy(thing({ Size: 2 }));
    const [created, updated] = functions.received;
    expect(created).toMatchObject({ RequestType: 'Create', ResourceType: 'Custom::Thing' });
    expect(created).not.toHaveProperty('PhysicalResourceId');
    expect(created.ResourceProperties).toEqual({
      ServiceToken: `arn:aws:lambda:us-east-1:123456789012:function:${generated('Function')}`,
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
    const { deploy, destroy, cloudFormation } = simulation(async (event, invocation) => {
      await invocation.clock.sleep(1000);
      return succeeds(event, invocation);
    });
    await deploy(stackWith({ First: custom(), Second: custom(), Third: custom({ Of: { Ref: 'First' } }) }));
    const started = Object.fromEntries(
      cloudFormation.requests.map(({ at, event }) => [event.LogicalResourceId, at]),
    );
    expect(started.First).toBe(started.Second);
    expect(started.Third).toBe(started.First + 1000);
    await destroy();
    const deleted = cloudFormation.requests.slice(3).map(({ event }) => event.LogicalResourceId);
    expect(deleted.indexOf('First')).toBeGreaterThan(deleted.indexOf('Third'));
    expect(cloudFormation.problems).toEqual([]);
  });

  it('deletes removed resources after all updates', async () => {
    const { deploy, cloudFormation } = simulation();
    await deploy(stackWith({ Old: custom(), Other: plain({ Size: 1 }) }));
    await deploy(stackWith({ New: custom(), Other: plain({ Size: 2 }) }));
    const events = cloudFormation.events.map(({ logicalId, status }) => `${logicalId} ${status}`);
    expect(events.slice(events.indexOf('stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS') + 1)).toEqual([
      'Old DELETE_IN_PROGRESS',
      'Old DELETE_COMPLETE',
      'stack UPDATE_COMPLETE',
    ]);
  });
});

describe('the physical ID', () => {
  it('of a successful Update replaces the old one, which the cleanup deletes with the old properties', async () => {
    const { deploy, functions, live } = simulation(byName);
    await deploy(thing({ Name: 'a' }));
    expect((await deploy(thing({ Name: 'b' }))).status).toBe('UPDATE_COMPLETE');
    expect(functions.events).toEqual(['Create Thing', 'Update Thing thing/a', 'Delete Thing thing/a']);
    expect(functions.received[2].ResourceProperties).toMatchObject({ Name: 'a' });
    expect(live('Thing')?.physicalId).toBe('thing/b');
  });

  it('of a failed Update is used by the rollback', async () => {
    const { deploy, functions, live } = simulation((event, invocation) =>
      event.ResourceProperties.Name === 'b' && event.RequestType === 'Update'
        ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'thing/b' }
        : byName(event, invocation),
    );
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
    const { deploy, functions } = simulation(({ ResourceProperties, PhysicalResourceId = 'thing/a' }) =>
      ResourceProperties.Name === 'b' ? { Status: 'FAILED', Reason: 'no' } : { PhysicalResourceId },
    );
    await deploy(thing({ Name: 'a' }));
    await deploy(thing({ Name: 'b' }));
    expect(functions.events.slice(1)).toEqual(['Update Thing thing/a', 'Update Thing thing/a']);
  });

  it.each([
    ['the one of its response', { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'half' }, 'half'],
    ['a generated one, without a response', undefined, generated('Thing')],
    ['a generated one, after an invalid response', 'invalid', generated('Thing')],
  ])('of a failed Create is %s', async (_, response, physicalId) => {
    const { deploy, functions, cloudFormation } = simulation((event) =>
      event.RequestType === 'Create' ? response : {},
    );
    expect((await deploy(thing({ Size: 1 }))).status).toBe('ROLLBACK_COMPLETE');
    expect(functions.events).toEqual(['Create Thing', `Delete Thing ${physicalId}`]);
    expect(functions.received[1].ResourceProperties).toMatchObject({ Size: '1' });
    expect(cloudFormation.problems).toEqual(
      response === 'invalid' ? [expect.stringContaining('not a JSON object')] : [],
    );
  });
});

describe('a rollback', () => {
  it('of a creation deletes the resources, dependents first', async () => {
    const { deploy, functions } = simulation(succeeds, { hooks: failing('Last', 'Create') });
    const result = await deploy(
      stackWith({
        Thing: custom(),
        Other: custom({ Of: { Ref: 'Thing' } }),
        Last: plain({}, { DependsOn: 'Other' }),
      }),
    );
    expect(result).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      failures: [{ logicalId: 'Last', reason: 'Last fails.' }],
    });
    expect(functions.events.slice(2)).toEqual(['Delete Other Other', 'Delete Thing Thing']);
    // A stack that was rolled back is created anew.
    const again = await deploy(thing());
    expect(again.status).toBe('CREATE_COMPLETE');
  });

  it('cancels a Create in progress, and sends a Delete with a generated ID concurrently', async () => {
    const { deploy, cloudFormation, functions, clock } = simulation(
      async (event, invocation) => {
        await invocation.clock.sleep(event.RequestType === 'Create' ? 60_000 : 10);
        return succeeds(event, invocation);
      },
      { hooks: failingLater(() => clock) },
    );
    const result = await deploy(stackWith({ Thing: custom(), Last: plain() }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.events).toEqual(['Create Thing', `Delete Thing ${generated('Thing')}`]);
    const [created, deleted] = cloudFormation.requests;
    expect(created).toMatchObject({ outcome: 'cancelled', reason: 'Resource creation cancelled' });
    expect(deleted.at).toBeLessThan(created.at + 1010);
    await clock.run(cloudFormation.quiet());
    expect(created.invocations).toMatchObject([{ outcome: 'returned' }]);
  });

  it('of a replacement updates the new ID back, then deletes the one that is not kept', async () => {
    const { deploy, functions, live } = simulation(byName, { hooks: failing('Last', 'Create') });
    await deploy(thing({ Name: 'a' }));
    await deploy(stackWith({ Thing: custom({ Name: 'b' }), Last: plain({}, { DependsOn: 'Thing' }) }));
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
    const { deploy, functions, live } = simulation(succeeds, { hooks: failing('Last', 'Create') });
    await deploy(thing({ Size: 1 }));
    await deploy(
      stackWith({
        Thing: custom({ Size: 2 }),
        New: custom(),
        Last: plain({}, { DependsOn: ['Thing', 'New'] }),
      }),
    );
    expect(functions.events.slice(-2)).toEqual(['Update Thing Thing', 'Delete New New']);
    expect(live('New')).toBeUndefined();
  });

  it('that fails can be continued', async () => {
    let failures = 2;
    const { deploy, continueRollback, functions, cloudFormation, live } = simulation(
      ({ RequestType, ResourceProperties, PhysicalResourceId = 'thing' }) =>
        RequestType === 'Update' && ResourceProperties.Size === '1' && failures-- > 0
          ? { Status: 'FAILED', Reason: 'not yet' }
          : { PhysicalResourceId },
      { hooks: failing('Last', 'Create') },
    );
    await deploy(thing({ Size: 1 }));
    const template = stackWith({ Thing: custom({ Size: 2 }), Last: plain({}, { DependsOn: 'Thing' }) });
    expect((await deploy(template)).status).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(cloudFormation.deploy('stack', template)).rejects.toThrow('UPDATE_ROLLBACK_FAILED');
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_FAILED');
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(functions.received.at(-1)).toMatchObject({
      ResourceProperties: { Size: '1' },
      OldResourceProperties: { Size: '2' },
    });
    expect(live('Thing')?.properties.Size).toBe('1');
    await expect(continueRollback()).rejects.toThrow('no failed rollback to continue');
  });

  it('of a creation fails if a Delete fails, and the stack can be deleted later', async () => {
    let deletes = 0;
    const { deploy, destroy, cloudFormation } = simulation((event) =>
      event.RequestType === 'Create' || ++deletes <= 2
        ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'half' }
        : {},
    );
    expect((await deploy(thing())).status).toBe('ROLLBACK_FAILED');
    await expect(cloudFormation.deploy('stack', thing())).rejects.toThrow('cannot be updated');
    expect((await destroy()).status).toBe('DELETE_FAILED');
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
    await expect(cloudFormation.destroy('stack')).rejects.toThrow('The stack "stack" does not exist.');
  });
});

describe('the events of a stack', () => {
  /** The events of the custom resource and of the stack itself. */
  const shown = (events: readonly StackEventRecord[] = []) =>
    events
      .filter(({ logicalId }) => ['stack', 'Thing'].includes(logicalId))
      .map(({ logicalId, status, physicalId, properties, reason }) =>
        logicalId === 'stack'
          ? status
          : [status, physicalId, properties?.Name, ...(reason ? [reason] : [])].map(String).join(' '),
      );

  it('contain the physical ID and the properties of each request', async () => {
    const { deploy, destroy, cloudFormation } = simulation(byName);
    await deploy(thing({ Name: 'a' }));
    const stackId = cloudFormation.stacks.get('stack')?.environment.stackId as string;
    expect(shown(cloudFormation.eventsOf('stack'))).toEqual([
      'CREATE_IN_PROGRESS',
      'CREATE_IN_PROGRESS undefined a',
      'CREATE_IN_PROGRESS thing/a a Resource creation Initiated',
      'CREATE_COMPLETE thing/a a',
      'CREATE_COMPLETE',
    ]);

    await deploy(thing({ Name: 'b' }));
    expect(shown(cloudFormation.eventsOf('stack')).slice(5)).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS thing/a b',
      'UPDATE_IN_PROGRESS thing/b b Requested update required the provider to create a new physical resource',
      'UPDATE_COMPLETE thing/b b',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'DELETE_IN_PROGRESS thing/a a',
      'DELETE_COMPLETE thing/a a',
      'UPDATE_COMPLETE',
    ]);

    await destroy();
    expect(cloudFormation.eventsOf('stack')).toBeUndefined();
    expect(cloudFormation.eventsOf(stackId)?.at(0)).toMatchObject({ stackId, physicalId: stackId });
    expect(shown(cloudFormation.eventsOf(stackId)).slice(-4)).toEqual([
      'DELETE_IN_PROGRESS',
      'DELETE_IN_PROGRESS thing/b b',
      'DELETE_COMPLETE thing/b b',
      'DELETE_COMPLETE',
    ]);
  });

  it('show the cancelled Update before the rollback sends the inverse one', async () => {
    const { deploy, functions, cloudFormation, clock } = simulation(
      async ({ PhysicalResourceId = 'thing' }, invocation) => {
        await invocation.clock.sleep(60_000);
        return { PhysicalResourceId };
      },
      { hooks: failingLater(() => clock) },
    );
    await deploy(thing({ Name: 'a' }));
    await deploy(stackWith({ Thing: custom({ Name: 'b' }), Last: plain() }));
    expect(shown(cloudFormation.eventsOf('stack')).slice(5)).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS thing b',
      'UPDATE_FAILED thing b Resource update cancelled',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'UPDATE_IN_PROGRESS thing a',
      'UPDATE_COMPLETE thing a',
      'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(functions.received[2]).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'thing',
      ResourceProperties: { Name: 'a' },
      OldResourceProperties: { Name: 'b' },
    });
    const [, update, inverse] = cloudFormation.requests;
    expect(inverse.at - update.at).toBe(1000);
  });

  it.each(['removal', 'deletion'])('show that a policy skips a %s', async (end) => {
    const { deploy, destroy, cloudFormation } = simulation(byName);
    await deploy(stackWith({ Thing: custom({ Name: 'a' }, { DeletionPolicy: 'Retain' }), Other: plain() }));
    await (end === 'deletion' ? destroy() : deploy(stackWith({ Other: plain() })));
    expect(shown(cloudFormation.events)).toContain('DELETE_SKIPPED thing/a a');
  });
});

describe('a policy', () => {
  it.each([
    ['Retain', 0, 0],
    ['RetainExceptOnCreate', 0, 1],
    ['Delete', 1, 1],
  ])('DeletionPolicy %s sends %i Deletes, and %i if the creation is rolled back', async (...row) => {
    const [DeletionPolicy, deletes, onRollback] = row;
    const resources = { Thing: custom({}, { DeletionPolicy }) };
    for (const end of ['removal', 'deletion']) {
      const { deploy, destroy, functions } = simulation();
      await deploy(stackWith(resources));
      const result = await (end === 'removal' ? deploy(stackWith({ Other: plain() })) : destroy());
      expect(result.status).toMatch(/^(UPDATE|DELETE)_COMPLETE$/);
      expect(functions.events.slice(1)).toHaveLength(deletes);
    }
    const { deploy, functions } = simulation(succeeds, { hooks: failing('Last', 'Create') });
    const result = await deploy(stackWith({ ...resources, Last: plain({}, { DependsOn: 'Thing' }) }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.events.slice(1)).toHaveLength(onRollback);
  });

  it('UpdateReplacePolicy Retain keeps the replaced resource', async () => {
    const { deploy, functions } = simulation(byName);
    const retained = (Name: string) =>
      stackWith({ Thing: custom({ Name }, { UpdateReplacePolicy: 'Retain' }) });
    await deploy(retained('a'));
    await deploy(retained('b'));
    expect(functions.events).toEqual(['Create Thing', 'Update Thing thing/a']);
  });

  it('does not matter to an update whose cleanup fails', async () => {
    const { deploy } = simulation((event, invocation) =>
      event.RequestType === 'Delete' ? { Status: 'FAILED', Reason: 'no' } : byName(event, invocation),
    );
    await deploy(thing({ Name: 'a' }));
    expect(await deploy(thing({ Name: 'b' }))).toMatchObject({
      status: 'UPDATE_COMPLETE',
      failures: [{ logicalId: 'Thing', reason: 'no' }],
    });
  });
});

describe('a response', () => {
  it.each([
    [{ ServiceTimeout: 30 }, 30],
    [{ ServiceTimeout: { Ref: 'AWS::NoValue' } }, 3600],
  ])('must arrive within the timeout (%j)', async (timeout, seconds) => {
    const { deploy, cloudFormation } = simulation((event) =>
      event.RequestType === 'Create' ? undefined : {},
    );
    const result = await deploy(thing(timeout));
    expect(result.failures[0].reason).toBe(`The function did not respond within ${seconds} seconds.`);
    expect(cloudFormation.requests[0]).toMatchObject({ outcome: 'timed out', milliseconds: seconds * 1000 });
  });

  it('is ignored after the timeout or an earlier response', async () => {
    const { deploy, cloudFormation, clock } = simulation(async (event, { clock: time, respond }) => {
      await time.sleep(event.RequestType === 'Create' ? 31_000 : 0);
      respond({ PhysicalResourceId: 'late' });
      respond({ Status: 'FAILED', Reason: 'second', PhysicalResourceId: 'late' });
      return undefined;
    });
    const result = await deploy(thing({ ServiceTimeout: 30 }));
    await clock.run(cloudFormation.quiet());
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(cloudFormation.requests.map(({ outcome }) => outcome)).toEqual(['timed out', 'succeeded']);
    expect(cloudFormation.problems).toEqual([]);
  });

  it('provides the attributes of Fn::GetAtt, and no others', async () => {
    const { deploy, live } = simulation(() => ({
      PhysicalResourceId: 'thing',
      Data: { Colour: 'red' },
    }));
    const output = (name: string) => ({ Outputs: { O: { Value: { 'Fn::GetAtt': ['Thing', name] } } } });
    const resources = { Thing: custom(), Other: plain({ C: { 'Fn::GetAtt': ['Thing', 'Colour'] } }) };
    await deploy(stackWith(resources, output('Colour')));
    expect(live('Other')?.properties).toEqual({ C: 'red' });
    expect(await deploy(stackWith({ ...resources, New: plain() }, output('No')))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      failures: [{ reason: 'The response of the custom resource "Thing" has no attribute "No".' }],
    });
  });
});

describe('an existing resource', () => {
  it.each([
    ['type', { ...custom(), Type: 'Custom::Other' }, 'The type of an existing resource cannot change'],
    [
      'service token',
      custom({ ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:other' }),
      'The ServiceToken of an existing custom resource cannot change.',
    ],
  ])('cannot change its %s', async (_, changed, reason) => {
    const { deploy, functions } = simulation();
    await deploy(thing());
    expect(await deploy(stackWith({ Thing: changed }))).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      failures: [{ reason: expect.stringContaining(reason) }],
    });
    expect(functions.events).toEqual(['Create Thing']);
  });
});

describe('other resources', () => {
  it.each(['success', 'rollback'])('are replaced by the handler of their type, with %s', async (end) => {
    const deleted: unknown[] = [];
    const { deploy, destroy, live } = simulation(succeeds, {
      hooks: failing('Last', 'Create'),
      resourceTypes: {
        'Test::Image': {
          create: ({ properties }) => ({ physicalId: String(properties.Id), attributes: { Name: 'golden' } }),
          update: ({ properties }) => ({ physicalId: String(properties.Id) }),
          delete: ({ physicalId }) => void deleted.push(physicalId),
        },
      },
    });
    const template = (Id: string, more = {}) =>
      stackWith({
        Image: { Type: 'Test::Image', Properties: { Id } },
        Thing: custom({ Of: { Ref: 'Image' } }),
        ...more,
      });
    await deploy(template('one'));
    expect(live('Thing')?.properties.Of).toBe('one');
    await deploy(template('two', end === 'rollback' ? { Last: plain({}, { DependsOn: 'Thing' }) } : {}));
    expect(live('Thing')?.properties.Of).toBe(end === 'rollback' ? 'one' : 'two');
    await destroy();
    expect(deleted).toEqual(end === 'rollback' ? ['two', 'one'] : ['one', 'two']);
  });

  it('import values that other stacks export', async () => {
    const { cloudFormation, clock, deploy, functions } = simulation();
    const exporting = {
      Resources: { A: plain() },
      Outputs: { O: { Value: 'wsi-1', Export: { Name: 'image' } } },
    };
    const importing = thing({ Image: { 'Fn::ImportValue': 'image' } });
    expect((await deploy(importing)).failures[0].reason).toBe('No deployed stack exports "image".');
    await clock.run(cloudFormation.deploy('exporting', exporting));
    await deploy(importing);
    expect(functions.received[0].ResourceProperties.Image).toBe('wsi-1');
  });
});
