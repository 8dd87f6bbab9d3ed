import {
  A,
  accountIds,
  B,
  BYSTANDER,
  C,
  IMAGE,
  LambdaWorld,
  LOGICAL_ID,
  OTHER_IMAGE,
  share,
} from '../support/lambda-world';

let world: LambdaWorld;
beforeEach(async () => {
  world = await LambdaWorld.start();
  shared(IMAGE, BYSTANDER);
});
afterEach(() => world.close());

const MADE_UP = { PhysicalResourceId: 'Images-WorkspaceImageShare-1ABCDEFGHIJKL' };

function shared(imageId: string, ...accounts: string[]): void {
  for (const account of accounts) {
    world.endpoint.share(imageId, account);
  }
}

test.each([
  ['all', [A, B]],
  ['some', [A]],
  ['none', []],
])('a Delete with %s of its accounts granted revokes those, and nobody else', async (_, granted) => {
  shared(IMAGE, ...granted);
  const answer = await world.send(world.delete(share([A, B])));
  expect(answer).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: `share/${IMAGE}/${LOGICAL_ID}`,
    StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
    RequestId: 'request-1',
    LogicalResourceId: LOGICAL_ID,
  });
  expect(world.writes()).toEqual(granted.map((account) => `-${account}`));
  expect(world.accounts()).toEqual([BYSTANDER]);
  expect(world.logged('revoked')).toEqual(
    granted.map((accountId) => ({ message: 'revoked', imageId: IMAGE, accountId })),
  );
});

test('the image can be deleted as soon as a Delete is answered, though reads lag behind', async () => {
  world.endpoint.unshare(IMAGE, BYSTANDER);
  shared(IMAGE, A);
  await world.clock.run(world.clock.sleep(10_000));
  world.endpoint.readLag = 8_000;
  const from = world.clock.now();
  expect((await world.send(world.delete(share([A])))).Status).toBe('SUCCESS');
  expect(world.clock.now() - from).toBeGreaterThanOrEqual(8_000);
  expect(world.writes()).toEqual([`-${A}`]);
});

test('a list of several pages is looked through twice before it counts as free of an account', async () => {
  const others = accountIds(40, 5);
  world.endpoint.addImage({ imageId: IMAGE, sharedWith: [...others, A] });
  await world.send(world.delete(share([A])));
  // Two pages before the call, twice two after it.
  expect(world.reads()).toBe(6);
});

test('a list of one page is looked through once before and once after the calls', async () => {
  shared(IMAGE, A, B);
  await world.send(world.delete(share([A, B])));
  expect(world.reads()).toBe(2);
});

test('the second look at a list of several pages follows the first at once', async () => {
  const others = accountIds(40, 5);
  world.endpoint.addImage({ imageId: IMAGE, sharedWith: [...others, A] });
  const from = world.clock.now();
  await world.send(world.delete(share([A])));
  expect(world.clock.now() - from).toBeLessThan(1_000);
});

test('an image that is gone is a success', async () => {
  world.endpoint.removeImage(IMAGE);
  expect((await world.send(world.delete(share([A, B, 'x'])))).Status).toBe('SUCCESS');
  expect(world.logged('planned')).toEqual([
    {
      message: 'planned',
      physicalId: `share/${IMAGE}/${LOGICAL_ID}`,
      left: [],
      goals: [{ imageId: IMAGE, wanted: 0, released: 2, contended: false }],
      ignored: [expect.stringContaining('"x" is not an AWS account ID')],
    },
  ]);
  expect(world.logged('the image is gone')).toEqual([{ message: 'the image is gone', imageId: IMAGE }]);
});

test('an image that goes while it is unshared is a success', async () => {
  shared(IMAGE, A);
  world.endpoint.onCall = (call) => {
    if (call.allow === false) {
      world.endpoint.removeImage(IMAGE);
    }
    return undefined;
  };
  expect((await world.send(world.delete(share([A])))).Status).toBe('SUCCESS');
});

