import { App, CfnParameter, type Environment, Fn, Lazy, NestedStack, Stack, Stage, Tags } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import {
  type WorkspaceImageCopyProps,
  WorkspaceImageSource,
  type WorkspaceImageSourceOptions,
} from '../../../lib';
import { hasWeakReferences } from '../chain';
import { IMAGE, newCopy, newShare, newStack, warnings } from '../stacks';

const OWNER = { account: '999999999999', region: 'eu-west-1' };
const RECIPIENT = { account: '111122223333', region: 'us-east-1' };

const lazy = (value: string) => Lazy.string({ produce: () => value });
const image = (imageId: string, options: WorkspaceImageSourceOptions = {}) => ({
  source: WorkspaceImageSource.image(imageId, { accountId: OWNER.account, ...options }),
});

describe('synthesis fails', () => {
  test.each<[string, Partial<WorkspaceImageCopyProps> & { inRegion?: string }, string]>([
    ['an image ID', image('ami-123'), '"ami-123" is not a WorkSpaces image ID'],
    ['no image ID', image(''), 'The image ID is missing'],
    ['an undefined image ID', image(undefined as never), 'The image ID is missing'],
    ['a Promise as image ID', image(Promise.resolve(IMAGE) as never), '"[object Promise]"'],
    ['a Lazy image ID', image(lazy('ami-123')), '"ami-123"'],
    ['an account ID', image(IMAGE, { accountId: '1234' }), '"1234" is not an AWS account ID'],
    ['an empty account ID', image(IMAGE, { accountId: '' }), '"" is not an AWS account ID'],
    ['a Lazy account ID', image(IMAGE, { accountId: lazy('1234') }), '"1234"'],
    ['a Region', image(IMAGE, { region: 'Ireland' }), '"Ireland" is not an AWS Region'],
    ['a Lazy Region', image(IMAGE, { region: lazy('Ireland') }), '"Ireland"'],
    [
      'a prefix',
      { imageNamePrefix: 'Golden image' },
      'The name of the image cannot start with "Golden image"',
    ],
    ['an empty prefix', { imageNamePrefix: '' }, 'The name of the image cannot start with ""'],
    ['a Lazy prefix', { imageNamePrefix: lazy('#') }, 'The name of the image cannot start with "#"'],
    ['a description', { description: 'Golden!' }, 'The description of the image cannot be "Golden!"'],
    ['an empty description', { description: '' }, 'The description of the image cannot be ""'],
    ['a Lazy description', { description: lazy('#') }, 'The description of the image cannot be "#"'],
    [
      'a Region in another partition',
      image(IMAGE, { region: 'cn-north-1' }),
      'An image cannot be copied from cn-north-1 to us-east-1, because they are in different partitions. Specify an image in the partition aws.',
    ],
    [
      'a Lazy Region in another partition',
      image(IMAGE, { region: lazy('cn-north-1') }),
      'An image cannot be',
    ],
    [
      'a route to another Region of GovCloud',
      { ...image(IMAGE, { region: 'us-gov-east-1' }), inRegion: 'us-gov-west-1' },
      'An image cannot be copied from us-gov-east-1 to us-gov-west-1: in AWS GovCloud (US), AWS Support copies images to other Regions. Contact AWS Support, and specify the image that it makes in us-gov-west-1.',
    ],
    [
      'a route to China (Ningxia)',
      { ...image(IMAGE, { region: 'cn-north-1' }), inRegion: 'cn-northwest-1' },
      'An image cannot be copied from cn-north-1 to cn-northwest-1: China (Ningxia) allows only copies within the Region. Specify an image in cn-northwest-1.',
    ],
    [
      'a route from China (Ningxia)',
      { ...image(IMAGE, { region: 'cn-northwest-1' }), inRegion: 'cn-north-1' },
      'An image cannot be copied from cn-northwest-1 to cn-north-1: China (Ningxia) allows only',
    ],
  ])(
    'for %s that is wrong, with the path of the copy',
    (_name, { inRegion: region = RECIPIENT.region, ...props }, problem) => {
      const stack = newStack({ ...RECIPIENT, region });
      newCopy(stack, props);
      expect(() => warnings(stack)).toThrow(`[Stack/Copied] ${problem}`);
    },
  );

  test('once for all problems of a copy', () => {
    const stack = newStack();
    newCopy(stack, { ...image('ami-123', { region: '1', accountId: '2' }), imageNamePrefix: '#' });
    expect(() => warnings(stack)).toThrow(/"ami-123".*"1" is.*"2" is.*"#"/s);
  });

  test('for tags that the service does not accept', () => {
    const stack = newStack();
    Tags.of(newCopy(stack)).add('team', lazy('x'.repeat(256)));
    expect(() => warnings(stack)).toThrow('[Stack/Copied] The value of the tag "team" has 256 characters.');
  });

  test('for a share in another partition', () => {
    const app = new App();
    const share = newShare(new Stack(app, 'Owner', { env: OWNER }));
    const stack = new Stack(app, 'Recipient', { env: { ...RECIPIENT, region: 'us-gov-west-1' } });
    newCopy(stack, { source: WorkspaceImageSource.share(share) });
    expect(() => app.synth()).toThrow(
      '[Recipient/Copied] An image cannot be copied from eu-west-1 to us-gov-west-1, because they are in different partitions. Specify an image in the partition aws-us-gov.',
    );
  });

  test('once for an image ID of a share', () => {
    const stack = newStack();
    const share = newShare(stack, { imageId: 'ami-123' });
    newCopy(stack, { source: WorkspaceImageSource.share(share) });
    expect(() => warnings(stack)).toThrow(/^(?!.*"ami-123".*"ami-123").*\[Stack\/Golden\] "ami-123"/s);
  });
});

