import type { Fault } from '../../../simulator/workspaces-endpoint';
import { secondsOf } from '../../support/seconds-of';
import { callsOf, failNext, madeCopy, owned, useCopyFunction } from './copies';
import { ACCOUNT, copy, createEvent, OWNER, REGION, SOURCE, SOURCE_REGION } from './events';

const harness = useCopyFunction();

test('a copy is started in three calls, and its ID is the physical ID', async () => {
  const response = await harness.send(createEvent());
  const [image] = owned(harness);
  expect(response).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: image?.imageId,
    Data: { ImageId: image?.imageId },
  });
  expect(image).toMatchObject({
    name: expect.stringMatching(/^Golden-[0-9a-f]{12}-[0-9a-f]{8}$/),
    state: 'PENDING',
    sourceImageId: SOURCE,
  });
  expect(harness.endpoint.calls.map(({ operation, region }) => [operation, region])).toEqual([
    ['DescribeWorkspaceImages', REGION],
    ['DescribeWorkspaceImages', SOURCE_REGION],
    ['CopyWorkspaceImage', REGION],
  ]);
});

test('without an owner to check, two calls are enough', async () => {
  await harness.send(createEvent(copy(SOURCE, { SourceAccountId: undefined })));
  expect(callsOf(harness)).toEqual(['DescribeWorkspaceImages', 'CopyWorkspaceImage']);
});

test('a shared image is found where lists contain it only on request', async () => {
  harness.endpoint.sharedOnRequestOnly = true;
  expect(await harness.send(createEvent())).toMatchObject({ Status: 'SUCCESS' });
});

test.each(['ResourceNotFoundException', undefined])(
  'an unknown source fails the same, whether its ID leads to %s or to an empty list',
  async (unknownImage) => {
    harness.endpoint.unknownImage = unknownImage;
    expect(await harness.send(createEvent(copy('wsi-unknown000')))).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'nothing/Golden',
      Reason: `There is no image wsi-unknown000 in ${SOURCE_REGION}, or it is not shared with account ${ACCOUNT}. Check the image ID and the Region of the source, and let its owner share it.`,
    });
    expect(callsOf(harness)).not.toContain('CopyWorkspaceImage');
  },
);

test('an image of another owner is not copied', async () => {
  const { Reason } = await harness.send(createEvent(copy(SOURCE, { SourceAccountId: '999900001111' })));
  expect(Reason).toBe(
    `Image ${SOURCE} belongs to ${OWNER}, not to 999900001111, so it was not copied. Check the image ID, and who has shared the image.`,
  );
  expect(owned(harness)).toEqual([]);
});

test.each([
  ['with', {}],
  ['without', { SourceAccountId: undefined }],
])('a share that arrives 20 seconds late is waited for, %s a check of the owner', async (_, more) => {
  harness.endpoint.unshare(SOURCE, ACCOUNT);
  setTimeout(() => harness.endpoint.share(SOURCE, ACCOUNT), 20_000);
  expect(await harness.send(createEvent(copy(SOURCE, more)))).toMatchObject({ Status: 'SUCCESS' });
});

test.each([
  [
    'ResourceLimitExceededException',
    /as many images in eu-west-1 as its quota allows, which is 40 by default/,
  ],
  ['ResourceNotFoundException', /that its owner shares it with account 123456789012/],
  ['AccessDeniedException', /no service control policy denies workspaces:CopyWorkspaceImage/],
  [
    'ResourceAlreadyExistsException',
    /Delete the image that has the name of this copy, or change imageNamePrefix/,
  ],
  ['ResourceUnavailableException', /Wait until the source is AVAILABLE/],
  ['OperationNotSupportedException', /AWS Support makes copies from and to AWS GovCloud/],
  ['InvalidParameterValuesException', /Deploy again/],
])('%s leads to advice, and leaves nothing behind', async (name, advice) => {
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'CopyWorkspaceImage' ? { kind: 'error', name, message: 'Not this one.' } : undefined;
  const response = harness.send(createEvent());
  // Only a taken name is looked for, and only errors that may pass are repeated.
  const patience = {
    AccessDenied: 35,
    ResourceNotFound: 35,
    ResourceUnavailable: 65,
    ResourceAlreadyExists: 65,
  };
  const most = Object.entries(patience).find(([error]) => name.startsWith(error))?.[1] ?? 5;
  expect(await secondsOf(harness, response)).toBeLessThan(most);
  const { Status, Reason, PhysicalResourceId } = await response;
  // A copy by another delivery of the event causes two of them.
  const mayExist = /LimitExceeded|AlreadyExists/.test(name);
  expect([Status, PhysicalResourceId]).toEqual(['FAILED', mayExist ? 'unknown/request' : 'nothing/Golden']);
  expect(Reason).toContain(`Image ${SOURCE} could not be copied: "${name}: Not this one". `);
  expect(Reason).toMatch(advice);
  expect(owned(harness)).toEqual([]);
  expect(harness.invocationError).toBeUndefined();
  expect(harness.logged('failed')).toEqual([]);
});

