import { accountIdsProblems, few, imageIdProblems, MAX_ACCOUNTS } from '../../lib/validation';

const accounts = (count: number) => Array.from({ length: count }, (_, index) => String(111122223333 + index));

describe('an image ID', () => {
  test.each(['wsi-123456789', 'wsi-8t4x2k9p7', `wsi-${'z'.repeat(63)}`])('can be %s', (imageId) => {
    expect(imageIdProblems(imageId)).toEqual([]);
  });

  test.each([undefined, null, ''])('cannot be missing: %p', (value) => {
    expect(imageIdProblems(value)).toEqual([
      'The image ID is missing. Specify the ID of a WorkSpaces image, such as wsi-8t4x2k9p7.',
    ]);
  });

  test.each<[unknown, string?]>([
    ['ami-123456789'],
    ['wsi-12345678'],
    [`wsi-${'z'.repeat(64)}`],
    ['wsi-8T4X2K9P7'],
    [' wsi-8t4x2k9p7'],
    ['wsi-8t4x2k9p7\n'],
    [42],
    [['wsi-8t4x2k9p7']],
    ['x'.repeat(78)],
    ['x'.repeat(79), `"${'x'.repeat(76)}...`],
  ])('cannot be %j', (value, quoted = JSON.stringify(value)) => {
    expect(imageIdProblems(value)).toEqual([
      `${quoted} is not a WorkSpaces image ID, which is "wsi-" and 9 to 63 lowercase letters and digits, such as wsi-8t4x2k9p7.`,
    ]);
  });
});

describe('a list of account IDs', () => {
  const notAnAccount = 'is not an AWS account ID, which has 12 digits, such as "111122223333".';
  const lostZeros = 'written as a number, which drops leading zeros: write it in quotes.';

  test.each([undefined, null])('cannot be missing: %p', (value) => {
    expect(accountIdsProblems(value)).toEqual([
      'The list of account IDs is missing. Specify a list of 12-digit account IDs, or an empty list.',
    ]);
  });

  test('has a maximum length', () => {
    expect(accountIdsProblems(accounts(MAX_ACCOUNTS))).toEqual([]);
    expect(accountIdsProblems(accounts(MAX_ACCOUNTS + 1))).toEqual([
      'The list has 7681 account IDs, but a share can have at most 7680. Move the others to a share in another stack.',
    ]);
  });

  test.each<[unknown, ...string[]]>([
    [[]],
    ['1,2', '"1,2" is not a list of account IDs. Specify one 12-digit account ID per entry.'],
    [['1234', null], `"1234" ${notAnAccount}`, `null ${notAnAccount}`],
    [['12345678', '1111222233334'], `"12345678" ${notAnAccount}`, `"1111222233334" ${notAnAccount}`],
    [['A-111122223', '111122223-A'], `"A-111122223" ${notAnAccount}`, `"111122223-A" ${notAnAccount}`],
    [['111122223333 '], 'The account ID "111122223333 " has white space around it: write "111122223333".'],
    [[111122223333], 'The account ID 111122223333 is a number: write it in quotes, "111122223333".'],
    [
      [123456789, '12345678901'],
      `123456789 has 9 digits, but an account ID has 12. It is probably "000123456789" ${lostZeros}`,
      `"12345678901" has 11 digits, but an account ID has 12. It is probably "012345678901" ${lostZeros}`,
    ],
    [
      ['111122223333', '1', '1', '111122223333', '111122223333'],
      `"1" ${notAnAccount}`,
      'The account ID "1" is in the list more than once. Remove the duplicates.',
      'The account ID "111122223333" is in the list more than once. Remove the duplicates.',
    ],
  ])('is described with all its problems: %j', (value, ...problems) => {
    expect(accountIdsProblems(value)).toEqual(problems);
  });
});

describe('an enumeration', () => {
  test.each([
    [0, 5, ''],
    [1, 5, '111122223333'],
    [2, 5, '111122223333 and 111122223334'],
    [5, 5, '111122223333, 111122223334, 111122223335, 111122223336 and 111122223337'],
    [6, undefined, '111122223333, 111122223334, 111122223335, 111122223336, 111122223337 and 1 more'],
    [4, 2, '111122223333, 111122223334 and 2 more'],
  ])('of %d accounts with at most %p names is "%s"', (count, shown, words) => {
    expect(few(accounts(count), shown)).toBe(words);
  });
});
