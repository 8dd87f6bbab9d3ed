import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-workspaces';
import { NormalizedSchema } from '@smithy/core/schema';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import { VirtualClock } from '../support/virtual-clock';

const IMAGE = 'wsi-8t4x2k9p7';
const MISSING = 'wsi-0000000001';
const THIRD = 'wsi-0000000002';
const ALICE = '111122223333';
const BOB = '444455556666';
const CHANGE = 'UpdateWorkspaceImagePermission';
const READ = 'DescribeWorkspaceImagePermissions';
const LIST = 'DescribeWorkspaceImages';
const DELETE = 'DeleteWorkspaceImage';
const COPY = 'CopyWorkspaceImage';
const BUNDLE = 'wsb-00000001';
const CREATE_BUNDLE = 'CreateWorkspaceBundle';
const UPDATE_BUNDLE = 'UpdateWorkspaceBundle';
const LIST_BUNDLES = 'DescribeWorkspaceBundles';
const DELETE_BUNDLE = 'DeleteWorkspaceBundle';
const UNKNOWN = 'UnknownOperationException';
const INVALID = 'ValidationException';

// biome-ignore lint/suspicious/noExplicitAny: any JSON value.
type Json = any;

/** Each schema is a list: kind, namespace, name, traits, then request and response, or members. */
const model = sdk as Json;

const open: { endpoint: WorkspacesEndpoint; client: sdk.WorkSpacesClient }[] = [];

afterEach(async () => {
  for (const { endpoint, client } of open.splice(0)) {
    client.destroy();
    await endpoint.close();
  }
});

async function start(options: WorkspacesEndpointOptions = {}, sharedWith: readonly string[] = []) {
  const clock = new VirtualClock();
  const images = [{ imageId: IMAGE, sharedWith }];
  const endpoint = await WorkspacesEndpoint.start({ images, clock: clock.serverSide, ...options });
  const client = new sdk.WorkSpacesClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  open.push({ endpoint, client });
  const change = (
    AllowCopyImage: boolean,
    SharedAccountId: string,
    ImageId = IMAGE,
    abortSignal?: AbortSignal,
  ) => {
    const input = { ImageId, SharedAccountId, AllowCopyImage };
    return client.send(new sdk.UpdateWorkspaceImagePermissionCommand(input), { abortSignal });
  };
  /** Reads one page of the permissions. */
  const read = async (input: Partial<sdk.DescribeWorkspaceImagePermissionsRequest> = {}) => {
    const command = new sdk.DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE, ...input });
    const { ImagePermissions = [], NextToken } = await client.send(command);
    return { accounts: ImagePermissions.map(({ SharedAccountId }) => SharedAccountId), NextToken };
  };
  return {
    clock,
    endpoint,
    grant: (account: string, image?: string, signal?: AbortSignal) => change(true, account, image, signal),
    revoke: (account: string, image?: string) => change(false, account, image),
    remove: () => client.send(new sdk.DeleteWorkspaceImageCommand({ ImageId: IMAGE })),
    read,
    accounts: async () => (await read()).accounts,
    pass: (ms: number) => clock.run(clock.sleep(ms)),
  };
}

interface RawRequest extends RequestInit {
  readonly operation?: string;
  readonly input?: unknown;
  readonly path?: string;
}