test('a Delete that fails half-way revokes what it can, names what is left, and succeeds when it is sent again', async () => {
  shared(IMAGE, A, B, C);
  world.endpoint.onCall = (call) =>
    call.accountId === B ? { kind: 'error', name: 'ResourceUnavailableException' } : undefined;
  const failed = await world.send(world.delete(share([A, B, C])));
  expect(failed.Status).toBe('FAILED');
  expect(failed.Reason).toContain(`could not be unshared from ${B}`);
  expect(world.accounts()).toEqual([B, BYSTANDER].sort());
  world.endpoint.onCall = undefined;
  expect((await world.send(world.delete(share([A, B, C])))).Status).toBe('SUCCESS');
  expect(world.accounts()).toEqual([BYSTANDER]);
});

test('a Delete of many accounts that is refused one revokes the others in one go', async () => {
  const many = accountIds(60, 5);
  world.endpoint.addImage({ imageId: IMAGE, sharedWith: many });
  let readsAtLastWrite = 0;
  world.endpoint.onCall = (call) => {
    readsAtLastWrite = call.allow === false ? world.reads() : readsAtLastWrite;
    return call.accountId === many[0] ? { kind: 'error', name: 'ResourceUnavailableException' } : undefined;
  };
  expect((await world.send(world.delete(share(many)))).Status).toBe('FAILED');
  expect(world.accounts()).toEqual([many[0]]);
  expect(readsAtLastWrite).toBe(3);
});

test('a Delete does not look up from its work, however long it takes', async () => {
  const many = accountIds(300, 5);
  world.endpoint.addImage({ imageId: IMAGE, sharedWith: many });
  world.endpoint.latency = 500;
  await world.send(world.delete(share(many)));
  // Twelve pages before, one after.
  expect(world.reads()).toBe(13);
});

test('a Delete that is refused one account revokes another that comes while it looks again', async () => {
  shared(IMAGE, A);
  world.endpoint.onCall = (call) =>
    call.accountId === A ? { kind: 'error', name: 'ResourceUnavailableException' } : undefined;
  const deleting = world.invoke(world.delete(share([A, B]), MADE_UP));
  const late = world.clock.sleep(1_000).then(() => shared(IMAGE, B));
  await world.clock.run(Promise.all([deleting, late]));
  expect(JSON.parse(world.documents[0] as string).Reason).toContain(`could not be unshared from ${A}:`);
  expect(world.accounts()).toEqual([A, BYSTANDER].sort());
});

test('a Delete whose time ends says so', async () => {
  shared(IMAGE, A);
  world.timeout = 60_000;
  world.endpoint.onCall = () => ({ kind: 'error', name: 'ThrottlingException' });
  const answer = await world.send(world.delete(share([A])));
  expect(answer.Status).toBe('FAILED');
  expect(answer.Reason).toMatch(/time ended.*ThrottlingException/);
});

