import {
  App,
  CfnParameter,
  CfnResource,
  Fn,
  Lazy,
  NestedStack,
  RemovalPolicy,
  Size,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import { CfnWorkspace } from 'aws-cdk-lib/aws-workspaces';
import { Construct } from 'constructs';
import {
  WorkspaceBundle,
  type WorkspaceBundleProps,
  WorkspaceBundleProvider,
  WorkspaceImageSource,
} from '../../../lib';
import {
  IMAGE,
  type Json,
  newBundle,
  newCopy,
  newShare,
  newStack,
  OTHER_IMAGE,
  ofType,
  outliving,
  resources,
} from '../stacks';

const POLICIES = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };

function stackWith(props: Partial<WorkspaceBundleProps>): Stack {
  const stack = newStack();
  newBundle(stack, props);
  return stack;
}

function theBundle(stack: Stack): Json {
  const [bundle, ...others] = ofType(stack, 'Custom::WorkspaceBundle');
  expect(others).toEqual([]);
  return bundle;
}

describe('a bundle in the template', () => {
  test('is one resource', () => {
    const { logicalId, ...resource } = theBundle(stackWith({}));
    expect(logicalId).toMatch(/^WorkspaceBundleStandard[0-9A-F]{8}$/);
    expect(resource).toEqual({
      Type: 'Custom::WorkspaceBundle',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['WorkspaceBundleFunction', 'Arn'] },
        ServiceTimeout: '3360',
        ImageId: IMAGE,
        ComputeType: 'STANDARD',
        UserVolumeGib: '50',
        NamePrefix: 'Stack-Standard',
        Description: 'Made by CloudFormation',
      },
      ...POLICIES,
      DependsOn: ['WorkspaceBundleFunctionInvocation'],
    });
  });

  test.each([
    [1, 5],
    [2, 6],
    [3, 7],
  ])('is one of %d in a stack with %d resources', (bundles, expected) => {
    const stack = newStack();
    for (let n = 1; n <= bundles; n++) {
      newBundle(stack, {}, `Bundle${n}`);
    }
    expect(Object.keys(resources(stack))).toHaveLength(expected);
  });

  test.each<[string, Partial<WorkspaceBundleProps>, object]>([
    ['another image', { imageId: OTHER_IMAGE }, { ImageId: OTHER_IMAGE }],
    ['another compute type', { computeType: 'POWER' }, { ComputeType: 'POWER' }],
    ['a volume for users', { userVolume: Size.gibibytes(100) }, { UserVolumeGib: '100' }],
    ['a volume for the system', { rootVolume: Size.gibibytes(175) }, { RootVolumeGib: '175' }],
    ['a volume in another unit', { userVolume: Size.tebibytes(1) }, { UserVolumeGib: '1024' }],
    ['no volume that is undefined', { rootVolume: undefined }, {}],
    ['the start of a name', { bundleNamePrefix: 'Standard_2.0' }, { NamePrefix: 'Standard_2.0' }],
    ['a description', { description: 'For everybody' }, { Description: 'For everybody' }],
    ['tags', { tags: { team: 'desktops' } }, { Tags: [{ Key: 'team', Value: 'desktops' }] }],
    ['no tags that are empty', { tags: {} }, {}],
  ])('has %s', (_name, props, properties) => {
    const { Properties: defaults } = theBundle(stackWith({}));
    expect(theBundle(stackWith(props)).Properties).toEqual({ ...defaults, ...properties });
  });

  test('has volumes that are tokens as strings', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Gib', { type: 'Number' }).valueAsNumber;
    newBundle(stack, {
      userVolume: Size.gibibytes(parameter),
      rootVolume: Size.gibibytes(Lazy.number({ produce: () => 80 })),
    });
    expect(theBundle(stack).Properties).toMatchObject({
      UserVolumeGib: { Ref: 'Gib' },
      RootVolumeGib: '80',
    });
  });

  test('has the stack in which it is defined', () => {
    const stack = newStack();
    expect(newBundle(new Construct(stack, 'Scope')).stack).toBe(stack);
  });

  test('has the provider that it uses', () => {
    const stack = newStack();
    const provider = new WorkspaceBundleProvider(stack, 'Provider');
    expect(newBundle(stack).provider).toBe(provider);
    expect(newBundle(stack, { provider }, 'Other').provider).toBe(provider);
  });
});

describe('the tags of a bundle', () => {
  test('are those of its properties, unless Tags.of adds or removes them', () => {
    const stack = newStack();
    Tags.of(stack).add('team', 'desktops');
    const bundle = newBundle(stack, { tags: { team: 'none', owner: 'none', purpose: 'office' } });
    Tags.of(bundle).remove('owner');
    expect(theBundle(stack).Properties.Tags).toEqual([
      { Key: 'purpose', Value: 'office' },
      { Key: 'team', Value: 'desktops' },
    ]);
  });

  test('that are properties need the permission to tag', () => {
    const role = ({ tags }: Partial<WorkspaceBundleProps>) =>
      JSON.stringify(resources(stackWith({ tags })).WorkspaceBundleFunctionRole);
    expect(role({ tags: { team: 'desktops' } })).toContain('workspaces:CreateTags');
    expect(role({ tags: {} })).not.toContain('workspaces:CreateTags');
  });
});

