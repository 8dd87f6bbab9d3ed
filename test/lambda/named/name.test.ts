import { hasMark, hasSameParts, markOf, ownMarkOf } from '../../../lambda/named/name';

const RESOURCE = {
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
  LogicalResourceId: 'Golden',
};
/** The source of a copy. */
const PARTS = ['wsi-8t4x2k9p7', 'us-east-1'];
const MARK = '658c8eef9d65-b65d5a97';

test('the mark of a copy never changes, or deployed copies would not be found', () => {
  expect(markOf(RESOURCE, PARTS)).toBe(MARK);
});

test.each([
  ['the stack', { ...RESOURCE, StackId: 'another' }, PARTS, true],
  ['the resource', { ...RESOURCE, LogicalResourceId: 'Silver' }, PARTS, true],
  ['the image', RESOURCE, ['wsi-0other000', 'us-east-1'], false],
  ['the Region', RESOURCE, ['wsi-8t4x2k9p7', 'us-west-2'], false],
])(
  '%s is in the mark, which tells whether two copies are of the same source',
  (_, resource, parts, isSame) => {
    const mark = markOf(resource, parts);
    expect(mark).not.toBe(MARK);
    expect(hasSameParts(`Golden-${mark}`, MARK)).toBe(isSame);
  },
);

test('the name of a copy by any resource has a mark, because stack refactoring gives it to another one', () => {
  expect(hasMark(`Golden-${MARK}`)).toBe(true);
});

test('a copy of any source is made by its resource, and by no other one', () => {
  const name = `Golden-${markOf(RESOURCE, ['wsi-8t4x2k9p7', 'us-west-2'])}`;
  expect(hasMark(name, ownMarkOf(RESOURCE))).toBe(true);
  expect(hasMark(name, ownMarkOf({ ...RESOURCE, LogicalResourceId: 'Silver' }))).toBe(false);
  expect(hasMark(undefined, ownMarkOf(RESOURCE))).toBe(false);
});

test.each([
  ['that goes on', `Golden-${MARK}-1`],
  ['without a prefix', MARK],
  ['without the first part', 'Golden-b65d5a97'],
  ['by hand', 'Golden image'],
  ['that is missing', undefined],
])('a name %s is not that of a copy', (_, name) => {
  expect(hasMark(name)).toBe(false);
});
