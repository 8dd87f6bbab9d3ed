import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import {
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceImagePermissionsCommand,
  DescribeWorkspaceImagesCommand,
  DescribeWorkspacesCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
  WorkSpacesServiceException,
} from '@aws-sdk/client-workspaces';
import type { Clock } from '../../simulator/clock';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';

const IMAGE = 'wsi-8t4x2k9p7';
const OTHER_IMAGE = 'wsi-0000000001';
const ALICE = '111122223333';
const BOB = '444455556666';
/** What lets a process of its own take the source. */
const TYPESCRIPT = ['--import', 'tsx', '--input-type=commonjs'];

/** A clock that stands still until it is moved. */
class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  #watchers: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    for (const tell of this.#watchers.splice(0)) {
      tell();
    }
    return new Promise((wake) => {
      this.#sleepers.push({ until: this.#now + ms, wake });
    });
  }

  /** Settles when somebody goes to sleep. */
  somebodyAsleep(): Promise<void> {
    return new Promise((tell) => {
      this.#watchers.push(tell);
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter(({ until }) => until <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    for (const { wake } of due) {
      wake();
    }
  }
}

const clock = new ManualClock();
const open: { close?(): Promise<void>; destroy?(): void }[] = [];

afterEach(async () => {
  for (const it of open.splice(0).reverse()) {
    it.destroy?.();
    await it.close?.();
  }
});

async function start(options: WorkspacesEndpointOptions = {}) {
  const endpoint = await WorkspacesEndpoint.start({ images: [{ imageId: IMAGE }], clock, ...options });
  const client = clientOf(endpoint.url);
  open.push(endpoint);
  return { endpoint, client };
}

function clientOf(url: string, maxAttempts = 1): WorkSpacesClient {
  const client = new WorkSpacesClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts,
  });
  open.push(client);
  return client;
}

const grant = (accountId: string, imageId = IMAGE) =>
  new UpdateWorkspaceImagePermissionCommand({
    ImageId: imageId,
    SharedAccountId: accountId,
    AllowCopyImage: true,
  });
const revoke = (accountId: string, imageId = IMAGE) =>
  new UpdateWorkspaceImagePermissionCommand({
    ImageId: imageId,
    SharedAccountId: accountId,
    AllowCopyImage: false,
  });

/** What is listed, page by page. */
async function listed(client: WorkSpacesClient, MaxResults?: number): Promise<(string | undefined)[][]> {
  const pages: (string | undefined)[][] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE, MaxResults, NextToken }),
    );
    pages.push((page.ImagePermissions ?? []).map(({ SharedAccountId }) => SharedAccountId));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return pages;
}

async function failure(call: Promise<unknown>): Promise<WorkSpacesServiceException> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(WorkSpacesServiceException);
  return outcome as WorkSpacesServiceException;
}

const accountNumber = (n: number) => String(100_000_000_000 + n);

/** Sends what an SDK would not. */
async function send(
  url: string,
  { method = 'POST', body = '{}', headers = {}, agent = undefined as Agent | undefined },
) {
  const sent = request(url, {
    method,
    agent,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'WorkspacesService.DescribeWorkspaceImages',
      authorization: 'any',
      ...headers,
    },
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) {
    text += chunk;
  }
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
}

