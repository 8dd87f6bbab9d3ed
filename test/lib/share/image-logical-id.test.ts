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
import { imageLogicalId } from '../../../lib/share/image-logical-id';
import { newStack } from '../stacks';

const image = (scope: Construct, id = 'Image') => new CfnResource(scope, id, { type: 'Custom::Image' });
const parameter = (stack: Stack) => new CfnParameter(stack, 'ImageId').valueAsString;
const attribute = (stack: Stack) => image(stack).getAtt('ImageId').toString();

describe('the logical ID of a share', () => {
  // Stacks that were deployed with release 0.1.0 have these: another ID would revoke the permissions of their shares.
  test.each<[string, (stack: Stack) => string, string]>([
    ['a literal', () => 'wsi-8t4x2k9p7', 'WorkspaceImageSharewsi8t4x2k9p7'],
    ['a parameter', parameter, 'WorkspaceImageShare6AACAA84AA3E509E'],
    ['an attribute', attribute, 'WorkspaceImageShareDC31CAE1F270BF2E'],
    ['an import', () => Fn.importValue('Image'), 'WorkspaceImageShare7BDF064203EFF6F4'],
  ])('of %s is the one of release 0.1.0', (_name, imageId, expected) => {
    const stack = newStack();
    expect(imageLogicalId(stack, imageId(stack))).toBe(expected);
  });

  test.each<[string, (stack: Stack) => string]>([
    ['a reference', (stack) => image(stack).ref],
    ['a selection', () => Fn.select(1, Fn.split('/', Fn.importValue('Images')))],
    ['a text around a reference', (stack) => `wsi-${image(stack).ref}`],
    ['an attribute by logical ID', (stack) => Fn.getAtt(image(stack).logicalId, 'ImageId').toString()],
    ['a stack’s own pseudo parameter', (stack) => Fn.select(2, Fn.split('/', stack.stackId))],
    ['a pseudo parameter', () => Fn.select(0, Fn.split('/', Aws.STACK_NAME))],
    [
      'a condition',
      (stack) => Fn.conditionIf(new CfnCondition(stack, 'IsProd').logicalId, 'wsi-1', 'wsi-2').toString(),
    ],
    ['the dummy value of a context lookup', () => 'dummy-value-for-/image'],
    ['a literal that is not an image ID', () => 'ami-123'],
    ['a custom token', () => Token.asString({ creationStack: [], resolve: () => ({ Ref: 'Image' }) })],
  ])('of %s is valid in a template, and independent of the stack and its stage', (_name, imageId) => {
    const stacks = [newStack(), new Stack(new Stage(new App(), 'Prod'), 'Renamed')];
    const [id, other] = stacks.map((stack) => imageLogicalId(stack, imageId(stack)));
    expect(id).toMatch(/^WorkspaceImageShare[0-9A-F]{16}$/);
    expect(other).toBe(id);
  });

  test('differs between expressions', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const other = new Stack(app, 'Other');
    const first = image(stack, 'First');
    const second = image(stack, 'Second');
    const expressions = [
      'ami-123',
      'ami-1234',
      first.ref,
      first.getAtt('ImageId').toString(),
      Fn.getAtt(first.logicalId, 'ImageId').toString(),
      Fn.getAtt(image(new Construct(stack, 'Deep'), 'First').logicalId, 'ImageId').toString(),
      second.ref,
      image(other, 'First').ref,
      image(new NestedStack(stack, 'Nested'), 'First').ref,
      image(new Construct(stack, 'Other'), 'First').ref,
      image(new Construct(stack, 'A'), 'BC').ref,
      image(new Construct(stack, 'AB'), 'C').ref,
      `${first.ref}x`,
      `x${first.ref}`,
      `x${second.ref}`,
      Fn.importValue('First'),
      Fn.importValue('Second'),
      stack.stackId,
      other.stackId,
    ];
    const ids = expressions.map((imageId) => imageLogicalId(stack, imageId));
    expect(new Set(ids).size).toBe(expressions.length);
  });

  test('does not depend on the stage of an image in another stack', () => {
    const [id, ...others] = [
      new App(),
      new Stage(new App(), 'Prod'),
      new Construct(undefined as never, ''),
    ].map((scope) => imageLogicalId(new Stack(scope, 'Shares'), image(new Stack(scope, 'Images')).ref));
    expect(others).toEqual([id, id]);
  });

  test('does not depend on the construct that refers to a pseudo parameter', () => {
    const stack = newStack();
    const [shallow, deep] = [stack, new Construct(stack, 'Deep')].map((scope) =>
      imageLogicalId(stack, new ScopedAws(scope).stackName),
    );
    expect(deep).toBe(shallow);
  });

  test.each<[string, (lazy: string, stack: Stack) => string]>([
    ['alone', (lazy) => lazy],
    ['in a text', (lazy) => `wsi-${lazy}`],
    ['in a join', (lazy) => Fn.join('-', [lazy, Fn.importValue('Image')])],
    ['in a split', (lazy) => Fn.select(0, Fn.split('/', lazy))],
    ['before a logical ID', (lazy, stack) => `${lazy}${image(stack).logicalId}`],
  ])('of a Lazy %s is undefined, and its value is not produced', (_name, imageId) => {
    const produce = jest.fn();
    for (const lazy of [Lazy.string({ produce }), Lazy.uncachedString({ produce })]) {
      const stack = newStack();
      expect(imageLogicalId(stack, imageId(lazy, stack))).toBeUndefined();
    }
    expect(produce).not.toHaveBeenCalled();
  });
});
