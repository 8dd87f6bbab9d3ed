import type { Fault } from '../../simulator/workspaces-endpoint';
import {
  A,
  accountIds,
  B,
  BYSTANDER,
  C,
  IMAGE,
  LambdaWorld,
  LOGICAL_ID,
  share,
} from '../support/lambda-world';

let world: LambdaWorld;
beforeEach(async () => {
  world = await LambdaWorld.start();
  world.endpoint.share(IMAGE, BYSTANDER);
});
afterEach(() => world.close());

const NOTHING = `nothing/${LOGICAL_ID}`;

/** A fault for the nth write and, with `times`, for those after it. */
function faultAtWrite(nth: number, fault: Fault, times = 1): void {
  let writes = 0;
  world.endpoint.onCall = (call) => {
    if (call.operation !== 'UpdateWorkspaceImagePermission') {
      return undefined;
    }
    writes++;
    return writes >= nth && writes < nth + times ? fault : undefined;
  };
}

test('a Create grants what is declared, touches nobody else, and answers with the image', async () => {
  const answer = await world.send(world.create(share([B, A])));
  expect(answer).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: `share/${IMAGE}/${LOGICAL_ID}`,
    StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
    RequestId: 'request-1',
    LogicalResourceId: LOGICAL_ID,
    Data: { ImageId: IMAGE },
  });
  expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  expect(world.writes().sort()).toEqual([`+${A}`, `+${B}`]);
});

test.each([
  { existing: 0, declared: 1 },
  { existing: 24, declared: 1 },
  { existing: 25, declared: 30 },
  { existing: 60, declared: 100 },
  { existing: 60, declared: 0 },
])(
  'with $existing accounts listed before, $declared grants take the stated number of calls',
  async ({ existing, declared }) => {
    world.endpoint.addImage({ imageId: IMAGE, sharedWith: accountIds(existing, 5) });
    await world.send(world.create(share(accountIds(declared, 1))));
    const pages = (listed: number) => Math.max(1, Math.ceil(listed / 25));
    expect(world.endpoint.calls).toHaveLength(pages(existing) + declared + pages(existing + declared));
  },
);

test('a Create is refused before it changes anything where an account has permission, and says what to do', async () => {
  world.endpoint.share(IMAGE, A);
  const answer = await world.send(world.create(share([A, B])));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toBe(
    `Image ${IMAGE} is already shared with ${A}, not by this share, so nothing was changed. ` +
      'If another share owns that permission, leave it there and take the account off this list. ' +
      'To take it over from a share that is to go: set removalPolicy RETAIN on the old share and deploy; ' +
      'deploy this one with adoptExisting: true; remove the old share and deploy; unset adoptExisting. ' +
      'If it was granted by hand, deploy this share with adoptExisting: true once.',
  );
  expect(world.writes()).toEqual([]);
});

test('a Create that is refused watches for another delivery of its event for three seconds, and no longer', async () => {
  world.endpoint.share(IMAGE, A);
  const from = world.clock.now();
  await world.send(world.create(share([A, B])));
  expect(world.clock.now() - from).toBe(3_000);
  expect(world.reads()).toBe(4);
});

test('a refused Create is followed by a Delete that does not call at all', async () => {
  world.endpoint.share(IMAGE, A);
  const refused = await world.send(world.create(share([A, B])));
  const calls = world.endpoint.calls.length;
  const answer = await world.send(
    world.delete(share([A, B]), { PhysicalResourceId: refused.PhysicalResourceId }),
  );
  expect(answer.Status).toBe('SUCCESS');
  expect(world.endpoint.calls).toHaveLength(calls);
  expect(world.logged('planned')[0]).toMatchObject({ goals: [], left: [] });
});

test('with adoptExisting a Create takes over who has permission already, and grants the others alone', async () => {
  world.endpoint.share(IMAGE, A);
  const answer = await world.send(world.create(share([A, B], { AdoptExisting: 'true' })));
  expect(answer.Status).toBe('SUCCESS');
  expect(world.writes()).toEqual([`+${B}`]);
  expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
});

test('a share without accounts grants nothing', async () => {
  const answer = await world.send(world.create(share([])));
  expect(answer.Status).toBe('SUCCESS');
  expect(world.writes()).toEqual([]);
});