describe('permissions', () => {
  test('an image that is granted to an account is shared with it until that is revoked', async () => {
    const { endpoint, client } = await start();

    await client.send(grant(BOB));
    await client.send(grant(ALICE));
    expect(await listed(client)).toEqual([[BOB, ALICE]]);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE, BOB]);

    await client.send(revoke(BOB));
    expect(await listed(client)).toEqual([[ALICE]]);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('granting what is granted and revoking what is not succeed, unless the endpoint is told otherwise', async () => {
    const { endpoint, client } = await start({ images: [{ imageId: IMAGE, sharedWith: [ALICE] }] });

    await client.send(grant(ALICE));
    await client.send(revoke(BOB));

    endpoint.grantingGranted = 'OperationNotSupportedException';
    endpoint.revokingMissing = 'ResourceUnavailableException';
    expect((await failure(client.send(grant(ALICE)))).name).toBe('OperationNotSupportedException');
    expect((await failure(client.send(revoke(BOB)))).name).toBe('ResourceUnavailableException');
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('what somebody shares or unshares by hand is listed, and is not a call', async () => {
    const { endpoint, client } = await start();

    endpoint.share(IMAGE, ALICE);
    endpoint.share(IMAGE, BOB);
    endpoint.unshare(IMAGE, ALICE);

    expect(endpoint.calls).toEqual([]);
    expect(await listed(client)).toEqual([[BOB]]);
    expect(() => endpoint.share(OTHER_IMAGE, ALICE)).toThrow(`The image ${OTHER_IMAGE} does not exist.`);
  });

  test('the permissions of an image that another account owns are not accessible', async () => {
    const { client } = await start({ images: [{ imageId: IMAGE, ownerAccountId: ALICE }] });

    expect((await failure(client.send(grant(BOB)))).name).toBe('AccessDeniedException');
  });
});

describe('pages', () => {
  const accounts = Array.from({ length: 57 }, (_, n) => accountNumber((n * 31) % 57));

  test('hold 25 accounts, or as many as are asked for, in the order in which they were granted', async () => {
    const { client } = await start({ images: [{ imageId: IMAGE, sharedWith: accounts }] });

    const pages = await listed(client);
    expect(pages.map((page) => page.length)).toEqual([25, 25, 7]);
    expect(pages.flat()).toEqual(accounts);
    expect((await listed(client, 19)).map((page) => page.length)).toEqual([19, 19, 19]);
  });

  test('are sorted by account where that is asked for', async () => {
    const { client } = await start({
      images: [{ imageId: IMAGE, sharedWith: accounts }],
      listing: 'sorted',
    });

    expect((await listed(client)).flat()).toEqual([...accounts].sort());
    await client.send(revoke(accountNumber(3)));
    expect((await listed(client)).flat()).not.toContain(accountNumber(3));
  });

  test.each(['granted', 'sorted'] as const)(
    'of a list in the order "%s" miss nothing and repeat nothing when it changes between two of them',
    async (listing) => {
      const sharedWith = Array.from({ length: 40 }, (_, n) => accountNumber(n));
      const { client } = await start({ images: [{ imageId: IMAGE, sharedWith }], listing });

      const first = await client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE }));
      await client.send(revoke(accountNumber(0)));
      await client.send(revoke(accountNumber(24)));
      const second = await client.send(
        new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE, NextToken: first.NextToken }),
      );

      expect(second.ImagePermissions?.map(({ SharedAccountId }) => SharedAccountId)).toEqual(
        sharedWith.slice(25),
      );
    },
  );

  test('are asked for with a token of the same list only', async () => {
    const { endpoint, client } = await start({ images: [{ imageId: IMAGE, sharedWith: accounts }] });
    endpoint.addImage({ imageId: OTHER_IMAGE });
    const page = (imageId: string, token?: string) =>
      client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: imageId, NextToken: token }));
    const { NextToken: token } = await page(IMAGE);

    for (const call of [page(OTHER_IMAGE, token), page(IMAGE, `${token}!`), page(IMAGE, 'made-up')]) {
      expect((await failure(call)).name).toBe('ValidationException');
    }
  });
});