describe('synthesis succeeds without a warning', () => {
  const parameter = (stack: Stack) => new CfnParameter(stack, 'Parameter').valueAsString;

  test.each<[string, (stack: Stack) => Partial<WorkspaceImageCopyProps>]>([
    ['a token as image', (stack) => image(parameter(stack))],
    ['an image looked up', (stack) => image(StringParameter.valueFromLookup(stack, '/image'))],
    ['a dynamic reference as image', () => image('{{resolve:ssm:/image}}')],
    ['a token as owner', (stack) => image(IMAGE, { accountId: parameter(stack) })],
    ['a token as Region', (stack) => image(IMAGE, { region: parameter(stack) })],
    ['a token as prefix', (stack) => ({ imageNamePrefix: parameter(stack) })],
    ['a token as description', (stack) => ({ description: parameter(stack) })],
  ])('for %s', (_name, props) => {
    const stack = newStack(RECIPIENT);
    newCopy(stack, props(stack));
    expect(warnings(stack)).toEqual([]);
  });

  test.each([
    ['within a Region of GovCloud', 'us-gov-west-1', 'us-gov-west-1'],
    ['within China (Ningxia)', 'cn-northwest-1', 'cn-northwest-1'],
    ['between Regions of a partition', 'eu-west-1', 'us-east-1'],
  ])('for an image that is copied %s', (_name, from, region) => {
    const stack = newStack({ ...RECIPIENT, region });
    newCopy(stack, image(IMAGE, { region: from }));
    expect(warnings(stack)).toEqual([]);
  });

  test('for an image in any partition if the Region of the stack is unknown', () => {
    const stack = newStack();
    newCopy(stack, image(IMAGE, { region: 'cn-north-1' }));
    expect(warnings(stack)).toEqual([]);
  });
});

describe('a Region that aws-cdk-lib does not know', () => {
  const warning = (region: string) =>
    `/Stack/Copied: The aws-cdk-lib of this app does not know the Region ${region}. Check the spelling, or acknowledge this warning if the Region is new. [ack: cdk-workspace-image-share:unknownRegion]`;

  test.each([
    ['of the source', 'eu-wset-1', 'us-east-1', ['eu-wset-1']],
    ['of the stack', 'us-east-1', 'xx-west-9', ['xx-west-9']],
    ['of both', 'xx-west-9', 'xx-west-9', ['xx-west-9']],
  ])('%s causes a warning, because it can be new', (_name, from, region, unknown) => {
    const stack = newStack({ ...RECIPIENT, region });
    newCopy(stack, image(IMAGE, { region: from }));
    expect(warnings(stack)).toEqual(unknown.map(warning));
  });
});

describe('the owner of an image', () => {
  const warningsOf = (source: (stack: Stack) => WorkspaceImageSource) => {
    const stack = newStack();
    newCopy(stack, { source: source(stack) });
    return warnings(stack);
  };

  test('causes a warning if it is not specified', () => {
    expect(warningsOf(() => WorkspaceImageSource.image(IMAGE))).toEqual([
      '/Stack/Copied: The owner of the image is not checked. Any account can share images with yours, so a wrong image ID can be that of an image from somebody else. Specify accountId for WorkspaceImageSource.image, also if the image is in the account of the copy. [ack: cdk-workspace-image-share:unknownOwner]',
    ]);
  });

  test('is known for shares and copies of the app', () => {
    expect(warningsOf((stack) => WorkspaceImageSource.share(newShare(stack)))).toEqual([]);
    expect(warningsOf((stack) => WorkspaceImageSource.copy(newCopy(stack, {}, 'First')))).toEqual([]);
  });
});

