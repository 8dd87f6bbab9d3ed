import { isNamedBy, markOf } from '../../../lambda/copy/image-name';

const RESOURCE = {
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
  LogicalResourceId: 'Golden',
};
const SOURCE = { imageId: 'wsi-8t4x2k9p7', region: 'us-east-1' };
const MARK = '658c8eef9d65-b65d5a97';

test('the mark of a copy never changes, or deployed copies would not be found', () => {
  expect(markOf(RESOURCE, SOURCE)).toBe(MARK);
  expect(isNamedBy(RESOURCE, `Golden-${MARK}`)).toBe(true);
});

test.each([
  ['the image', { imageId: 'wsi-0other000' }],
  ['the Region', { region: 'us-west-2' }],
])('%s of the source is in the mark, and does not matter for who made the copy', (_, change) => {
  const mark = markOf(RESOURCE, { ...SOURCE, ...change });
  expect(mark).not.toBe(MARK);
  expect(isNamedBy(RESOURCE, `Golden-${mark}`)).toBe(true);
});

test.each([
  ['of another stack', { ...RESOURCE, StackId: 'another' }, `Golden-${MARK}`],
  ['of another resource', { ...RESOURCE, LogicalResourceId: 'Silver' }, `Golden-${MARK}`],
  ['that goes on', RESOURCE, `Golden-${MARK}-1`],
  ['without a prefix', RESOURCE, MARK],
  ['that is missing', RESOURCE, undefined],
])('a name %s is not by the resource', (_, resource, name) => {
  expect(isNamedBy(resource, name)).toBe(false);
});
