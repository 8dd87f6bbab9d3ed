import { App, CfnOutput, type Environment, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { WorkspaceImageShare, WorkspaceImageSource } from '../../../lib';
import { chain, ELSEWHERE, HOME, HUB, hasWeakReferences, RECIPIENT } from '../chain';
import { IMAGE, newBundle, newCopy, newShare, OTHER_IMAGE, warnings } from '../stacks';

function use(scope: Construct, imageId: string, id = 'User'): void {
  new StringParameter(scope, id, { stringValue: imageId });
}

/** Tests that need a release of aws-cdk-lib with weak references. */
const testWithWeak = hasWeakReferences ? test : test.skip;

describe('an image ID that another stack uses', () => {
  const remedy = (kind: string) =>
    `Define what uses the ID in the stack of the ${kind}, or define a WorkspaceImageCopy in the other stack and use its ID.`;
  const strong = `CloudFormation refuses the next image of Hub/Copied for as long as that stack uses its ID. ${remedy('copy')} [ack: cdk-workspace-image-share:strongReference]`;
  const weak = `an update deletes the old copy before that stack uses the new one. If the old copy is shared or in a bundle, it cannot be deleted, and is left behind. ${remedy('copy')} [ack: cdk-workspace-image-share:weakReference]`;
  const expected = hasWeakReferences ? weak : strong;

  test.each<[string, Environment, (stack: Stack) => Construct, string]>([
    ['its environment', HUB, (stack) => stack, 'Other/User/Resource'],
    ['its environment, nested', HUB, (stack) => new NestedStack(stack, 'N'), 'Other/N/User/Resource'],
    ['another Region', ELSEWHERE, (stack) => stack, 'Other/User/Resource'],
    ['another Region, nested', ELSEWHERE, (stack) => new NestedStack(stack, 'N'), 'Other/N/User/Resource'],
    ...(hasWeakReferences
      ? ([['another account', RECIPIENT, (stack) => stack, 'Other/User/Resource']] as [
          string,
          Environment,
          (stack: Stack) => Construct,
          string,
        ][])
      : []),
  ])('causes one warning about a stack in %s, and is weak if aws-cdk-lib can', (_name, env, scope, user) => {
    const { hub, copy, inStack } = chain({ strength: 'strong' });
    const other = scope(inStack('Other', env));
    use(other, copy.imageId);
    use(other, copy.imageId, 'Second');
    expect(warnings(hub)).toEqual([`/Hub/Copied: ${user}, in another stack, uses the image ID: ${expected}`]);
  });

  test('causes a warning about an image that is unshared too early', () => {
    const { home, share, inStack } = chain();
    use(inStack('Other', HOME), share.imageId);
    expect(warnings(home)).toEqual([
      hasWeakReferences
        ? `/Home/Golden: Other/User/Resource, in another stack, uses the image ID: an update unshares the old image before that stack uses the new one. ${remedy('share')} [ack: cdk-workspace-image-share:weakReference]`
        : expect.stringContaining('CloudFormation refuses the next image of Home/Golden'),
    ]);
  });

  test('causes a warning about a copy only if aws-cdk-lib is too old for weak references', () => {
    const { hub, copy, inStack } = chain();
    newCopy(inStack('Other', HUB), { source: WorkspaceImageSource.copy(copy) });
    expect(warnings(hub)).toEqual(hasWeakReferences ? [] : [expect.stringContaining(strong)]);
  });

  test('causes a warning about a bundle of a copy, which keeps the old copy from being deleted', () => {
    const { hub, copy, inStack } = chain();
    newBundle(inStack('Other', HUB), { imageId: copy.imageId });
    expect(warnings(hub)).toEqual([
      `/Hub/Copied: Other/Standard/Resource, in another stack, uses the image ID: ${expected}`,
    ]);
  });

  test('causes a warning about a bundle of a shared image only if aws-cdk-lib is too old for weak references', () => {
    const { home, share, inStack } = chain();
    newBundle(inStack('Other', HOME), { imageId: share.imageId });
    expect(warnings(home)).toEqual(hasWeakReferences ? [] : [expect.stringContaining('strongReference')]);
  });

  test('causes no warning about what uses it in its stack', () => {
    const { hub, copy } = chain();
    new CfnOutput(hub, 'Output', { value: copy.imageId });
    use(new NestedStack(hub, 'Nested'), copy.imageId);
    newBundle(hub, { imageId: copy.imageId });
    newBundle(new NestedStack(hub, 'Desktops'), { imageId: copy.imageId });
    expect(warnings(hub)).toEqual([]);
  });
});

describe('with a new image', () => {
  const KEY = 'cdk-workspace-image-share:Hub/Copied';
  /** The template of another stack in which something uses the copy. */
  function otherTemplate(image: string, define: (stack: Stack, imageId: string) => void) {
    const { copy, inStack } = chain({ image });
    const stack = inStack('Other', HUB);
    define(stack, copy.imageId);
    return Template.fromStack(stack).toJSON();
  }

  test.each<[string, string, (stack: Stack, imageId: string) => void]>([
    ['a resource', 'AWS::SSM::Parameter', use],
    ['a bundle', 'Custom::WorkspaceBundle', (stack, imageId) => newBundle(stack, { imageId })],
    [
      'a nested stack',
      'AWS::CloudFormation::Stack',
      (stack, id) => use(new NestedStack(new NestedStack(stack, 'A'), 'B'), id),
    ],
  ])('the metadata of %s that uses the copy changes, so that it is deployed', (_name, type, define) => {
    for (const image of [IMAGE, OTHER_IMAGE]) {
      const { Resources } = otherTemplate(image, define);
      const [user] = Object.values<{ Type: string; Metadata?: object }>(Resources).filter(
        ({ Type }) => Type === type,
      );
      expect(user.Metadata).toMatchObject({ [KEY]: image });
    }
  });

  test('the metadata of a template changes whose outputs use the copy', () => {
    const output = (stack: Stack, value: string) => new CfnOutput(stack, 'Output', { value });
    expect(otherTemplate(IMAGE, output).Metadata).toEqual({ [KEY]: IMAGE });
  });

  test('nothing changes for a token, which has no known root', () => {
    const { inStack } = chain();
    const stack = inStack('Token', HUB);
    const imageId = StringParameter.valueForStringParameter(stack, '/image');
    const source = WorkspaceImageSource.image(imageId, { accountId: HUB.account });
    const other = inStack('Other', HUB);
    use(other, newCopy(stack, { source }).imageId);
    expect(JSON.stringify(Template.fromStack(other))).not.toContain('cdk-workspace-image-share:');
  });
});

describe('the stack of an image', () => {
  testWithWeak('is deployed before a stack in another account that uses the image', () => {
    const { app, home, inStack } = chain();
    const recipient = inStack('Recipient', RECIPIENT);
    use(home, newCopy(recipient).imageId);
    app.synth();
    expect(home.dependencies).toContain(recipient);
  });

  testWithWeak('cannot be deployed after a stack in another account that uses the image', () => {
    const { app, home, share, inStack } = chain();
    const copy = newCopy(inStack('Recipient', RECIPIENT), { source: WorkspaceImageSource.share(share) });
    use(home, copy.imageId);
    expect(() => app.synth()).toThrow(
      '[Recipient/Copied] Home/User/Resource uses the image ID of Recipient/Copied, but the stack Recipient is deployed after Home, on which it depends. Move what uses the image ID to another stack.',
    );
  });

  testWithWeak('cannot use the image of a stack that uses its own', () => {
    const { app, inStack } = chain();
    const [one, two] = [inStack('One', HUB), inStack('Two', RECIPIENT)];
    use(one, newCopy(two).imageId);
    use(two, newCopy(one).imageId);
    expect(() => app.synth()).toThrow(/uses the image ID of \w+\/Copied, but the stack/);
  });
});

describe('references from many accounts', () => {
  /** Warnings about a share of a copy, which is copied to stacks in other accounts, two in each. */
  function warningsFor(accounts: number, literal: boolean): string[] {
    const { hub, copy, share, inStack } = chain();
    const shared = new WorkspaceImageShare(hub, 'Shared', {
      imageId: copy.imageId,
      accountIds: [RECIPIENT.account],
    });
    for (let n = 0; n < accounts; n++) {
      for (const id of [`Recipient${n}`, `Other${n}`]) {
        const stack = inStack(id, { account: String(500000000000 + n), region: HUB.region });
        newCopy(stack, { source: WorkspaceImageSource.share(literal ? share : shared) });
      }
    }
    return warnings(hub);
  }

  testWithWeak.each<[string, number, boolean, string[]]>([
    ['no warning if they are 19', 19, false, []],
    [
      'a warning if they are 20, because the role of the CDK can trust about 23',
      20,
      false,
      [
        '/Hub/Copied: Stacks in 20 environments of other accounts refer to the stack Hub, because they use this image. The CDK lists each of them in the trust policy of one role, and IAM allows about 23 by default. In these stacks, copy the image from a share whose image ID is a literal. [ack: cdk-workspace-image-share:manyReferences]',
      ],
    ],
    ['no warning if the image ID is a literal', 20, true, []],
  ])('cause %s', (_name, accounts, literal, expected) => {
    expect(warningsFor(accounts, literal)).toEqual(expected);
  });
});

test('the image ID stays a reference of the CDK', () => {
  const stack = new Stack(new App(), 'Stack');
  const [share, copy] = [newShare(stack), newCopy(stack)];
  for (const { imageId } of [share, copy]) {
    expect(stack.exportValue(imageId)).toEqual(expect.any(String));
    expect(stack.resolve(imageId)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'ImageId'] });
  }
});