test('misspelled options of a copy cause a warning', () => {
  const stack = newStack();
  newCopy(stack, {
    namePrefix: 'Golden',
    removalpolicy: 'retain',
    description: undefined,
    other: 1,
  } as object);
  expect(warnings(stack)).toEqual([
    '/Stack/Copied: The option namePrefix does not exist and is ignored. Use imageNamePrefix, or remove it. [ack: cdk-workspace-image-share:misspelledOption]',
    '/Stack/Copied: The option removalpolicy does not exist and is ignored. Use removalPolicy, or remove it. [ack: cdk-workspace-image-share:misspelledOption]',
  ]);
});

describe('many copies in a stack', () => {
  function warningsAbout(copies: number): string[] {
    const stack = newStack();
    for (let n = 1; n <= copies; n++) {
      newCopy(stack, {}, `Copy${n}`);
    }
    newCopy(stack, {}, 'Removed');
    stack.node.tryRemoveChild('Removed');
    return warnings(stack);
  }

  const manyCopies = (count: number) =>
    `/Stack/Copy1: The stack Stack has ${count} copies. Each holds one concurrent execution of Lambda while it waits, and new accounts have 10 per Region for all functions. Request a higher quota, or let some copies depend on others. [ack: cdk-workspace-image-share:manyCopies]`;

  test.each<[number, string[]]>([
    [9, []],
    [10, [manyCopies(10)]],
    [40, [manyCopies(40)]],
    [
      41,
      [
        manyCopies(41),
        '/Stack/Copy1: The stack Stack has 41 copies. By default, an account can have 40 images per Region. Request a higher quota. [ack: cdk-workspace-image-share:imageQuota]',
      ],
    ],
  ])('cause warnings from ten copies on, and above the quota of images: %d', (count, expected) => {
    expect(warningsAbout(count)).toEqual(expected);
  });
});

describe('a share whose image ID is a token', () => {
  /** The warnings about a copy of its image. */
  function copied(
    imageId: (owner: Stack) => string,
    recipientIn: (owner: Stack) => Stack,
    strength: 'strong' | 'weak' = 'weak',
  ) {
    const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': strength } });
    const owner = new Stack(app, 'Owner', { env: OWNER });
    const share = newShare(owner, { imageId: imageId(owner) });
    const { node } = newCopy(recipientIn(owner), { source: WorkspaceImageSource.share(share) });
    app.synth();
    return node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data);
  }

  const recipient = (env: Environment) => (owner: Stack) => new Stack(Stage.of(owner), 'Recipient', { env });
  const parameter = (owner: Stack) => StringParameter.valueForStringParameter(owner, '/image');
  const warning = (effect: string) =>
    `The image of Owner/Golden, in another stack, comes from a token. If its value changes, ${effect}. Specify a literal image ID where the image is first shared or copied. [ack: cdk-workspace-image-share:tokenSource]`;
  const STALE = warning('the template of this copy does not, so no new image is copied');
  const REFUSED = warning('the update of the stack Owner fails for as long as this copy uses the value');

  test.each<[string, (owner: Stack) => string, Environment]>([
    ['account if it is an import', () => Fn.importValue('Image'), RECIPIENT],
    ['account if it is a dynamic reference', () => '{{resolve:ssm:/image}}', RECIPIENT],
    ['Region', () => Fn.importValue('Image'), { ...OWNER, region: 'us-east-1' }],
  ])('causes a warning about a copy in another %s', (_name, imageId, env) => {
    expect(copied(imageId, recipient(env))).toEqual([STALE]);
  });

  test('causes a warning about a reference between stacks that says which deployment fails', () => {
    expect(copied(parameter, recipient(OWNER), 'strong')).toEqual([REFUSED]);
    expect(
      copied(parameter, (owner) => new NestedStack(recipient(OWNER)(owner), 'Nested'), 'strong'),
    ).toEqual([REFUSED]);
    expect(copied(parameter, recipient(OWNER))).toEqual([hasWeakReferences ? STALE : REFUSED]);
  });

  test('causes a warning about a copy in another account, unless the CDK is too old for the reference', () => {
    if (hasWeakReferences) {
      expect(copied(parameter, recipient(RECIPIENT))).toEqual([STALE]);
    } else {
      expect(() => copied(parameter, recipient(RECIPIENT))).toThrow('Cross stack references are only');
    }
  });

  test.each<[string, (owner: Stack) => string, (owner: Stack) => Stack]>([
    ['a copy in the same stack', parameter, (owner) => owner],
    ['a copy in a nested stack', parameter, (owner) => new NestedStack(owner, 'Nested')],
    ['a copy elsewhere if it is a Lazy literal', () => lazy(IMAGE), recipient(RECIPIENT)],
  ])('causes no warning about %s', (_name, imageId, recipientIn) => {
    expect(copied(imageId, recipientIn)).toEqual([]);
  });
});