/** Sends a request that the SDK might not send. */
async function send({ url }: WorkspacesEndpoint, request: RawRequest) {
  const { operation = READ, input = { ImageId: IMAGE }, path = '/', headers, ...rest } = request;
  const response = await fetch(url + path, {
    method: 'POST',
    body: JSON.stringify(input),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `WorkspacesService.${operation}`,
      authorization: 'any',
      ...(headers as object),
    },
    ...rest,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

describe('permissions', () => {
  test('an image is shared with an account from the grant until it is revoked', async () => {
    const { endpoint, grant, revoke, accounts } = await start();
    await grant(BOB);
    await grant(ALICE);
    expect(await accounts()).toEqual([BOB, ALICE]);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE, BOB]);

    await revoke(BOB);
    expect(await accounts()).toEqual([ALICE]);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('granting or revoking twice succeeds, unless an error is configured', async () => {
    const { endpoint, grant, revoke } = await start({}, [ALICE]);
    await grant(ALICE);
    await revoke(BOB);

    endpoint.grantingGranted = 'OperationNotSupportedException';
    endpoint.revokingMissing = 'ResourceUnavailableException';
    await expect(grant(ALICE)).rejects.toMatchObject({ name: 'OperationNotSupportedException' });
    await expect(revoke(BOB)).rejects.toMatchObject({ name: 'ResourceUnavailableException' });
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('changes by hand are listed, and are not calls', async () => {
    const { endpoint, accounts } = await start({}, [ALICE]);
    endpoint.share(IMAGE, BOB);
    endpoint.unshare(IMAGE, ALICE);
    expect(endpoint.calls).toEqual([]);
    expect(await accounts()).toEqual([BOB]);
  });
});

test('a closed account loses its permissions on all images, and no image can be shared with it', async () => {
  const { endpoint, grant, revoke } = await start({}, [ALICE, BOB]);
  endpoint.addImage({ imageId: MISSING, sharedWith: [ALICE] });
  endpoint.closeAccount(ALICE);
  expect([endpoint.accounts(IMAGE), endpoint.accounts(MISSING)]).toEqual([[BOB], []]);
  await expect(grant(ALICE)).rejects.toMatchObject({
    name: 'InvalidParameterValuesException',
    $metadata: { httpStatusCode: 400 },
  });
  await revoke(ALICE);
  endpoint.revokingMissing = 'ResourceUnavailableException';
  await expect(revoke(ALICE)).rejects.toMatchObject({ name: 'ResourceUnavailableException' });
});

test('each change of a permission by a call is reported', async () => {
  const changes: unknown[] = [];
  const { grant, revoke } = await start({
    onChange: ({ accountId, allow }) => changes.push([accountId, allow]),
  });
  await grant(ALICE);
  await grant(ALICE);
  await revoke(BOB);
  await revoke(ALICE);
  expect(changes).toEqual([
    [ALICE, true],
    [ALICE, false],
  ]);
});

describe('pages', () => {
  const many = Array.from({ length: 57 }, (_, n) => String(100_000_000_000 + ((n * 31) % 57)));

  test('have up to 25 accounts, in the order of the grants, even if the list changes in between', async () => {
    const { read, revoke } = await start({}, many);
    const first = await read();
    await revoke(many[0]);
    await revoke(many[24]);
    const second = await read({ NextToken: first.NextToken, MaxResults: 19 });
    const last = await read({ NextToken: second.NextToken });
    expect(first.accounts).toEqual(many.slice(0, 25));
    expect(second.accounts).toEqual(many.slice(25, 44));
    expect(last).toEqual({ accounts: many.slice(44) });
  });

  test('require a token of the same list', async () => {
    const { endpoint, read } = await start({}, many);
    endpoint.addImage({ imageId: MISSING });
    const { NextToken } = await read();
    const inputs = [{ ImageId: MISSING, NextToken }, { NextToken: `${NextToken}!` }, { NextToken: 'x' }];
    for (const input of inputs) {
      await expect(read(input)).rejects.toMatchObject({ name: 'ValidationException' });
    }
  });
});

test('the owner of an image cannot be granted a permission', async () => {
  const { endpoint, grant, revoke } = await start({ ownerAccount: BOB });
  await expect(grant(BOB)).rejects.toMatchObject({
    name: 'InvalidParameterValuesException',
    message: expect.stringContaining(`${BOB} owns the image`),
  });
  await revoke(BOB);
  await grant(ALICE);
  expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);

  const other = await start();
  await expect(other.grant('123456789012')).rejects.toThrow('owns the image');
});

describe('the images of the account', () => {
  const ids = Array.from({ length: 26 }, (_, n) => `wsi-${String(n).padStart(9, '0')}`);
  const listing = async () => {
    const { endpoint } = await start({ images: ids.map((imageId) => ({ imageId })) });
    return async (input: object) => (await send(endpoint, { operation: LIST, input })).body;
  };

  test('are listed in pages of up to 25', async () => {
    const list = await listing();
    const { Images, NextToken } = await list({});
    expect(Images.map(({ ImageId }: Json) => ImageId)).toEqual(ids.slice(0, 25));
    expect(Images[0]).toMatchObject({ Name: ids[0], State: 'AVAILABLE', OwnerAccountId: '123456789012' });
    expect(await list({ NextToken })).toEqual({ Images: [expect.objectContaining({ ImageId: ids[25] })] });
    expect((await list({ MaxResults: 1, NextToken: undefined })).Images).toHaveLength(1);
    expect(await list({ NextToken: 'x' })).toMatchObject({ __type: INVALID });
  });

  test('are found by ID, and are not shared by another account', async () => {
    const list = await listing();
    const found = await list({ ImageIds: [ids[3], MISSING], ImageType: 'OWNED' });
    expect(found).toEqual({ Images: [expect.objectContaining({ ImageId: ids[3] })] });
    expect(await list({ ImageType: 'SHARED' })).toEqual({ Images: [] });
  });
});

describe('an image', () => {
  test('can be deleted only after it is unshared', async () => {
    const { endpoint, revoke, remove } = await start({}, [ALICE]);
    await expect(remove()).rejects.toMatchObject({ name: 'InvalidResourceStateException' });
    expect(endpoint.hasImage(IMAGE)).toBe(true);

    await revoke(ALICE);
    await remove();
    expect(endpoint.hasImage(IMAGE)).toBe(false);
    await expect(remove()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('that does not exist cannot be shared or read', async () => {
    const { endpoint, grant, read } = await start();
    const message = `The image ${MISSING} does not exist.`;
    const error = { name: 'ResourceNotFoundException', message, ResourceId: MISSING };
    await expect(grant(ALICE, MISSING)).rejects.toMatchObject(error);
    await expect(read({ ImageId: MISSING })).rejects.toMatchObject(error);
    expect(() => endpoint.share(MISSING, ALICE)).toThrow(message);
    expect(endpoint.accounts(MISSING)).toEqual([]);
  });

  test('must have a valid ID', async () => {
    const { endpoint } = await start();
    expect(() => endpoint.addImage({ imageId: 'ami-123' })).toThrow('"ami-123" is not a WorkSpaces image ID');
  });
});

const change = { ImageId: IMAGE, SharedAccountId: ALICE, AllowCopyImage: true };
const copy = {
  Name: 'Copy',
  Description: 'A copy',
  SourceImageId: IMAGE,
  SourceRegion: 'us-east-1',
  Tags: [{ Key: 'Team', Value: 'Desktops' }],
};
const bundle = {
  BundleName: 'Standard',
  BundleDescription: 'A bundle',
  ImageId: IMAGE,
  ComputeType: { Name: 'STANDARD' },
  UserStorage: { Capacity: '50' },
  RootStorage: { Capacity: '80' },
  Tags: [{ Key: 'Team', Value: 'Desktops' }],
};
test.each<[number, string, string, RawRequest]>([
  [403, 'MissingAuthenticationTokenException', 'Missing Authentication', { headers: { authorization: '' } }],
  [400, UNKNOWN, 'supports the targets', { operation: 'toString' }],
  [400, UNKNOWN, 'supports the targets', { headers: { 'x-amz-target': READ } }],
  [400, UNKNOWN, 'supports the targets', { headers: { 'x-amz-target': `Logs.${READ}` } }],
  [400, UNKNOWN, 'content type must be', { headers: { 'content-type': 'application/json' } }],
  [404, UNKNOWN, 'must be sent with POST to /', { method: 'PUT' }],
  [404, UNKNOWN, 'must be sent with POST to /', { path: '/elsewhere' }],
  [400, 'SerializationException', 'not a JSON object', { body: '{"ImageId":' }],
  [400, 'SerializationException', 'not a JSON object', { input: [] }],
  [400, INVALID, 'ImageId must match', { operation: CHANGE, input: { ...change, ImageId: `x${IMAGE}` } }],
  [
    400,
    INVALID,
    'must have exactly 12',
    { operation: CHANGE, input: { ...change, SharedAccountId: '1234' } },
  ],
  [400, INVALID, 'must be between 1 and 25', { input: { ImageId: IMAGE, MaxResults: 0 } }],
  [400, INVALID, 'must be between 1 and 25', { input: { ImageId: IMAGE, MaxResults: 26 } }],
  [400, INVALID, 'must have 1 to 2048', { input: { ImageId: IMAGE, NextToken: '' } }],
  [400, INVALID, 'must have 1 to 2048', { input: { ImageId: IMAGE, NextToken: 'x'.repeat(2049) } }],
  [400, INVALID, 'must be 1 to 25 image IDs', { operation: LIST, input: { ImageIds: [] } }],
  [400, INVALID, 'must be 1 to 25 image IDs', { operation: LIST, input: { ImageIds: ['ami-123'] } }],
  [400, INVALID, 'must be OWNED or SHARED', { operation: LIST, input: { ImageType: 'BOTH' } }],
  [400, INVALID, 'ImageId must match', { operation: DELETE, input: { ImageId: 'ami-123' } }],
  [400, INVALID, 'must have 1 to 64', { operation: COPY, input: { ...copy, Name: 'x'.repeat(65) } }],
  [400, INVALID, 'must have 1 to 64', { operation: COPY, input: { ...copy, Name: 'a name' } }],
  [400, INVALID, 'must have 1 to 256', { operation: COPY, input: { ...copy, Description: '' } }],
  [400, INVALID, 'must have 1 to 256', { operation: COPY, input: { ...copy, Description: 'x'.repeat(257) } }],
  [400, INVALID, 'SourceImageId must match', { operation: COPY, input: { ...copy, SourceImageId: 'ami-1' } }],
  [400, INVALID, 'must have 1 to 31', { operation: COPY, input: { ...copy, SourceRegion: 'Ireland' } }],
  [400, INVALID, 'Tags must have keys', { operation: COPY, input: { ...copy, Tags: [{ Value: 'x' }] } }],
  [400, INVALID, 'Tags must have keys', { operation: COPY, input: { ...copy, Tags: [null] } }],
  [400, INVALID, 'have 1 to 64', { operation: CREATE_BUNDLE, input: { ...bundle, BundleName: 'a name' } }],
  [
    400,
    INVALID,
    'have 1 to 255',
    { operation: CREATE_BUNDLE, input: { ...bundle, BundleDescription: 'x'.repeat(256) } },
  ],
  [
    400,
    INVALID,
    'have a Name',
    { operation: CREATE_BUNDLE, input: { ...bundle, ComputeType: { Name: 'standard' } } },
  ],
  [
    400,
    INVALID,
    'UserStorage must have a Capacity',
    { operation: CREATE_BUNDLE, input: { ...bundle, UserStorage: { Capacity: 50 } } },
  ],
  [
    400,
    INVALID,
    'RootStorage must have a Capacity',
    { operation: CREATE_BUNDLE, input: { ...bundle, RootStorage: {} } },
  ],
  [400, INVALID, 'BundleId must match', { operation: DELETE_BUNDLE, input: { BundleId: 'wsb-1' } }],
  [400, INVALID, 'ImageId is required', { operation: UPDATE_BUNDLE, input: { BundleId: BUNDLE } }],
  [400, INVALID, 'BundleId is required', { operation: DELETE_BUNDLE, input: {} }],
  [400, INVALID, 'must be 1 to 25 bundle IDs', { operation: LIST_BUNDLES, input: { BundleIds: [IMAGE] } }],
  [400, INVALID, 'must be AMAZON or', { operation: LIST_BUNDLES, input: { Owner: 'AWS' } }],
])('an invalid request is rejected with %i %s: %s', async (status, __type, message, request) => {
  const { endpoint } = await start();
  const { headers, ...response } = await send(endpoint, request);
  expect(response).toMatchObject({ status, body: { __type, message: expect.stringContaining(message) } });
  expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get('x-amzn-errortype')).toBe(__type);
  expect(endpoint.calls).toMatchObject([{ status, error: __type }]);
  expect(endpoint.accounts(IMAGE)).toEqual([]);
});

test('calls are recorded in the order of their arrival', async () => {
  const responded: string[] = [];
  const { clock, endpoint, grant, revoke, read } = await start({
    onResponse: ({ operation }) => responded.push(operation),
  });
  await grant(ALICE);
  await revoke(BOB, MISSING).catch(() => undefined);
  await read();
  expect(endpoint.calls).toMatchObject([
    { operation: CHANGE, imageId: IMAGE, accountId: ALICE, allow: true, at: clock.now(), status: 200 },
    { imageId: MISSING, accountId: BOB, allow: false, status: 400, error: 'ResourceNotFoundException' },
    { operation: READ, imageId: IMAGE, status: 200 },
  ]);
  expect(endpoint.calls[0].headers['user-agent']).toContain('aws-sdk-js');
  expect(responded).toEqual(endpoint.calls.map((call) => call.operation));
});

describe('time', () => {
  test('a call takes as long as the latency, and takes effect at the end', async () => {
    const { clock, endpoint, grant } = await start({ latency: 200 });
    const started = clock.now();
    const before: unknown[] = [];
    clock.setTimeout(() => before.push(endpoint.accounts(IMAGE), endpoint.calls[0].status), 199);
    await clock.run(grant(ALICE));
    expect(before).toEqual([[], 0]);
    expect(clock.now()).toBe(started + 200);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
  });

  test('reads show a change after the read lag, and keep showing it', async () => {
    const { endpoint, revoke, accounts, pass } = await start({ readLag: 1000 }, [ALICE, BOB]);
    await revoke(BOB);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE]);
    await pass(999);
    expect(await accounts()).toEqual([ALICE, BOB]);
    await pass(1);
    expect(await accounts()).toEqual([ALICE]);
    endpoint.readLag = 60_000;
    expect(await accounts()).toEqual([ALICE]);
  });

  test('with a lag that varies, reads and pages can run backwards', async () => {
    const lags = [0, 1500, 2500, 0, 1500, 0];
    const { grant, revoke, read, accounts, pass } = await start({ readLag: () => lags.shift() ?? 0 });
    for (const change of [() => grant(BOB), () => grant(ALICE), () => revoke(BOB)]) {
      await change();
      await pass(1000);
    }
    expect(await accounts()).toEqual([ALICE]);
    expect(await accounts()).toEqual([BOB, ALICE]);
    expect(await accounts()).toEqual([BOB]);
    expect(await accounts()).toEqual([ALICE]);

    // The first page is from before BOB was revoked, the second is current.
    const first = await read({ MaxResults: 1 });
    expect(first.accounts).toEqual([BOB]);
    expect(await read({ NextToken: first.NextToken })).toEqual({ accounts: [ALICE] });
  });

  test('calls that exceed the rate are throttled until the bucket is refilled', async () => {
    const processed = jest.fn();
    const { endpoint, grant, pass } = await start({ rate: { perSecond: 2, burst: 3 }, onCall: processed });
    const succeeded = async (calls: number) => {
      const first = endpoint.calls.length;
      for (let n = 0; n < calls; n++) {
        await grant(ALICE).catch(({ message }) => expect(message).toBe('Rate exceeded'));
      }
      return endpoint.calls.slice(first).filter(({ status }) => status === 200).length;
    };
    expect(await succeeded(4)).toBe(3);
    await pass(499);
    expect(await succeeded(1)).toBe(0);
    await pass(1);
    expect(await succeeded(2)).toBe(1);
    await pass(60_000);
    expect(await succeeded(4)).toBe(3);
    const throttled = endpoint.calls.filter(({ error }) => error === 'ThrottlingException');
    expect(throttled.map((call) => call.throttled)).toEqual([true, true, true, true]);
    expect(processed).toHaveBeenCalledTimes(7);

    endpoint.rate = { perSecond: 1, burst: 1 };
    expect(await succeeded(2)).toBe(1);
    endpoint.rate = undefined;
    expect(await succeeded(1)).toBe(1);
  });
});

describe('a fault', () => {
  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('is an error or a cut connection, after the change: $after', async ({ after, shared }) => {
    const name = 'InternalServerException';
    const { endpoint, grant } = await start({
      onCall: () => ({ kind: 'error', name, status: 500, message: 'Oops.', after }),
    });
    const error = { name, message: 'Oops.', $metadata: { httpStatusCode: 500 } };
    await expect(grant(ALICE)).rejects.toMatchObject(error);
    expect(endpoint.accounts(IMAGE)).toEqual(shared);

    endpoint.addImage({ imageId: IMAGE });
    endpoint.onCall = async () => ({ kind: 'cut', after });
    await expect(grant(ALICE)).rejects.toThrow('socket hang up');
    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    expect(endpoint.calls).toMatchObject([{ status: 500, error: name }, { status: 0 }]);
    // An error of the change itself is not sent.
    await expect(grant(ALICE, MISSING)).rejects.toThrow('socket hang up');
  });

  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('can stall a body until the client gives up, after the change: $after', async ({ after, shared }) => {
    const { clock, endpoint, grant, revoke } = await start({ onCall: () => ({ kind: 'stall', after }) });
    const abort = new AbortController();
    const started = clock.now();
    clock.setTimeout(() => abort.abort(), 5_000);
    await expect(clock.run(grant(ALICE, IMAGE, abort.signal))).rejects.toThrow('aborted');
    expect(clock.now()).toBe(started + 5_000);
    expect(endpoint.calls).toMatchObject([{ status: 200 }]);
    expect(endpoint.accounts(IMAGE)).toEqual(shared);

    endpoint.onCall = undefined;
    await clock.run(revoke(ALICE));
    expect(clock.waiting).toBe(0);
  });

  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('can cut a success in its body, after the change: $after', async ({ after, shared }) => {
    const { endpoint, grant } = await start({ onCall: () => ({ kind: 'truncate', after }) });
    await expect(grant(ALICE)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    expect(endpoint.calls).toMatchObject([{ status: 200 }]);
  });

  test.each([
    { after: false, shared: [] },
    { after: true, shared: [ALICE] },
  ])('can be the page of a proxy, after the change: $after', async ({ after, shared }) => {
    const page = { status: 503, contentType: 'text/html', body: '<html></html>' };
    const { endpoint, grant } = await start({ onCall: () => ({ kind: 'foreign', ...page, after }) });
    await expect(grant(ALICE)).rejects.toMatchObject({
      name: 'SyntaxError',
      $metadata: { httpStatusCode: 503 },
      $response: { headers: { 'content-type': 'text/html' } },
    });
    expect(endpoint.accounts(IMAGE)).toEqual(shared);
    expect(endpoint.calls).toMatchObject([{ status: 503 }]);
  });

  test('can delay a call, so that later ones overtake it', async () => {
    const { clock, endpoint, grant } = await start({
      onCall: ({ accountId }) => (accountId === ALICE ? { kind: 'delay', ms: 5000 } : undefined),
    });
    const delayed = grant(ALICE);
    await grant(BOB);
    expect(endpoint.accounts(IMAGE)).toEqual([BOB]);
    await clock.run(delayed);
    expect(endpoint.accounts(IMAGE)).toEqual([ALICE, BOB]);
  });

  test('that is an exception in onCall is reported to the caller', async () => {
    const onCall = () => Promise.reject(new Error('a mistake in the test'));
    const { grant } = await start({ onCall });
    await expect(grant(ALICE)).rejects.toThrow('Error: a mistake in the test');
  });
});

/**
 * The SDK contains a part of the service's model: the members of requests and responses, and the documented errors. It
 * does not contain patterns, ranges, and the errors that all services have in common.
 */
describe.each<[string, Record<string, unknown>]>([
  [CHANGE, { ImageId: IMAGE, AllowCopyImage: true, SharedAccountId: BOB }],
  [READ, { ImageId: IMAGE, MaxResults: 1, NextToken: 'of the first page' }],
  [LIST, { ImageIds: [IMAGE, MISSING, THIRD], ImageType: 'OWNED', MaxResults: 1, NextToken: '' }],
  [DELETE, { ImageId: IMAGE }],
  [COPY, copy],
  [CREATE_BUNDLE, bundle],
  [UPDATE_BUNDLE, { BundleId: BUNDLE, ImageId: IMAGE }],
  // BundleIds cannot be combined with the others.
  [LIST_BUNDLES, { Owner: '123456789012', NextToken: '' }],
  [DELETE_BUNDLE, { BundleId: BUNDLE }],
])('%s follows the model of the SDK', (operation, example) => {
  const [, , , , request, response] = model[`${operation}$`];
  const [, , , , , , documented = 0] = request();
  // The model does not require the IDs of bundles, but an update or a deletion without them is impossible.
  const required = operation === UPDATE_BUNDLE || operation === DELETE_BUNDLE ? 2 : documented;

  /** Starts an endpoint, and completes the example: it has all members, and succeeds. */
  async function prepare() {
    const { endpoint } = await start({}, operation === READ ? ['100000000000', ALICE, BOB] : []);
    if (operation === LIST) {
      endpoint.addImage({ imageId: MISSING });
      endpoint.addImage({ imageId: THIRD });
    }
    for (let n = 0; n <= 50 && operation.endsWith('Bundles'); n++) {
      endpoint.addBundle({ imageId: IMAGE });
    }
    if (operation === UPDATE_BUNDLE || operation === DELETE_BUNDLE) {
      endpoint.addBundle({ imageId: IMAGE, bundleId: BUNDLE });
    }
    if (!('NextToken' in example)) {
      return { endpoint, input: example as Json };
    }
    const { body } = await send(endpoint, { operation, input: { ...example, NextToken: undefined } });
    return { endpoint, input: { ...example, NextToken: body.NextToken } as Json };
  }

  test('in the members of requests and responses', async () => {
    const { endpoint, input } = await prepare();
    const other = operation === LIST_BUNDLES ? { BundleIds: [BUNDLE] } : {};
    expect(typesOf({ ...other, ...input })).toEqual(membersOf(request()));
    const { status, body } = await send(endpoint, { operation, input });
    expect(status).toBe(200);
    expect(typesOf(body)).toEqual(membersOf(response()));
  });

  test.each(
    Object.entries(membersOf(request())).map(([name, type], index) => [name, type, index < required]),
  )('in the member %s: %s, required: %s', async (name, type, isRequired) => {
    const { endpoint, input } = await prepare();
    const errorWith = async (value: unknown) => {
      const { body } = await send(endpoint, { operation, input: { ...input, [String(name)]: value } });
      return body.__type && `${body.__type}: ${body.message}`;
    };
    expect(await errorWith(null)).toBe(isRequired ? `${INVALID}: ${name} is required.` : undefined);
    for (const value of ['text', 1, 1.5, true, [], {}].filter((each) => typeOf(each) !== type)) {
      expect(await errorWith(value)).toBe(`SerializationException: ${name} has the wrong type.`);
    }
  });

  test('in the errors that it documents, and their members', async () => {
    const thrown = [...declarations(operation).matchAll(/@throws \{@link (\w+)\} \(client fault\)/g)];
    const names = thrown.map(([, name]) => name);
    expect(names).not.toEqual([]);
    const { endpoint, input } = await prepare();
    for (const ImageId of [MISSING, '', IMAGE, IMAGE]) {
      const { body } = await send(endpoint, { operation, input: { ...input, ImageId } });
      expect([undefined, INVALID, ...names]).toContain(body.__type);
    }
    for (const name of names) {
      endpoint.onCall = () => ({ kind: 'error', name });
      const { body } = await send(endpoint, { operation, input });
      expect(typesOf(body)).toEqual({ __type: 'string', ...membersOf(model[`${name}$`]) });
    }
  });
});

function declarations(operation: string): string {
  const root = dirname(require.resolve('@aws-sdk/client-workspaces/package.json'));
  return readFileSync(join(root, `dist-types/commands/${operation}Command.d.ts`), 'utf8');
}

/** The types of a schema's members. */
function membersOf(schema: Json): Record<string, string> {
  const members = Object.entries(NormalizedSchema.of(schema).getMemberSchemas());
  return Object.fromEntries(members.map(([name, member]) => [name, schemaType(member)]));
}

function schemaType(member: NormalizedSchema): string {
  if (member.isListSchema()) return 'array';
  if (member.isStructSchema()) return 'object';
  if (member.isBooleanSchema()) return 'boolean';
  return member.isNumericSchema() ? 'integer' : 'string';
}

function typesOf(value: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typeOf(member)]));
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
}
