import { App, CfnParameter, type Environment, Lazy, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type WorkspaceImageShare, type WorkspaceImageShareProps, WorkspaceImageSource } from '../../../lib';
import { IMAGE, type Json, newCopy, newShare, ofType, theShare, warnings } from '../stacks';

const OWNER = { account: '999999999999', region: 'eu-west-1' };
const DEV = { account: '111122223333', region: 'eu-west-1' };
const PROD = { account: '444455556666', region: 'us-east-1' };

/** A stack with a share without accounts, and an app for stacks that copy its image. */
function owner(env?: Environment, props: Partial<WorkspaceImageShareProps> = {}) {
  const app = new App();
  const stack = new Stack(app, 'Owner', { env });
  return { app, stack, share: newShare(stack, { accountIds: [], ...props }) };
}

/** A stack that copies the image of a share. */
function recipient(share: WorkspaceImageShare, env?: Environment, id = 'Recipient'): Stack {
  const stack = new Stack(Stage.of(share), id, { env });
  newCopy(stack, { source: WorkspaceImageSource.share(share) });
  return stack;
}

function sourceOf(stack: Stack): Json {
  const [{ Properties }, ...others] = ofType(stack, 'Custom::WorkspaceImageCopy');
  expect(others).toEqual([]);
  const { SourceImageId, SourceRegion, SourceAccountId } = Properties;
  return { SourceImageId, SourceRegion, SourceAccountId };
}

function dependencies(stack: Stack): string[] {
  const { dependencies: names } = (stack.node.root as App).synth().getStackArtifact(stack.artifactId);
  return names.filter(({ manifest }) => manifest.type === 'aws:cloudformation:stack').map(({ id }) => id);
}

const IN_OWNERS_ACCOUNT = { SourceImageId: IMAGE, SourceRegion: 'eu-west-1', SourceAccountId: OWNER.account };
const HERE = {
  SourceImageId: IMAGE,
  SourceRegion: { Ref: 'AWS::Region' },
  SourceAccountId: { Ref: 'AWS::AccountId' },
};