const NOT_READY = `The image is not ready: wait until the state of ${IMAGE} is AVAILABLE and deploy again.`;
const BAD_ACCOUNT = 'Check that each account exists and is not the account that owns the image.';
const REFUSALS: { name: string; advice: string }[] = [
  {
    name: 'AccessDeniedException',
    advice: `The function may only change images of account 123456789012 in eu-west-1: check that ${IMAGE} is one of them, that no service control policy forbids it, and, with a role of your own, that it has the statements the README lists.`,
  },
  {
    name: 'OperationNotSupportedException',
    advice:
      'A BYOL image can be shared only with accounts that are enabled for BYOL and belong to the same organization; in AWS GovCloud (US) a BYOL image is shared through AWS Support.',
  },
  { name: 'ResourceUnavailableException', advice: NOT_READY },
  { name: 'InvalidResourceStateException', advice: NOT_READY },
  { name: 'InvalidParameterValuesException', advice: BAD_ACCOUNT },
  { name: 'ValidationException', advice: BAD_ACCOUNT },
  {
    name: 'ResourceNotFoundException',
    advice: `There is no image ${IMAGE} in account 123456789012 and eu-west-1: check the id, and deploy the share in the image's own account and Region.`,
  },
  {
    name: 'SomethingNewException',
    advice: 'Deploy again; if it happens again, look at the log of the function.',
  },
];
describe.each(REFUSALS)('a Create whose second grant is answered with $name', ({ name, advice }) => {
  test('fails with advice, puts everything back, and its Delete changes nothing', async () => {
    faultAtWrite(2, { kind: 'error', name, message: 'No.' }, name === 'AccessDeniedException' ? 1000 : 1);
    if (name === 'AccessDeniedException') {
      // A denial is final only after a call of its kind was let pass.
      world.endpoint.onCall = (call) =>
        call.accountId === B && call.allow ? { kind: 'error', name, message: 'No.' } : undefined;
    }
    const answer = await world.send(world.create(share([A, B, C])));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
    expect(answer.Reason).toMatch(/^Image wsi-8t4x2k9p7 could not be shared with \d{12}: the service said /);
    expect(answer.Reason).toContain(
      `: the service said "${name}: No.". ${advice} What was granted on the way is revoked again: the permissions are as before.`,
    );
    expect(world.accounts()).toEqual([BYSTANDER]);
    const writes = world.writes().length;
    await world.send(world.delete(share([A, B, C]), { PhysicalResourceId: answer.PhysicalResourceId }));
    expect(world.writes()).toHaveLength(writes);
  });

  test('leaves alone what an adopting Create found', async () => {
    world.endpoint.share(IMAGE, A);
    world.endpoint.onCall = (call) =>
      call.accountId === C && call.allow ? { kind: 'error', name } : undefined;
    const answer = await world.send(world.create(share([A, B, C], { AdoptExisting: 'true' })));
    expect(answer.Status).toBe('FAILED');
    expect(world.accounts()).toEqual([A, BYSTANDER].sort());
    await world.send(
      world.delete(share([A, B, C], { AdoptExisting: 'true' }), {
        PhysicalResourceId: answer.PhysicalResourceId,
      }),
    );
    expect(world.accounts()).toEqual([A, BYSTANDER].sort());
  });
});

const PASSING: { what: string; fault: Fault }[] = [
  { what: 'throttling', fault: { kind: 'error', name: 'ThrottlingException' } },
  { what: 'an internal error', fault: { kind: 'error', name: 'InternalServerException', status: 500 } },
  { what: 'an unknown 5xx', fault: { kind: 'error', name: 'Whatever', status: 599 } },
  { what: 'a cut connection', fault: { kind: 'cut' } },
  { what: 'a connection that is cut once the grant is made', fault: { kind: 'cut', after: true } },
  {
    what: 'an error once the grant is made',
    fault: { kind: 'error', name: 'InternalServerException', status: 500, after: true },
  },
  { what: 'an answer that does not come in time', fault: { kind: 'delay', ms: 20_000 } },
];
test.each(PASSING)('a Create outlasts $what', async ({ fault }) => {
  faultAtWrite(1, fault, 8);
  const answer = await world.send(world.create(share([A, B])));
  expect(answer.Status).toBe('SUCCESS');
  expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
});

test.each(PASSING)('a read outlasts $what', async ({ fault }) => {
  let reads = 0;
  world.endpoint.onCall = (call) =>
    call.operation === 'DescribeWorkspaceImagePermissions' && ++reads < 6 ? fault : undefined;
  const answer = await world.send(world.create(share([A])));
  expect(answer.Status).toBe('SUCCESS');
});