describe('images', () => {
  test('are described as the SDK knows them: all, by id, by owner, page by page', async () => {
    const { endpoint, client } = await start({
      images: [
        { imageId: IMAGE, name: 'Golden' },
        { imageId: OTHER_IMAGE, ownerAccountId: ALICE },
      ],
    });
    const ids = async (input: object) =>
      (await client.send(new DescribeWorkspaceImagesCommand(input))).Images?.map(({ ImageId }) => ImageId);

    const { Images } = await client.send(new DescribeWorkspaceImagesCommand({ ImageIds: [IMAGE] }));
    expect(Images).toEqual([
      {
        ImageId: IMAGE,
        Name: 'Golden',
        OperatingSystem: { Type: 'WINDOWS' },
        State: 'AVAILABLE',
        RequiredTenancy: 'DEFAULT',
        Created: new Date(clock.now()),
        OwnerAccountId: '123456789012',
      },
    ]);
    expect(await ids({ ImageType: 'OWNED' })).toEqual([IMAGE]);
    expect(await ids({ ImageType: 'SHARED' })).toEqual([OTHER_IMAGE]);
    expect(await ids({ ImageIds: ['wsi-999999999'] })).toEqual([]);

    const first = await client.send(new DescribeWorkspaceImagesCommand({ MaxResults: 1 }));
    expect(first.Images?.map(({ ImageId }) => ImageId)).toEqual([OTHER_IMAGE]);
    expect(await ids({ NextToken: first.NextToken })).toEqual([IMAGE]);

    endpoint.removeImage(IMAGE);
    expect(await ids({})).toEqual([OTHER_IMAGE]);
  });

  test('are deleted only once they are unshared, and are gone then', async () => {
    const { endpoint, client } = await start({ images: [{ imageId: IMAGE, sharedWith: [ALICE] }] });
    const remove = () => client.send(new DeleteWorkspaceImageCommand({ ImageId: IMAGE }));

    expect((await failure(remove())).name).toBe('InvalidResourceStateException');
    expect(endpoint.hasImage(IMAGE)).toBe(true);

    await client.send(revoke(ALICE));
    await remove();
    expect(endpoint.hasImage(IMAGE)).toBe(false);
    expect(endpoint.accounts(IMAGE)).toEqual([]);
    expect((await failure(remove())).name).toBe('AccessDeniedException');
    for (const call of [
      client.send(grant(ALICE)),
      client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE })),
    ]) {
      expect(await failure(call)).toMatchObject({
        name: 'ResourceNotFoundException',
        message: `The image ${IMAGE} does not exist.`,
        ResourceId: IMAGE,
      });
    }
  });

  test('cannot be declared with an id that no image has', async () => {
    const { endpoint } = await start();

    expect(() => endpoint.addImage({ imageId: 'ami-123' })).toThrow('"ami-123" is not a WorkSpaces image ID');
  });
});

