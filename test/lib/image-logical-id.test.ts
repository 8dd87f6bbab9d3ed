import {
  App,
  Aws,
  CfnCondition,
  CfnParameter,
  CfnResource,
  Fn,
  Lazy,
  NestedStack,
  ScopedAws,
  Stack,
  Stage,
  Token,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { imageLogicalId } from '../../lib/image-logical-id';
import { IMAGE, newStack } from './stacks';

const image = (scope: Construct, id = 'Image') => new CfnResource(scope, id, { type: 'Custom::Image' });

describe('the logical ID of a share', () => {
  test('of a literal contains the image ID', () => {
    expect(imageLogicalId(newStack(), IMAGE)).toBe('WorkspaceImageSharewsi8t4x2k9p7');
  });

  // Stacks that were deployed with release 0.1.0 have these: another ID would revoke the permissions of their shares.
  test.each<[string, (stack: Stack) => string, string]>([
    [
      'a parameter',
      (stack) => new CfnParameter(stack, 'ImageId').valueAsString,
      'WorkspaceImageShare6AACAA84AA3E509E',
    ],
    [
      'an attribute',
      (stack) => image(stack).getAtt('ImageId').toString(),
      'WorkspaceImageShareDC31CAE1F270BF2E',
    ],
    ['an import', () => Fn.importValue('Image'), 'WorkspaceImageShare7BDF064203EFF6F4'],
  ])('of %s is the one of release 0.1.0', (_name, imageId, expected) => {
    const stack = newStack();
    expect(imageLogicalId(stack, imageId(stack))).toBe(expected);
  });

  test.each<[string, (stack: Stack) => string]>([
    ['a parameter', (stack) => new CfnParameter(stack, 'Parameter').valueAsString],
    ['a reference', (stack) => image(stack).ref],
    ['an attribute', (stack) => image(stack).getAtt('ImageId').toString()],
    ['an import', () => Fn.importValue('Image')],
    ['a selection', () => Fn.select(1, Fn.split('/', Fn.importValue('Images')))],
    ['a text around a reference', (stack) => `wsi-${image(stack).ref}`],
    ['a join', (stack) => Fn.join('-', ['wsi', image(stack).ref])],
    ['an attribute by logical ID', (stack) => Fn.getAtt(image(stack).logicalId, 'ImageId').toString()],
    ['a stack’s own pseudo parameter', (stack) => Fn.select(2, Fn.split('/', stack.stackId))],
    ['a pseudo parameter', () => Fn.select(0, Fn.split('/', Aws.STACK_NAME))],
    [
      'a condition',
      (stack) =>
        Fn.conditionIf(new CfnCondition(stack, 'IsProd').logicalId, IMAGE, 'wsi-1a2b3c4d5').toString(),
    ],
    ['the dummy value of a context lookup', () => 'dummy-value-for-/image'],
    ['a literal that is not an image ID', () => 'ami-123'],
    ['a custom token', () => Token.asString({ creationStack: [], resolve: () => ({ Ref: 'Image' }) })],
  ])('of %s is valid in a template, and the same in another app', (_name, imageId) => {
    const ids = [newStack(), newStack()].map((stack) => imageLogicalId(stack, imageId(stack)));
    expect(ids[0]).toMatch(/^WorkspaceImageShare[0-9A-F]{16}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  test('differs between all these', () => {
    const stack = newStack();
    const other = newStack('Other', undefined, stack.node.root as App);
    const first = image(stack, 'First');
    const expressions = [
      IMAGE,
      'ami-123',
      'ami-1234',
      first.ref,
      first.getAtt('ImageId').toString(),
      image(stack, 'Second').ref,
      image(other, 'First').ref,
      image(new Construct(stack, 'Other'), 'First').ref,
      Fn.importValue('First'),
      Fn.importValue('Second'),
      `${first.ref}x`,
      `x${first.ref}`,
      image(new Construct(stack, 'A'), 'BC').ref,
      image(new Construct(stack, 'AB'), 'C').ref,
      Fn.getAtt(first.logicalId, 'ImageId').toString(),
      Fn.getAtt(image(stack, 'Third').logicalId, 'ImageId').toString(),
      stack.stackId,
      other.stackId,
    ];
    const ids = expressions.map((imageId) => imageLogicalId(stack, imageId));
    expect(new Set(ids).size).toBe(expressions.length);
  });

  test('does not depend on the name of the stack or its stage', () => {
    const idIn = (stack: Stack) => imageLogicalId(stack, image(stack).ref);
    const inStage = new Stack(new Stage(new App(), 'Prod'), 'Renamed');
    expect(idIn(inStage)).toBe(idIn(newStack()));
  });

  test('does not depend on the stage if the image is in another stack', () => {
    const idIn = (scope: Construct) =>
      imageLogicalId(new Stack(scope, 'Shares'), image(new Stack(scope, 'Images')).ref);
    expect(idIn(new Stage(new App(), 'Prod'))).toBe(idIn(new Stage(new App(), 'Test')));
    expect(idIn(new Stage(new App(), 'Prod'))).toBe(idIn(new App()));
  });

  test('distinguishes the images of a stack from those of a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    expect(imageLogicalId(nested, image(stack).ref)).not.toBe(imageLogicalId(nested, image(nested).ref));
  });

  test('of a pseudo parameter does not depend on the construct that refers to it', () => {
    const stack = newStack();
    const asked = new Stack(new App(), 'Stack');
    expect(imageLogicalId(asked, Fn.select(2, Fn.split('/', asked.stackId)))).toBe(
      imageLogicalId(stack, Fn.select(2, Fn.split('/', stack.stackId))),
    );
    const [shallow, deep] = [asked, new Construct(asked, 'Deep')].map(
      (scope) => new ScopedAws(scope).stackName,
    );
    expect(imageLogicalId(asked, deep as string)).toBe(imageLogicalId(asked, shallow as string));
  });

  test('works in a stack without a stage', () => {
    const root = new Construct(undefined as unknown as Construct, '');
    const [one, two] = ['One', 'Two'].map((id) => new Stack(root, id));
    expect(imageLogicalId(one, image(two).ref)).toMatch(/^WorkspaceImageShare/);
  });
});

describe('a Lazy', () => {
  test.each<[string, (lazy: string, stack: Stack) => string]>([
    ['alone', (lazy) => lazy],
    ['in a text', (lazy) => `wsi-${lazy}`],
    ['in a join', (lazy, stack) => Fn.join('-', [lazy, image(stack).ref])],
    ['in a split', (lazy) => Fn.select(0, Fn.split('/', lazy))],
  ])('%s has no logical ID, and its value is not produced', (_name, imageId) => {
    const produce = jest.fn(() => IMAGE);
    for (const lazy of [Lazy.string({ produce }), Lazy.uncachedString({ produce })]) {
      const stack = newStack();
      expect(imageLogicalId(stack, imageId(lazy, stack))).toBeUndefined();
    }
    expect(produce).not.toHaveBeenCalled();
  });
});