test.each([
  ['Create', () => world.create(share([B]))],
  ['Update', () => world.update(share([B]), share([A]))],
  ['Delete', () => world.delete(share([A]))],
])('a policy that IAM does not know yet is waited for by a %s, on reads and on writes', async (_, event) => {
  world.endpoint.share(IMAGE, A);
  const readable = world.clock.now() + 12_000;
  const writable = world.clock.now() + 20_000;
  world.endpoint.onCall = (call) => {
    const from = call.operation === 'UpdateWorkspaceImagePermission' ? writable : readable;
    return world.clock.now() < from ? { kind: 'error', name: 'AccessDeniedException' } : undefined;
  };
  expect((await world.send(event())).Status).toBe('SUCCESS');
});

test('a denial is waited for from the beginning of the event, not from each change of its work', async () => {
  const from = world.clock.now();
  world.endpoint.onCall = (call) => {
    const denied = call.operation === 'UpdateWorkspaceImagePermission' || world.clock.now() < from + 20_000;
    return denied ? { kind: 'error', name: 'AccessDeniedException' } : undefined;
  };
  expect((await world.send(world.create(share([A])))).Status).toBe('FAILED');
  expect(world.answeredAt).toBeLessThan(from + 50_000);
});

test('a denial that lasts is an answer within a minute', async () => {
  const from = world.clock.now();
  world.endpoint.onCall = () => ({
    kind: 'error',
    name: 'AccessDeniedException',
    message: 'Not authorized.',
  });
  const answer = await world.send(world.create(share([A])));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toContain('"AccessDeniedException: Not authorized."');
  expect(world.clock.now() - from).toBeLessThan(60_000);
});

test('a Create whose image goes before it called for anything changed nothing, and says so', async () => {
  world.endpoint.share(IMAGE, A);
  let reads = 0;
  world.endpoint.onCall = () => {
    if (++reads === 2) {
      world.endpoint.removeImage(IMAGE);
    }
    return undefined;
  };
  const answer = await world.send(world.create(share([A], { AdoptExisting: 'true' })));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toMatch(/There is no image .* Nothing was changed\.$/);
});

test('a write that nothing came back to may land later: the answer waits for that', async () => {
  const from = world.clock.now();
  faultAtWrite(1, { kind: 'cut' });
  expect((await world.send(world.create(share([A])))).Status).toBe('SUCCESS');
  expect(world.clock.now() - from).toBeGreaterThanOrEqual(10_000);
});

test('after a read that nothing came back to no answer waits', async () => {
  const from = world.clock.now();
  let reads = 0;
  world.endpoint.onCall = () => (reads++ === 0 ? { kind: 'cut' } : undefined);
  expect((await world.send(world.create(share([A])))).Status).toBe('SUCCESS');
  expect(world.clock.now() - from).toBeLessThan(5_000);
});

test('a call that is not answered within five seconds is tried again', async () => {
  const from = world.clock.now();
  let reads = 0;
  world.endpoint.onCall = () => (reads++ === 0 ? { kind: 'delay', ms: 6_000 } : undefined);
  expect((await world.send(world.create(share([A])))).Status).toBe('SUCCESS');
  expect(world.clock.now() - from).toBeGreaterThanOrEqual(5_000);
  expect(world.clock.now() - from).toBeLessThan(8_000);
});

test('a call that is under way when the time ends is not waited for', async () => {
  const from = world.clock.now();
  world.timeout = 60_000;
  world.endpoint.onCall = () => ({ kind: 'delay', ms: 4_700 });
  world.endpoint.addImage({ imageId: IMAGE, sharedWith: accountIds(1_000, 5) });
  const answer = await world.send(world.create(share([A])));
  expect(answer.Reason).toContain('time ended');
  expect(world.answeredAt).toBe(from + 45_000);
});

test('what a service says last before the time ends is said, and what was tried again is logged', async () => {
  world.endpoint.onCall = () => ({ kind: 'error', name: 'ThrottlingException', message: 'Rate exceeded.' });
  const answer = await world.send(world.create(share([A])));
  expect(answer.Reason).toMatch(
    /declared\. The service said last: "ThrottlingException: Rate exceeded\."\. Deploy again when the service is less busy/,
  );
  expect(world.logged('trying again')[0]).toEqual({
    message: 'trying again',
    operation: 'read',
    error: 'ThrottlingException',
    said: 'Rate exceeded.',
  });
});

