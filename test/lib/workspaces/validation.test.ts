import {
  accountIdProblems,
  accountIdsProblems,
  computeTypeProblems,
  descriptionProblems,
  enumerate,
  imageIdProblems,
  isBundleId,
  MAX_ACCOUNTS,
  namePrefixProblems,
  regionProblems,
  tagsProblems,
  volumeProblems,
} from '../../../lib/workspaces/validation';
import { ACCOUNTS } from '../stacks';

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
    [42],
    [['wsi-8t4x2k9p7', 'wsi-1a2b3c4d5']],
    [{ imageId: 'wsi-8t4x2k9p7' }],
    ['x'.repeat(78)],
    ['x'.repeat(79), `"${'x'.repeat(76)}...`],
  ])('cannot be %j', (value, quoted = JSON.stringify(value)) => {
    expect(imageIdProblems(value)).toEqual([
      `${quoted} is not a WorkSpaces image ID, which is "wsi-" and 9 to 63 lowercase letters and digits, such as wsi-8t4x2k9p7.`,
    ]);
  });

  test.each([
    [' wsi-8t4x2k9p7', '" wsi-8t4x2k9p7"'],
    ['wsi-8t4x2k9p7\n', '"wsi-8t4x2k9p7\\n"'],
    ['wsi-\u200b8t4x2k9p7', '"wsi-\\u200b8t4x2k9p7"'],
  ])('cannot contain whitespace or invisible characters: %j', (value, shown) => {
    expect(imageIdProblems(value)).toEqual([
      `${shown} must be a string without whitespace or invisible characters: write "wsi-8t4x2k9p7".`,
    ]);
  });
});

describe('an ID that a value contains is named in the error, as in', () => {
  const image = 'is not a WorkSpaces image ID';
  const account = 'is not an AWS account ID';
  const region = 'is not an AWS Region';

  test.each<[string, (value: unknown) => string[], string, string]>([
    ['an image ID in upper case', imageIdProblems, 'WSI-8T4X2K9P7', `${image}: write "wsi-8t4x2k9p7".`],
    [
      'the ARN of an image',
      imageIdProblems,
      'arn:aws:workspaces:eu-west-1:111122223333:workspaceimage/wsi-8t4x2k9p7',
      `${image}: write "wsi-8t4x2k9p7".`,
    ],
    [
      'two image IDs',
      imageIdProblems,
      'wsi-8t4x2k9p7, wsi-1a2b3c4d5',
      `${image}, but contains 2. Specify one per string: "wsi-8t4x2k9p7", "wsi-1a2b3c4d5".`,
    ],
    [
      'an account ID of the console',
      accountIdProblems,
      '1111-2222-3333',
      `${account}: write "111122223333".`,
    ],
    [
      'the ARN of an account',
      accountIdProblems,
      'arn:aws:iam::111122223333:root',
      `${account}: write "111122223333".`,
    ],
    [
      'the same account ID twice',
      accountIdProblems,
      '111122223333/111122223333',
      `${account}: write "111122223333".`,
    ],
    [
      'two account IDs with a space',
      accountIdProblems,
      '111122223333 444455556666',
      `${account}, but contains 2. Specify one per string: "111122223333", "444455556666".`,
    ],
    [
      'two account IDs with a comma',
      accountIdProblems,
      '1111-2222-3333,4444-5555-6666',
      `${account}, but contains 2. Specify one per string: "111122223333", "444455556666".`,
    ],
    ['a Region in upper case', regionProblems, 'EU-WEST-1', `${region}: write "eu-west-1".`],
    ['an Availability Zone', regionProblems, 'eu-west-1a', `${region}: write "eu-west-1".`],
    [
      'two Regions',
      regionProblems,
      'eu-west-1/us-east-1',
      `${region}, but contains 2. Specify one per string: "eu-west-1", "us-east-1".`,
    ],
  ])('%s', (_name, problems, value, problem) => {
    expect(problems(value)).toEqual([`"${value}" ${problem}`]);
  });

  test.each<[string, (value: unknown) => string[], string]>([
    ['a longer image ID', imageIdProblems, 'xwsi-8t4x2k9p7'],
    ['more digits', accountIdProblems, '1111-2222-3333-4444'],
    ['many account IDs', accountIdProblems, accounts(6).join()],
    ['a longer Region', regionProblems, 'x1-west-1'],
  ])('but not %s', (_name, problems, value) => {
    expect(problems(value)).toEqual([expect.stringContaining('such as')]);
  });
});

