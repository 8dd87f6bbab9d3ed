import {
  CopyWorkspaceImageCommand,
  type CopyWorkspaceImageRequest,
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceImagePermissionsCommand,
  DescribeWorkspaceImagesCommand,
  type DescribeWorkspaceImagesRequest,
  UpdateWorkspaceImagePermissionCommand,
} from '@aws-sdk/client-workspaces';
import type { ImageOptions, WorkspacesEndpointOptions } from '../../../simulator/workspaces-endpoint';
import { startWorkspaces } from '../fixtures/workspaces';

const IMAGE = 'wsi-8t4x2k9p7';
const OTHER = 'wsi-0000000001';
const OWNER = '111122223333';
const RECIPIENT = '444455556666';
const STRANGER = '777788889999';
const HOME = 'eu-west-1';
const ABROAD = 'ap-south-1';
const MINUTE = 60_000;

/** Starts an endpoint with an image that its owner shares with a recipient, and that takes 20 minutes to copy. */
async function start(options: WorkspacesEndpointOptions = {}, image: Partial<ImageOptions> = {}) {
  const { clientOf, ...started } = await startWorkspaces({
    copyTime: 20 * MINUTE,
    images: [{ imageId: IMAGE, account: OWNER, region: HOME, sharedWith: [RECIPIENT], ...image }],
    ...options,
  });
  /** A client of an account in a Region. */
  const as = (account: string, region = HOME) => {
    const client = clientOf(account, region);
    const page = (input: DescribeWorkspaceImagesRequest = {}) =>
      client.send(new DescribeWorkspaceImagesCommand(input));
    return {
      copy: async (input: Partial<CopyWorkspaceImageRequest> = {}) => {
        const example = { Name: 'Copy', SourceImageId: IMAGE, SourceRegion: HOME };
        const { ImageId } = await client.send(new CopyWorkspaceImageCommand({ ...example, ...input }));
        return ImageId as string;
      },
      page,
      images: async (input?: DescribeWorkspaceImagesRequest) => (await page(input)).Images ?? [],
      ids: async (input?: DescribeWorkspaceImagesRequest) =>
        (await page(input)).Images?.map(({ ImageId }) => ImageId),
      remove: (ImageId = IMAGE) => client.send(new DeleteWorkspaceImageCommand({ ImageId })),
      permissions: (ImageId = IMAGE) =>
        client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId })),
      share: (SharedAccountId: string, ImageId = IMAGE) =>
        client.send(
          new UpdateWorkspaceImagePermissionCommand({ ImageId, SharedAccountId, AllowCopyImage: true }),
        ),
    };
  };
  return { ...started, as };
}

describe('the caller', () => {
  test.each([
    [
      'AWS4-HMAC-SHA256 Credential=AKIA111122223333X1/20260101/eu-west-1/workspaces/aws4_request',
      OWNER,
      HOME,
    ],
    [
      'AWS4-HMAC-SHA256 Credential=444455556666/20260101/ap-south-1/workspaces/aws4_request',
      RECIPIENT,
      ABROAD,
    ],
    ['AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/workspaces/aws4_request', STRANGER, HOME],
    ['AWS4-HMAC-SHA256 Credential=111122223333', OWNER, 'us-east-1'],
    ['any', STRANGER, 'us-east-1'],
  ])('of %s is account %s in %s', async (authorization, account, region) => {
    const { endpoint } = await start({ ownerAccount: STRANGER });
    await fetch(endpoint.url, { method: 'POST', headers: { authorization } });
    expect(endpoint.calls).toMatchObject([{ account, region }]);
  });

  test('of the permissions must own the image, in its Region', async () => {
    const { as, endpoint } = await start();
    for (const caller of [as(RECIPIENT), as(OWNER, ABROAD)]) {
      const error = { name: 'ResourceNotFoundException', ResourceId: IMAGE };
      await expect(caller.permissions()).rejects.toMatchObject(error);
      await expect(caller.share(STRANGER)).rejects.toMatchObject(error);
    }
    await as(OWNER).share(STRANGER);
    expect((await as(OWNER).permissions()).ImagePermissions).toHaveLength(2);
    expect(endpoint.accounts(IMAGE)).toEqual([RECIPIENT, STRANGER]);
  });

  test('can be in any Region if the image has none, and is the owner if neither names an account', async () => {
    const { as, endpoint } = await start();
    endpoint.addImage({ imageId: OTHER });
    expect(await as('without digits', HOME).ids()).toEqual([OTHER]);
    expect(await as('123456789012', ABROAD).ids()).toEqual([OTHER]);
  });
});