describe('the wire', () => {
  test('an answer has the content type, a request id and the error type that AWS JSON 1.1 says', async () => {
    const { endpoint } = await start();

    const described = await send(endpoint.url, {});
    expect(described.status).toBe(200);
    expect(described.headers['content-type']).toBe('application/x-amz-json-1.1');
    expect(described.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);

    const refused = await send(endpoint.url, { body: '{"MaxResults":26}' });
    expect(refused.status).toBe(400);
    expect(refused.headers['x-amzn-errortype']).toBe('ValidationException');
    expect(refused.body).toEqual({
      __type: 'ValidationException',
      message: 'MaxResults must be between 1 and 25.',
    });
  });

  test.each([
    ['without a signature', { headers: { authorization: [] } }, 403, 'MissingAuthenticationTokenException'],
    [
      'of an operation that is not there',
      { headers: { 'x-amz-target': 'WorkspacesService.toString' } },
      400,
      'UnknownOperationException',
    ],
    [
      'to no service',
      { headers: { 'x-amz-target': 'DescribeWorkspaceImages' } },
      400,
      'UnknownOperationException',
    ],
    [
      'to another service',
      { headers: { 'x-amz-target': 'Logs.DescribeWorkspaceImages' } },
      400,
      'UnknownOperationException',
    ],
    [
      'of another protocol',
      { headers: { 'content-type': 'application/json' } },
      400,
      'UnknownOperationException',
    ],
    ['by another method', { method: 'PUT' }, 404, 'UnknownOperationException'],
    ['that is cut short', { body: '{"ImageIds":' }, 400, 'SerializationException'],
    ['that is no object', { body: '[]' }, 400, 'SerializationException'],
    ['with a member of another type', { body: '{"MaxResults":"25"}' }, 400, 'SerializationException'],
  ])('a request %s is refused', async (_, sent, status, error) => {
    const { endpoint } = await start();

    const answered = await send(endpoint.url, sent);

    expect(answered.status).toBe(status);
    expect(answered.body.__type).toBe(error);
    expect(endpoint.calls).toMatchObject([{ status, error }]);
  });

  test('an operation that only the real service has is refused as unknown', async () => {
    const { client } = await start();

    expect((await failure(client.send(new DescribeWorkspacesCommand({})))).name).toBe(
      'UnknownOperationException',
    );
  });

  const update = { ImageId: IMAGE, SharedAccountId: ALICE, AllowCopyImage: true };
  test.each([
    ['UpdateWorkspaceImagePermission', { ...update, ImageId: undefined }, 'ImageId is required.'],
    ['UpdateWorkspaceImagePermission', { ...update, SharedAccountId: null }, 'SharedAccountId is required.'],
    [
      'UpdateWorkspaceImagePermission',
      { ...update, AllowCopyImage: undefined },
      'AllowCopyImage is required.',
    ],
    ['UpdateWorkspaceImagePermission', { ...update, ImageId: `x${IMAGE}` }, 'ImageId must match'],
    [
      'UpdateWorkspaceImagePermission',
      { ...update, SharedAccountId: '1234' },
      'SharedAccountId must have exactly 12',
    ],
    ['DescribeWorkspaceImagePermissions', {}, 'ImageId is required.'],
    ['DescribeWorkspaceImagePermissions', { ImageId: IMAGE, MaxResults: 0 }, 'MaxResults must be between'],
    ['DescribeWorkspaceImagePermissions', { ImageId: IMAGE, MaxResults: 26 }, 'MaxResults must be between'],
    ['DescribeWorkspaceImagePermissions', { ImageId: IMAGE, NextToken: '' }, 'NextToken must have 1 to 2048'],
    [
      'DescribeWorkspaceImagePermissions',
      { ImageId: IMAGE, NextToken: 'x'.repeat(2049) },
      'NextToken must have 1 to 2048',
    ],
    ['DescribeWorkspaceImages', { ImageIds: [] }, 'ImageIds must be 1 to 25'],
    ['DescribeWorkspaceImages', { ImageIds: ['ami-123'] }, 'ImageIds must be 1 to 25'],
    ['DescribeWorkspaceImages', { ImageType: 'MINE' }, 'ImageType must be OWNED or SHARED.'],
    ['DeleteWorkspaceImage', { ImageId: 'ami-123' }, 'ImageId must match'],
  ])('%s with a value that is not allowed is refused (%#)', async (operation, input, message) => {
    const { endpoint } = await start();

    const answered = await send(endpoint.url, {
      body: JSON.stringify(input),
      headers: { 'x-amz-target': `WorkspacesService.${operation}` },
    });

    expect(answered.body).toEqual({
      __type: 'ValidationException',
      message: expect.stringContaining(message),
    });
    expect(endpoint.accounts(IMAGE)).toEqual([]);
  });

  test('one connection carries many calls', async () => {
    const { endpoint } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(agent);
    const ports = new Set<unknown>();
    agent.on('free', (socket) => ports.add(socket.localPort));

    for (let n = 0; n < 20; n++) {
      expect((await send(endpoint.url, { agent })).status).toBe(200);
    }

    expect(endpoint.calls).toHaveLength(20);
    expect(ports.size).toBe(1);
  });

  test('closing ends the connections that are kept alive, and frees the port', async () => {
    const { endpoint, client } = await start();
    await client.send(grant(ALICE));

    await endpoint.close();

    const again = await WorkspacesEndpoint.start({ port: Number(new URL(endpoint.url).port) });
    open.push(again);
    expect(again.url).toBe(endpoint.url);
  });

  test('closing does not wait for a call that is still unanswered', async () => {
    const { endpoint, client } = await start({ latency: 1000 });
    const asleep = clock.somebodyAsleep();
    const unanswered = expect(client.send(grant(ALICE))).rejects.toThrow('socket hang up');
    await asleep;

    await endpoint.close();

    await unanswered;
  });
});