describe('a list of account IDs', () => {
  const notAnAccount = 'is not an AWS account ID, which has 12 digits, such as "111122223333".';
  const quotes = 'is read as this number: add quotes.';
  const invisible = 'must be a string without whitespace or invisible characters: write "111122223333".';

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
    [{ dev: '1' }, '{"dev":"1"} is not a list of account IDs. Specify one 12-digit account ID per entry.'],
    [[['111122223333']], `["111122223333"] ${invisible}`],
    [[ACCOUNTS], `["111122223333","444455556666"] ${notAnAccount}`],
    ['1,2', '"1,2" is not a list of account IDs. Specify one 12-digit account ID per entry.'],
    [['1234', null], `"1234" ${notAnAccount}`, `null ${notAnAccount}`],
    [['12345678', '1111222233334'], `"12345678" ${notAnAccount}`, `"1111222233334" ${notAnAccount}`],
    [['A-111122223', '111122223-A'], `"A-111122223" ${notAnAccount}`, `"111122223-A" ${notAnAccount}`],
    [['111122223333 '], `"111122223333 " ${invisible}`],
    [['1111 2222\t3333'], `"1111 2222\\t3333" ${invisible}`],
    // A zero-width space, a left-to-right mark, a byte order mark, a no-break space, a variation selector, and a tag.
    [['\u200b111122223333\u200e'], `"\\u200b111122223333\\u200e" ${invisible}`],
    [['\ufeff111122223333\u00a0'], `"\\ufeff111122223333\\u00a0" ${invisible}`],
    [['111122223333\ufe0f'], `"111122223333\\ufe0f" ${invisible}`],
    [['111122223333\u{e0001}'], `"111122223333\\ue0001" ${invisible}`],
    [['1234\u200b'], `"1234\\u200b" ${notAnAccount}`],
    [[111122223333], `111122223333 ${invisible}`],
    [
      [123456789, '12345678901'],
      `123456789 has 9 digits, but an account ID has 12. Without quotes, "000123456789" or, in YAML 1.1, "000726746425" ${quotes}`,
      `"12345678901" has 11 digits, but an account ID has 12. Without quotes, "012345678901" ${quotes}`,
    ],
    [
      [0o10203040506, 0o77777777777, 0o100000000000],
      `1108099398 has 10 digits, but an account ID has 12. Without quotes, "001108099398" or, in YAML 1.1, "010203040506" ${quotes}`,
      `8589934591 has 10 digits, but an account ID has 12. Without quotes, "008589934591" or, in YAML 1.1, "077777777777" ${quotes}`,
      // With its leading zero, this octal number would have 13 digits.
      `8589934592 has 10 digits, but an account ID has 12. Without quotes, "008589934592" ${quotes}`,
    ],
    [
      ['111122223333', '1', '1', '111122223333', '111122223333'],
      `"1" ${notAnAccount}`,
      '"1" is in the list more than once. Remove the duplicates.',
      '"111122223333" is in the list more than once. Remove the duplicates.',
    ],
  ])('is described with all its problems: %j', (value, ...problems) => {
    expect(accountIdsProblems(value)).toEqual(problems);
  });
});

test('an account ID is described with its problem, as in a list', () => {
  expect(accountIdProblems('111122223333')).toEqual([]);
  expect(accountIdProblems('1234')).toEqual(accountIdsProblems(['1234']));
});

describe('a Region', () => {
  test.each(['eu-west-1', 'us-gov-east-1', 'us-isob-east-1', 'ap-southeast-10'])('can be %s', (region) => {
    expect(regionProblems(region)).toEqual([]);
  });

  test.each([['eu-west'], ['-west-1'], ['west-1'], ['Ireland'], [''], [null], [undefined, 'undefined']])(
    'cannot be %j',
    (value, quoted = JSON.stringify(value)) => {
      expect(regionProblems(value)).toEqual([`${quoted} is not an AWS Region, such as eu-west-1.`]);
    },
  );

  test('cannot contain whitespace or invisible characters', () => {
    expect(regionProblems('eu-west-1\n')).toEqual([
      '"eu-west-1\\n" must be a string without whitespace or invisible characters: write "eu-west-1".',
    ]);
  });
});

describe('the start of an image name', () => {
  test.each(['x', 'Golden-Image_1.0', 'a/(b)\\c', 'x'.repeat(42)])('can be %s', (prefix) => {
    expect(namePrefixProblems(prefix, 'image')).toEqual([]);
  });

  test.each([
    ['', '""'],
    ['Golden image', '"Golden image"'],
    ['Bücher', '"Bücher"'],
    ['golden\n', '"golden\\n"'],
    ['x'.repeat(43), `"${'x'.repeat(43)}"`],
    [42, '42'],
  ])('cannot be %j', (value, quoted) => {
    expect(namePrefixProblems(value, 'image')).toEqual([
      `The name of the image cannot start with ${quoted}. Specify 1 to 42 letters, digits, and characters of _./()\\- only.`,
    ]);
  });
});