test('a source that is itself being copied is waited for', async () => {
  harness.endpoint.addImage({
    imageId: SOURCE,
    account: OWNER,
    region: SOURCE_REGION,
    sharedWith: [ACCOUNT],
    pendingFor: 40_000,
  });
  expect(await harness.send(createEvent())).toMatchObject({ Status: 'SUCCESS' });
});

test.each([
  { kind: 'error', name: 'InternalServerException', status: 500, after: true },
  { kind: 'cut', after: true },
  { kind: 'stall', after: true },
  { kind: 'error', name: 'OperationNotSupportedException', after: true },
] as const)('a copy that was made although the call failed is found (%j)', async (fault) => {
  failNext(harness, 'CopyWorkspaceImage', fault);
  const { PhysicalResourceId } = await harness.send(createEvent());
  expect(owned(harness)).toMatchObject([{ imageId: PhysicalResourceId }]);
});

test('a copy whose name is taken is looked for until reads show it', async () => {
  harness.endpoint.readLag = 50_000;
  const first = await harness.deliver(createEvent());
  const second = await harness.deliver(createEvent());
  expect(second).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: first.PhysicalResourceId });
});

test('a repeated event finds the copy on whatever page it is listed', async () => {
  for (let n = 100; n < 130; n++) {
    harness.endpoint.addImage({ imageId: `wsi-another${n}`, account: ACCOUNT, region: REGION });
  }
  const first = await harness.deliver(createEvent());
  callsOf(harness);
  expect(await harness.deliver(createEvent())).toMatchObject({
    PhysicalResourceId: first.PhysicalResourceId,
  });
  expect(callsOf(harness)).toEqual(Array(4).fill('DescribeWorkspaceImages'));
});

test('a copy that has just been deleted, and that reads still show, is made again', async () => {
  const deleted = await madeCopy(harness);
  harness.endpoint.removeImage(deleted);
  harness.endpoint.readLag = 9_000;
  const { PhysicalResourceId } = await harness.send(createEvent());
  expect(owned(harness)).toMatchObject([{ imageId: PhysicalResourceId, state: 'PENDING' }]);
});