test('what the second delivery of a failed Create grants while it is put back is revoked again', async () => {
  world.endpoint.onCall = (call) =>
    call.accountId === B && call.allow ? { kind: 'error', name: 'SomethingNewException' } : undefined;
  const creating = world.invoke(world.create(share([A, B])));
  const again = world.clock.sleep(8_000).then(() => world.endpoint.share(IMAGE, A));
  await world.clock.run(Promise.all([creating, again]));
  expect(JSON.parse(world.documents[0] as string).Status).toBe('FAILED');
  expect(world.accounts()).toEqual([BYSTANDER]);
});

test('a Create that has no time to call says so', async () => {
  world.timeout = 10_000;
  const answer = await world.send(world.create(share([A])));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toMatch(/time ended before .* were as declared\. Deploy again when .* less busy/);
  expect(world.endpoint.calls).toEqual([]);
});

test('an API that cannot be reached is named, with what to look at', async () => {
  await world.endpoint.close();
  const answer = await world.send(world.create(share([A])));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toMatch(
    /time ended.*ECONNREFUSED.*API in eu-west-1 does not answer: in a VPC, check the function's route/,
  );
});

test('a Create that is refused one grant calls for no more of them', async () => {
  const many = accountIds(60, 1);
  const [first] = many as [string];
  world.endpoint.onCall = (call) =>
    call.accountId === first && call.allow
      ? { kind: 'error', name: 'SomethingNewException', message: 'No.' }
      : undefined;
  const answer = await world.send(world.create(share(many)));
  expect(answer.Status).toBe('FAILED');
  expect(world.accounts()).toEqual([BYSTANDER]);
  expect(world.writes().filter((write) => write.startsWith('+')).length).toBeLessThan(60);
  expect(world.logged('refused')).toEqual([
    {
      message: 'refused',
      imageId: IMAGE,
      account: first,
      allow: true,
      error: 'SomethingNewException',
      said: 'No.',
    },
  ]);
});

test('an API that does not answer is named, too', async () => {
  world.endpoint.onCall = () => ({ kind: 'delay', ms: 20_000 });
  const answer = await world.send(world.create(share([A])));
  expect(answer.Reason).toMatch(
    /time ended.*ETIMEDOUT.*API in eu-west-1 does not answer: in a VPC, check the function's route/,
  );
});

test.each([
  [300, 'x'.repeat(300)],
  [301, `${'x'.repeat(300)}...`],
])('of what the service says in %d characters, 300 are quoted', async (length, quoted) => {
  const name = 'ResourceUnavailableException';
  world.endpoint.onCall = () => ({ kind: 'error', name, message: 'x'.repeat(length) });
  const answer = await world.send(world.create(share([A])));
  expect(answer.Reason).toContain(`"${name}: ${quoted}"`);
});

test('an image that does not exist changes nothing and says so', async () => {
  world.endpoint.removeImage(IMAGE);
  const answer = await world.send(world.create(share([A])));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toContain(`There is no image ${IMAGE} in account 123456789012 and eu-west-1`);
  expect(world.writes()).toEqual([]);
});

test('a Region without the service fails at once', async () => {
  process.env.AWS_ENDPOINT_URL_WORKSPACES = 'http://workspaces.nowhere.invalid';
  const from = world.clock.now();
  const answer = await world.send(world.create(share([A])));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toMatch(/no endpoint that can be found in eu-west-1.*Region with WorkSpaces/);
  expect(world.clock.now() - from).toBeLessThan(5_000);
});

test('a service that throttles longer than the function may run gets a failed answer before the time-out', async () => {
  const from = world.clock.now();
  faultAtWrite(2, { kind: 'error', name: 'ThrottlingException' }, 1e9);
  const answer = await world.send(world.create(share([A, B, C])));
  expect(answer.Status).toBe('FAILED');
  expect(answer.Reason).toMatch(/time ended.*ThrottlingException/);
  expect(world.clock.now() - from).toBeLessThan(world.timeout);
  expect(world.logged('refused')).toEqual([]);
  // It could not be put back: the Delete that follows does it.
  expect(answer.PhysicalResourceId).toBe(`undo/${IMAGE}/${LOGICAL_ID}`);
  expect(answer.Reason).toMatch(
    /may still have permission: 111122223333.*The Delete that CloudFormation sends/,
  );
  world.endpoint.onCall = undefined;
  await world.send(world.delete(share([A, B, C]), { PhysicalResourceId: answer.PhysicalResourceId }));
  expect(world.accounts()).toEqual([BYSTANDER]);
});