describe('copies of the image of a share', () => {
  test('in other accounts and Regions have its image, Region and owner, and are listed in it', () => {
    const { stack, share } = owner(OWNER);
    const recipients = [recipient(share, DEV, 'Dev'), recipient(share, PROD, 'Prod')];
    expect(theShare(stack).Properties.AccountIds).toEqual([DEV.account, PROD.account]);
    expect(recipients.map(sourceOf)).toEqual([IN_OWNERS_ACCOUNT, IN_OWNERS_ACCOUNT]);
    expect([stack, ...recipients].flatMap(warnings)).toEqual([]);
  });

  test('are deployed after it, and deleted before it', () => {
    const { stack, share } = owner(OWNER);
    expect(dependencies(recipient(share, DEV))).toEqual(['Owner']);
    expect(dependencies(stack)).toEqual([]);
  });

  test('in another Region of its account are not listed in it', () => {
    const { stack, share } = owner(OWNER, { accountIds: [DEV.account] });
    const there = recipient(share, { ...OWNER, region: 'us-east-1' });
    expect(theShare(stack).Properties.AccountIds).toEqual([DEV.account]);
    expect(sourceOf(there)).toEqual(IN_OWNERS_ACCOUNT);
  });

  test.each<[string, Environment | undefined, Json]>([
    ['an environment', OWNER, IN_OWNERS_ACCOUNT],
    ['no environment', undefined, HERE],
    ['a Region', { region: 'eu-west-1' }, { ...HERE, SourceRegion: 'eu-west-1' }],
    ['an account', { account: OWNER.account }, { ...HERE, SourceAccountId: OWNER.account }],
  ])('in another stack with %s can be in the same place', (_name, env, expected) => {
    const { stack, share } = owner(env, { accountIds: [DEV.account] });
    const other = recipient(share, env);
    expect(sourceOf(other)).toEqual(expected);
    expect(theShare(stack).Properties.AccountIds).toEqual([DEV.account]);
    expect(dependencies(other)).toEqual(['Owner']);
    expect([stack, other].flatMap(warnings)).toEqual([]);
  });

  test('in the same stack are made after it', () => {
    const { stack, share } = owner(undefined, { accountIds: [DEV.account] });
    newCopy(stack, { source: WorkspaceImageSource.share(share) });
    expect(sourceOf(stack)).toEqual(HERE);
    const [copy] = ofType(stack, 'Custom::WorkspaceImageCopy');
    expect(copy.DependsOn).toContain(theShare(stack).logicalId);
  });

  test('in a nested stack are made after it', () => {
    const { stack, share } = owner(undefined, { accountIds: [DEV.account] });
    const nested = new NestedStack(stack, 'Nested');
    newCopy(nested, { source: WorkspaceImageSource.share(share) });
    expect(sourceOf(nested)).toEqual(HERE);
    const [resource] = ofType(stack, 'AWS::CloudFormation::Stack');
    expect(resource.DependsOn).toContain(theShare(stack).logicalId);
  });

  test('can be made from a nested stack', () => {
    const { app, stack } = owner(OWNER);
    const nested = new NestedStack(stack, 'Nested');
    const share = newShare(nested, { accountIds: [] });
    const other = recipient(share, DEV);
    expect(theShare(nested).Properties.AccountIds).toEqual([DEV.account]);
    expect(sourceOf(other)).toEqual(IN_OWNERS_ACCOUNT);
    expect(
      app
        .synth()
        .getStackArtifact(other.artifactId)
        .dependencies.map(({ id }) => id),
    ).toContain('Owner');
  });

  test('can be used by the target of a rule of the share', () => {
    const { stack, share } = owner(undefined, { accountIds: [DEV.account] });
    const { imageId } = newCopy(stack, { source: WorkspaceImageSource.share(share) });
    const onEvent = new lambda.Function(stack, 'OnEvent', {
      code: lambda.Code.fromInline('exports.handler = () => {}'),
      handler: 'index.handler',
      runtime: new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS, { supportsInlineCode: true }),
      environment: { imageId },
    });
    share.onCloudTrailPermissionChange('Changed', { target: new LambdaFunction(onEvent) });
    // Fails if the template has a dependency cycle.
    expect(ofType(stack, 'AWS::Events::Rule')).toHaveLength(1);
  });
});

describe('the account of a copy is listed once', () => {
  const lazy = Lazy.string({ produce: () => DEV.account });
  const lazyList = Lazy.list({ produce: () => [DEV.account] });

  test.each<[string, string[], string[], Environment[]]>([
    ['declared', [DEV.account], [], [DEV]],
    ['declared as a Lazy', [lazy], [], [DEV]],
    ['in a Lazy list', lazyList, [], [DEV]],
    ['added later', [], [DEV.account], [DEV]],
    ['that of two copies', [], [], [DEV, { ...DEV, region: 'us-east-1' }]],
  ])('if it is %s', (_name, accountIds, added, environments) => {
    for (const addFirst of [true, false]) {
      const { stack, share } = owner(OWNER, { accountIds });
      const add = () => share.addAccounts(...added);
      const copy = () => {
        for (const [index, env] of environments.entries()) {
          recipient(share, env, `Recipient${index}`);
        }
      };
      for (const step of addFirst ? [add, copy] : [copy, add]) {
        step();
      }
      expect(theShare(stack).Properties.AccountIds).toEqual([DEV.account]);
      expect(warnings(stack)).toEqual([]);
    }
  });

  test('next to tokens', () => {
    const { stack, share } = owner(OWNER);
    share.addAccounts(...new CfnParameter(stack, 'Ids', { type: 'CommaDelimitedList' }).valueAsList);
    recipient(share, DEV);
    expect(theShare(stack).Properties.AccountIds).toEqual({
      'Fn::Split': [',', { 'Fn::Join': [',', [{ 'Fn::Join': [',', { Ref: 'Ids' }] }, DEV.account]] }],
    });
  });

  test('but a duplicate in the declared list is an error', () => {
    const { stack, share } = owner(OWNER, { accountIds: [DEV.account, DEV.account] });
    recipient(share, DEV);
    expect(() => warnings(stack)).toThrow('[Owner/Golden] "111122223333" is in the list more than once.');
  });
});