test.each([
  ['another stack', { StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/2' }],
  ['another construct', { LogicalResourceId: 'Silver' }],
])('%s makes a copy of its own', async (_, more) => {
  await harness.send(createEvent());
  await harness.send(createEvent(copy(), more));
  expect(new Set(owned(harness).map(({ name }) => name)).size).toBe(2);
});

test('a copy in the state ERROR, which an earlier deployment has retained, is deleted and made again', async () => {
  const failed = await madeCopy(harness);
  harness.endpoint.failImage(failed, { code: 'Failed', message: 'The copy failed.' });
  const { PhysicalResourceId } = await harness.send(createEvent());
  expect(PhysicalResourceId).not.toBe(failed);
  expect(owned(harness)).toMatchObject([{ imageId: PhysicalResourceId, state: 'PENDING' }]);
});

test('nothing is copied when CloudFormation no longer waits', async () => {
  const event = createEvent();
  harness.begin(event);
  await harness.pass(2);
  harness.record(event, 'CREATE_FAILED');
  const { Status, Reason } = await harness.deliver(event);
  expect([Status, Reason]).toEqual([
    'FAILED',
    'According to the stack events, CloudFormation no longer waits for this event.',
  ]);
  expect(harness.logged('failed')).toEqual([]);
  expect(owned(harness)).toEqual([]);
});

test('a note says that CloudFormation could not be asked', async () => {
  harness.cloudFormation.fault = () => 'denied';
  expect(await harness.send(createEvent())).toMatchObject({
    Status: 'SUCCESS',
    Reason: expect.stringMatching(/^CloudFormation could not be asked whether it waits for this event/),
  });
});

test('all invalid properties are reported, and nothing is called', async () => {
  const invalid = { SourceRegion: 'Ireland', SourceAccountId: '123', NamePrefix: 'a b' };
  expect((await harness.send(createEvent(copy('ami-1', invalid)))).Reason).toBe(
    'Invalid properties, so nothing was changed. "ami-1" is not a WorkSpaces image ID, which is "wsi-" and 9 to 63 lowercase letters and digits, such as wsi-8t4x2k9p7. "Ireland" is not an AWS Region, such as eu-west-1. "123" is not an AWS account ID, which has 12 digits, such as "111122223333". The name of the image cannot start with "a b". Specify 1 to 42 letters, digits, and characters of _./()\\- only.',
  );
  expect(callsOf(harness)).toEqual([]);
  expect(harness.logged('failed')).toEqual([]);
});

test('images that cannot be read are reported with the Region', async () => {
  harness.endpoint.onCall = ({ region }) =>
    region === SOURCE_REGION ? { kind: 'error', name: 'AccessDeniedException', message: 'No.' } : undefined;
  expect((await harness.send(createEvent())).Reason).toBe(
    `The images in ${SOURCE_REGION} could not be read: "AccessDeniedException: No". Check that no service control policy denies workspaces:DescribeWorkspaceImages in ${SOURCE_REGION}, and that a role of your own has the statements that the documentation lists.`,
  );
});

const denied = { kind: 'error', name: 'AccessDeniedException', message: 'No.' } as const;

test('a Create that fails without a call to copy made nothing', async () => {
  harness.endpoint.onCall = () => denied;
  expect(await harness.send(createEvent())).toMatchObject({ PhysicalResourceId: 'nothing/Golden' });
});

test('a Create that fails after a call without a response may have made a copy', async () => {
  const faults: Fault[] = [{ kind: 'cut' }];
  harness.endpoint.onCall = ({ operation }) =>
    operation === 'CopyWorkspaceImage' ? (faults.shift() ?? denied) : undefined;
  expect(await harness.send(createEvent())).toMatchObject({ PhysicalResourceId: 'unknown/request' });
});

test.each([
  [49, 'nothing/Golden'],
  [50, 'unknown/request'],
])(
  'an earlier delivery may have made a copy if a Create fails 50 seconds or more after it was sent (%d: %s)',
  async (age, id) => {
    harness.endpoint.onCall = () => denied;
    const event = createEvent();
    harness.begin(event);
    await harness.pass(age);
    expect(await harness.deliver(event)).toMatchObject({ PhysicalResourceId: id });
  },
);

test('a page of a proxy is quoted with its status, type and first words, after a minute', async () => {
  harness.endpoint.onCall = () => ({
    kind: 'foreign',
    status: 403,
    contentType: 'text/html',
    body: '<html>\n<body>Access denied by the proxy.</body></html>',
  });
  const response = harness.send(createEvent());
  expect(await secondsOf(harness, response)).toBeLessThan(65);
  expect((await response).Reason).toBe(
    `The images in ${REGION} could not be read: "HTTP 403: text/html: <html> <body>Access denied by the proxy.</body></html>". The response did not come from the WorkSpaces API in ${REGION}, but from a proxy or a firewall. In a VPC, check the function's route to it.`,
  );
});

test('tags and a description reach the copy', async () => {
  const Tags = [{ Key: 'team', Value: 'desktops' }];
  await harness.send(createEvent(copy(SOURCE, { Tags, Description: 'Golden image' })));
  expect(owned(harness)).toMatchObject([{ tags: Tags, description: 'Golden image' }]);
});

test('a copy has no tags and no description by default', async () => {
  await harness.send(createEvent());
  const [image] = owned(harness);
  expect([image?.tags, image?.description]).toEqual([undefined, undefined]);
});

test('a failed response is logged as an error', async () => {
  await harness.send(createEvent(copy('ami-1')));
  expect(harness.logged('responded')).toMatchObject([{ level: 'ERROR', status: 'FAILED' }]);
  expect(harness.invocationError).toBeUndefined();
});

test('a bug in the function is reported at once', async () => {
  const response = await harness.send({ ...createEvent(), ResourceProperties: null as never });
  expect(response.Reason).toMatch(/^The function failed unexpectedly: .*Please report this/);
  expect(harness.logged('failed')).toMatchObject([
    { level: 'ERROR', error: expect.stringMatching(/^TypeError: .*\n +at /) },
  ]);
});
