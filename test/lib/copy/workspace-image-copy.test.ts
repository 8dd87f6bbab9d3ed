import { App, CfnResource, Duration, Lazy, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  WorkspaceImageCopy,
  type WorkspaceImageCopyProps,
  WorkspaceImageCopyProvider,
  WorkspaceImageSource,
} from '../../../lib';
import { hasWeakReferences } from '../chain';
import {
  IMAGE,
  type Json,
  newCopy,
  newShare,
  newStack,
  OTHER_IMAGE,
  OWNER_ID,
  ofType,
  resources,
} from '../stacks';

const POLICIES = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };
const INVOCATION = {
  ServiceToken: { 'Fn::GetAtt': ['WorkspaceImageCopyFunction', 'Arn'] },
  ServiceTimeout: '3360',
};

function stackWith(props: Partial<WorkspaceImageCopyProps>): Stack {
  const stack = newStack();
  newCopy(stack, props);
  return stack;
}

/** The resource that starts the copy. */
function theCopy(stack: Stack): Json {
  const [copy, ...others] = ofType(stack, 'Custom::WorkspaceImageCopy');
  expect(others).toEqual([]);
  return copy;
}

/** The resources that wait for the copy, in their order. */
function links(stack: Stack): Json[] {
  return ofType(stack, 'Custom::WorkspaceImageReady');
}

describe('a copy in the template', () => {
  test('is a resource that starts it, and five that wait one after the other', () => {
    const stack = stackWith({});
    const { logicalId: copy, ...resource } = theCopy(stack);
    expect(resource).toEqual({
      Type: 'Custom::WorkspaceImageCopy',
      Properties: {
        ...INVOCATION,
        SourceImageId: IMAGE,
        SourceRegion: { Ref: 'AWS::Region' },
        SourceAccountId: OWNER_ID,
        NamePrefix: 'Stack-Copied',
      },
      ...POLICIES,
      DependsOn: ['WorkspaceImageCopyFunctionInvocation'],
    });
    const ids = links(stack).map(({ logicalId }) => logicalId);
    const isNamed = (name: string) => expect.stringMatching(`^WorkspaceImageCopyCopied${name}[0-9A-F]{8}$`);
    expect([copy, ...ids]).toEqual(['', 'Ready1', 'Ready2', 'Ready3', 'Ready4', 'Ready'].map(isNamed));
    expect(links(stack)).toEqual(
      ids.map((logicalId, index) => ({
        logicalId,
        Type: 'Custom::WorkspaceImageReady',
        Properties: {
          ...INVOCATION,
          ImageId: { Ref: copy },
          ...(index === 4 && { Last: 'true', Timeout: '60' }),
        },
        ...POLICIES,
        DependsOn: [[copy, ...ids][index]],
      })),
    );
  });

  test.each([
    [1, 10],
    [2, 16],
    [3, 22],
  ])('is one of %d in a stack with %d resources', (copies, expected) => {
    const stack = newStack();
    for (let n = 1; n <= copies; n++) {
      newCopy(stack, {}, `Copy${n}`);
    }
    expect(Object.keys(resources(stack))).toHaveLength(expected);
  });

  test.each<[string, Partial<WorkspaceImageCopyProps>, object]>([
    [
      'an image in another Region',
      { source: WorkspaceImageSource.image(OTHER_IMAGE, { region: 'eu-west-1', accountId: OWNER_ID }) },
      { SourceImageId: OTHER_IMAGE, SourceRegion: 'eu-west-1' },
    ],
    [
      'an owner',
      { source: WorkspaceImageSource.image(IMAGE, { accountId: '111122223333' }) },
      { SourceAccountId: '111122223333' },
    ],
    [
      'the defaults for options that are undefined',
      { source: WorkspaceImageSource.image(IMAGE, { region: undefined, accountId: OWNER_ID }) },
      {},
    ],
    ['the start of a name', { imageNamePrefix: 'Golden_2.0' }, { NamePrefix: 'Golden_2.0' }],
    ['a description', { description: 'The golden image' }, { Description: 'The golden image' }],
  ])('has %s', (_name, props, properties) => {
    const { Properties: defaults } = theCopy(stackWith({}));
    expect(theCopy(stackWith(props)).Properties).toEqual({ ...defaults, ...properties });
  });

  test('has the stack in which it is defined', () => {
    const stack = newStack();
    expect(newCopy(new Construct(stack, 'Scope')).stack).toBe(stack);
  });

  test('a copy has the provider that it uses', () => {
    const stack = newStack();
    const provider = new WorkspaceImageCopyProvider(stack, 'Provider');
    expect(newCopy(stack).provider).toBe(provider);
    expect(newCopy(stack, { provider }, 'Other').provider).toBe(provider);
  });

  test('copies with long paths have different logical IDs of at most 255 characters', () => {
    const stack = newStack();
    const scope = Array.from({ length: 10 }).reduce<Construct>(
      (parent) => new Construct(parent, 'A'.repeat(100)),
      stack,
    );
    newCopy(scope, {}, 'One');
    newCopy(scope, {}, 'Two');
    const ids = Object.keys(resources(stack)).filter((id) => id.startsWith('WorkspaceImageCopyA'));
    expect(new Set(ids).size).toBe(12);
    expect(Math.max(...ids.map(({ length }) => length))).toBeLessThanOrEqual(255);
  });
});

