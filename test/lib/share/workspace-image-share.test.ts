import { App, CfnParameter, CfnResource, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as api from '../../../lib';
import {
  WorkspaceImageShare,
  type WorkspaceImageShareProps,
  WorkspaceImageShareProvider,
} from '../../../lib';
import { hasWeakReferences } from '../chain';
import {
  ACCOUNTS,
  IMAGE,
  type Json,
  newCopy,
  newShare,
  newStack,
  OTHER_IMAGE,
  resources,
  theShare,
} from '../stacks';

const DEFAULTS = {
  logicalId: 'WorkspaceImageSharewsi8t4x2k9p7',
  Type: 'Custom::WorkspaceImageShare',
  Properties: {
    ServiceToken: { 'Fn::GetAtt': ['WorkspaceImageShareFunction', 'Arn'] },
    ServiceTimeout: '1260',
    ImageId: IMAGE,
    AccountIds: ACCOUNTS,
  },
  DeletionPolicy: 'Delete',
  UpdateReplacePolicy: 'Delete',
  DependsOn: ['WorkspaceImageShareFunctionInvocation'],
};

function shareWith(props: Partial<WorkspaceImageShareProps>): Json {
  const stack = newStack();
  newShare(stack, props);
  return theShare(stack);
}

describe('a share in the template', () => {
  test.each<[string, Partial<WorkspaceImageShareProps>, object, object]>([
    ['a list of accounts', {}, {}, {}],
    ['adoptExisting', { adoptExisting: true }, { AdoptExisting: 'true' }, {}],
    ['adoptExisting turned off', { adoptExisting: false }, {}, {}],
    ['a revision', { revision: '2025-11-22' }, { Revision: '2025-11-22' }, {}],
    ['DESTROY', { removalPolicy: RemovalPolicy.DESTROY }, {}, {}],
    // CloudFormation deploys no change of a policy alone, so a property changes with it.
    [
      'RETAIN',
      { removalPolicy: RemovalPolicy.RETAIN },
      { RemovalPolicy: 'Retain' },
      { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
    ],
    [
      'RETAIN_ON_UPDATE_OR_DELETE',
      { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      { RemovalPolicy: 'RetainExceptOnCreate' },
      { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
    ],
  ])('is one custom resource with %s', (_name, props, properties, policies) => {
    const expected = { ...DEFAULTS, ...policies, Properties: { ...DEFAULTS.Properties, ...properties } };
    expect(shareWith(props)).toEqual(expected);
  });

  test.each<[string, (share: WorkspaceImageShare) => void]>([
    ['to the share', (share) => share.applyRemovalPolicy(RemovalPolicy.RETAIN)],
    [
      'to the default child',
      ({ node }) => (node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN),
    ],
  ])('has the property of a removal policy that is applied later %s', (_name, retain) => {
    const stack = newStack();
    retain(newShare(stack));
    expect(theShare(stack)).toEqual(shareWith({ removalPolicy: RemovalPolicy.RETAIN }));
  });

  test('has the stack in which it is defined', () => {
    const stack = newStack();
    expect(newShare(new Construct(stack, 'Scope')).stack).toBe(stack);
  });

  test('a share needs no list of accounts', () => {
    const stack = newStack();
    newShare(stack, { accountIds: undefined }).addAccounts(...ACCOUNTS);
    expect(theShare(stack)).toEqual(shareWith({}));
  });

  test('a share cannot be defined without properties', () => {
    expect(() => new WorkspaceImageShare(newStack(), 'Golden', undefined as never)).toThrow(
      'Stack/Golden has no properties. Specify imageId, such as wsi-8t4x2k9p7.',
    );
  });

  test('a share has the provider that it uses', () => {
    const stack = newStack();
    const provider = new WorkspaceImageShareProvider(stack, 'Provider');
    expect(newShare(stack).provider).toBe(provider);
    expect(newShare(stack, { imageId: OTHER_IMAGE, provider }, 'Other').provider).toBe(provider);
  });

  test('contains the accounts that are added later, and does not change the list that was passed', () => {
    const stack = newStack();
    const accountIds = [...ACCOUNTS];
    newShare(stack, { accountIds }).addAccounts('777788889999', '888899990000');
    expect(theShare(stack).Properties.AccountIds).toEqual([...ACCOUNTS, '777788889999', '888899990000']);
    expect(accountIds).toEqual(ACCOUNTS);
  });

  test('can refer to other stacks, and they to its image', () => {
    const app = new App();
    const [before, stack, after] = ['Before', 'Stack', 'After'].map((id) => new Stack(app, id)) as [
      Stack,
      Stack,
      Stack,
    ];
    const image = new CfnResource(before, 'Image', { type: 'Custom::Image' });
    const share = newShare(stack, { imageId: image.ref, accountIds: [image.getAtt('Account').toString()] });
    new CfnResource(after, 'User', { type: 'Custom::User', properties: { ImageId: share.imageId } });

    expect(theShare(stack).Properties).toMatchObject({
      ImageId: { 'Fn::ImportValue': expect.stringMatching(/^Before:/) },
      AccountIds: [{ 'Fn::ImportValue': expect.stringMatching(/^Before:/) }],
    });
    expect(JSON.stringify(resources(after).User.Properties.ImageId)).toMatch(
      hasWeakReferences
        ? /"Fn::GetStackOutput".*"PublishOutputFnGetAttWorkspaceImageShare[0-9A-F]{16}ImageId/
        : /"Fn::ImportValue":"Stack:ExportsOutputFnGetAttWorkspaceImageShare[0-9A-F]{16}ImageId/,
    );
  });
});

describe('renaming and moving', () => {
  test.each<[string, (stack: Stack) => string]>([
    ['a literal', () => IMAGE],
    ['a reference', (stack) => new CfnResource(stack, 'Image', { type: 'Custom::Image' }).ref],
  ])('do not change the resources of a share of %s, nor does a provider of any name', (_name, imageId) => {
    const before = newStack();
    newShare(before, { imageId: imageId(before) });
    const after = newStack();
    const scope = new Construct(new Construct(after, 'Deep'), 'Deeper');
    const provider = new WorkspaceImageShareProvider(scope, 'Provider');
    newShare(scope, { imageId: imageId(after), provider }, 'Renamed');
    expect(resources(after)).toEqual(resources(before));
  });

  test('change the logical ID of a share of a Lazy, but not how it starts', () => {
    const ids = ['Golden', 'Renamed'].map((id) => {
      const stack = newStack();
      newShare(stack, { imageId: Lazy.string({ produce: () => IMAGE }) }, id);
      return theShare(stack).logicalId;
    });
    expect(ids).toEqual([
      expect.stringMatching(/^WorkspaceImageShareGolden[0-9A-F]{8}$/),
      expect.stringMatching(/^WorkspaceImageShareRenamed[0-9A-F]{8}$/),
    ]);
  });
});

describe('a second share in a stack', () => {
  test.each<[string, (stack: Stack) => string]>([
    ['image ID', () => IMAGE],
    ['parameter', (stack) => new CfnParameter(stack, 'Image').valueAsString],
  ])('is refused for the same %s', (_name, imageIdIn) => {
    const stack = newStack();
    const imageId = imageIdIn(stack);
    newShare(stack, { imageId }, 'One');
    expect(() => newShare(stack, { imageId, accountIds: [] }, 'Two')).toThrow(
      'Stack/Two shares the same image as Stack/One. A stack can have one share per image: merge the account lists, or call addAccounts on Stack/One.',
    );
  });

  test('adds one resource for another image', () => {
    const one = newStack();
    newShare(one);
    const two = newStack();
    newShare(two);
    newShare(two, { imageId: OTHER_IMAGE }, 'Two');
    const { WorkspaceImageSharewsi1a2b3c4d5: second, ...others } = resources(two);
    expect(second.Properties.ImageId).toBe(OTHER_IMAGE);
    expect(others).toEqual(resources(one));
  });

  test('is allowed after the first was removed from the tree, and so is one in another stack', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    newShare(stack, {}, 'One');
    stack.node.tryRemoveChild('One');
    newShare(stack, {}, 'Two');
    const other = new Stack(app, 'Other');
    newShare(other);
    expect(theShare(other).logicalId).toBe(theShare(stack).logicalId);
  });
});

test('a rule for permission changes matches successful calls for the image, except those by the function', () => {
  const stack = newStack();
  const share = newShare(stack, { imageId: new CfnParameter(stack, 'Image').valueAsString });
  share.onCloudTrailPermissionChange('Changed');
  share.onCloudTrailPermissionChange('Granted', {
    description: 'Granted by hand',
    eventPattern: { detail: { requestParameters: { allowCopyImage: [true] } } },
    target: { bind: () => ({ id: '', arn: 'arn:aws:sns:eu-west-1:999988887777:topic' }) },
  });

  const pattern = (requestParameters: object) => ({
    source: ['aws.workspaces'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventName: ['UpdateWorkspaceImagePermission'],
      errorCode: [{ exists: false }],
      requestParameters,
      userIdentity: {
        sessionContext: {
          sessionIssuer: {
            arn: [
              // IAM users and the root user.
              { exists: false },
              { 'anything-but': [{ 'Fn::GetAtt': ['WorkspaceImageShareFunctionRole', 'Arn'] }] },
            ],
          },
        },
      },
    },
  });
  const rules = Object.values(resources(stack)).filter(({ Type }) => Type === 'AWS::Events::Rule');
  expect(rules.map(({ Properties }) => Properties)).toEqual([
    { EventPattern: pattern({ imageId: [{ Ref: 'Image' }] }), State: 'ENABLED' },
    {
      Description: 'Granted by hand',
      EventPattern: pattern({ imageId: [{ Ref: 'Image' }], allowCopyImage: [true] }),
      State: 'ENABLED',
      Targets: [{ Id: 'Target0', Arn: 'arn:aws:sns:eu-west-1:999988887777:topic' }],
    },
  ]);
});

test('a construct is not accepted instead of its image ID', () => {
  const stack = newStack();
  const imageId = newCopy(stack) as unknown as string;
  expect(() => newShare(stack, { imageId })).toThrow(
    'The imageId of Stack/Golden is the construct Stack/Copied. Specify the imageId of the construct, or an image ID.',
  );
});

test('the package exports its constructs, and what they need', () => {
  expect(Object.keys(api).sort()).toEqual([
    'WorkspaceBundle',
    'WorkspaceBundleProvider',
    'WorkspaceImageCopy',
    'WorkspaceImageCopyProvider',
    'WorkspaceImageShare',
    'WorkspaceImageShareProvider',
    'WorkspaceImageSource',
  ]);
});
