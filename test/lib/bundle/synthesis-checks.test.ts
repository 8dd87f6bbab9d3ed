import { App, CfnParameter, type Environment, Lazy, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type WorkspaceBundleProps, WorkspaceImageSource } from '../../../lib';
import { IMAGE, newBundle, newCopy, newShare, newStack, OTHER_IMAGE, warnings } from '../stacks';

const OWNER = { account: '999999999999', region: 'eu-west-1' };
const RECIPIENT = { account: '111122223333', region: 'eu-west-1' };

const lazy = (value: string) => Lazy.string({ produce: () => value });
const gib = (size: number) => Size.gibibytes(size);

/** An app that has chosen how stacks refer to each other, of which the CDK otherwise warns. */
function weakApp(): App {
  return new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
}

describe('synthesis fails', () => {
  test.each<[string, Partial<WorkspaceBundleProps>, string]>([
    ['an image ID', { imageId: 'ami-123' }, '"ami-123" is not a WorkSpaces image ID'],
    ['an undefined image ID', { imageId: undefined }, 'The image ID is missing'],
    ['a Promise as image ID', { imageId: Promise.resolve(IMAGE) as never }, '"[object Promise]"'],
    ['a Lazy image ID', { imageId: lazy('ami-123') }, '"ami-123"'],
    ['a compute type', { computeType: 'Standard' }, '"Standard" is not a compute type: write "STANDARD".'],
    ['an undefined compute type', { computeType: undefined }, 'undefined is not a compute type'],
    ['a Lazy compute type', { computeType: lazy('std!') }, '"std!" is not a compute type'],
    ['a volume of 0', { userVolume: gib(0) }, '"0" is not the size of a volume in GiB.'],
    ['a fraction of GiB', { userVolume: gib(50.5) }, '"50.5" is not the size of a volume in GiB.'],
    ['a fraction in MiB', { rootVolume: Size.mebibytes(512) }, '"0.5" is not the size of a volume'],
    ['a Lazy volume', { rootVolume: gib(Lazy.number({ produce: () => 0 })) }, '"0" is not the size'],
    ['a prefix', { bundleNamePrefix: 'My bundle' }, 'The name of the bundle cannot start with "My bundle"'],
    ['a description', { description: 'For you!' }, 'The description of the bundle cannot be "For you!"'],
    [
      'a description of 256 characters',
      { description: 'x'.repeat(256) },
      'The description of the bundle cannot be',
    ],
    ['a tag', { tags: { team: 'x'.repeat(256) } }, 'The value of the tag "team" has 256 characters.'],
  ])('for %s that is wrong, with the path of the bundle', (_name, props, problem) => {
    const stack = newStack();
    newBundle(stack, props);
    expect(() => warnings(stack)).toThrow(`[Stack/Standard] ${problem}`);
  });

  test('once for all problems of a bundle', () => {
    const stack = newStack();
    newBundle(stack, {
      imageId: 'ami-123',
      computeType: 'fast',
      userVolume: gib(0),
      rootVolume: gib(1.5),
      bundleNamePrefix: '#',
    });
    expect(() => warnings(stack)).toThrow(/"ami-123".*"fast".*"0".*"1\.5".*"#"/s);
  });

  test('for tags that the service does not accept', () => {
    const stack = newStack();
    Tags.of(newBundle(stack)).add('aws:team', 'desktops');
    expect(() => warnings(stack)).toThrow('[Stack/Standard] The tag key "aws:team" starts with "aws:"');
  });
});

describe('synthesis succeeds without a warning', () => {
  const parameter = (stack: Stack, type = 'String') => new CfnParameter(stack, 'Parameter', { type });

  test.each<[string, (stack: Stack) => Partial<WorkspaceBundleProps>]>([
    ['a token as image', (stack) => ({ imageId: parameter(stack).valueAsString })],
    ['an image looked up', (stack) => ({ imageId: StringParameter.valueFromLookup(stack, '/image') })],
    ['a dynamic reference as image', () => ({ imageId: '{{resolve:ssm:/image}}' })],
    ['a token as compute type', (stack) => ({ computeType: parameter(stack).valueAsString })],
    ['a token as volume', (stack) => ({ userVolume: gib(parameter(stack, 'Number').valueAsNumber) })],
    ['a token as prefix', (stack) => ({ bundleNamePrefix: parameter(stack).valueAsString })],
    ['a token as description', (stack) => ({ description: parameter(stack).valueAsString })],
    ['a token as tag', (stack) => ({ tags: { team: parameter(stack).valueAsString } })],
    ['a compute type that is newer than this package', () => ({ computeType: 'GRAPHICS_G9_2XLARGE' })],
  ])('for %s', (_name, props) => {
    const stack = newStack(RECIPIENT);
    newBundle(stack, props(stack));
    expect(warnings(stack)).toEqual([]);
  });
});

