import { A, B, IMAGE, LambdaWorld, share } from '../world/lambda-world';

let world: LambdaWorld;
beforeEach(async () => {
  world = await LambdaWorld.start();
});
afterEach(() => world.close());

describe('the response URL', () => {
  test.each([
    ['answers 5xx', [500, 503]],
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
    ['refuses the answer', [403], 1],
    ['stays out of reach', [500, 'cut', 500, 500, 500], 4],
  ] as const)('%s: the invocation fails, after %s', async (_, faults, attempts) => {
    world.answerFaults.push(...faults);
    await expect(world.send(world.create(share()))).rejects.toThrow(
      'could not be delivered to CloudFormation',
    );
    expect(world.documents).toHaveLength(attempts);
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
  const answer = await world.send(world.create(share(many)));
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
});

test('a fault of the function itself is answered too', async () => {
  const event = world.delete(share());
  const answer = await world.send({ ...event, PhysicalResourceId: undefined } as never);
  expect(answer.Status).toBe('FAILED');
  expect(answer.Reason).toContain('Please report it with its log.');
});
