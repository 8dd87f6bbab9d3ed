import { parsePhysicalId } from '../../lambda/physical-id';
import { accountIdsProblems, MAX_ACCOUNTS } from '../../lib/validation';
import { A, B, IMAGE, LambdaWorld, LOGICAL_ID, share } from '../support/lambda-world';

let world: LambdaWorld;
beforeEach(async () => {
  world = await LambdaWorld.start();
});
afterEach(() => world.close());

const many = (count: number) => Array.from({ length: count }, (_, index) => String(index).padStart(12, '0'));

const REFUSED: [string, object, RegExp][] = [
  ['a bad image ID', share([A], { ImageId: 'ami-123' }), /"ami-123" is not a WorkSpaces image ID/],
  [
    'an image ID with something before it',
    share([A], { ImageId: `x${IMAGE}` }),
    /is not a WorkSpaces image ID/,
  ],
  ['no image ID', share([A], { ImageId: undefined }), /The image ID is missing/],
  ['null for the image ID', share([A], { ImageId: null }), /The image ID is missing/],
  [
    'a list for the image ID',
    share([A], { ImageId: [IMAGE] }),
    /\["wsi-8t4x2k9p7"\] is not a WorkSpaces image/,
  ],
  ['a number for the image ID', share([A], { ImageId: 5 }), /5 is not a WorkSpaces image ID/],
  ['an account ID that is too short', share(['1234']), /"1234" is not an AWS account ID/],
  ['an account ID that is too long', share([`${A}3`]), /"1111222233333" is not an AWS account ID/],
  ['an account ID with more before it', share([`x${A}`]), /"x111122223333" is not an AWS account ID/],
  ['an account ID with too few digits and more', share(['x12345678901']), /"x12345678901" is not an AWS/],
  ['a list among the account ids', share([[A]]), /\["111122223333"\] is not an AWS account ID/],
  ['white space around an account ID', share([`${A} `]), /white space.*write "111122223333"/],
  [
    'an account ID that lost its leading zero',
    share(['12345678901']),
    /probably "012345678901".*leading zero/,
  ],
  ['an account ID that is a number', share([111122223333]), /is a number: write it in quotes/],
  ['a null among the account ids', share([null]), /null is not an AWS account ID/],
  ['an account ID twice', share([A, B, A]), /"111122223333" is in the list more than once/],
  ['a string for the list', share(A), /is not a list of account ids/],
  ['no list', share(undefined, { AccountIds: undefined }), /The list of account ids is missing/],
  ['null for the list', share(null), /The list of account ids is missing/],
  ['more accounts than a share holds', share(many(MAX_ACCOUNTS + 1)), /more than one share can hold/],
  ['a flag that is none', share([A], { AdoptExisting: 'perhaps' }), /AdoptExisting is neither/],
  ['nothing at all', {}, /image ID is missing.*list of account ids is missing/],
];

describe.each(REFUSED)('%s', (_, properties, words) => {
  test('fails a Create with a sentence, before any call, and its Delete makes none either', async () => {
    const answer = await world.send(world.create(properties));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `nothing/${LOGICAL_ID}` });
    expect(answer.Reason).toMatch(words);
    expect(answer.Reason).toContain('nothing was changed');
    const { PhysicalResourceId } = answer;
    expect((await world.send(world.delete(properties, { PhysicalResourceId }))).Status).toBe('SUCCESS');
    expect(world.endpoint.calls).toEqual([]);
  });

  test('fails an Update the same way, with the id it was sent', async () => {
    const answer = await world.send(world.update(properties, share([A])));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: `share/${IMAGE}/${LOGICAL_ID}` });
    expect(answer.Reason).toMatch(words);
    expect(world.endpoint.calls).toEqual([]);
  });
});

test('every problem is named at once', async () => {
  const answer = await world.send(world.create(share(['1234', `${A} `], { ImageId: 'ami-123' })));
  expect(answer.Reason).toMatch(
    /^The share cannot be deployed as declared, and nothing was changed\. "ami-123" .*\. "1234" .*\. The account ID "111122223333 " .*\.$/,
  );
});

test.each([
  ['empty entries, which an empty list parameter leaves when it is joined', share(['', A]), [A]],
  ['a flag that is "false"', share([A], { AdoptExisting: 'false' }), [A]],
  ['a flag that is empty', share([A], { AdoptExisting: '' }), [A]],
  ['a flag that is null', share([A], { AdoptExisting: null }), [A]],
  ['keys of a later release', share([A], { Organization: 'o-1' }), [A]],
])('%s: taken', async (_, properties, accounts) => {
  expect((await world.send(world.create(properties))).Status).toBe('SUCCESS');
  expect(world.accounts()).toEqual(accounts);
  // Where adoptExisting is meant to be off, it is.
  expect((await world.send(world.create(properties))).Status).toBe('FAILED');
});

test.each([
  'Images-Share-1ABCDEFGHIJKL',
  'share',
  'share/',
  'share/wsi-8t4x2k9p7',
  'share/wsi-8t4x2k9p7/',
  'share//Golden',
  'undo/wsi-8t4x2k9p7',
  'another/wsi-8t4x2k9p7/Golden',
  'another//Golden',
  'another/Golden',
  'nothing',
  'nothing/',
])('the physical id "%s" says nothing', (id) => {
  expect(parsePhysicalId(id)).toEqual({ kind: 'unknown' });
});

test('the largest list that a share holds is no problem', () => {
  expect(accountIdsProblems(many(MAX_ACCOUNTS))).toEqual([]);
});

/**
 * Release 0.1.0 spelled them like this, and stacks that it deployed send them for as long as they live. Changing
 * one of these lines takes access away from, or leaves it with, somebody in such a stack.
 */
describe('the contract with stacks that release 0.1.0 deployed', () => {
  const properties = { ImageId: 'wsi-8t4x2k9p7', AccountIds: [A], AdoptExisting: 'true', Revision: '1' };

  test('the properties and the physical id of a share', async () => {
    const answer = await world.send(world.create(properties, { LogicalResourceId: 'Golden' }));
    expect(answer.PhysicalResourceId).toBe('share/wsi-8t4x2k9p7/Golden');
    expect(world.accounts()).toEqual([A]);
  });

  test.each([
    ['share/wsi-8t4x2k9p7/Golden', []],
    ['undo/wsi-8t4x2k9p7/Golden', []],
    ['nothing/Golden', [A]],
  ])('the Delete of %s', async (PhysicalResourceId, left) => {
    world.endpoint.share('wsi-8t4x2k9p7', A);
    await world.send(world.delete(properties, { PhysicalResourceId, LogicalResourceId: 'Golden' }));
    expect(world.accounts()).toEqual(left);
  });
});