describe('the calls', () => {
  test('are kept in the order of their arrival, each with what it asked for and what it was answered', async () => {
    const answered: string[] = [];
    const { endpoint, client } = await start({ onResponse: ({ operation }) => answered.push(operation) });

    await client.send(grant(ALICE));
    await failure(client.send(revoke(BOB, OTHER_IMAGE)));
    await client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE }));

    const at = clock.now();
    expect(endpoint.calls).toMatchObject([
      {
        operation: 'UpdateWorkspaceImagePermission',
        imageId: IMAGE,
        accountId: ALICE,
        allow: true,
        at,
        status: 200,
      },
      { imageId: OTHER_IMAGE, accountId: BOB, allow: false, status: 400, error: 'ResourceNotFoundException' },
      { operation: 'DescribeWorkspaceImagePermissions', imageId: IMAGE, status: 200 },
    ]);
    expect(endpoint.calls[0]?.headers['user-agent']).toContain('aws-sdk-js');
    expect(answered).toEqual(endpoint.calls.map(({ operation }) => operation));
  });
});

describe('time', () => {
  test('a call takes as long as the latency says', async () => {
    const { endpoint, client } = await start({ latency: 200 });
    const asleep = clock.somebodyAsleep();
    const granted = client.send(grant(ALICE));
    await asleep;

    clock.advance(199);
    expect(endpoint.accounts(IMAGE)).toEqual([]);
    expect(endpoint.calls).toMatchObject([{ status: 0 }]);

    clock.advance(1);
    await granted;
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('reads show a change when the read lag is over, and access changes at once', async () => {
    const { endpoint, client } = await start({
      images: [{ imageId: IMAGE, sharedWith: [BOB] }],
      readLag: 1000,
    });

    await client.send(grant(ALICE));
    clock.advance(600);
    await client.send(revoke(BOB));
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
    expect(await listed(client)).toEqual([[BOB]]);

    clock.advance(399);
    expect(await listed(client)).toEqual([[BOB]]);
    clock.advance(1);
    expect(await listed(client)).toEqual([[BOB, ALICE]]);
    clock.advance(600);
    expect(await listed(client)).toEqual([[ALICE]]);
  });

  test('a process does not end while somebody sleeps on the real clock', async () => {
    const program = `require('./simulator/clock.ts').realClock.sleep(10).then(() => console.log('awake'))`;
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, '-e', program]);

    expect(stdout).toBe('awake\n');
  });

  test('what was shown once stays shown when the read lag grows', async () => {
    const { endpoint, client } = await start();
    await client.send(grant(ALICE));
    expect(await listed(client)).toEqual([[ALICE]]);

    endpoint.readLag = 60_000;

    expect(await listed(client)).toEqual([[ALICE]]);
  });

  test.each(['granted', 'sorted'] as const)(
    'consecutive reads and pages can run backwards, listed as %s',
    async (listing) => {
      const lags: number[] = [];
      const { endpoint, client } = await start({ readLag: () => lags.shift() ?? 0, listing });
      await client.send(grant(BOB));
      clock.advance(1000);
      await client.send(grant(ALICE));
      clock.advance(1000);
      await client.send(revoke(BOB));
      clock.advance(1000);

      lags.push(0, 1500, 2500, 3500, 0);
      expect(await listed(client)).toEqual([[ALICE]]);
      expect((await listed(client)).flat().sort()).toEqual([ALICE, BOB]);
      expect(await listed(client)).toEqual([[BOB]]);
      expect(await listed(client)).toEqual([[]]);
      expect(await listed(client)).toEqual([[ALICE]]);

      // The first page from before BOB's access was revoked, the second from now.
      const [first, second] = listing === 'sorted' ? [ALICE, BOB] : [BOB, ALICE];
      lags.push(1500, 0);
      expect(await listed(client, 1)).toEqual(listing === 'sorted' ? [[first], []] : [[first], [second]]);
      expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
    },
  );

  test('calls beyond the rate are throttled until the bucket is filled again', async () => {
    const { endpoint, client } = await start({ rate: { perSecond: 2, burst: 3 } });
    const asked: string[] = [];
    endpoint.onCall = ({ accountId }) => {
      asked.push(accountId ?? '');
      return undefined;
    };
    const attempt = async (accountId: string) =>
      client.send(grant(accountId)).then(
        () => 'granted',
        (error: Error) => `${error.name}: ${error.message}`,
      );
    const attempts = async (first: number, count: number) => {
      const outcomes: string[] = [];
      for (let n = first; n < first + count; n++) {
        outcomes.push(await attempt(accountNumber(n)));
      }
      return outcomes;
    };
    const throttled = 'ThrottlingException: Rate exceeded';

    expect(await attempts(0, 4)).toEqual(['granted', 'granted', 'granted', throttled]);
    clock.advance(499);
    expect(await attempts(4, 1)).toEqual([throttled]);
    clock.advance(1);
    expect(await attempts(5, 2)).toEqual(['granted', throttled]);
    clock.advance(60_000);
    expect(await attempts(7, 4)).toEqual(['granted', 'granted', 'granted', throttled]);

    expect(endpoint.calls.filter((call) => call.throttled).map((call) => call.accountId)).toEqual(
      [3, 4, 6, 10].map(accountNumber),
    );
    expect(endpoint.accounts(IMAGE)).toEqual(asked);
    endpoint.rate = { perSecond: 1, burst: 1 };
    expect(await attempts(11, 2)).toEqual(['granted', throttled]);
    endpoint.rate = undefined;
    expect(await attempts(13, 1)).toEqual(['granted']);
  });
});