describe('a bundle cannot be defined', () => {
  const valid = { imageId: IMAGE, computeType: 'STANDARD', userVolume: Size.gibibytes(50) };
  const sizes = 'Specify a Size in whole GiB, such as Size.gibibytes(50).';
  const records = "Specify an object with strings, such as { team: 'desktops' }.";

  test.each<[string, unknown, string]>([
    ['without properties', undefined, `The userVolume of Stack/Standard is undefined. ${sizes}`],
    ['without a volume', { imageId: IMAGE }, `The userVolume of Stack/Standard is undefined. ${sizes}`],
    ['with a number', { ...valid, userVolume: 50 }, `The userVolume of Stack/Standard is 50. ${sizes}`],
    ['with a text', { ...valid, rootVolume: '80' }, `The rootVolume of Stack/Standard is "80". ${sizes}`],
    ['with null', { ...valid, rootVolume: null }, `The rootVolume of Stack/Standard is null. ${sizes}`],
  ])('%s for a volume', (_name, props, problem) => {
    expect(() => new WorkspaceBundle(newStack(), 'Standard', props as never)).toThrow(problem);
  });

  test('with a copy for its image ID', () => {
    const stack = newStack();
    const imageId = newCopy(stack) as unknown as string;
    expect(() => newBundle(stack, { imageId })).toThrow(
      'The imageId of Stack/Standard is the construct Stack/Copied. Specify the imageId of the construct, or an image ID.',
    );
  });

  test.each<[string, unknown, string]>([
    ['a text', 'team', '"team"'],
    ['null', null, 'null'],
    ['a list', [{ key: 'team', value: 'desktops' }], '[{"key":"team","value":"desktops"}]'],
  ])('with %s for its tags', (_name, tags, words) => {
    expect(() => stackWith({ tags: tags as never })).toThrow(
      `The tags of Stack/Standard are ${words}. ${records}`,
    );
  });
});

describe('the order of resources', () => {
  test('a bundle is created after the copy is available, and deleted before it', () => {
    const stack = newStack();
    const share = newShare(stack);
    const copy = newCopy(stack, { source: WorkspaceImageSource.share(share) });
    newBundle(stack, { imageId: copy.imageId });
    const last = ofType(stack, 'Custom::WorkspaceImageReady').find(({ Properties }) => Properties.Last);
    expect(theBundle(stack).Properties.ImageId).toEqual({ 'Fn::GetAtt': [last.logicalId, 'ImageId'] });
    const types = outliving(stack, 'Custom::WorkspaceBundle').map((id) => resources(stack)[id].Type);
    expect(types).toEqual(
      expect.arrayContaining([
        'Custom::WorkspaceImageShare',
        'Custom::WorkspaceImageCopy',
        'Custom::WorkspaceImageReady',
      ]),
    );
  });

  test('a WorkSpace is created after its bundle, by its ID', () => {
    const stack = newStack();
    const { bundleId } = newBundle(stack);
    new CfnWorkspace(stack, 'Desktop', { bundleId, directoryId: 'd-1234567890', userName: 'user' });
    const [{ Properties }] = ofType(stack, 'AWS::WorkSpaces::Workspace');
    expect(Properties.BundleId).toEqual({ Ref: theBundle(stack).logicalId });
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
  ])('%s is in the template, also if it is applied later', (_name, removalPolicy, policies, property) => {
    const bundle = theBundle(stackWith({}));
    const later = newStack();
    newBundle(later).applyRemovalPolicy(removalPolicy);
    for (const stack of [stackWith({ removalPolicy }), later]) {
      expect(theBundle(stack)).toEqual({
        ...bundle,
        ...policies,
        Properties: { ...bundle.Properties, ...property },
      });
    }
  });
});

test('renaming the construct makes another bundle with the same function', () => {
  const ids = ['Standard', 'Renamed'].map((id) => {
    const stack = newStack();
    newBundle(stack, {}, id);
    return Object.keys(resources(stack));
  });
  expect(ids[0].filter((id) => ids[1].includes(id))).toEqual([
    'WorkspaceBundleFunctionLogGroup',
    'WorkspaceBundleFunctionRole',
    'WorkspaceBundleFunction',
    'WorkspaceBundleFunctionInvocation',
  ]);
});

test('the image can be an expression', () => {
  const stack = newStack();
  newBundle(stack, { imageId: Fn.importValue('Image') });
  expect(theBundle(stack).Properties.ImageId).toEqual({ 'Fn::ImportValue': 'Image' });
});

test('the bundle can be used in another stack', () => {
  const app = new App();
  const { bundleId } = newBundle(new Stack(app, 'Stack'));
  const user = new Stack(app, 'User');
  new CfnResource(user, 'User', { type: 'Custom::User', properties: { bundleId } });
  expect(JSON.stringify(resources(user).User.Properties.bundleId)).toMatch(
    /RefWorkspaceBundleStandard[0-9A-F]{8}/,
  );
});

test('each stack has a function of its own, also if it is nested', () => {
  const stack = newStack();
  const stacks = [stack, new NestedStack(stack, 'Nested'), new Stack(stack, 'Other')];
  for (const each of stacks) {
    newBundle(each, {}, 'One');
    newBundle(each, {}, 'Two');
  }
  expect(stacks.map((each) => ofType(each, 'AWS::Lambda::Function').length)).toEqual([1, 1, 1]);
});
