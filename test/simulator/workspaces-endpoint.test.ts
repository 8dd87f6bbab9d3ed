import {
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceImagePermissionsCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { VirtualClock } from '../support/virtual-clock';

const IMAGE = 'wsi-8t4x2k9p7';
const OTHER_IMAGE = 'wsi-0000000001';
const ALICE = '111122223333';
const BOB = '444455556666';

const open: { close?(): Promise<void>; destroy?(): void }[] = [];

afterEach(async () => {
  for (const it of open.splice(0).reverse()) {
    it.destroy?.();
    await it.close?.();
  }
});

async function start(options: WorkspacesEndpointOptions = {}) {
  const clock = new VirtualClock();
  const endpoint = await WorkspacesEndpoint.start({
    images: [{ imageId: IMAGE }],
    clock: clock.serverSide,
    ...options,
  });
  const client = clientOf(endpoint.url);
  open.push(endpoint);
  const change = (accountId: string, allow: boolean, imageId = IMAGE) =>
    client.send(
      new UpdateWorkspaceImagePermissionCommand({
        ImageId: imageId,
        SharedAccountId: accountId,
        AllowCopyImage: allow,
      }),
    );
  const describe = (input: { ImageId?: string; MaxResults?: number; NextToken?: string } = {}) =>
    client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE, ...input }));
  /** Reads all pages of the permissions. */
  const pages = async (MaxResults?: number) => {
    const read: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await describe({ MaxResults, NextToken });
      read.push((page.ImagePermissions ?? []).map(({ SharedAccountId }) => SharedAccountId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return read;
  };
  return {
    clock,
    endpoint,
    client,
    describe,
    pages,
    grant: (accountId: string, imageId?: string) => change(accountId, true, imageId),
    revoke: (accountId: string, imageId?: string) => change(accountId, false, imageId),
    pass: (ms: number) => clock.run(clock.sleep(ms)),
  };
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

const accountNumber = (n: number) => String(100_000_000_000 + n);
const accounts = Array.from({ length: 57 }, (_, n) => accountNumber((n * 31) % 57));

describe('permissions', () => {
  test('an image is shared with an account from the grant until it is revoked', async () => {
    const { endpoint, grant, revoke, pages } = await start();
    await grant(BOB);
    await grant(ALICE);
    expect(await pages()).toEqual([[BOB, ALICE]]);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE, BOB]);

    await revoke(BOB);
    expect(await pages()).toEqual([[ALICE]]);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('granting or revoking twice succeeds, unless an error is configured', async () => {
    const { endpoint, grant, revoke } = await start({ images: [{ imageId: IMAGE, sharedWith: [ALICE] }] });
    await grant(ALICE);
    await revoke(BOB);

    endpoint.grantingGranted = 'OperationNotSupportedException';
    endpoint.revokingMissing = 'ResourceUnavailableException';
    await expect(grant(ALICE)).rejects.toMatchObject({ name: 'OperationNotSupportedException' });
    await expect(revoke(BOB)).rejects.toMatchObject({ name: 'ResourceUnavailableException' });
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('changes by hand are listed, and are not calls', async () => {
    const { endpoint, pages } = await start();
    endpoint.share(IMAGE, ALICE);
    endpoint.share(IMAGE, BOB);
    endpoint.unshare(IMAGE, ALICE);
    expect(endpoint.calls).toEqual([]);
    expect(await pages()).toEqual([[BOB]]);
    expect(() => endpoint.share(OTHER_IMAGE, ALICE)).toThrow(`The image ${OTHER_IMAGE} does not exist.`);
  });
});

describe('pages', () => {
  test('contain up to 25 accounts, in the order of the grants', async () => {
    const { pages } = await start({ images: [{ imageId: IMAGE, sharedWith: accounts }] });
    const read = await pages();
    expect(read.map(({ length }) => length)).toEqual([25, 25, 7]);
    expect(read.flat()).toEqual(accounts);
    expect((await pages(19)).map(({ length }) => length)).toEqual([19, 19, 19]);
  });

  test('miss and repeat nothing if the list changes in between', async () => {
    const { describe, revoke } = await start({ images: [{ imageId: IMAGE, sharedWith: accounts }] });
    const { NextToken } = await describe();
    await revoke(accounts[0]);
    await revoke(accounts[24]);
    const second = await describe({ NextToken });
    expect(second.ImagePermissions?.map(({ SharedAccountId }) => SharedAccountId)).toEqual(
      accounts.slice(25, 50),
    );
  });

  test('require a token of the same list', async () => {
    const { endpoint, describe } = await start({ images: [{ imageId: IMAGE, sharedWith: accounts }] });
    endpoint.addImage({ imageId: OTHER_IMAGE });
    const { NextToken } = await describe();
    for (const input of [
      { ImageId: OTHER_IMAGE, NextToken },
      { NextToken: `${NextToken}!` },
      { NextToken: 'invalid' },
    ]) {
      await expect(describe(input)).rejects.toMatchObject({ name: 'ValidationException' });
    }
  });
});

describe('images', () => {
  test('can be deleted only after they are unshared', async () => {
    const { endpoint, client, grant, revoke, describe } = await start({
      images: [{ imageId: IMAGE, sharedWith: [ALICE] }],
    });
    const remove = () => client.send(new DeleteWorkspaceImageCommand({ ImageId: IMAGE }));
    await expect(remove()).rejects.toMatchObject({ name: 'InvalidResourceStateException' });
    expect(endpoint.hasImage(IMAGE)).toBe(true);

    await revoke(ALICE);
    await remove();
    expect(endpoint.hasImage(IMAGE)).toBe(false);
    expect(endpoint.accounts(IMAGE)).toEqual([]);
    await expect(remove()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    for (const call of [() => grant(ALICE), describe]) {
      await expect(call()).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: `The image ${IMAGE} does not exist.`,
        ResourceId: IMAGE,
      });
    }
  });

  test('must have valid IDs', async () => {
    const { endpoint } = await start();
    expect(() => endpoint.addImage({ imageId: 'ami-123' })).toThrow('"ami-123" is not a WorkSpaces image ID');
  });
});

describe('the protocol', () => {
  /** Sends a request that an SDK would not send. */
  async function send(url: string, { headers = {}, ...init }: RequestInit = {}) {
    const response = await fetch(url, {
      method: 'POST',
      body: '{}',
      ...init,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'WorkspacesService.DescribeWorkspaceImagePermissions',
        authorization: 'any',
        ...(headers as Record<string, string>),
      },
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  test('a response has the headers of AWS JSON 1.1', async () => {
    const { endpoint } = await start();
    const { status, headers } = await send(endpoint.url, { body: JSON.stringify({ ImageId: IMAGE }) });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    const failed = await send(endpoint.url, { body: '[]' });
    expect(failed.headers.get('x-amzn-errortype')).toBe('SerializationException');
  });

  // Members that are missing or have the wrong type: see workspaces-endpoint-model.test.ts.
  const update = { ImageId: IMAGE, SharedAccountId: ALICE, AllowCopyImage: true };
  const target = (name: string) => ({ headers: { 'x-amz-target': name } });
  const input = (operation: string, body: object) => ({
    ...target(`WorkspacesService.${operation}`),
    body: JSON.stringify(body),
  });
  const unknown = 'UnknownOperationException';
  test.each<[RequestInit, number, string, string]>([
    [
      { headers: { authorization: '' } },
      403,
      'MissingAuthenticationTokenException',
      'Missing Authentication',
    ],
    [target('WorkspacesService.toString'), 400, unknown, 'supports the targets'],
    [target('DescribeWorkspaceImagePermissions'), 400, unknown, 'supports the targets'],
    [target('Logs.DescribeWorkspaceImagePermissions'), 400, unknown, 'supports the targets'],
    [target('WorkspacesService.DescribeWorkspaces'), 400, unknown, 'supports the targets'],
    [{ headers: { 'content-type': 'application/json' } }, 400, unknown, 'content type must be'],
    [{ method: 'PUT' }, 404, unknown, 'must be sent with POST to /'],
    [{ body: '{"ImageId":' }, 400, 'SerializationException', 'not a JSON object'],
    [{ body: '[]' }, 400, 'SerializationException', 'not a JSON object'],
    ...(
      [
        ['UpdateWorkspaceImagePermission', { ...update, ImageId: `x${IMAGE}` }, 'ImageId must match'],
        ['UpdateWorkspaceImagePermission', { ...update, SharedAccountId: '1234' }, 'must have exactly 12'],
        ['DescribeWorkspaceImagePermissions', { ImageId: IMAGE, MaxResults: 0 }, 'must be between 1 and 25'],
        ['DescribeWorkspaceImagePermissions', { ImageId: IMAGE, MaxResults: 26 }, 'must be between 1 and 25'],
        ['DescribeWorkspaceImagePermissions', { ImageId: IMAGE, NextToken: '' }, 'must have 1 to 2048'],
        [
          'DescribeWorkspaceImagePermissions',
          { ImageId: IMAGE, NextToken: 'x'.repeat(2049) },
          'must have 1 to 2048',
        ],
        ['DeleteWorkspaceImage', { ImageId: 'ami-123' }, 'ImageId must match'],
      ] as const
    ).map(([operation, body, message]): [RequestInit, number, string, string] => [
      input(operation, body),
      400,
      'ValidationException',
      message,
    ]),
  ])('%j is rejected with %i %s', async (init, status, error, message) => {
    const { endpoint } = await start();
    const response = await send(endpoint.url, init);
    expect(response).toMatchObject({
      status,
      body: { __type: error, message: expect.stringContaining(message) },
    });
    expect(endpoint.calls).toMatchObject([{ status, error }]);
    expect(endpoint.accounts(IMAGE)).toEqual([]);
  });
});

test('calls are recorded in the order of their arrival', async () => {
  const responded: string[] = [];
  const { clock, endpoint, grant, revoke, describe } = await start({
    onResponse: ({ operation }) => responded.push(operation),
  });
  await grant(ALICE);
  await revoke(BOB, OTHER_IMAGE).catch(() => undefined);
  await describe();
  const operation = 'UpdateWorkspaceImagePermission';
  expect(endpoint.calls).toMatchObject([
    { operation, imageId: IMAGE, accountId: ALICE, allow: true, at: clock.now(), status: 200 },
    { imageId: OTHER_IMAGE, accountId: BOB, allow: false, status: 400, error: 'ResourceNotFoundException' },
    { operation: 'DescribeWorkspaceImagePermissions', imageId: IMAGE, status: 200 },
  ]);
  expect(endpoint.calls[0]?.headers['user-agent']).toContain('aws-sdk-js');
  expect(responded).toEqual(endpoint.calls.map((call) => call.operation));
});

describe('time', () => {
  test('a call takes as long as the latency, and takes effect at the end', async () => {
    const { clock, endpoint, grant } = await start({ latency: 200 });
    const started = clock.now();
    const before = new Promise((resolve) => {
      clock.setTimeout(() => resolve([endpoint.accounts(IMAGE), endpoint.calls[0]?.status]), 199);
    });
    await clock.run(grant(ALICE));
    expect(await before).toEqual([[], 0]);
    expect(clock.now()).toBe(started + 200);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('reads show a change after the read lag, and access changes immediately', async () => {
    const { endpoint, grant, revoke, pages, pass } = await start({
      images: [{ imageId: IMAGE, sharedWith: [BOB] }],
      readLag: 1000,
    });
    await grant(ALICE);
    await pass(600);
    await revoke(BOB);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
    await pass(399);
    expect(await pages()).toEqual([[BOB]]);
    await pass(1);
    expect(await pages()).toEqual([[BOB, ALICE]]);
    await pass(600);
    expect(await pages()).toEqual([[ALICE]]);
    await grant(BOB);
    endpoint.readLag = 60_000;
    expect(await pages()).toEqual([[ALICE]]);
  });

  test('consecutive reads and pages can run backwards', async () => {
    const lags: number[] = [];
    const { grant, revoke, pages, pass } = await start({ readLag: () => lags.shift() ?? 0 });
    await grant(BOB);
    await pass(1000);
    await grant(ALICE);
    await pass(1000);
    await revoke(BOB);
    await pass(1000);

    lags.push(0, 1500, 2500, 3500, 0);
    expect(await pages()).toEqual([[ALICE]]);
    expect((await pages()).flat().sort()).toEqual([ALICE, BOB]);
    expect(await pages()).toEqual([[BOB]]);
    expect(await pages()).toEqual([[]]);
    expect(await pages()).toEqual([[ALICE]]);

    // The first page is from before BOB was revoked, the second is current.
    lags.push(1500, 0);
    expect(await pages(1)).toEqual([[BOB], [ALICE]]);
  });

  test('calls that exceed the rate are throttled until the bucket is refilled', async () => {
    const processed: string[] = [];
    const { endpoint, grant, pass } = await start({
      rate: { perSecond: 2, burst: 3 },
      onCall: ({ accountId = '' }) => void processed.push(accountId),
    });
    let next = 0;
    /** @returns how many of the calls were not throttled */
    const calls = async (count: number) => {
      let succeeded = 0;
      for (let n = 0; n < count; n++) {
        await grant(accountNumber(next++)).then(
          () => succeeded++,
          (error) => expect(error).toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' }),
        );
      }
      return succeeded;
    };
    expect(await calls(4)).toBe(3);
    await pass(499);
    expect(await calls(1)).toBe(0);
    await pass(1);
    expect(await calls(2)).toBe(1);
    await pass(60_000);
    expect(await calls(4)).toBe(3);
    const throttled = endpoint.calls.filter((call) => call.throttled);
    expect(throttled.map((call) => call.accountId)).toEqual([3, 4, 6, 10].map(accountNumber));
    expect(endpoint.accounts(IMAGE)).toEqual(processed);

    endpoint.rate = { perSecond: 1, burst: 1 };
    expect(await calls(2)).toBe(1);
    endpoint.rate = undefined;
    expect(await calls(1)).toBe(1);
  });
});

describe('faults', () => {
  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('an error or a cut connection, after the change: $after', async ({ after, shared }) => {
    const name = 'InternalServerException';
    const { endpoint, grant } = await start({
      onCall: () => ({ kind: 'error', name, status: 500, message: 'Oops.', after }),
    });
    await expect(grant(ALICE)).rejects.toMatchObject({
      name,
      message: 'Oops.',
      $metadata: { httpStatusCode: 500 },
    });
    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    endpoint.addImage({ imageId: IMAGE });
    endpoint.onCall = async () => ({ kind: 'cut', after });
    await expect(grant(ALICE)).rejects.toThrow('socket hang up');
    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    expect(endpoint.calls).toMatchObject([{ status: 500, error: name }, { status: 0 }]);
    // A change that fails is hidden by the fault.
    endpoint.removeImage(IMAGE);
    await expect(grant(ALICE)).rejects.toThrow('socket hang up');
  });

  test('later calls overtake a delayed one', async () => {
    const { clock, endpoint, grant } = await start({
      onCall: ({ accountId }) => (accountId === ALICE ? { kind: 'delay', ms: 5000 } : undefined),
    });
    const delayed = grant(ALICE);
    await grant(BOB);
    expect(endpoint.accounts(IMAGE)).toEqual([BOB]);
    await clock.run(delayed);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE, BOB]);
  });

  test('an SDK retries a temporary error', async () => {
    const { endpoint } = await start({
      onCall: () =>
        endpoint.calls.length < 2 ? { kind: 'error', name: 'ServiceUnavailable', status: 503 } : undefined,
    });
    await clientOf(endpoint.url, 3).send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE }));
    expect(endpoint.calls.map(({ status }) => status)).toEqual([503, 200]);
  });

  test('an exception in onCall is reported to the caller', async () => {
    const { grant } = await start({
      onCall: () => {
        throw new Error('a mistake in the test');
      },
    });
    await expect(grant(ALICE)).rejects.toThrow('Error: a mistake in the test');
  });
});