describe('faults', () => {
  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('an error is answered as injected, the change made: $after', async ({ after, shared }) => {
    const { endpoint, client } = await start({
      onCall: () => ({
        kind: 'error',
        name: 'InternalServerException',
        status: 500,
        message: 'Oops.',
        after,
      }),
    });

    const error = await failure(client.send(grant(ALICE)));

    expect(error).toMatchObject({ name: 'InternalServerException', message: 'Oops.' });
    expect(error.$metadata.httpStatusCode).toBe(500);
    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    expect(endpoint.calls).toMatchObject([{ status: 500, error: 'InternalServerException' }]);
  });

  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('a connection is cut without an answer, the change made: $after', async ({ after, shared }) => {
    const { endpoint, client } = await start({ onCall: async () => ({ kind: 'cut', after }) });

    await expect(client.send(grant(ALICE))).rejects.toThrow('socket hang up');

    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    expect(endpoint.calls).toMatchObject([{ status: 0 }]);
  });

  test('a call is delayed, and calls that came later overtake it', async () => {
    const { endpoint, client } = await start({
      onCall: ({ accountId }) => (accountId === ALICE ? { kind: 'delay', ms: 5000 } : undefined),
    });
    const asleep = clock.somebodyAsleep();
    const delayed = client.send(grant(ALICE));
    await asleep;

    await client.send(grant(BOB));
    expect(endpoint.accounts(IMAGE)).toEqual([BOB]);

    clock.advance(5000);
    await delayed;
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE, BOB]);
    expect(endpoint.calls.map(({ accountId }) => accountId)).toEqual([ALICE, BOB]);
  });

  test('a fault that is over leaves an endpoint that an SDK with retries gets through to', async () => {
    const { endpoint } = await start({
      onCall: () =>
        endpoint.calls.length < 2 ? { kind: 'error', name: 'ServiceUnavailable', status: 503 } : undefined,
    });

    await clientOf(endpoint.url, 3).send(grant(ALICE));

    expect(endpoint.calls.map(({ status }) => status)).toEqual([503, 200]);
  });

  test('what goes wrong inside a fault is told to the caller', async () => {
    const { client } = await start({
      onCall: () => {
        throw new Error('a mistake in the test');
      },
    });

    expect((await failure(client.send(grant(ALICE)))).message).toBe('Error: a mistake in the test');
  });
});

