import { Failure } from '../../../lambda/event/failure';
import { requestOf } from '../../../lambda/share/request';
import { A, ACCOUNT, B, createEvent, deleteEvent, IMAGE, SHARE_ID, share, updateEvent } from './events';

const declared = (properties: object) =>
  requestOf(createEvent({ ServiceToken: '', ...properties }), ACCOUNT) as { share?: object };

test('the properties to deploy declare a share', () => {
  expect(declared(share([B, A], { AdoptExisting: 'true' })).share).toEqual({
    imageId: IMAGE,
    accountIds: [A, B],
    adoptExisting: true,
  });
});

test.each([
  ['empty entries, which an empty list parameter leaves when it is joined', share(['', A])],
  ['a flag that is "false"', share([A], { AdoptExisting: 'false' })],
  ['a flag that is empty', share([A], { AdoptExisting: '' })],
  ['a flag that is null', share([A], { AdoptExisting: null })],
  ['properties of a later release', share([A], { Organization: 'o-1' })],
])('the properties to deploy may have %s', (_, properties) => {
  expect(declared(properties).share).toEqual({ imageId: IMAGE, accountIds: [A], adoptExisting: false });
});

test('invalid properties are refused with all problems at once', () => {
  const properties = share(['1234', A, A], { ImageId: 'ami-123', AdoptExisting: 'perhaps' });
  expect(() => declared(properties)).toThrow(Failure);
  expect(() => declared(properties)).toThrow(/"ami-123" .*"1234" .*more than once.*AdoptExisting is neither/);
});

test('a list that contains the owner of the image is refused', () => {
  expect(() => declared(share([A, ACCOUNT]))).toThrow(
    `"${ACCOUNT}" is the account of the stack, which owns the image. Remove it from the list.`,
  );
});

test('missing properties are refused', () => {
  expect(() => declared({})).toThrow(/image ID is missing.*list of account IDs is missing/);
  expect(() => declared({ AccountIds: 'x' })).toThrow(/"x" is not a list/);
});

const former = (properties: ReturnType<typeof share>) =>
  (requestOf(deleteEvent(properties), ACCOUNT) as { former?: object }).former;

test('former properties count without invalid values', () => {
  const properties = share([A, 'x', A, '', ACCOUNT], { ImageId: 'ami-1', AdoptExisting: 'true' });
  expect(former(properties)).toEqual({
    imageId: undefined,
    accountIds: [A],
    adoptExisting: true,
  });
});

test('former properties may be missing', () => {
  const nothing = { imageId: undefined, accountIds: [], adoptExisting: false };
  const update = updateEvent(share([A]), undefined as never);
  expect(requestOf(update, ACCOUNT)).toMatchObject({ type: 'Update', former: nothing });
  expect(former(share('x'))).toMatchObject({ imageId: IMAGE, accountIds: [] });
});

test('an Update and a Delete have the physical ID that the Create responded with', () => {
  const parsedId = { kind: 'share', imageId: IMAGE };
  expect(requestOf(updateEvent(share(), share()), ACCOUNT)).toMatchObject({ physicalId: SHARE_ID, parsedId });
  expect(requestOf(deleteEvent(), ACCOUNT)).toMatchObject({ type: 'Delete', physicalId: SHARE_ID, parsedId });
});