describe('a copy', () => {
  test('is a PENDING image of the caller in its Region, then AVAILABLE', async () => {
    const { as, endpoint, pass } = await start();
    const recipient = as(RECIPIENT, ABROAD);
    const ImageId = await recipient.copy({ Description: 'for tests', Tags: [{ Key: 'a', Value: 'b' }] });
    const copy = { ImageId, Name: 'Copy', Description: 'for tests', OwnerAccountId: RECIPIENT };
    expect(await recipient.images()).toMatchObject([{ ...copy, State: 'PENDING' }]);
    await pass(20 * MINUTE);
    expect(await recipient.images()).toMatchObject([{ ...copy, State: 'AVAILABLE' }]);

    expect(await as(RECIPIENT, HOME).ids({ ImageType: 'OWNED' })).toEqual([]);
    expect(await as(OWNER, ABROAD).ids()).toEqual([]);
    expect(endpoint.imagesOf(RECIPIENT, ABROAD)).toEqual([
      {
        imageId: ImageId,
        name: 'Copy',
        state: 'AVAILABLE',
        description: 'for tests',
        tags: [{ Key: 'a', Value: 'b' }],
        sourceImageId: IMAGE,
      },
    ]);
    expect(endpoint.calls[0]).toMatchObject({
      operation: 'CopyWorkspaceImage',
      account: RECIPIENT,
      region: ABROAD,
      name: 'Copy',
      imageId: ImageId,
      sourceImageId: IMAGE,
      status: 200,
    });
  });

  test('takes the time and ends with the error of its call', async () => {
    const error = { code: 'UnknownError', message: 'The copy failed.' };
    const { as, pass } = await start({
      copyTime: ({ name }) => (name === 'Slow' ? MINUTE : 0),
      copyError: ({ name }) =>
        name === 'Slow' ? { ...error, details: [{ code: 'DiskFreeSpace', message: 'Full.' }] } : undefined,
    });
    const owner = as(OWNER, ABROAD);
    await owner.copy({ Name: 'Slow' });
    await owner.copy({ Name: 'Quick' });
    expect(await owner.images()).toMatchObject([{ State: 'PENDING' }, { State: 'AVAILABLE' }]);
    await pass(MINUTE);
    expect((await owner.images())[0]).toMatchObject({
      State: 'ERROR',
      ErrorCode: error.code,
      ErrorMessage: error.message,
      ErrorDetails: [{ ErrorCode: 'DiskFreeSpace', ErrorMessage: 'Full.' }],
    });
  });

  test.each<[string, string, Partial<CopyWorkspaceImageRequest>, string, Partial<ImageOptions>]>([
    ['of an unknown image', RECIPIENT, { SourceImageId: OTHER }, 'ResourceNotFoundException', {}],
    ['of an image in another Region', RECIPIENT, { SourceRegion: ABROAD }, 'ResourceNotFoundException', {}],
    ['of an image that is not shared', STRANGER, {}, 'ResourceNotFoundException', {}],
    ['of a PENDING image', RECIPIENT, {}, 'ResourceUnavailableException', { pendingFor: MINUTE }],
    [
      'of an image in ERROR',
      OWNER,
      {},
      'ResourceUnavailableException',
      { error: { code: 'UnknownError', message: '' } },
    ],
    [
      'with a name that is taken',
      OWNER,
      { Name: 'Taken' },
      'ResourceAlreadyExistsException',
      { name: 'Taken' },
    ],
  ])('%s is refused', async (_, account, input, name, image) => {
    const { as, endpoint } = await start({}, image);
    await expect(as(account).copy(input)).rejects.toMatchObject({
      name,
      ...(/NotFound|Unavailable/.test(name) && { ResourceId: input.SourceImageId ?? IMAGE }),
    });
    const own = endpoint.imagesOf(account, HOME).map(({ imageId }) => imageId);
    expect(own).toEqual(account === OWNER ? [IMAGE] : []);
  });

  test('counts against the quota of the account and Region, and takes a name there, until it is deleted', async () => {
    const { as, pass } = await start({ imageQuota: 1 });
    const recipient = as(RECIPIENT);
    const first = await recipient.copy();
    await expect(recipient.copy({ Name: 'More' })).rejects.toMatchObject({
      name: 'ResourceLimitExceededException',
    });
    await expect(recipient.copy()).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    await as(RECIPIENT, ABROAD).copy();
    await pass(20 * MINUTE);
    await recipient.remove(first);
    const second = await recipient.copy();
    expect(second).not.toBe(first);
  });

  test('is refused beyond 40 images by default', async () => {
    const { as } = await start();
    const owner = as(OWNER);
    for (let n = 1; n < 40; n++) {
      await owner.copy({ Name: `Copy${n}` });
    }
    await expect(owner.copy()).rejects.toMatchObject({ name: 'ResourceLimitExceededException' });
  });

  test('is made although the response is lost', async () => {
    const { as, endpoint } = await start({ onCall: () => ({ kind: 'cut', after: true }) });
    await expect(as(RECIPIENT).copy()).rejects.toThrow('socket hang up');
    expect(endpoint.imagesOf(RECIPIENT, HOME)).toMatchObject([{ name: 'Copy', state: 'PENDING' }]);
  });
});

