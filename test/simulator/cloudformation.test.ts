import type { CustomResourceEvent, StackEventRecord } from '../../simulator/cloudformation';
import { custom, failing, plain, type Script, stackWith, succeeds, world } from './fixtures/world';

const madeUp = (logicalId: string) => `stack-${logicalId}-AAAAAAAAAAAAA`;
const after: (event: CustomResourceEvent, ms: number) => Script = (_, ms) => async (event, invocation) => {
  await invocation.clock.sleep(ms);
  return succeeds(event, invocation);
};

/** Physical ids that follow the property `Name`: another name is a replacement. */
const namedThings: Script = ({ ResourceProperties }) => ({
  PhysicalResourceId: `thing/${ResourceProperties.Name}`,
});

describe('an event', () => {
  it('carries property values as strings, lists as lists, and the service token and time-out', async () => {
    const { deploy, functions } = world();
    await deploy(
      stackWith({ Thing: custom({ Flag: true, Count: 3, List: ['a', 1], Nested: { Deep: false } }) }),
    );
    expect(functions.received[0].ResourceProperties).toEqual({
      ServiceToken: `arn:aws:lambda:us-east-1:123456789012:function:${madeUp('Function')}`,
      ServiceTimeout: '300',
      Flag: 'true',
      Count: '3',
      List: ['a', '1'],
      Nested: { Deep: 'false' },
    });
    expect(functions.received[0]).toMatchObject({ RequestType: 'Create', ResourceType: 'Custom::Thing' });
    expect(functions.received[0]).not.toHaveProperty('PhysicalResourceId');
  });

  it('carries the old properties and the physical id on Update', async () => {
    const { deploy, functions } = world();
    await deploy(stackWith({ Thing: custom({ Size: 1 }) }));
    await deploy(stackWith({ Thing: custom({ Size: 2 }) }));
    expect(functions.received[1]).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'Thing',
      ResourceProperties: { Size: '2' },
      OldResourceProperties: { Size: '1', ServiceTimeout: '300' },
    });
  });

  it('is not sent while the resolved properties stay the same', async () => {
    const { deploy, functions } = world();
    const template = (type: string) =>
      stackWith({ Thing: custom({ Size: { Ref: 'Size' } }) }, { Parameters: { Size: { Type: type } } });
    await deploy(template('String'), { Size: '1' });
    const result = await deploy(template('Number'), { Size: '1' });
    expect(result.status).toBe('UPDATE_COMPLETE');
    expect(functions.story).toEqual(['Create Thing']);
  });
});