test('a share without accounts causes no warning if only its own account copies the image', () => {
  const { stack, share } = owner(OWNER);
  recipient(share, { ...OWNER, region: 'us-east-1' });
  expect(warnings(stack)).toEqual([]);
});

test('a share without accounts causes a warning if the copy of its image was removed from the tree', () => {
  const { stack, share } = owner(OWNER);
  recipient(share, DEV).node.tryRemoveChild('Copied');
  expect(warnings(stack)).toEqual([expect.stringMatching(/emptyList/)]);
});

describe('a source cannot be', () => {
  const stack = new Stack(undefined, 'Stack');
  const share = newShare(stack);
  const copy = newCopy(stack);
  const {
    image,
    share: of,
    copy: ofCopy,
  } = WorkspaceImageSource as unknown as Record<string, (...args: unknown[]) => Json>;

  test.each<[string, () => unknown, string]>([
    [
      'a copy instead of a share',
      () => of(copy),
      'WorkspaceImageSource.share was called with the construct Stack/Copied instead of a share.',
    ],
    [
      'a share that is missing',
      () => of(undefined),
      'WorkspaceImageSource.share was called with undefined instead of a share.',
    ],
    [
      'an image ID instead of a share',
      () => of(IMAGE),
      `WorkspaceImageSource.share was called with "${IMAGE}" instead of a share.`,
    ],
    [
      'a share instead of a copy',
      () => ofCopy(share),
      'WorkspaceImageSource.copy was called with the construct Stack/Golden instead of a copy.',
    ],
    [
      'an image ID instead of a copy',
      () => ofCopy(IMAGE),
      `WorkspaceImageSource.copy was called with "${IMAGE}" instead of a copy. Pass a WorkspaceImageCopy, or use WorkspaceImageSource.share for a share and WorkspaceImageSource.image for an image ID.`,
    ],
    [
      'a share instead of an image ID',
      () => image(share),
      'WorkspaceImageSource.image was called with the construct Stack/Golden instead of an image ID. Pass the image ID, or use WorkspaceImageSource.share for a share and WorkspaceImageSource.copy for a copy.',
    ],
    [
      'an image with null for its options',
      () => image(IMAGE, null),
      'WorkspaceImageSource.image was called with null instead of options.',
    ],
    [
      'an image with an environment for its options',
      () => image(IMAGE, { account: OWNER.account, region: 'eu-west-1' }),
      'WorkspaceImageSource.image has no option account. Specify accountId instead, or remove it.',
    ],
    [
      'an image with an unknown option',
      () => image(IMAGE, { name: 'Golden' }),
      'WorkspaceImageSource.image has no option name. Specify region or accountId instead, or remove it.',
    ],
    [
      'an image with a Region for its options',
      () => image(IMAGE, 'eu-west-1'),
      'WorkspaceImageSource.image was called with "eu-west-1" instead of options. Leave them out, or pass an object such as { region: \'eu-west-1\' }.',
    ],
  ])('a source cannot be %s', (_name, source, message) => {
    expect(source).toThrow(message);
  });
});

test('a copy that was removed from the tree is not listed in the share', () => {
  const { stack, share } = owner(OWNER, { accountIds: [PROD.account] });
  recipient(share, DEV).node.tryRemoveChild('Copied');
  expect(theShare(stack).Properties.AccountIds).toEqual([PROD.account]);
});

describe('the accounts of copies are checked as those that are declared', () => {
  test('if two shares of an image list them', () => {
    const { app, share } = owner(OWNER);
    newShare(new Stack(app, 'Other', { env: OWNER }), { accountIds: [DEV.account] });
    recipient(share, DEV);
    expect(() => app.synth()).toThrow(
      '[Other/Golden] wsi-8t4x2k9p7 is also shared with 111122223333 by Owner/Golden.',
    );
  });

  test('if they are many', () => {
    const accountIds = Array.from({ length: 1_500 }, (_, index) => String(500000000000 + index));
    const { stack, share } = owner(OWNER, { accountIds });
    recipient(share, DEV);
    expect(warnings(stack)).toEqual([expect.stringMatching(/1501 accounts/)]);
  });

  test('if one of them is not an account ID', () => {
    const { stack, share } = owner(OWNER);
    recipient(share, { ...DEV, account: '1234' });
    expect(() => warnings(stack)).toThrow('[Owner/Golden] "1234" is not an AWS account ID');
  });
});

