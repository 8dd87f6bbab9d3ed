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
  world.endpoint.share(IMAGE, BYSTANDER);
});
afterEach(() => world.close());

const D = '000011112222';
const SHARE = `share/${IMAGE}/${LOGICAL_ID}`;
const OTHER_SHARE = `share/${OTHER_IMAGE}/${LOGICAL_ID}`;
const on = (imageId: string) => ({ ImageId: imageId });

function shared(imageId: string, ...accounts: string[]): void {
  for (const account of accounts) {
    world.endpoint.share(imageId, account);
  }
}

describe('an Update of the list', () => {
  test('calls for the difference alone, grants first, and keeps the physical id', async () => {
    shared(IMAGE, A, B);
    const answer = await world.send(world.update(share([B, C]), share([A, B])));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SHARE, Data: { ImageId: IMAGE } });
    expect(world.writes()).toEqual([`+${C}`, `-${A}`]);
    expect(world.accounts()).toEqual([B, C, BYSTANDER].sort());
    expect(world.logged('planned')).toEqual([
      {
        message: 'planned',
        physicalId: SHARE,
        left: [],
        goals: [{ imageId: IMAGE, wanted: 2, released: 1, contended: true }],
        ignored: [],
      },
    ]);
    expect(world.logged('changing')).toEqual([
      { message: 'changing', imageId: IMAGE, grants: 1, revokes: 1 },
    ]);
  });

  test('calls once, however far reads lag behind', async () => {
    shared(IMAGE, A, B);
    await world.clock.run(world.clock.sleep(60_000));
    world.endpoint.readLag = 40_000;
    expect((await world.send(world.update(share([B, C]), share([A, B])))).Status).toBe('SUCCESS');
    expect(world.writes()).toEqual([`+${C}`, `-${A}`]);
  });

  test('without a change writes nothing', async () => {
    shared(IMAGE, A, B);
    const answer = await world.send(world.update(share([A, B], { Revision: '2' }), share([B, A])));
    expect(answer.Status).toBe('SUCCESS');
    expect(world.writes()).toEqual([]);
    expect(world.reads()).toBe(1);
  });

  test('repairs what drifted, for accounts that are named', async () => {
    shared(IMAGE, B);
    await world.send(world.update(share([A, B], { Revision: '2' }), share([A, B])));
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('keeps the physical id however it is spelled', async () => {
    shared(IMAGE, A);
    const spelled = { PhysicalResourceId: 'spelled-by-another-release' };
    const answer = await world.send(world.update(share([A, B]), share([A]), spelled));
    expect(answer.PhysicalResourceId).toBe('spelled-by-another-release');
  });

  test('that fails revokes nothing, answers with its own id, and the Update of the rollback restores the old list', async () => {
    shared(IMAGE, A, B);
    world.endpoint.onCall = (call) =>
      call.accountId === D && call.allow
        ? { kind: 'error', name: 'OperationNotSupportedException' }
        : undefined;
    const failed = await world.send(world.update(share([B, C, D]), share([A, B])));
    expect(failed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: SHARE });
    expect(failed.Reason).toMatch(
      /could not be shared with 000011112222.*Until then it had called for: granted 000011112222 and 777788889999\. The rollback takes back what is left of it\.$/,
    );
    expect(world.writes()).not.toContain(`-${A}`);
    const rolledBack = await world.send(world.update(share([A, B]), share([B, C, D])));
    expect(rolledBack.Status).toBe('SUCCESS');
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('whose rollback fails converges when the rollback is tried again', async () => {
    shared(IMAGE, B, C);
    world.endpoint.onCall = (call) =>
      call.allow ? { kind: 'error', name: 'SomethingNewException' } : undefined;
    const back = () => world.update(share([A, B]), share([B, C]));
    expect((await world.send(back())).Status).toBe('FAILED');
    world.endpoint.onCall = undefined;
    expect((await world.send(back())).Status).toBe('SUCCESS');
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('that is refused a revoke names the account', async () => {
    shared(IMAGE, A, B);
    world.endpoint.onCall = (call) =>
      call.allow === false ? { kind: 'error', name: 'ResourceUnavailableException' } : undefined;
    const answer = await world.send(world.update(share([B]), share([A, B])));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`Image ${IMAGE} could not be unshared from ${A}: the service said`);
    expect(answer.Reason).toMatch(
      /deploy again\. Until then it had called for: revoked 111122223333\. The rollback takes back what is left of it\.$/,
    );
  });

  test('that cannot even read says no more than that', async () => {
    world.endpoint.onCall = () => ({ kind: 'error', name: 'SomethingNewException' });
    const answer = await world.send(world.update(share([B]), share([A, B])));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/could not be read: .* look at the log of the function\.$/);
  });

  test('uses the time that it has', async () => {
    const from = world.clock.now();
    shared(IMAGE, A);
    world.endpoint.onCall = (call) =>
      call.allow ? { kind: 'error', name: 'ThrottlingException' } : undefined;
    const answer = await world.send(world.update(share([A, B]), share([A])));
    expect(answer.Reason).toContain('time ended');
    expect(world.answeredAt).toBe(from + 885_000);
  });

  test('takes a revoke that the service refuses for done where the account is gone', async () => {
    shared(IMAGE, A, B);
    world.endpoint.revokingMissing = 'InvalidParameterValuesException';
    world.endpoint.onCall = (call) => {
      if (call.allow === false) {
        world.endpoint.unshare(IMAGE, A);
      }
      return undefined;
    };
    expect((await world.send(world.update(share([B]), share([A, B])))).Status).toBe('SUCCESS');
  });
});

describe('an Update that is rolled back beside itself', () => {
  // The Update is cancelled while it grants, and the inverse one arrives at once.
  const many = accountIds(60, 1);

  test.each([0, 500, 1_500, 4_000, 7_000, 9_000])(
    '%d ms after it began ends with the old list',
    async (delay) => {
      shared(IMAGE, A, B);
      world.endpoint.rate = { perSecond: 10, burst: 10 };
      const forth = world.invoke(world.update(share([B, ...many]), share([A, B])));
      const back = world.clock
        .sleep(delay)
        .then(() => world.invoke(world.update(share([A, B]), share([B, ...many]))));
      await world.clock.run(Promise.all([forth, back]));
      expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
      const last = JSON.parse(world.documents.at(-1) as string);
      expect(last.Status).toBe('SUCCESS');
    },
  );

  test('waits for one that was held up before its first write, and takes that back', async () => {
    shared(IMAGE, A, B);
    const back = world.invoke(world.update(share([A, B]), share([B, C])));
    const forth = world.clock.sleep(25_000).then(() => shared(IMAGE, C));
    await world.clock.run(Promise.all([back, forth]));
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('stops when its changes are undone, and says so', async () => {
    shared(IMAGE, A);
    world.endpoint.onResponse = (call) => {
      if (call.allow && call.accountId === B) {
        void world.clock.sleep(5_000).then(() => world.endpoint.unshare(IMAGE, B));
      }
    };
    const answer = await world.send(world.update(share([B, C]), share([A])));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toBe(
      `Somebody else changes the permissions of image ${IMAGE} at the same time: what this deployment did for ${B} was undone. It stopped and took its own changes back. Find out who (CloudTrail, UpdateWorkspaceImagePermission) and deploy again.`,
    );
    expect(world.accounts()).toEqual([A, BYSTANDER].sort());
    expect(world.logged('refused')).toEqual([]);
    expect(world.logged('contested')).toEqual([{ message: 'contested', imageId: IMAGE, accounts: [B] }]);
  });

  test('takes back what it granted also where it is refused what it revoked', async () => {
    shared(IMAGE, A);
    world.endpoint.onResponse = (call) => {
      if (call.allow && call.accountId === B) {
        void world.clock.sleep(5_000).then(() => world.endpoint.unshare(IMAGE, B));
      }
    };
    world.endpoint.onCall = (call) =>
      call.accountId === A && call.allow ? { kind: 'error', name: 'SomethingNewException' } : undefined;
    const answer = await world.send(world.update(share([B, C]), share([A])));
    expect(answer.Reason).toMatch(
      /was undone.*it had called for: granted .*; revoked 111122223333\. The rollback/,
    );
    expect(world.accounts()).toEqual([BYSTANDER]);
  });

  test('stops where what it revoked is granted again', async () => {
    shared(IMAGE, A, B);
    const updating = world.invoke(world.update(share([B]), share([A, B])));
    const back = world.clock.sleep(5_000).then(() => shared(IMAGE, A));
    await world.clock.run(Promise.all([updating, back]));
    const answer = JSON.parse(world.documents[0] as string);
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`what this deployment did for ${A} was undone`);
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('does over what is undone of what was there before it', async () => {
    shared(IMAGE, A);
    const updating = world.invoke(world.update(share([A, B]), share([A])));
    const undone = world.clock.sleep(5_000).then(() => world.endpoint.unshare(IMAGE, A));
    await world.clock.run(Promise.all([updating, undone]));
    expect(JSON.parse(world.documents[0] as string).Status).toBe('SUCCESS');
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('is not misled by one read that lags behind another', async () => {
    shared(IMAGE, A);
    let reads = 0;
    world.endpoint.onCall = (call) => {
      if (call.operation === 'DescribeWorkspaceImagePermissions') {
        reads++;
        world.endpoint[reads === 4 ? 'unshare' : 'share'](IMAGE, reads > 3 ? B : A);
      }
      return undefined;
    };
    expect((await world.send(world.update(share([A, B]), share([A])))).Status).toBe('SUCCESS');
  });
});

describe('an Update to another image', () => {
  test('shares the new image, leaves the old one to the Delete that follows, and answers with a new id', async () => {
    shared(IMAGE, A, B);
    const old = share([A, B]);
    const answer = await world.send(world.update(share([B, C], on(OTHER_IMAGE)), old));
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: OTHER_SHARE,
      Data: { ImageId: OTHER_IMAGE },
    });
    expect(world.accounts(OTHER_IMAGE)).toEqual([B, C]);
    expect(world.accounts(IMAGE)).toEqual([A, B, BYSTANDER].sort());
    expect(world.logged('planned')[0]).toMatchObject({ physicalId: OTHER_SHARE, left: [] });
    await world.send(world.delete(old, { PhysicalResourceId: SHARE }));
    expect(world.accounts(IMAGE)).toEqual([BYSTANDER]);
  });

  test('that another resource rolls back keeps the old image shared and unshares the new one', async () => {
    shared(IMAGE, A, B);
    const [old, changed] = [share([A, B]), share([A, B], on(OTHER_IMAGE))];
    await world.send(world.update(changed, old));
    const back = await world.send(world.update(old, changed, { PhysicalResourceId: OTHER_SHARE }));
    expect(back).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SHARE });
    await world.send(world.delete(changed, { PhysicalResourceId: OTHER_SHARE }));
    expect(world.accounts(IMAGE)).toEqual([A, B, BYSTANDER].sort());
    expect(world.accounts(OTHER_IMAGE)).toEqual([]);
  });

  describe('that failed half-way, and goes back to the id CloudFormation still holds', () => {
    const [old, changed] = [share([A, B]), share([A, B, C], on(OTHER_IMAGE))];

    test('cleans the new image, because no Delete will come for it', async () => {
      shared(IMAGE, A, B);
      shared(OTHER_IMAGE, BYSTANDER);
      world.endpoint.onCall = (call) =>
        call.accountId === C && call.allow ? { kind: 'error', name: 'SomethingNewException' } : undefined;
      expect((await world.send(world.update(changed, old))).Status).toBe('FAILED');
      const back = await world.send(world.update(old, changed));
      expect(back).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SHARE });
      expect(world.accounts(IMAGE)).toEqual([A, B, BYSTANDER].sort());
      expect(world.accounts(OTHER_IMAGE)).toEqual([BYSTANDER]);
    });

    test('has put back there what it did itself, so that an adopting one leaves nothing either', async () => {
      shared(IMAGE, A, B);
      shared(OTHER_IMAGE, A);
      const adopting = share([A, B, C], { ...on(OTHER_IMAGE), AdoptExisting: 'true' });
      world.endpoint.onCall = (call) =>
        call.accountId === C && call.allow ? { kind: 'error', name: 'SomethingNewException' } : undefined;
      expect((await world.send(world.update(adopting, old))).Status).toBe('FAILED');
      expect(world.accounts(OTHER_IMAGE)).toEqual([A]);
      await world.send(world.update(old, adopting));
      expect(world.accounts(OTHER_IMAGE)).toEqual([A]);
      expect(world.accounts(IMAGE)).toEqual([A, B, BYSTANDER].sort());
    });

    test.each([
      [
        'adopting',
        { AdoptExisting: 'true' },
        `These accounts may still have permission: ${C}. Revoke it by hand`,
      ],
      [
        'not adopting',
        {},
        `These accounts may still have permission: ${C}. The rollback revokes what is left.`,
      ],
    ])('is told who may be left where the service throttled to the end, %s', async (_, more, said) => {
      shared(IMAGE, A, B);
      const replacing = share([C], { ...on(OTHER_IMAGE), ...more });
      world.endpoint.onCall = () =>
        world.accounts(OTHER_IMAGE).includes(C)
          ? { kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded' }
          : undefined;
      const answer = await world.send(world.update(replacing, old));
      expect(answer.Status).toBe('FAILED');
      expect(answer.Reason).toContain(said);
    });

    test('revokes again there what is granted while it cleans', async () => {
      shared(IMAGE, A, B);
      shared(OTHER_IMAGE, C);
      const back = world.invoke(world.update(old, changed));
      const late = world.clock.sleep(5_000).then(() => shared(OTHER_IMAGE, C));
      await world.clock.run(Promise.all([back, late]));
      expect(world.accounts(OTHER_IMAGE)).toEqual([]);
      expect(world.logged('planned')).toEqual([
        {
          message: 'planned',
          physicalId: SHARE,
          left: [],
          goals: [
            { imageId: IMAGE, wanted: 2, released: 0, contended: false },
            { imageId: OTHER_IMAGE, wanted: 0, released: 3, contended: true },
          ],
          ignored: [],
        },
      ]);
    });

    test('revokes nothing there where it was adopting, and logs who may be left', async () => {
      shared(IMAGE, A);
      shared(OTHER_IMAGE, A);
      const adopting = share([A, B, C], { ...on(OTHER_IMAGE), AdoptExisting: 'true' });
      await world.send(world.update(old, adopting));
      expect(world.accounts(OTHER_IMAGE)).toEqual([A]);
      expect(world.accounts(IMAGE)).toEqual([A, B, BYSTANDER].sort());
      expect(world.logLines.join('')).toContain(`Nothing is revoked on ${OTHER_IMAGE}`);
    });

    test('keeps half of its time for putting things back where it was adopting', async () => {
      const from = world.clock.now();
      shared(OTHER_IMAGE, A);
      world.endpoint.onCall = (call) =>
        call.accountId === C ? { kind: 'error', name: 'ThrottlingException' } : undefined;
      let stopped = 0;
      world.endpoint.onResponse = (call) => {
        stopped = call.accountId === B && call.allow === false ? world.clock.now() : stopped;
      };
      const adopting = share([A, B, C], { ...on(OTHER_IMAGE), AdoptExisting: 'true' });
      expect((await world.send(world.update(adopting, old))).Status).toBe('FAILED');
      expect(world.accounts(OTHER_IMAGE)).toEqual([A]);
      expect(stopped - from).toBeGreaterThan(440_000);
      expect(stopped - from).toBeLessThan(460_000);
    });

    test('succeeds where the new image is gone', async () => {
      shared(IMAGE, A, B);
      world.endpoint.removeImage(OTHER_IMAGE);
      expect((await world.send(world.update(old, changed))).Status).toBe('SUCCESS');
      expect(world.logged('the image is gone')).toEqual([
        { message: 'the image is gone', imageId: OTHER_IMAGE },
      ]);
    });

    test('beside the replacement that is still granting, leaves the new image with none', async () => {
      const many = accountIds(60, 1);
      shared(IMAGE, A, B);
      world.endpoint.rate = { perSecond: 10, burst: 10 };
      const replacing = share(many, on(OTHER_IMAGE));
      const forth = world.invoke(world.update(replacing, old));
      const back = world.clock.sleep(2_000).then(() => world.invoke(world.update(old, replacing)));
      await world.clock.run(Promise.all([forth, back]));
      expect(world.accounts(OTHER_IMAGE)).toEqual([]);
      expect(world.accounts(IMAGE)).toEqual([A, B, BYSTANDER].sort());
    });
  });

  test('fails where the image it is to share is gone', async () => {
    world.endpoint.removeImage(OTHER_IMAGE);
    const answer = await world.send(world.update(share([A], on(OTHER_IMAGE)), share([A])));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: SHARE });
    expect(answer.Reason).toMatch(
      /There is no image wsi-0other000 in .* deploy the share in the image's own account and Region\.$/,
    );
  });
});

describe('the old properties of an Update', () => {
  test.each([
    ['a bad image ID', share([A, C], { ImageId: 'ami-123' })],
    ['no image ID', share([A, C], { ImageId: undefined })],
    ['a bad account ID', share([A, C, '1234', 5, null])],
    ['names in another spelling', { imageid: IMAGE, ACCOUNTIDS: [A, C] }],
  ])('with %s are read for what is valid, so that the rollback succeeds', async (_, bad) => {
    shared(IMAGE, A, C);
    const answer = await world.send(world.update(share([A, B]), bad));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SHARE });
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('without anything usable release nobody', async () => {
    shared(IMAGE, C);
    await world.send(world.update(share([A]), { AccountIds: 'not a list' }));
    expect(world.accounts()).toEqual([A, C, BYSTANDER].sort());
    await world.send(world.update(share([A, B]), undefined as never));
    expect(world.accounts()).toEqual([A, B, C, BYSTANDER].sort());
  });
});