describe('the description of an image', () => {
  test.each(['x', 'Golden image 2.0', 'a/(b)_c-d', 'x'.repeat(256)])('can be %s', (description) => {
    expect(descriptionProblems(description, 'image')).toEqual([]);
  });

  test.each<[unknown, string]>([
    ['', '""'],
    ['Golden image!', '"Golden image!"'],
    ['Bücher', '"Bücher"'],
    ['golden\n', '"golden\\n"'],
    ['x'.repeat(257), `"${'x'.repeat(76)}...`],
    [42, '42'],
  ])('cannot be %j', (value, quoted) => {
    expect(descriptionProblems(value, 'image')).toEqual([
      `The description of the image cannot be ${quoted}. Specify 1 to 256 letters, digits, spaces, and characters of _./()- only.`,
    ]);
  });
});

describe('the tags of an image', () => {
  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));

  test.each<[string, Record<string, unknown>]>([
    ['none', {}],
    ['50', tags(50)],
    ['as long as the service allows', { ['k'.repeat(127)]: 'v'.repeat(255) }],
    ['empty', { key: '' }],
    ['unknown', { key: { Ref: 'Parameter' } }],
  ])('can be %s', (_name, value) => {
    expect(tagsProblems(value, 'image')).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['51', tags(51), 'The image has 51 tags, but can have at most 50. Remove some.'],
    [
      'those of AWS',
      { 'aws:team': 'x' },
      'The tag key "aws:team" starts with "aws:", which is reserved for AWS. Specify another one.',
    ],
    [
      'longer in a key',
      { ['k'.repeat(128)]: '' },
      `The tag key "${'k'.repeat(76)}... has 128 characters. Specify at most 127.`,
    ],
    [
      'longer in a value',
      { key: 'v'.repeat(256) },
      'The value of the tag "key" has 256 characters. Specify at most 255.',
    ],
  ])('cannot be %s', (_name, value, problem) => {
    expect(tagsProblems(value, 'image')).toEqual([problem]);
  });
});

describe('a bundle', () => {
  test.each(['STANDARD', 'GRAPHICS_G6_XLARGE', 'GENERALPURPOSE_4XLARGE'])(
    'can have the compute type %s',
    (type) => {
      expect(computeTypeProblems(type)).toEqual([]);
    },
  );

  test.each([
    ['standard', '"standard" is not a compute type: write "STANDARD".'],
    ['Graphics.g6.xlarge', '"Graphics.g6.xlarge" is not a compute type: write "GRAPHICS_G6_XLARGE".'],
    ['', '"" is not a compute type, such as STANDARD.'],
    [undefined, 'undefined is not a compute type, such as STANDARD.'],
  ])('cannot have the compute type %j', (type, problem) => {
    expect(computeTypeProblems(type)).toEqual([problem]);
  });

  test.each(['10', '2000', 80])('can have a volume of %j GiB', (size) => {
    expect(volumeProblems(size)).toEqual([]);
  });

  test.each([['0'], ['1.5'], ['-1'], ['50 GiB'], [undefined], ['100000']])(
    'cannot have a volume of %j GiB',
    (size) => {
      expect(volumeProblems(size)).toEqual([
        `${size === undefined ? size : JSON.stringify(size)} is not the size of a volume in GiB. Specify a whole number, such as 50.`,
      ]);
    },
  );

  test('can have a description of 255 characters', () => {
    expect(descriptionProblems('x'.repeat(255), 'bundle')).toEqual([]);
    expect(descriptionProblems('x'.repeat(256), 'bundle')).toEqual([
      `The description of the bundle cannot be "${'x'.repeat(76)}.... Specify 1 to 255 letters, digits, spaces, and characters of _./()- only.`,
    ]);
  });

  test('is named in what is wrong with its name and its tags', () => {
    expect(namePrefixProblems('ü', 'bundle')[0]).toContain('The name of the bundle cannot start with "ü".');
    const tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, '']));
    expect(tagsProblems(tags, 'bundle')).toEqual([
      'The bundle has 51 tags, but can have at most 50. Remove some.',
    ]);
  });
});

describe('the ID of a bundle', () => {
  test.each([
    ['wsb-8vbljg4r6', true],
    ['wsi-8vbljg4r6', false],
    ['nothing/Standard', false],
    [undefined, false],
  ])('%j: %p', (id, expected) => {
    expect(isBundleId(id)).toBe(expected);
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
    expect(enumerate(accounts(count), shown)).toBe(words);
  });
});