test('misspelled options of a bundle cause a warning', () => {
  const stack = newStack();
  newBundle(stack, {
    namePrefix: 'Golden',
    removalpolicy: 'retain',
    computeTypes: 'POWER',
    other: 1,
  } as object);
  expect(warnings(stack)).toEqual(
    [
      ['namePrefix', 'bundleNamePrefix'],
      ['removalpolicy', 'removalPolicy'],
      ['computeTypes', 'computeType'],
    ].map(
      ([option, meant]) =>
        `/Stack/Standard: The option ${option} does not exist and is ignored. Use ${meant}, or remove it. [ack: cdk-workspace-image-share:misspelledOption]`,
    ),
  );
});

describe('an image in another account or Region', () => {
  /** A share, a copy of another image in its stack, and a stack in another environment. */
  function ownerAndRecipient(env: Environment = RECIPIENT, ownerEnv: Environment = OWNER) {
    const app = weakApp();
    const owner = new Stack(app, 'Owner', { env: ownerEnv, crossRegionReferences: true });
    const share = newShare(owner, { accountIds: [RECIPIENT.account] });
    const source = WorkspaceImageSource.image(OTHER_IMAGE, { accountId: OWNER.account });
    const copy = newCopy(owner, { source });
    const recipient = new Stack(app, 'Recipient', { env, crossRegionReferences: true });
    return { app, owner, share, copy, recipient };
  }
  const problem = (construct: string, kind: string) =>
    `Recipient/Standard uses the image of Owner/${construct}, a ${kind} in another account or Region. Copy it first: define a WorkspaceImageCopy with WorkspaceImageSource.${kind} in the stack Recipient, and use its imageId.`;

  test.each([
    ['account', RECIPIENT],
    ['Region', { ...OWNER, region: 'us-east-1' }],
  ])('cannot be used if a share or a copy refers to another %s', (_name, env) => {
    const { share, copy, recipient } = ownerAndRecipient(env);
    expect(() => newBundle(recipient, { imageId: share.imageId })).toThrow(problem('Golden', 'share'));
    recipient.node.tryRemoveChild('Standard');
    expect(() => newBundle(recipient, { imageId: copy.imageId })).toThrow(problem('Copied', 'copy'));
  });

  test('cannot be used in a Lazy', () => {
    const { app, share, recipient } = ownerAndRecipient({ ...OWNER, region: 'us-east-1' });
    newBundle(recipient, { imageId: Lazy.string({ produce: () => share.imageId }) });
    expect(() => app.synth()).toThrow(`[Recipient/Standard] ${problem('Golden', 'share')}`);
  });

  test.each<[string, string, Environment]>([
    ['a literal', IMAGE, RECIPIENT],
    ['a literal in another Region', IMAGE, { ...OWNER, region: 'us-east-1' }],
    ['a Lazy literal', lazy(IMAGE), RECIPIENT],
    ['a literal in another account of any Region', IMAGE, { account: RECIPIENT.account }],
  ])('cannot be used if its ID is %s that is also that of a share', (_name, imageId, env) => {
    const { app, recipient } = ownerAndRecipient(env);
    newBundle(recipient, { imageId });
    expect(() => app.synth()).toThrow(`[Recipient/Standard] ${problem('Golden', 'share')}`);
  });

  test.each<[string, string, Environment, Environment]>([
    ['the share is in the same account and Region', IMAGE, OWNER, OWNER],
    ['the account of the bundle is unknown', IMAGE, {}, OWNER],
    ['the account of the share is unknown', IMAGE, RECIPIENT, {}],
    ['nothing in the app shares it', 'wsi-000000000', RECIPIENT, OWNER],
  ])('can be used by its literal ID if %s', (_name, imageId, env, ownerEnv) => {
    const { app, recipient } = ownerAndRecipient(env, ownerEnv);
    newBundle(recipient, { imageId });
    expect(() => app.synth()).not.toThrow();
  });

  test('can be used if the share was removed from the tree', () => {
    const { app, owner, recipient } = ownerAndRecipient();
    newBundle(recipient);
    owner.node.tryRemoveChild('Golden');
    expect(() => app.synth()).not.toThrow();
  });

  test('can be used if it is that of a share in the same account and Region', () => {
    const { owner, share, recipient } = ownerAndRecipient(OWNER);
    newBundle(owner, { imageId: share.imageId });
    newBundle(recipient, { imageId: share.imageId });
    expect(warnings(recipient)).toEqual([]);
  });

  test('can be copied, and the copy can be used', () => {
    const { app, share, recipient } = ownerAndRecipient();
    const { imageId } = newCopy(recipient, { source: WorkspaceImageSource.share(share) });
    newBundle(recipient, { imageId });
    expect(() => app.synth()).not.toThrow();
  });
});