describe('the order', () => {
  it('creates in the order of dependencies, independent resources at the same time, and deletes in reverse', async () => {
    const { deploy, destroy, cloudFormation } = world(async (event, invocation) => {
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

  it('deletes what was removed last of all, after everything else was updated', async () => {
    const { deploy, cloudFormation } = world();
    await deploy(stackWith({ Old: custom(), Other: plain({ Size: 1 }) }));
    await deploy(stackWith({ New: custom(), Other: plain({ Size: 2 }) }));
    const lines = cloudFormation.events.map(({ logicalId, status }) => `${logicalId} ${status}`);
    expect(lines.slice(lines.indexOf('stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'))).toEqual([
      'stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'Old DELETE_IN_PROGRESS',
      'Old DELETE_COMPLETE',
      'stack UPDATE_COMPLETE',
    ]);
  });

  it.each([
    ['Policy', 'the policy Policy of its role'],
    ['Invocation', 'its event invoke config Invocation'],
  ])('refuses to run the function while its %s does not exist', async (missing, named) => {
    const { deploy, cloudFormation, functions, clock } = world(succeeds, {
      hooks: { resource: (_, { logicalId }) => (logicalId === missing ? clock.sleep(1000) : undefined) },
    });
    const others = ['Policy', 'LogGroup', 'Invocation'].filter((name) => name !== missing);
    const result = await deploy(stackWith({ Thing: { ...custom(), DependsOn: others } }));
    expect(result.status).toMatch(/^ROLLBACK_/);
    expect(cloudFormation.problems[0]).toContain(named);
    expect(functions.received).toEqual([]);
  });

  it.each(['Policy', 'Invocation'])(
    'notices a %s that is deleted beside the running function',
    async (name) => {
      const { deploy, destroy, cloudFormation } = world(after({} as never, 1000));
      await deploy(stackWith({ Slow: plain(), Thing: custom() }));
      // A template without the dependency, as a wrong construct would write it.
      await deploy(stackWith({ Slow: plain(), Thing: { ...custom(), DependsOn: [] } }));
      await destroy();
      expect(cloudFormation.problems.join()).toContain(name);
    },
  );
});

describe('the physical id', () => {
  it('is replaced when an Update answers another one: the old one is deleted in the clean-up, with the old properties', async () => {
    const { deploy, functions, live } = world(namedThings);
    await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    const result = await deploy(stackWith({ Thing: custom({ Name: 'b' }) }));
    expect(result.status).toBe('UPDATE_COMPLETE');
    expect(functions.story).toEqual(['Create Thing', 'Update Thing thing/a', 'Delete Thing thing/a']);
    expect(functions.received[2].ResourceProperties).toMatchObject({ Name: 'a' });
    expect(live('Thing')?.physicalId).toBe('thing/b');
  });

  it('survives a clean-up that fails: the update stands', async () => {
    const { deploy } = world((event, invocation) =>
      event.RequestType === 'Delete' ? { Status: 'FAILED', Reason: 'no' } : namedThings(event, invocation),
    );
    await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    const result = await deploy(stackWith({ Thing: custom({ Name: 'b' }) }));
    expect(result).toMatchObject({
      status: 'UPDATE_COMPLETE',
      failures: [{ logicalId: 'Thing', reason: 'no' }],
    });
  });

  it('is taken from a FAILED Create for the Delete that follows', async () => {
    const { deploy, functions } = world(({ RequestType }) =>
      RequestType === 'Create' ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'half' } : {},
    );
    const result = await deploy(stackWith({ Thing: custom({ Size: 1 }) }));
    expect(result).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ reason: 'no' }] });
    expect(functions.story).toEqual(['Create Thing', 'Delete Thing half']);
    expect(functions.received[1].ResourceProperties).toMatchObject({ Size: '1' });
  });

  it('is taken from a FAILED Update too, and the rollback goes on with it', async () => {
    const { deploy, functions, live } = world((event, invocation) =>
      event.ResourceProperties.Name === 'b' && event.RequestType === 'Update'
        ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'thing/b' }
        : namedThings(event, invocation),
    );
    await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    const result = await deploy(stackWith({ Thing: custom({ Name: 'b' }) }));
    expect(result.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(functions.story).toEqual([
      'Create Thing',
      'Update Thing thing/a',
      'Update Thing thing/b',
      'Delete Thing thing/b',
    ]);
    expect(functions.received[3].ResourceProperties).toMatchObject({ Name: 'b' });
    expect(live('Thing')?.physicalId).toBe('thing/a');
  });

  it('that stays the same through a failed Update brings no Delete', async () => {
    const { deploy, functions } = world((event) =>
      event.ResourceProperties.Name === 'b'
        ? { Status: 'FAILED', Reason: 'no' }
        : { PhysicalResourceId: event.PhysicalResourceId ?? 'thing/a' },
    );
    await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    await deploy(stackWith({ Thing: custom({ Name: 'b' }) }));
    expect(functions.story).toEqual(['Create Thing', 'Update Thing thing/a', 'Update Thing thing/a']);
  });

  it('is made up for the Delete of a Create that never answered', async () => {
    const { deploy, functions } = world((event) => (event.RequestType === 'Create' ? undefined : {}));
    const result = await deploy(stackWith({ Thing: custom() }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.story).toEqual(['Create Thing', `Delete Thing ${madeUp('Thing')}`]);
  });
});