test('an adopting Create keeps half of its time for putting things back', async () => {
  world.endpoint.share(IMAGE, A);
  const from = world.clock.now();
  world.endpoint.onCall = (call) =>
    call.accountId === C ? { kind: 'error', name: 'ThrottlingException' } : undefined;
  let stopped = 0;
  world.endpoint.onResponse = (call) => {
    stopped = call.accountId === B && call.allow === false ? world.clock.now() : stopped;
  };
  const answer = await world.send(world.create(share([A, B, C], { AdoptExisting: 'true' })));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(world.accounts()).toEqual([A, BYSTANDER].sort());
  expect(stopped - from).toBeLessThan(460_000);
});

test('an adopting Create that cannot put everything back names what is left', async () => {
  world.endpoint.share(IMAGE, A);
  const D = '000011112222';
  world.endpoint.onCall = (call) =>
    (call.accountId === C && call.allow) || (call.accountId === B && call.allow === false)
      ? { kind: 'error', name: 'OperationNotSupportedException' }
      : undefined;
  const answer = await world.send(world.create(share([A, B, C, D], { AdoptExisting: 'true' })));
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING });
  expect(answer.Reason).toContain(
    `These accounts may still have permission: ${B}. Revoke it by hand, or deploy again with adoptExisting.`,
  );
  expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
});

describe('reads that lag behind', () => {
  test('while a failed Create puts things back leave that in doubt, and it says so', async () => {
    faultAtWrite(3, { kind: 'error', name: 'SomethingNewException' });
    world.endpoint.onResponse = (call) => {
      if (call.allow === false) {
        world.endpoint.readLag = 10_000_000;
      }
    };
    const answer = await world.send(world.create(share([A, B, C])));
    expect(answer.PhysicalResourceId).toBe(`undo/${IMAGE}/${LOGICAL_ID}`);
    expect(answer.Reason).toContain('was revoked again, which no read confirmed in time. The Delete');
    expect(world.logged('not put back')).toEqual([
      {
        message: 'not put back',
        imageId: IMAGE,
        reason: expect.stringContaining(`The changes to image ${IMAGE} were accepted but do not show`),
      },
    ]);
  });

  test('the answer waits until the grants show', async () => {
    world.endpoint.readLag = 7_000;
    const from = world.clock.now();
    const answer = await world.send(world.create(share([A, B])));
    expect(answer.Status).toBe('SUCCESS');
    expect(world.clock.now() - from).toBeGreaterThanOrEqual(7_000);
    expect(world.writes()).toHaveLength(2);
  });

  test('the wait is bounded, with an error of its own', async () => {
    world.endpoint.readLag = 10_000_000;
    const answer = await world.send(world.create(share([A])));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`were accepted but do not show after 60 seconds, for ${A}.`);
    expect(world.accounts()).toEqual([BYSTANDER]);
  });
});

test('granting what is granted is a success, whatever the service says to it', async () => {
  // Granted by another delivery of the event between this one's read and its call.
  world.endpoint.grantingGranted = 'InvalidParameterValuesException';
  world.endpoint.onCall = (call) => {
    if (call.operation === 'UpdateWorkspaceImagePermission' && call.accountId === A) {
      world.endpoint.share(IMAGE, A);
    }
    return undefined;
  };
  const answer = await world.send(world.create(share([A, B])));
  expect(answer.Status).toBe('SUCCESS');
});

test('granting what is granted is a success, though reads show it seconds later', async () => {
  world.endpoint.grantingGranted = 'InvalidParameterValuesException';
  world.endpoint.readLag = 2_000;
  let granted = false;
  world.endpoint.onCall = (call) => {
    if (call.operation === 'UpdateWorkspaceImagePermission' && !granted) {
      granted = true;
      world.endpoint.share(IMAGE, A);
    }
    return undefined;
  };
  const answer = await world.send(world.create(share([A])));
  expect(answer.Status).toBe('SUCCESS');
  expect(world.writes()).toEqual([`+${A}`]);
});

