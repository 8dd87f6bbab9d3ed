import { few, imageIdProblems, MAX_ACCOUNTS } from '../../lib/validation';

const accounts = (count: number) => Array.from({ length: count }, (_, index) => String(111122223333 + index));

test('the maximum number of accounts leaves room for two lists of them in an event', () => {
  expect(MAX_ACCOUNTS).toBe(7_680);
});

describe('an enumeration', () => {
  test.each([
    [0, ''],
    [1, '111122223333'],
    [2, '111122223333 and 111122223334'],
    [3, '111122223333, 111122223334 and 111122223335'],
    [5, '111122223333, 111122223334, 111122223335, 111122223336 and 111122223337'],
    [6, '111122223333, 111122223334, 111122223335, 111122223336, 111122223337 and 1 more'],
    [98, '111122223333, 111122223334, 111122223335, 111122223336, 111122223337 and 93 more'],
  ])('of %d accounts names five at most', (count, words) => {
    expect(few(accounts(count))).toBe(words);
  });

  test('names as many as are asked for', () => {
    expect(few(accounts(4), 2)).toBe('111122223333, 111122223334 and 2 more');
  });
});

describe('a value in a message', () => {
  test.each([
    ['whole, up to 80 characters', 78, `"${'x'.repeat(78)}"`],
    ['cut to 80, above that', 79, `"${'x'.repeat(76)}...`],
  ])('is %s', (_, length, quoted) => {
    const [problem] = imageIdProblems('x'.repeat(length)) as [string];
    expect(problem.startsWith(`${quoted} is not a WorkSpaces image ID`)).toBe(true);
  });
});

test('an event with an old and a new list of the maximum length fits into the payload of an invocation', () => {
  const accounts = Array.from({ length: MAX_ACCOUNTS }, (_, index) => String(100_000_000_000 + index));
  const properties = {
    ServiceToken: 'x'.repeat(300),
    ImageId: `wsi-${'0'.repeat(63)}`,
    AccountIds: accounts,
    Revision: 'x'.repeat(1_000),
  };
  const event = {
    RequestType: 'Update',
    ResponseURL: `https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/${'x'.repeat(4_096)}`,
    PhysicalResourceId: 'x'.repeat(1_024),
    ResourceProperties: properties,
    OldResourceProperties: properties,
  };
  // With a space after each comma and colon, since CloudFormation does not document that there is none.
  expect(JSON.stringify(event, undefined, 1).replace(/\n */g, ' ').length).toBeLessThanOrEqual(256 * 1_024);
});