describe('a rollback', () => {
  it('deletes what was created when another resource fails, dependents first', async () => {
    const { deploy, functions } = world(succeeds, { hooks: failing('Last', 'Create') });
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
    expect(functions.story.slice(2)).toEqual(['Delete Other Other', 'Delete Thing Thing']);
  });

  it('cancels a running Create and sends its Delete at once, with a made-up id, beside it', async () => {
    const { deploy, cloudFormation, functions, clock } = world(
      async (event, invocation) => {
        await invocation.clock.sleep(event.RequestType === 'Create' ? 60_000 : 10);
        return succeeds(event, invocation);
      },
      {
        hooks: {
          resource: async (_, { logicalId }) => {
            if (logicalId === 'Last') {
              await clock.sleep(1000);
              throw new Error('Last fails.');
            }
          },
        },
      },
    );
    const result = await deploy(stackWith({ Thing: custom(), Last: plain() }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.story).toEqual(['Create Thing', `Delete Thing ${madeUp('Thing')}`]);
    expect(cloudFormation.requests[0]).toMatchObject({
      outcome: 'cancelled',
      reason: 'Resource creation cancelled',
    });
    expect(cloudFormation.requests[1].at).toBe(1000);
    await clock.until(cloudFormation.quiet());
    expect(cloudFormation.requests[0].invocations).toMatchObject([{ outcome: 'returned' }]);
  });

  it('cancels a running Update and sends the inverse Update at once, beside it', async () => {
    const { deploy, cloudFormation, functions, clock } = world(
      async (event, invocation) => {
        await invocation.clock.sleep(event.ResourceProperties.Size === '2' ? 60_000 : 10);
        return succeeds(event, invocation);
      },
      {
        hooks: {
          resource: async (action, { logicalId }) => {
            if (logicalId === 'Last' && action === 'Create') {
              await clock.sleep(1000);
              throw new Error('Last fails.');
            }
          },
        },
      },
    );
    await deploy(stackWith({ Thing: custom({ Size: 1 }) }));
    const before = clock.now();
    const result = await deploy(stackWith({ Thing: custom({ Size: 2 }), Last: plain() }));
    expect(result.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(functions.received[2]).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'Thing',
      ResourceProperties: { Size: '1' },
      OldResourceProperties: { Size: '2' },
    });
    expect(cloudFormation.requests[2].at).toBe(before + 1000);
  });

  it('of a replacement updates back with the new id, then deletes the one that is not kept', async () => {
    const { deploy, functions, live } = world(namedThings, { hooks: failing('Last', 'Create') });
    await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    await deploy(stackWith({ Thing: custom({ Name: 'b' }), Last: plain({}, { DependsOn: 'Thing' }) }));
    expect(functions.story.slice(1)).toEqual([
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

  it('of an update deletes what the update created, after what it changed went back', async () => {
    const { deploy, functions, live } = world(succeeds, { hooks: failing('Last', 'Create') });
    await deploy(stackWith({ Thing: custom({ Size: 1 }) }));
    await deploy(
      stackWith({
        Thing: custom({ Size: 2 }),
        New: custom(),
        Last: plain({}, { DependsOn: ['Thing', 'New'] }),
      }),
    );
    expect(functions.story.slice(-2)).toEqual(['Update Thing Thing', 'Delete New New']);
    expect(live('New')).toBeUndefined();
  });

  it('that fails leaves the stack stuck, and can be continued', async () => {
    let attempts = 0;
    const { deploy, continueRollback, functions, cloudFormation, live } = world(
      (event) =>
        event.RequestType === 'Update' && event.ResourceProperties.Size === '1' && ++attempts === 1
          ? { Status: 'FAILED', Reason: 'not yet' }
          : { PhysicalResourceId: event.PhysicalResourceId ?? 'thing' },
      { hooks: failing('Last', 'Create') },
    );
    await deploy(stackWith({ Thing: custom({ Size: 1 }) }));
    const template = stackWith({ Thing: custom({ Size: 2 }), Last: plain({}, { DependsOn: 'Thing' }) });
    expect((await deploy(template)).status).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(cloudFormation.deploy('stack', template)).rejects.toThrow('UPDATE_ROLLBACK_FAILED');
    expect((await continueRollback()).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(functions.received[3]).toMatchObject({
      ResourceProperties: { Size: '1' },
      OldResourceProperties: { Size: '2' },
    });
    expect(live('Thing')?.properties.Size).toBe('1');
  });

  it('can be continued without a resource that cannot go back', async () => {
    const { deploy, continueRollback } = world((event) =>
      event.RequestType === 'Update'
        ? { Status: 'FAILED', Reason: 'never' }
        : { PhysicalResourceId: 'thing' },
    );
    await deploy(stackWith({ Thing: custom({ Size: 1 }) }));
    expect((await deploy(stackWith({ Thing: custom({ Size: 2 }) }))).status).toBe('UPDATE_ROLLBACK_FAILED');
    expect((await continueRollback(['Thing'])).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  it('of a creation fails when a Delete fails, and the stack can be destroyed later', async () => {
    let attempts = 0;
    const { deploy, destroy } = world((event) => {
      const refused = event.RequestType === 'Create' || ++attempts === 1;
      return refused ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'half' } : {};
    });
    expect((await deploy(stackWith({ Thing: custom() }))).status).toBe('ROLLBACK_FAILED');
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
  });
});

describe('with rollback disabled', () => {
  /** Fails to create `half` as long as the property `Size` is 1. */
  const failsAtFirst: Script = ({ RequestType, ResourceProperties }) =>
    RequestType === 'Create' && ResourceProperties.Size === '1'
      ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'half' }
      : { PhysicalResourceId: 'whole' };

  it('a failed Create is created again, and what the first left is deleted in the cleanup', async () => {
    const { deployOn, functions, live } = world(failsAtFirst);
    const failed = await deployOn(stackWith({ Thing: custom({ Size: 1 }), Other: custom() }));
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', failures: [{ reason: 'no' }] });

    const result = await deployOn(stackWith({ Thing: custom({ Size: 2 }), Other: custom() }));
    expect(result.status).toBe('UPDATE_COMPLETE');
    expect(functions.story.filter((line) => line.includes('Thing'))).toEqual([
      'Create Thing',
      'Create Thing',
      'Delete Thing half',
    ]);
    expect(functions.received.at(-1)?.ResourceProperties).toMatchObject({ Size: '1' });
    expect(live('Thing')?.physicalId).toBe('whole');
  });

  it('a failed Update is sent again, and what was replaced meanwhile is deleted at the end', async () => {
    let failures = 1;
    const { deployOn, functions } = world((event, invocation) =>
      event.RequestType === 'Update' && event.LogicalResourceId === 'Last' && failures-- > 0
        ? { Status: 'FAILED', Reason: 'not yet', PhysicalResourceId: event.PhysicalResourceId }
        : namedThings(event, invocation),
    );
    const template = (name: string) =>
      stackWith({
        Thing: custom({ Name: name }),
        Last: custom({ Name: 'last', Size: name }, { DependsOn: 'Thing' }),
      });
    await deployOn(template('a'));
    expect((await deployOn(template('b'))).status).toBe('UPDATE_FAILED');
    expect((await deployOn(template('b'))).status).toBe('UPDATE_COMPLETE');
    expect(functions.story.slice(2)).toEqual([
      'Update Thing thing/a',
      'Update Last thing/last',
      'Update Last thing/last',
      'Delete Thing thing/a',
    ]);
  });

  it('the stack can be deleted, or deployed with rollback disabled only', async () => {
    const { deploy, deployOn, destroy, functions } = world(failsAtFirst);
    const template = stackWith({ Thing: custom({ Size: 1 }) });
    await deployOn(template);
    await expect(deploy(template)).rejects.toThrow('is in state CREATE_FAILED');
    expect((await destroy()).status).toBe('DELETE_COMPLETE');
    expect(functions.story).toEqual(['Create Thing', 'Delete Thing half']);
  });
});

describe('the events of a stack', () => {
  /** The events of the custom resource and of the stack, without those of the function around it. */
  const shown = (events: readonly StackEventRecord[] = []) =>
    events
      .filter(({ logicalId }) => ['stack', 'Thing'].includes(logicalId))
      .map(({ logicalId, status, physicalId, properties, reason }) =>
        logicalId === 'stack'
          ? status
          : [status, physicalId, properties?.Name, ...(reason ? [reason] : [])].map(String).join(' '),
      );

  it('report each request with its physical ID and the properties that it carries', async () => {
    const { deploy, destroy, cloudFormation } = world(namedThings);
    await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    const stackId = cloudFormation.stacks.get('stack')?.environment.stackId as string;
    expect(shown(cloudFormation.eventsOf('stack'))).toEqual([
      'CREATE_IN_PROGRESS',
      'CREATE_IN_PROGRESS undefined a',
      'CREATE_IN_PROGRESS thing/a a Resource creation Initiated',
      'CREATE_COMPLETE thing/a a',
      'CREATE_COMPLETE',
    ]);

    const updated = await deploy(stackWith({ Thing: custom({ Name: 'b' }) }));
    expect(shown(updated.events)).toEqual([
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

  it('report what was cancelled before the rollback, and its Update with the old properties', async () => {
    const { deploy, clock } = world(
      async (event, invocation) => {
        await invocation.clock.sleep(60_000);
        return { PhysicalResourceId: event.PhysicalResourceId ?? 'thing' };
      },
      {
        hooks: {
          resource: async (action, { logicalId }) => {
            await clock.sleep(1000);
            failing('Last', 'Create').resource(action, { logicalId });
          },
        },
      },
    );
    const created = await deploy(stackWith({ Thing: custom({ Name: 'a' }) }));
    expect(created.status).toBe('CREATE_COMPLETE');
    const result = await deploy(
      stackWith({ Thing: custom({ Name: 'b' }), Last: plain({}, { DependsOn: 'Before' }), Before: plain() }),
    );
    expect(shown(result.events)).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS thing b',
      'UPDATE_FAILED thing b Resource update cancelled',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'UPDATE_IN_PROGRESS thing a',
      'UPDATE_COMPLETE thing a',
      'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
    ]);
  });

  it.each(['removal', 'destroy'])('report a %s that a policy skips', async (end) => {
    const { deploy, destroy } = world(namedThings);
    await deploy(stackWith({ Thing: custom({ Name: 'a' }, { DeletionPolicy: 'Retain' }), Other: plain() }));
    const { events } = await (end === 'destroy' ? destroy() : deploy(stackWith({ Other: plain() })));
    expect(shown(events)).toContain('DELETE_SKIPPED thing/a a');
  });
});

describe('policies on deletion', () => {
  const removed = { Other: plain() };
  it.each([
    ['Retain', []],
    ['RetainExceptOnCreate', []],
    ['Delete', ['Delete Thing Thing']],
  ])('DeletionPolicy %s on removal and on destroy', async (DeletionPolicy, deletes) => {
    for (const end of ['removal', 'destroy'] as const) {
      const { deploy, destroy, functions } = world();
      await deploy(stackWith({ Thing: custom({}, { DeletionPolicy }) }));
      const result = await (end === 'removal' ? deploy(stackWith(removed)) : destroy());
      expect(result.status).toMatch(/^(UPDATE|DELETE)_COMPLETE$/);
      expect(functions.story.slice(1)).toEqual(deletes);
    }
  });

  it.each([
    ['Retain', []],
    ['RetainExceptOnCreate', ['Delete Thing Thing']],
    ['Delete', ['Delete Thing Thing']],
  ])('DeletionPolicy %s where the creation is rolled back', async (DeletionPolicy, deletes) => {
    const { deploy, functions } = world(succeeds, { hooks: failing('Last', 'Create') });
    const result = await deploy(
      stackWith({ Thing: custom({}, { DeletionPolicy }), Last: plain({}, { DependsOn: 'Thing' }) }),
    );
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.story.slice(1)).toEqual(deletes);
  });

  it('UpdateReplacePolicy Retain keeps what was replaced', async () => {
    const { deploy, functions } = world(namedThings);
    const policy = { UpdateReplacePolicy: 'Retain' };
    await deploy(stackWith({ Thing: custom({ Name: 'a' }, policy) }));
    await deploy(stackWith({ Thing: custom({ Name: 'b' }, policy) }));
    expect(functions.story).toEqual(['Create Thing', 'Update Thing thing/a']);
  });
});

describe('time', () => {
  it.each([
    [{ ServiceTimeout: 30 }, 30],
    [{ ServiceTimeout: { Ref: 'AWS::NoValue' } }, 3600],
  ])('fails a resource whose function does not answer within its time-out (%j)', async (timeout, seconds) => {
    const { deploy, cloudFormation } = world((event) => (event.RequestType === 'Create' ? undefined : {}));
    const result = await deploy(stackWith({ Thing: custom(timeout) }));
    expect(result.failures[0].reason).toBe(`The function did not respond within ${seconds} seconds.`);
    expect(cloudFormation.requests[0]).toMatchObject({ outcome: 'timed out', milliseconds: seconds * 1000 });
  });

  it.each([0, 3601, 'soon'])('refuses a time-out of %s', async (ServiceTimeout) => {
    const { deploy } = world();
    const result = await deploy(stackWith({ Thing: custom({ ServiceTimeout }) }));
    expect(result.failures[0].reason).toContain('from 1 to 3600');
  });

  it('ignores an answer that comes after the time-out, and a second answer', async () => {
    const { deploy, cloudFormation, clock } = world(async (event, { clock: time, answer }) => {
      await time.sleep(event.RequestType === 'Create' ? 31_000 : 0);
      answer({ PhysicalResourceId: 'late' });
      answer({ Status: 'FAILED', Reason: 'second thoughts', PhysicalResourceId: 'late' });
      return undefined;
    });
    const result = await deploy(stackWith({ Thing: custom({ ServiceTimeout: 30 }) }));
    await clock.until(cloudFormation.quiet());
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(cloudFormation.requests.map(({ outcome }) => outcome)).toEqual(['timed out', 'succeeded']);
    expect(cloudFormation.problems).toEqual([]);
  });
});

describe('the service token', () => {
  it('of an existing resource cannot change', async () => {
    const { deploy, functions } = world();
    await deploy(stackWith({ Thing: custom() }));
    const other = stackWith({
      Thing: custom({ ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:other' }),
    });
    const result = await deploy(other);
    expect(result).toMatchObject({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      failures: [{ reason: 'The ServiceToken of an existing custom resource cannot change.' }],
    });
    expect(functions.story).toEqual(['Create Thing']);
  });
});

describe('the answer', () => {
  const long = 'x'.repeat(4096);
  it.each([
    ['has more than 4,096 bytes', { Data: { long } }, 'at most 4096'],
    ['is no JSON', 'no', 'not a JSON object'],
    ['fails without a reason', { Status: 'FAILED' }, 'Reason is undefined'],
    ['has a reason that is no string', { Reason: { a: 1 } }, 'Reason is {"a":1}'],
    ['has no physical id', { PhysicalResourceId: undefined }, 'PhysicalResourceId is missing'],
    ['has a physical id of more than 1 KB', { PhysicalResourceId: 'x'.repeat(1025) }, 'longer than 1024'],
    ['is for another resource', { LogicalResourceId: 'Other' }, 'LogicalResourceId is "Other"'],
    ['is for another request', { RequestId: 'other' }, 'RequestId is "other"'],
    ['is for another stack', { StackId: 'other' }, 'StackId is "other"'],
    ['has an unknown status', { Status: 'OK' }, 'Status is "OK"'],
  ])('that %s fails the resource loudly', async (_, answer, sentence) => {
    const { deploy, cloudFormation } = world((event) =>
      event.RequestType === 'Delete'
        ? {}
        : typeof answer === 'string'
          ? answer
          : { PhysicalResourceId: 'thing', ...answer },
    );
    const result = await deploy(stackWith({ Thing: custom() }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(cloudFormation.problems).toEqual([expect.stringContaining(sentence)]);
  });

  it('gives Fn::GetAtt its data, and nothing else', async () => {
    const { deploy, live } = world(() => ({ PhysicalResourceId: 'thing', Data: { Colour: 'red' } }));
    const template = (name: string) =>
      stackWith({ Thing: custom(), Other: plain({ C: { 'Fn::GetAtt': ['Thing', name] } }) });
    await deploy(template('Colour'));
    expect(live('Other')?.properties).toEqual({ C: 'red' });
  });
});

describe('Lambda', () => {
  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
  ])('retries a crash %i times, as the template says', async (MaximumRetryAttempts, invocations) => {
    const { deploy, functions, cloudFormation, clock } = world((event) => {
      if (event.RequestType === 'Create') {
        throw new Error('crash');
      }
      return {};
    });
    const template = stackWith({ Thing: custom({ ServiceTimeout: 600 }) });
    const setting = { FunctionName: { Ref: 'Function' }, MaximumRetryAttempts };
    template.Resources = {
      ...template.Resources,
      Invocation: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: setting },
    };
    await deploy(template);
    await clock.until(cloudFormation.quiet());
    expect(functions.story.filter((line) => line === 'Create Thing')).toHaveLength(invocations);
  });

  it.each([
    ['one after the other', true, [0, 1000]],
    ['at the same time', false, [0, 0]],
  ])('delivers an event twice, %s', async (_, oneAfterTheOther, starts) => {
    const { deploy, cloudFormation, clock } = world(after({} as never, 1000), {
      hooks: { delivery: () => ({ delays: [0, 0], oneAfterTheOther }) },
    });
    const result = await deploy(stackWith({ Thing: custom() }));
    await clock.until(cloudFormation.quiet());
    const [{ at, invocations }] = cloudFormation.requests;
    expect(result.status).toBe('CREATE_COMPLETE');
    expect(invocations.map((invocation) => invocation.at - at)).toEqual(starts);
  });

  it('drops an event that is older than the template allows, before the function runs', async () => {
    const { deploy, functions, cloudFormation, clock } = world(succeeds, {
      hooks: { delivery: ({ RequestType }) => ({ delays: [RequestType === 'Create' ? 61_000 : 0] }) },
    });
    const result = await deploy(stackWith({ Thing: custom() }));
    await clock.until(cloudFormation.quiet());
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(functions.story).toEqual([`Delete Thing ${madeUp('Thing')}`]);
    expect(cloudFormation.requests[0].invocations).toMatchObject([{ outcome: 'expired' }]);
  });

  it('ends a function that is killed without an answer', async () => {
    const running = world(async (event, { clock }) => {
      if (event.RequestType === 'Create') {
        await clock.sleep(10);
        running.functions.running[0].kill();
        await clock.sleep(10);
      }
      return { PhysicalResourceId: 'thing' };
    });
    const result = await running.deploy(stackWith({ Thing: custom() }));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(running.cloudFormation.requests[0]).toMatchObject({
      outcome: 'timed out',
      invocations: [{ outcome: 'killed' }],
    });
  });
});

describe('other resources', () => {
  it('are handled by their type, with replacement and clean-up', async () => {
    const calls: string[] = [];
    const { deploy, destroy, live } = world(succeeds, {
      resourceTypes: {
        'Test::Image': {
          create: ({ properties }) => ({ physicalId: String(properties.Id), attributes: { Name: 'golden' } }),
          update: ({ properties }) => ({ physicalId: String(properties.Id) }),
          delete: ({ physicalId }) => void calls.push(`delete ${physicalId}`),
        },
      },
    });
    const image = (Id: string) => ({ Image: { Type: 'Test::Image', Properties: { Id } } });
    await deploy(stackWith({ ...image('one'), Thing: custom({ Of: { Ref: 'Image' } }) }));
    expect(live('Thing')?.properties.Of).toBe('one');
    await deploy(stackWith({ ...image('two'), Thing: custom({ Of: { Ref: 'Image' } }) }));
    expect(live('Thing')?.properties.Of).toBe('two');
    await destroy();
    expect(calls).toEqual(['delete one', 'delete two']);
  });

  it('resolve exports of stacks that are deployed already', async () => {
    const { cloudFormation, clock, functions } = world();
    await clock.until(
      cloudFormation.deploy('exporting', {
        Resources: { A: plain() },
        Outputs: { O: { Value: 'wsi-1', Export: { Name: 'image' } } },
      }),
    );
    await clock.until(
      cloudFormation.deploy('stack', stackWith({ Thing: custom({ Image: { 'Fn::ImportValue': 'image' } }) })),
    );
    expect(functions.received[0].ResourceProperties.Image).toBe('wsi-1');
  });

  it('roll the stack back when an output cannot be resolved', async () => {
    const { deploy } = world();
    const result = await deploy(
      stackWith({ Thing: custom() }, { Outputs: { O: { Value: { 'Fn::GetAtt': ['Thing', 'No'] } } } }),
    );
    expect(result).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      failures: [{ reason: 'The response of the custom resource "Thing" has no attribute "No".' }],
    });
  });
});