describe('a bundle that is retained', () => {
  const { DESTROY, RETAIN, RETAIN_ON_UPDATE_OR_DELETE } = RemovalPolicy;
  const warning = (stack: string) =>
    `The bundle is retained, but ${stack}/Copied, whose image it uses, is not. The image cannot be deleted while the bundle exists, so the stack ${stack} cannot be deleted. Retain the copy, too. [ack: cdk-workspace-image-share:retainedBundle]`;

  test.each<[string, RemovalPolicy, RemovalPolicy, string[]]>([
    ['causes a warning', RETAIN, DESTROY, [warning('Stack')]],
    ['causes a warning unless the creation fails', RETAIN_ON_UPDATE_OR_DELETE, DESTROY, [warning('Stack')]],
    ['causes no warning with a copy that is retained', RETAIN, RETAIN, []],
    ['causes no warning if it is deleted', DESTROY, DESTROY, []],
    ['causes no warning if only the copy is retained', DESTROY, RETAIN, []],
  ])('%s', (_name, ofBundle, ofCopy, expected) => {
    const stack = newStack();
    const copy = newCopy(stack);
    const bundle = newBundle(stack, { imageId: copy.imageId });
    // The last policy applies.
    bundle.applyRemovalPolicy(ofBundle);
    copy.applyRemovalPolicy(ofCopy);
    expect(warnings(stack)).toEqual(expected.map((text) => `/Stack/Standard: ${text}`));
  });

  test('causes a warning about the stack of the copy', () => {
    const app = weakApp();
    const { imageId } = newCopy(new Stack(app, 'Images'));
    const stack = new Stack(app, 'Bundles');
    newBundle(stack, { imageId, removalPolicy: RETAIN });
    expect(warnings(stack)).toEqual([`/Bundles/Standard: ${warning('Images')}`]);
  });

  test('causes no warning about an image that is not of this app, or that is shared', () => {
    const stack = newStack();
    const { imageId } = newShare(stack);
    newBundle(stack, { removalPolicy: RETAIN }, 'One');
    newBundle(stack, { removalPolicy: RETAIN, imageId }, 'Two');
    expect(warnings(stack)).toEqual([]);
  });
});

test.each<[number, string[]]>([
  [50, []],
  [
    51,
    [
      '/Stack/Bundle1: The stack Stack has 51 bundles. An account can have 50 custom bundles per Region, and AWS does not increase this quota. Remove some, or define them in other accounts. [ack: cdk-workspace-image-share:bundleQuota]',
    ],
  ],
])('bundles cause a warning above the quota: %d', (count, expected) => {
  const stack = newStack();
  for (let n = 1; n <= count; n++) {
    newBundle(stack, {}, `Bundle${n}`);
  }
  newBundle(stack, {}, 'Removed');
  stack.node.tryRemoveChild('Removed');
  expect(warnings(stack)).toEqual(expected);
});