describe('a copy cannot be defined', () => {
  const create = (props: unknown) => new WorkspaceImageCopy(newStack(), 'Copied', props as never);
  const advice =
    'Specify WorkspaceImageSource.share or WorkspaceImageSource.copy for a share or copy in this app, or WorkspaceImageSource.image for an image ID.';

  test.each<[string, () => unknown, string]>([
    ['without properties', () => undefined, 'The source of Stack/Copied is undefined.'],
    ['without a source', () => ({}), 'The source of Stack/Copied is undefined.'],
    ['with null as its source', () => ({ source: null }), 'The source of Stack/Copied is null.'],
    [
      'with a share as its source',
      () => ({ source: newShare(newStack()) }),
      'The source of Stack/Copied is the construct Stack/Golden.',
    ],
    [
      'with an image ID as its source',
      () => ({ source: IMAGE }),
      `The source of Stack/Copied is "${IMAGE}".`,
    ],
  ])('a copy cannot be defined %s', (_name, props, problem) => {
    expect(() => create(props())).toThrow(`${problem} ${advice}`);
  });
});

describe('the timeout', () => {
  test.each<[string, Duration, number, string]>([
    ['a minute', Duration.minutes(1), 1, '1'],
    ['14 minutes', Duration.minutes(14), 1, '14'],
    ['a second more', Duration.seconds(14 * 60 + 1), 2, '15'],
    ['28 minutes', Duration.minutes(28), 2, '28'],
    ['12 hours', Duration.hours(12), 52, '720'],
  ])('can be %s, and then the last of the resources that wait has it', (_name, timeout, count, minutes) => {
    const timeouts = links(stackWith({ timeout })).map(({ Properties }) => Properties.Timeout);
    expect(timeouts).toEqual([...Array(count - 1), minutes]);
  });

  test.each<[string, Duration]>([
    ['59 seconds', Duration.seconds(59)],
    ['12 hours 1 minute', Duration.minutes(721)],
    ['<token> minutes', Duration.minutes(Lazy.number({ produce: () => 60 }))],
    ['60', 60 as never],
    ['"1h"', '1h' as never],
    ['null', null as never],
  ])('cannot be %s', (words, timeout) => {
    expect(() => stackWith({ timeout })).toThrow(
      `The timeout of Stack/Copied is ${words}. Specify a literal Duration of 1 minute to 12 hours, such as Duration.hours(2).`,
    );
  });

  test('does not change the logical IDs of a share of the copy, and of the resource that starts it', () => {
    const [short, long] = [Duration.minutes(10), Duration.hours(3)].map((timeout) => {
      const stack = newStack();
      newShare(stack, { imageId: newCopy(stack, { timeout }).imageId });
      const { logicalId } = theCopy(stack);
      const [share] = ofType(stack, 'Custom::WorkspaceImageShare');
      expect(share.Properties.ImageId).toEqual({ 'Fn::GetAtt': [links(stack).at(-1).logicalId, 'ImageId'] });
      return { logicalId, share };
    });
    expect(long).toEqual(short);
  });
});

describe('the removal policy', () => {
  const kept = (deletionPolicy: string) => ({
    DeletionPolicy: deletionPolicy,
    UpdateReplacePolicy: 'Retain',
  });

  // CloudFormation deploys no change of a policy alone, so a property changes with it.
  test.each<[string, RemovalPolicy, object, object]>([
    ['DESTROY', RemovalPolicy.DESTROY, POLICIES, {}],
    ['RETAIN', RemovalPolicy.RETAIN, kept('Retain'), { RemovalPolicy: 'Retain' }],
    [
      'RETAIN_ON_UPDATE_OR_DELETE',
      RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      kept('RetainExceptOnCreate'),
      { RemovalPolicy: 'RetainExceptOnCreate' },
    ],
  ])(
    '%s is the same for all resources, also if it is applied later',
    (_name, removalPolicy, policies, property) => {
      const { Properties: defaults } = theCopy(stackWith({}));
      const later = newStack();
      newCopy(later).applyRemovalPolicy(removalPolicy);
      for (const stack of [stackWith({ removalPolicy }), later]) {
        const all = [theCopy(stack), ...links(stack)];
        expect(all).toEqual(all.map((resource) => ({ ...resource, ...policies })));
        expect(theCopy(stack).Properties).toEqual({ ...defaults, ...property });
      }
    },
  );
});

test('renaming the construct replaces its resources, but not the function', () => {
  const ids = ['Copied', 'Renamed'].map((id) => {
    const stack = newStack();
    newCopy(stack, {}, id);
    return Object.keys(resources(stack));
  });
  expect(ids[0].filter((id) => ids[1].includes(id))).toEqual([
    'WorkspaceImageCopyFunctionLogGroup',
    'WorkspaceImageCopyFunctionRole',
    'WorkspaceImageCopyFunction',
    'WorkspaceImageCopyFunctionInvocation',
  ]);
});

test('the image can be used in another stack', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const { imageId } = newCopy(stack);
  const user = new Stack(app, 'User');
  new CfnResource(user, 'User', { type: 'Custom::User', properties: { imageId } });
  expect(JSON.stringify(resources(user).User.Properties.imageId)).toMatch(
    hasWeakReferences
      ? /"Fn::GetStackOutput".*"PublishOutputFnGetAttWorkspaceImageCopyCopiedReady[0-9A-F]{8}ImageId/
      : /"Fn::ImportValue":"Stack:ExportsOutputFnGetAttWorkspaceImageCopyCopiedReady[0-9A-F]{8}ImageId/,
  );
});

test('each stack has a function of its own, also if it is nested', () => {
  const stack = newStack();
  const stacks = [stack, new NestedStack(stack, 'Nested'), new Stack(stack, 'Other')];
  for (const each of stacks) {
    newCopy(each, {}, 'One');
    newCopy(each, {}, 'Two');
  }
  expect(stacks.map((each) => ofType(each, 'AWS::Lambda::Function').length)).toEqual([1, 1, 1]);
});