describe('an id that CloudFormation made up, because a Create never answered', () => {
  test('revokes what is listed, as the Create may have granted it', async () => {
    shared(IMAGE, A);
    const answer = await world.send(world.delete(share([A, B]), MADE_UP));
    expect(answer).toMatchObject({ Status: 'SUCCESS', ...MADE_UP });
    expect(world.accounts()).toEqual([BYSTANDER]);
  });

  test.each([
    ['ten seconds after it revoked', [A], 10_000],
    ['thirty where there was nothing to revoke, as the Create may not have begun', [], 30_000],
  ])('answers %s', async (_, granted, milliseconds) => {
    shared(IMAGE, ...granted);
    const from = world.clock.now();
    await world.send(world.delete(share([A]), MADE_UP));
    expect(world.clock.now() - from).toBeGreaterThanOrEqual(milliseconds);
    expect(world.clock.now() - from).toBeLessThan(milliseconds + 2_500);
  });

  test('revokes what a Create grants that was held up before', async () => {
    const deleting = world.invoke(world.delete(share([A]), MADE_UP));
    const late = world.clock.sleep(25_000).then(() => shared(IMAGE, A));
    await world.clock.run(Promise.all([deleting, late]));
    expect(world.accounts()).toEqual([BYSTANDER]);
  });

  test('waits for a Create that is still granting, and revokes that too', async () => {
    const from = world.clock.now();
    const deleting = world.invoke(world.delete(share([A, B]), MADE_UP));
    const late = [4_000, 12_000].map(async (delay, index) => {
      await world.clock.sleep(delay);
      shared(IMAGE, index === 0 ? A : B);
    });
    await world.clock.run(Promise.all([deleting, ...late]));
    expect(world.accounts()).toEqual([BYSTANDER]);
    expect(world.clock.now() - from).toBeLessThan(40_000);
  });

  test('revokes an account again that is granted again before a read could show it gone', async () => {
    shared(IMAGE, A);
    let again = true;
    world.endpoint.onResponse = (call) => {
      if (again && call.allow === false) {
        again = false;
        shared(IMAGE, A);
      }
    };
    expect((await world.send(world.delete(share([A]), MADE_UP))).Status).toBe('SUCCESS');
    expect(world.accounts()).toEqual([BYSTANDER]);
  });

  test.each([
    ['shortly', 7_000, [`-${A}`]],
    ['for long', 40_000, [`-${A}`, `-${A}`]],
  ])('calls once, and once more where reads lag behind %s', async (_, lag, writes) => {
    shared(IMAGE, A);
    await world.clock.run(world.clock.sleep(60_000));
    world.endpoint.readLag = lag;
    expect((await world.send(world.delete(share([A]), MADE_UP))).Status).toBe('SUCCESS');
    expect(world.writes()).toEqual(writes);
  });

  test('reads a long list less often while it waits', async () => {
    const others = accountIds(40 * 25, 5);
    world.endpoint.addImage({ imageId: IMAGE, sharedWith: others });
    await world.send(world.delete(share([A]), MADE_UP));
    // Every five seconds of thirty.
    expect(world.reads()).toBe(7 * 40);
  });

  test('revokes an account again that comes back after it was seen gone', async () => {
    shared(IMAGE, A);
    const from = world.clock.now();
    const deleting = world.invoke(world.delete(share([A]), MADE_UP));
    const back = world.clock.sleep(5_000).then(() => shared(IMAGE, A));
    await world.clock.run(Promise.all([deleting, back]));
    expect(world.accounts()).toEqual([BYSTANDER]);
    expect(world.clock.now() - from).toBeLessThan(20_000);
  });

  test('with adoptExisting revokes nothing and logs who may be left', async () => {
    shared(IMAGE, A);
    const answer = await world.send(world.delete(share([A, B], { AdoptExisting: 'true' }), MADE_UP));
    expect(answer.Status).toBe('SUCCESS');
    expect(world.endpoint.calls).toEqual([]);
    expect(world.logLines.join('')).toContain(`Nothing is revoked on ${IMAGE}`);
    expect(world.logLines.join('')).toContain(`${A}, ${B}`);
  });

  test('with adoptExisting and no image that can be read logs who may be left, too', async () => {
    const properties = share([A], { AdoptExisting: 'true', ImageId: 'ami-123' });
    expect((await world.send(world.delete(properties, MADE_UP))).Status).toBe('SUCCESS');
    expect(world.logLines.join('')).toContain('Nothing is revoked on the image, because');
  });
});

test('what was created a moment ago is watched for a second delivery of its Create', async () => {
  const environment = world.newEnvironment();
  const event = world.create(share([A]));
  const { PhysicalResourceId } = await world.send(event, environment);
  const deleting = world.invoke(world.delete(share([A]), { PhysicalResourceId }), environment);
  const again = world.clock.sleep(2_000).then(() => world.invoke(event));
  await world.clock.run(Promise.all([deleting, again]));
  expect(world.accounts()).toEqual([BYSTANDER]);
});