describe('a list', () => {
  test.each<[string, string, WorkspacesEndpointOptions, DescribeWorkspaceImagesRequest, string[]]>([
    ['the owner', OWNER, {}, {}, [IMAGE]],
    ['the owner', OWNER, {}, { ImageType: 'SHARED' }, []],
    ['a recipient', RECIPIENT, {}, {}, [IMAGE, OTHER]],
    ['a recipient', RECIPIENT, {}, { ImageType: 'OWNED' }, [OTHER]],
    ['a recipient', RECIPIENT, {}, { ImageType: 'SHARED' }, [IMAGE]],
    ['a recipient', RECIPIENT, {}, { ImageIds: [IMAGE] }, [IMAGE]],
    ['a recipient', RECIPIENT, { sharedOnRequestOnly: true }, {}, [OTHER]],
    ['a recipient', RECIPIENT, { sharedOnRequestOnly: true }, { ImageType: 'SHARED' }, [IMAGE]],
    ['a stranger', STRANGER, {}, { ImageIds: [IMAGE] }, []],
  ])('for %s (%s), with %j and %j, contains %j', async (_, account, options, input, ids) => {
    const { as, endpoint } = await start(options);
    endpoint.addImage({ imageId: OTHER, account: RECIPIENT, region: HOME });
    expect(await as(account).ids(input)).toEqual(ids);
    expect(await as(account, ABROAD).ids(input)).toEqual([]);
  });

  test('of IDs can fail if one of them is unknown', async () => {
    const unknownImage = 'ResourceNotFoundException';
    const { as } = await start({ unknownImage });
    expect(await as(OWNER).ids({ ImageIds: [IMAGE] })).toEqual([IMAGE]);
    await expect(as(OWNER).ids({ ImageIds: [IMAGE, OTHER] })).rejects.toMatchObject({ name: unknownImage });
    await expect(as(STRANGER).ids({ ImageIds: [IMAGE] })).rejects.toMatchObject({ name: unknownImage });
  });

  test('shows after the read lag that an image was copied, settled, shared or deleted', async () => {
    const { as, endpoint, pass } = await start({ readLag: MINUTE, copyTime: 5 * MINUTE });
    const owner = as(OWNER);
    const ImageId = await owner.copy();
    const states = async () => (await owner.images({ ImageIds: [ImageId] })).map(({ State }) => State);
    await pass(MINUTE - 1);
    expect(await states()).toEqual([]);
    await pass(1);
    expect(await states()).toEqual(['PENDING']);
    await pass(5 * MINUTE - 1);
    expect(await states()).toEqual(['PENDING']);
    await pass(1);
    expect(await states()).toEqual(['AVAILABLE']);

    await owner.share(STRANGER);
    await owner.remove(ImageId);
    expect(endpoint.imagesOf(OWNER, HOME)).toMatchObject([{ imageId: IMAGE }]);
    await pass(MINUTE - 1);
    expect(await states()).toEqual(['AVAILABLE']);
    expect(await as(STRANGER).ids()).toEqual([]);
    await pass(1);
    expect(await states()).toEqual([]);
    expect(await as(STRANGER).ids()).toEqual([IMAGE]);
  });

  test('has pages that neither hide nor repeat an image if one is deleted in between', async () => {
    const { as, endpoint } = await start();
    const owner = as(OWNER);
    endpoint.addImage({ imageId: OTHER, account: OWNER });
    const first = await owner.page({ MaxResults: 1 });
    expect(first.Images).toMatchObject([{ ImageId: IMAGE }]);
    endpoint.removeImage(IMAGE);
    const second = await owner.page({ MaxResults: 1, NextToken: first.NextToken });
    expect(second.Images).toMatchObject([{ ImageId: OTHER }]);
    expect(second.NextToken).toBeUndefined();
  });
});

describe('an image', () => {
  test.each<[string, string, Partial<ImageOptions>]>([
    ['of another account', 'AccessDeniedException', { account: STRANGER }],
    ['in another Region', 'AccessDeniedException', { region: ABROAD }],
    ['that is PENDING', 'InvalidResourceStateException', { pendingFor: MINUTE }],
    ['that is shared', 'InvalidResourceStateException', { sharedWith: [RECIPIENT] }],
  ])('%s cannot be deleted', async (_, name, image) => {
    const { as, endpoint } = await start({}, { sharedWith: [], ...image });
    await expect(as(OWNER).remove()).rejects.toMatchObject({ name });
    expect(endpoint.hasImage(IMAGE)).toBe(true);
  });

  test('can fail while it is PENDING, and be deleted then', async () => {
    const { as, endpoint, pass } = await start();
    const owner = as(OWNER);
    const ImageId = await owner.copy();
    endpoint.failImage(ImageId, { code: 'UnknownError', message: 'It failed.' });
    await pass(20 * MINUTE);
    expect(await owner.images({ ImageIds: [ImageId] })).toMatchObject([
      { State: 'ERROR', ErrorCode: 'UnknownError', ErrorMessage: 'It failed.', ErrorDetails: [] },
    ]);
    await owner.remove(ImageId);
    expect(await owner.ids()).toEqual([IMAGE]);
  });

  test('can be removed by hand', async () => {
    const { as, endpoint } = await start();
    endpoint.removeImage(IMAGE);
    expect(await as(OWNER).ids()).toEqual([]);
    expect(endpoint.calls.map(({ operation }) => operation)).toEqual(['DescribeWorkspaceImages']);
  });
});
