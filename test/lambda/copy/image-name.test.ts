import { hasMark, isMadeBy, isOfSameSource, markOf, ownMarkOf } from '../../../lambda/copy/image-name';

const RESOURCE = {
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
  LogicalResourceId: 'Golden',
};
const SOURCE = { imageId: 'wsi-8t4x2k9p7', region: 'us-east-1' };
const MARK = '658c8eef9d65-b65d5a97';

test('the mark of a copy never changes, or deployed copies would not be found', () => {
  expect(markOf(RESOURCE, SOURCE)).toBe(MARK);
});

test.each([
  ['the stack', { ...RESOURCE, StackId: 'another' }, SOURCE, true],
  ['the resource', { ...RESOURCE, LogicalResourceId: 'Silver' }, SOURCE, true],
  ['the image', RESOURCE, { ...SOURCE, imageId: 'wsi-0other000' }, false],
  ['the Region', RESOURCE, { ...SOURCE, region: 'us-west-2' }, false],
])(
  '%s is in the mark, which tells whether two copies are of the same source',
  (_, resource, source, isSame) => {
    const mark = markOf(resource, source);
    expect(mark).not.toBe(MARK);
    expect(isOfSameSource(`Golden-${mark}`, MARK)).toBe(isSame);
  },
);

test('the name of a copy by any resource has a mark, because stack refactoring gives it to another one', () => {
  expect(hasMark(`Golden-${MARK}`)).toBe(true);
});

test('a copy of any source is made by its resource, and by no other one', () => {
  expect(
    isMadeBy(ownMarkOf(RESOURCE), `Golden-${markOf(RESOURCE, { ...SOURCE, region: 'us-west-2' })}`),
  ).toBe(true);
  expect(isMadeBy(ownMarkOf({ ...RESOURCE, LogicalResourceId: 'Silver' }), `Golden-${MARK}`)).toBe(false);
  expect(isMadeBy(ownMarkOf(RESOURCE))).toBe(false);
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