test('a Delete of what was created long ago calls once, however far reads lag behind', async () => {
  shared(IMAGE, A);
  await world.clock.run(world.clock.sleep(60_000));
  world.endpoint.readLag = 40_000;
  expect((await world.send(world.delete(share([A])))).Status).toBe('SUCCESS');
  expect(world.writes()).toEqual([`-${A}`]);
});

test('what was created a minute ago is watched no more', async () => {
  const environment = world.newEnvironment();
  const { PhysicalResourceId } = await world.send(world.create(share([A])), environment);
  await world.clock.run(world.clock.sleep(60_000));
  const from = world.clock.now();
  await world.send(world.delete(share([A]), { PhysicalResourceId }), environment);
  expect(world.clock.now() - from).toBeLessThan(1_000);
});

test.each([
  ['of another share', { PhysicalResourceId: `share/${OTHER_IMAGE}/${LOGICAL_ID}` }],
  ['in another stack', { StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Others/1' }],
])('what was created a moment ago does not hold up a Delete %s', async (_, other) => {
  const environment = world.newEnvironment();
  await world.send(world.create(share([A])), environment);
  shared(OTHER_IMAGE, A);
  const from = world.clock.now();
  await world.send(world.delete(share([A]), other), environment);
  expect(world.clock.now() - from).toBeLessThan(1_000);
});

test('a Delete that is denied says so of each image it was to free, and logs whom it left', async () => {
  world.endpoint.onCall = () => ({ kind: 'error', name: 'AccessDeniedException', message: 'No.' });
  const held = { PhysicalResourceId: `share/${OTHER_IMAGE}/${LOGICAL_ID}` };
  const answer = await world.send(world.delete(share([B, A]), held));
  const reason = (image: string) =>
    `The permissions of image ${image} could not be read: the service said "AccessDeniedException: No.". The function may only change images of account 123456789012 in eu-west-1: check that ${image} is one of them, that no service control policy forbids it, and, with a role of your own, that it has the statements the README lists.`;
  expect(answer).toMatchObject({
    Status: 'FAILED',
    ...held,
    Reason: `${reason(OTHER_IMAGE)} ${reason(IMAGE)}`,
  });
  expect(world.logged('left')).toEqual(
    [OTHER_IMAGE, IMAGE].map((imageId) => ({ message: 'left', imageId, accounts: [A, B] })),
  );
});

test('an id and properties that name two images free both', async () => {
  shared(IMAGE, A);
  shared(OTHER_IMAGE, A);
  await world.send(world.delete(share([A]), { PhysicalResourceId: `share/${OTHER_IMAGE}/${LOGICAL_ID}` }));
  expect(world.accounts()).toEqual([BYSTANDER]);
  expect(world.accounts(OTHER_IMAGE)).toEqual([]);
});

describe('properties that a share cannot declare', () => {
  test.each([
    ['a bad account ID among good ones', share([A, '1234', null, 7]), [B]],
    ['an entry twice', share([A, A, B]), []],
    ['a list that is a string', share(`${A},${B}`), [A, B]],
    ['no list', share(undefined, { AccountIds: undefined }), [A, B]],
    ['a bad image ID, where the physical id names the image', share([A, B], { ImageId: 'ami-123' }), []],
    ['names in another spelling', { imageId: IMAGE, accountIds: [A, B] }, []],
    ['keys of a later release', share([A, B], { Organization: 'o-1' }), []],
  ])('%s: what is valid counts', async (_, properties, left) => {
    shared(IMAGE, A, B);
    const answer = await world.send(world.delete(properties));
    expect(answer.Status).toBe('SUCCESS');
    expect(world.accounts()).toEqual([...left, BYSTANDER].sort());
  });

  test('with nothing usable is a success without a call', async () => {
    for (const properties of [share(['x']), share(42), share('x', { ImageId: null }), {}]) {
      expect((await world.send(world.delete(properties, MADE_UP))).Status).toBe('SUCCESS');
    }
    expect(world.endpoint.calls).toEqual([]);
  });
});
