import { Fn, Lazy, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../../lib';
import { chain, ELSEWHERE, HUB, hasWeakReferences, RECIPIENT } from '../chain';
import { IMAGE, type Json, newCopy, OTHER_IMAGE, ofType, warnings } from '../stacks';

const properties = (stack: Stack): Json => ofType(stack, 'Custom::WorkspaceImageCopy')[0].Properties;

describe('an image ID of the app is no source of WorkspaceImageSource.image', () => {
  const ofCopy =
    'Hub/Wrong copies the image of Hub/Copied, a copy in this app. Use WorkspaceImageSource.copy';

  test.each<[string, (copy: WorkspaceImageCopy, share: WorkspaceImageShare) => string, string]>([
    [
      'is that of a share',
      (_, share) => share.imageId,
      'Hub/Wrong copies the image of Home/Golden, a share in this app. Use WorkspaceImageSource.share',
    ],
    ['is that of a copy', (copy) => copy.imageId, ofCopy],
    ['is in Fn.join', (copy) => Fn.join('', [copy.imageId]), ofCopy],
    ['is in Fn.sub', (copy) => Fn.sub('$' + '{x}', { x: copy.imageId }), ofCopy],
    ['is in Fn.conditionIf', (copy) => Fn.conditionIf('C', copy.imageId, IMAGE).toString(), ofCopy],
    ['is in a Lazy', (copy) => Lazy.string({ produce: () => copy.imageId }), ofCopy],
  ])('if it %s', (_name, imageId, problem) => {
    const { hub, copy, share } = chain();
    expect(() => {
      newCopy(hub, { source: WorkspaceImageSource.image(imageId(copy, share)) }, 'Wrong');
      Template.fromStack(hub);
    }).toThrow(problem);
  });

  test('if it is that of a share in another stage, which needs a literal', () => {
    const { app, share } = chain();
    const stack = new Stack(new Stage(app, 'Stage'), 'S', { env: HUB });
    expect(() => newCopy(stack, { source: WorkspaceImageSource.image(share.imageId) })).toThrow(
      'Stage/S/Copied copies the image of Home/Golden in another stage. Use WorkspaceImageSource.image with the literal image ID',
    );
  });
});

describe('a share of an image of the app', () => {
  test.each<[string, (copy: WorkspaceImageCopy, share: WorkspaceImageShare) => string, string]>([
    [
      'a copy',
      (copy) => copy.imageId,
      'Other/S shares the image of Hub/Copied, which is in another account or Region. Define the share in the stack Hub.',
    ],
    [
      'a copy, in a Lazy',
      (copy) => Lazy.string({ produce: () => copy.imageId }),
      'Define the share in the stack Hub.',
    ],
    [
      'a share',
      (_, share) => share.imageId,
      'Define the share in the stack Home, or copy the image with WorkspaceImageSource.share and share the copy.',
    ],
  ])('must be in its account and Region if it is the image of %s', (_name, imageId, problem) => {
    const { app, copy, share, inStack } = chain();
    expect(() => {
      const stack = inStack('Other', ELSEWHERE);
      new WorkspaceImageShare(stack, 'S', { imageId: imageId(copy, share), accountIds: [RECIPIENT.account] });
      app.synth();
    }).toThrow(problem);
  });

  test('can be in another stack of its account and Region', () => {
    const { copy, inStack } = chain();
    const stack = inStack('Other', HUB);
    new WorkspaceImageShare(stack, 'S', { imageId: copy.imageId, accountIds: [RECIPIENT.account] });
    const [{ Properties }] = ofType(stack, 'Custom::WorkspaceImageShare');
    expect(Properties.RootImageId).toBe(IMAGE);
  });
});

describe('a new image', () => {
  /** The templates of an app in which a share of a copy is copied. */
  function templates(image: string, recipient: typeof HUB, strength: string): string[] {
    const { app, hub, copy, inStack } = chain({ image, strength });
    const shared = new WorkspaceImageShare(hub, 'Shared', { imageId: copy.imageId });
    newCopy(inStack('Recipient', recipient), { source: WorkspaceImageSource.share(shared) });
    return app.synth().stacks.map(({ template }) => JSON.stringify(template));
  }

  test.each<[string, typeof HUB, string]>([
    ['another stack', HUB, 'weak'],
    ['another stack with strong references', HUB, 'strong'],
    ['another Region', ELSEWHERE, 'weak'],
    ...(hasWeakReferences
      ? ([['another account', RECIPIENT, 'weak']] as [string, typeof HUB, string][])
      : []),
  ])('changes every template of a chain that ends in %s', (_name, recipient, strength) => {
    const before = templates(IMAGE, recipient, strength);
    const after = templates(OTHER_IMAGE, recipient, strength);
    // In releases without weak references, a stack in the Region of the image has the parameters of others.
    expect(before.length).toBeGreaterThanOrEqual(3);
    expect(before.map((template, n) => template === after[n] && template.includes('WorkspaceImage'))).toEqual(
      before.map(() => false),
    );
  });

  test('is in the template of each copy downstream', () => {
    const { copy, inStack } = chain();
    const next = inStack('Next', ELSEWHERE);
    const second = newCopy(next, { source: WorkspaceImageSource.copy(copy) });
    const last = inStack('Last', ELSEWHERE);
    newCopy(last, { source: WorkspaceImageSource.copy(second) });
    expect([properties(next).RootImageId, properties(last).RootImageId]).toEqual([IMAGE, IMAGE]);
    expect(warnings(last)).toEqual([]);
  });

  test('has all roots in the template if an intrinsic function chooses between copies', () => {
    const { hub, copy, inStack } = chain();
    const other = newCopy(hub, { source: WorkspaceImageSource.image(OTHER_IMAGE) }, 'Other');
    const shared = new WorkspaceImageShare(hub, 'Shared', {
      imageId: Fn.conditionIf('C', copy.imageId, other.imageId).toString(),
    });
    const stack = inStack('Last', HUB);
    newCopy(stack, { source: WorkspaceImageSource.share(shared) });
    expect(properties(stack).RootImageId).toBe(`${IMAGE},${OTHER_IMAGE}`);
  });

  test.each<[string, (hub: Stack) => Stack]>([
    ['in the same stack', (hub) => hub],
    ['in a nested stack', (hub) => new NestedStack(hub, 'Nested')],
  ])('needs no property of a copy %s, whose source CloudFormation compares', (_name, scope) => {
    const { hub, copy } = chain();
    const stack = scope(hub);
    newCopy(stack, { source: WorkspaceImageSource.copy(copy) }, 'Second');
    for (const { Properties } of ofType(stack, 'Custom::WorkspaceImageCopy')) {
      expect(Properties).not.toHaveProperty('RootImageId');
    }
  });
});

test('an image ID of the app is recognized with another installation of the package', () => {
  const { hub, copy } = chain();
  jest.isolateModules(() => {
    const other: typeof import('../../../lib') = require('../../../lib');
    const source = other.WorkspaceImageSource.image(copy.imageId);
    expect(() => new other.WorkspaceImageCopy(hub, 'Wrong', { source })).toThrow(
      'Use WorkspaceImageSource.copy',
    );
  });
});
