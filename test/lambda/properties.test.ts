import { declaredShare, formerShare, InvalidProperties } from '../../lambda/properties';
import { A, B, IMAGE, share } from './events';

describe('the properties to deploy', () => {
  test('declare a share', () => {
    expect(declaredShare(share([B, A], { AdoptExisting: 'true' }))).toEqual({
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
    ['properties in another case', { imageId: IMAGE, accountIds: [A] }],
  ])('may have %s', (_, properties) => {
    expect(declaredShare(properties)).toEqual({ imageId: IMAGE, accountIds: [A], adoptExisting: false });
  });

  test('are refused with all problems at once', () => {
    const properties = share(['1234', A, A], { ImageId: 'ami-123', AdoptExisting: 'perhaps' });
    const refused = () => declaredShare(properties);
    expect(refused).toThrow(InvalidProperties);
    expect(refused).toThrow(/"ami-123" .*"1234" .*more than once.*AdoptExisting is neither/);
  });

  test('are refused if there are none', () => {
    expect(() => declaredShare(undefined)).toThrow(/image ID is missing.*list of account IDs is missing/);
  });
});

describe('former properties', () => {
  test('count as far as they are valid, and the rest is reported', () => {
    const former = formerShare(share([A, 'x', A, ''], { ImageId: 'ami-1', AdoptExisting: 'true' }));
    expect(former).toMatchObject({ imageId: undefined, accountIds: [A], adoptExisting: true });
    expect(former.ignored.join()).toMatch(/"ami-1".*"x".*more than once/);
  });

  test('may be missing', () => {
    expect(formerShare(undefined)).toMatchObject({
      imageId: undefined,
      accountIds: [],
      adoptExisting: false,
    });
    expect(formerShare(share('x'))).toMatchObject({ imageId: IMAGE, accountIds: [] });
  });
});