describe('the image of a share cannot be copied', () => {
  test.each<[string, Environment | undefined, Environment | undefined]>([
    ['the share has no environment', undefined, DEV],
    ['the copy has no environment', OWNER, undefined],
    ['the copy has no Region', OWNER, { account: DEV.account }],
    ['they are in two Regions of an unknown account', { region: 'eu-west-1' }, { region: 'us-east-1' }],
  ])('to another stack if %s', (_name, one, two) => {
    const { share } = owner(one);
    expect(() => recipient(share, two)).toThrow(
      'Recipient/Copied copies the image of Owner/Golden in another stack. Specify env with account and region for both stacks.',
    );
  });

  test('to another stage', () => {
    const { app, share } = owner(OWNER);
    const stack = new Stack(new Stage(app, 'Prod'), 'Recipient', { env: PROD });
    expect(() => newCopy(stack, { source: WorkspaceImageSource.share(share) })).toThrow(
      'Prod/Recipient/Copied copies the image of Owner/Golden in another stage. Use WorkspaceImageSource.image with the literal image ID, Region and account, and list the account of the copy in accountIds of the share.',
    );
  });
});

test('the image of a share can be copied within a stage', () => {
  const stage = new Stage(new App(), 'Prod');
  const share = newShare(new Stack(stage, 'Owner', { env: OWNER }), { accountIds: [] });
  expect(sourceOf(recipient(share, DEV))).toEqual(IN_OWNERS_ACCOUNT);
});

describe('a copy of a copy', () => {
  const ELSEWHERE = { ...OWNER, region: 'us-east-1' };

  /** A copy, and an app for stacks that copy it. */
  function copied(env?: Environment) {
    const { app, stack, share } = owner(env);
    return { app, stack, copy: newCopy(stack, { source: WorkspaceImageSource.share(share) }) };
  }

  test.each([
    ['another Region', ELSEWHERE],
    ['another stack', OWNER],
  ])('in %s has its Region and account, and is deployed after it', (_name, env) => {
    const { app, copy } = copied(OWNER);
    const other = new Stack(app, 'Other', { env, crossRegionReferences: true });
    newCopy(other, { source: WorkspaceImageSource.copy(copy) });
    expect(sourceOf(other)).toMatchObject({ SourceRegion: 'eu-west-1', SourceAccountId: OWNER.account });
    expect(dependencies(other)).toContain('Owner');
  });

  test('in its stack is made when it is available', () => {
    const { stack, copy } = copied();
    newCopy(stack, { source: WorkspaceImageSource.copy(copy) }, 'Second');
    const [last] = ofType(stack, 'Custom::WorkspaceImageReady').filter(({ Properties }) => Properties.Last);
    const [, second] = ofType(stack, 'Custom::WorkspaceImageCopy');
    expect(second.Properties.SourceImageId).toEqual({ 'Fn::GetAtt': [last.logicalId, 'ImageId'] });
    expect(second.DependsOn).toContain(last.logicalId);
  });

  test.each<[string, (app: App) => Stack, string]>([
    [
      'another account',
      (app) => new Stack(app, 'Other', { env: DEV }),
      'Other/Second copies the image of Owner/Copied, which is in another account. Create a WorkspaceImageShare of its imageId in the stack Owner, and use WorkspaceImageSource.share.',
    ],
    [
      'another stage',
      (app) => new Stack(new Stage(app, 'Prod'), 'Other', { env: OWNER }),
      'Prod/Other/Second copies the image of Owner/Copied in another stage.',
    ],
    [
      'a stack without an environment',
      (app) => new Stack(app, 'Other'),
      'Specify env with account and region for both stacks.',
    ],
  ])('cannot be in %s', (_name, stackIn, problem) => {
    const { app, copy } = copied(OWNER);
    expect(() => newCopy(stackIn(app), { source: WorkspaceImageSource.copy(copy) }, 'Second')).toThrow(
      problem,
    );
  });
});