test('a refusal that turned out to be none does not count while another grant takes longer to show', async () => {
  world.endpoint.grantingGranted = 'InvalidParameterValuesException';
  world.endpoint.readLag = 5_000;
  world.endpoint.onCall = (call) => {
    if (call.accountId === A) {
      world.endpoint.share(IMAGE, A);
    }
    return call.accountId === B ? { kind: 'delay', ms: 4_000 } : undefined;
  };
  const answer = await world.send(world.create(share([A, B])));
  expect(answer.Status).toBe('SUCCESS');
});

describe('an event that is delivered twice', () => {
  test('one after the other to the same environment is answered in the same words without a call', async () => {
    const environment = world.newEnvironment();
    const event = world.create(share());
    const first = await world.send(event, environment);
    const calls = world.endpoint.calls.length;
    expect(await world.send(event, environment)).toEqual(first);
    expect(world.endpoint.calls).toHaveLength(calls);
  });

  test('at the same time to two environments ends as if it had come once', async () => {
    const event = world.create(share());
    await world.clock.run(Promise.all([world.invoke(event), world.invoke(event)]));
    expect(world.documents.map((document) => JSON.parse(document).Status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(new Set(world.documents.map((document) => JSON.parse(document).PhysicalResourceId)).size).toBe(1);
    expect(world.accounts()).toEqual([A, B, BYSTANDER].sort());
  });

  test('while the first is still granting leaves the answer to the first', async () => {
    const many = accountIds(200, 1);
    world.endpoint.rate = { perSecond: 10, burst: 10 };
    const event = world.create(share(many));
    const first = world.invoke(event);
    const second = world.clock.sleep(5_000).then(() => world.invoke(event));
    await world.clock.run(Promise.all([first, second]));
    expect(world.documents).toHaveLength(1);
    expect(world.logged('another delivery of this event is at work and will answer')).toHaveLength(1);
    expect(JSON.parse(world.documents[0] as string).Status).toBe('SUCCESS');
    expect(world.accounts()).toEqual([...many, BYSTANDER].sort());
  });
});

test('a Create whose grants are revoked beside it stops and takes back its own', async () => {
  const many = accountIds(400, 1);
  world.endpoint.rate = { perSecond: 10, burst: 10 };
  const creating = world.invoke(world.create(share(many)));
  const cancelled = world.clock
    .sleep(8_000)
    .then(() =>
      world.invoke(world.delete(share(many), { PhysicalResourceId: 'Images-Share-1ABCDEFGHIJKL' })),
    );
  await world.clock.run(Promise.all([creating, cancelled]));
  expect(world.accounts()).toEqual([BYSTANDER]);
  const [failed, deleted] = ['FAILED', 'SUCCESS'].map((status) =>
    world.documents.map((document) => JSON.parse(document)).find((answer) => answer.Status === status),
  );
  expect(failed.Reason).toContain('was undone');
  expect(world.logged('refused')).toEqual([]);
  expect(deleted).toBeDefined();
  const granted = world.endpoint.calls.filter((call) => call.allow && call.status === 200);
  expect(granted.length).toBeLessThan(many.length);
});

test('an adopting Create stops, too, where an account that it found is taken away', async () => {
  world.endpoint.share(IMAGE, A);
  world.endpoint.onCall = (call) =>
    call.accountId === B ? { kind: 'error', name: 'ThrottlingException' } : undefined;
  let reads = 0;
  world.endpoint.onResponse = (call) => {
    if (call.operation === 'DescribeWorkspaceImagePermissions' && ++reads === 2) {
      world.endpoint.unshare(IMAGE, A);
    }
  };
  const answer = await world.send(world.create(share([A, B], { AdoptExisting: 'true' })));
  expect(answer.Reason).toContain(`what this deployment did for ${A} was undone`);
  expect(world.accounts()).toEqual([BYSTANDER]);
});

test('a Create that has to pause looks whether its work still stands before it writes on, and stops where it does not', async () => {
  world.endpoint.onCall = (call) =>
    call.accountId === B ? { kind: 'error', name: 'ThrottlingException' } : undefined;
  world.endpoint.onResponse = (call) => {
    if (call.operation === 'DescribeWorkspaceImagePermissions' && world.accounts().includes(A)) {
      world.endpoint.unshare(IMAGE, A);
    }
  };
  const answer = await world.send(world.create(share([A, B])));
  expect(answer.Reason).toContain(`what this deployment did for ${A} was undone`);
});