describe('the command', () => {
  // A process starts slowly beside other tests.
  jest.setTimeout(30_000);
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
    }
  });

  function run(...args: string[]) {
    const program = `
      const { endpointCommand } = require('./simulator/endpoint-command.ts');
      endpointCommand(${JSON.stringify(args)}).then(
        () => process.exit(0),
        (error) => {
          console.error(error.message);
          process.exit(1);
        },
      );`;
    const child = spawn(process.execPath, [...TYPESCRIPT, '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const ended = once(child, 'close').then(([code]) => ({ code, errors }));
    return { child, ended, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  }

  /** The lines up to the first that matches, which is the last. */
  async function until(lines: AsyncIterator<string>, pattern: RegExp): Promise<string[]> {
    const read: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done) {
        throw new Error(`No line matches ${pattern}:\n${read.join('\n')}`);
      }
      read.push(value);
      if (pattern.test(value)) {
        return read;
      }
    }
  }

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints its address and two lines to try, logs the calls, and ends well on %s',
    async (signal) => {
      const { child, ended, lines } = run('--image', OTHER_IMAGE, '--image', IMAGE, '--fail-every', '3');

      const greeting = await until(lines, /describe-workspace-image-permissions/);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(greeting[0] as string)?.[0] as string;
      const tries = greeting.filter((line) => line.includes(' aws workspaces '));
      expect(tries).toEqual([
        expect.stringMatching(/ update-workspace-image-permission .*--allow-copy-image/),
        expect.stringContaining(' describe-workspace-image-permissions '),
      ]);
      for (const line of tries) {
        expect(line).toMatch(/^AWS_ACCESS_KEY_ID=\w+ AWS_SECRET_ACCESS_KEY=\w+ AWS_DEFAULT_REGION=\S+ aws /);
        expect(line).toContain(`--image-id ${OTHER_IMAGE} --endpoint-url ${url}`);
      }

      const client = clientOf(url);
      await client.send(grant(ALICE));
      await client.send(revoke(ALICE, OTHER_IMAGE));
      expect((await failure(client.send(grant(BOB)))).$metadata.httpStatusCode).toBe(500);
      const log = await until(lines, /500/);
      expect(log.filter((line) => line !== '')).toEqual([
        expect.stringContaining(`UpdateWorkspaceImagePermission ${IMAGE} grant ${ALICE} 200`),
        expect.stringContaining(`UpdateWorkspaceImagePermission ${OTHER_IMAGE} revoke ${ALICE} 200`),
        expect.stringContaining(`${IMAGE} grant ${BOB} 500 InternalServerException`),
      ]);

      child.kill(signal);
      expect(await ended).toEqual({ code: 0, errors: '' });
    },
  );

  test('throttles, with an image of its own where none is given', async () => {
    const { lines } = run('--rate', '1', '--burst', '1');
    const [first] = await until(lines, /describe-workspace-image-permissions/);
    expect(first).toContain(IMAGE);
    const client = clientOf(/http:\S+/.exec(first as string)?.[0] as string);

    const calls = await Promise.allSettled([ALICE, BOB].map((account) => client.send(grant(account))));

    expect(calls.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each([
    ['--image', 'ami-123', '"ami-123" is not a WorkSpaces image ID'],
    ['--port', '99999', '--port takes a whole number from 0 to 65535, and not "99999".'],
    ['--latency', 'slow', '--latency takes a whole number'],
    ['--burst', '5', '--burst says nothing without --rate'],
  ])('refuses %s %s in one sentence', async (option, value, sentence) => {
    const { code, errors } = await run(option, value).ended;

    expect(code).toBe(1);
    expect(errors).toContain(sentence);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  test('says which port is taken', async () => {
    const { endpoint } = await start();
    const { port } = new URL(endpoint.url);

    const { code, errors } = await run('--port', port).ended;

    expect({ code, errors: errors.trim() }).toEqual({
      code: 1,
      errors: `Port ${port} is in use: give another --port, or 0 for a free one.`,
    });
  });
});
