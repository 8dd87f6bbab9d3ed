import { type Answer, documentOf } from '../../lambda/answer';
import { A, B, IMAGE, LambdaWorld, LOGICAL_ID, OTHER_IMAGE, share } from '../support/lambda-world';

let world: LambdaWorld;
beforeEach(async () => {
  world = await LambdaWorld.start();
});
afterEach(() => world.close());

describe('the response URL', () => {
  test('gets the answer as its signature asks: a PUT, no content type, and the length', async () => {
    await world.send(world.create(share()));
    const [{ method, headers }] = world.deliveries as [(typeof world.deliveries)[0]];
    expect(method).toBe('PUT');
    expect(headers['content-type']).toBe('');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(world.documents[0] as string)));
    expect(world.logged('answered')).toEqual([
      { message: 'answered', status: 'SUCCESS', attempt: 1, outcome: '200' },
    ]);
  });

  test('is spoken to in TLS where it begins with https', async () => {
    const ResponseURL = world.responseUrl.replace('http:', 'https:');
    await expect(world.send(world.create(share(), { ResponseURL }))).rejects.toThrow(/: EPROTO\.$/);
  });

  test.each([
    ['answers 5xx', [502, 504]],
    ['cuts the connection', ['cut', 'cut']],
    ['is slow', ['slow']],
  ] as const)('%s: the answer is sent again, and the work is not done twice', async (_, faults) => {
    world.answerFaults.push(...faults);
    const answer = await world.send(world.create(share()));
    expect(answer.Status).toBe('SUCCESS');
    expect(world.documents).toHaveLength(faults.length + 1);
    expect(new Set(world.documents).size).toBe(1);
    expect(world.writes()).toHaveLength(2);
  });

  test.each([
    ['refuses the answer', [403], ['403'], []],
    ['stays out of reach', [500, 'cut', 500, 503, 500], ['500', 'ECONNRESET', '500', '503'], [200, 400, 800]],
    ['is slow, then refuses', ['slow', 403], ['no answer in time', '403'], [5_200]],
  ] as const)('%s: the invocation fails, after %s', async (_, faults, outcomes, waits) => {
    world.answerFaults.push(...faults);
    await expect(world.send(world.create(share()))).rejects.toThrow(
      `The answer could not be delivered to CloudFormation: ${outcomes.at(-1)}.`,
    );
    expect(world.logged('answered').map(({ attempt, outcome }) => [attempt, outcome])).toEqual(
      outcomes.map((outcome, index) => [index + 1, outcome]),
    );
    const times = world.deliveries.map(({ at }) => at);
    expect(times.slice(1).map((at, index) => at - (times[index] as number))).toEqual(waits);
  });

  test('is in no line of the log, whatever happens', async () => {
    world.answerFaults.push(500, 'cut', 'slow', 500);
    await world.send(world.create(share())).catch((error) => world.logLines.push(String(error.stack)));
    await world.send(world.create(share(['bad'])));
    await world.send(world.delete(share()));
    expect(world.logLines.length).toBeGreaterThan(10);
    expect(
      world.logLines.filter((line) => line.includes('secret') || line.includes(world.responseUrl)),
    ).toEqual([]);
  });
});

test('the answer fits 4,096 bytes and stays JSON, whatever the service says', async () => {
  const many = Array.from({ length: 300 }, (_, index) => String(index).padStart(12, '0'));
  world.endpoint.onCall = (call) =>
    call.operation === 'UpdateWorkspaceImagePermission'
      ? { kind: 'error', name: 'OperationNotSupportedException', message: '"\\\u0000é😀'.repeat(5_000) }
      : undefined;
  const answer = await world.send(world.create(share(many)));
  expect(Buffer.byteLength(world.documents.at(-1) as string)).toBeLessThanOrEqual(4_096);
  expect(answer.Reason).toContain('OperationNotSupportedException');
});

describe('an answer of the largest size', () => {
  const answer: Answer = {
    Status: 'FAILED',
    Reason: '',
    PhysicalResourceId: 'id',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Share',
  };
  const room = 4_096 - Buffer.byteLength(JSON.stringify(answer));

  test('is sent whole', () => {
    const whole = { ...answer, Reason: 'x'.repeat(room) };
    expect(documentOf(whole)).toBe(JSON.stringify(whole));
  });

  test('is what remains of a larger one', () => {
    const { Reason } = JSON.parse(documentOf({ ...answer, Reason: 'x'.repeat(room + 1) }));
    expect(Reason).toBe(`${'x'.repeat(room - Buffer.byteLength(' …'))} …`);
  });
});

test('a reason that is cut keeps what comes first', async () => {
  const bad = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(70)}${index}`);
  await world.send(world.create(share(bad)));
  const document = world.documents.at(-1) as string;
  expect(Buffer.byteLength(document)).toBeLessThanOrEqual(4_096);
  expect(Buffer.byteLength(document)).toBeGreaterThan(4_000);
  expect(JSON.parse(document).Reason).toMatch(/^The share cannot be deployed as declared.*x0".* …$/);
});

test('a reason names a few accounts and how many more', async () => {
  const many = Array.from({ length: 98 }, (_, index) => String(index).padStart(12, '0'));
  world.endpoint.addImage({ imageId: IMAGE, sharedWith: many });
  const answer = await world.send(world.create(share([...many].reverse())));
  expect(answer.Reason).toContain('000000000004 and 93 more');
});

test('every line of the log is a JSON object with a message, and decisions are among them', async () => {
  await world.send(world.create(share([A, B])));
  const lines = world.logLines.map((line) => JSON.parse(line));
  expect(lines.map((line) => line.message)).toEqual([
    'received',
    'found',
    'changing',
    'granted',
    'granted',
    'read',
    'answered',
  ]);
  expect(world.logged('received')).toEqual([
    {
      message: 'received',
      RequestType: 'Create',
      RequestId: 'request-1',
      StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
      LogicalResourceId: LOGICAL_ID,
    },
  ]);
  expect(world.logged('found')).toEqual([{ message: 'found', imageId: IMAGE, adopted: [] }]);
  expect(world.logged('read')).toEqual([{ message: 'read', imageId: IMAGE, permitted: 2, pages: 1 }]);
  await world.send(world.delete(share([A, B])));
  expect(world.logged('received')[1]).toMatchObject({ PhysicalResourceId: `share/${IMAGE}/${LOGICAL_ID}` });
});

test('a fault of the function itself is answered too, with the id of the event', async () => {
  const event = world.delete(share());
  const answer = await world.send({ ...event, PhysicalResourceId: 5 } as never);
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 5 });
  expect(answer.Reason).toMatch(/^The function of the share failed: .* Please report it with its log\.$/);
  expect(world.logged('failed')).toEqual([
    { message: 'failed', error: expect.stringMatching(/^TypeError: .*\n +at /) },
  ]);
});

test.each([
  ['Create', () => world.create(share())],
  ['Update', () => world.update(share([A], { ImageId: OTHER_IMAGE }), share())],
  ['Delete', () => world.delete(share())],
])('after a %s nothing waits any more', async (_, event) => {
  await world.send(event());
  expect(world.clock.waiting).toBe(0);
});
