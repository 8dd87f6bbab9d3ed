import { type App, CfnOutput, CfnParameter, CfnResource, Fn, Stack, Token, Validations } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../../lib/index';
import { bundleOf, copiedBy, IMAGE, OWNER, played, RECIPIENT, sharedBy } from '../fixtures/apps';

// The CDK prints the warnings of the apps.
beforeEach(() => jest.spyOn(console, 'error').mockReturnValue());
afterEach(() => jest.restoreAllMocks());

const WEAK = { flags: recommendedFlags };
const OTHER = '777788889999';

/** A parameter of another stack, which is not deployed again for a new value. */
const withToken = (app: App) => {
  const owner = new Stack(app, 'Owner', { env: OWNER });
  const imageId = StringParameter.valueForStringParameter(owner, '/image');
  const share = new WorkspaceImageShare(owner, 'Golden', { imageId, accountIds: [OTHER] });
  return copiedBy(app, share, OWNER);
};

const SKIPPED = 'Its template is the same for both images, so "cdk deploy" skips its stack.';
const FORMER = `Recipient/Golden is still a copy of the former image wsi-simulation1. ${SKIPPED}`;

describe('after a new image, a copy of the former one', () => {
  it('is an error', async () => {
    const { ok, problems, notes, stacks } = await played((app) => {
      const owner = new Stack(app, 'Owner', { env: OWNER });
      const image = new CfnResource(owner, 'Image', { type: 'Custom::GoldenImage' });
      new CfnOutput(owner, 'ImageId', { value: image.getAtt('ImageId').toString() });
      const output = { 'Fn::GetStackOutput': { StackName: 'Owner', OutputName: 'ImageId' } };
      const copy = copiedBy(app, WorkspaceImageSource.image(Token.asString(output)), OWNER);
      Stack.of(copy).addStackDependency(owner);
    });
    expect({ ok, problems, notes }).toEqual({ ok: false, problems: [FORMER], notes: [] });
    expect(stacks.map(({ failedIn }) => failedIn)).toEqual([undefined, 'new image']);
  });

  it('is a note if the app warns of it', async () => {
    const { ok, problems, notes } = await played(withToken, WEAK);
    expect({ ok, problems, notes }).toEqual({ ok: true, problems: [], notes: [FORMER] });
  });

  it('is a note if the app has acknowledged the warning', async () => {
    const { ok, notes } = await played((app) => {
      const id = 'cdk-workspace-image-share:tokenSource';
      Validations.of(withToken(app)).acknowledge({ id, reason: 'New images come with a new parameter.' });
    }, WEAK);
    expect({ ok, notes }).toEqual({ ok: true, notes: [FORMER] });
  });
});

it('notes a share of a former image', async () => {
  const { ok, notes } = await played((app) => {
    const images = new Stack(app, 'Images', { env: OWNER });
    const imageId = new CfnResource(images, 'Image', { type: 'Custom::GoldenImage' }).getAtt('Id').toString();
    sharedBy(app, imageId, [OTHER]);
  }, WEAK);
  expect({ ok, notes }).toEqual({
    ok: true,
    notes: [`Owner/Golden still shares the former image wsi-simulation1. ${SKIPPED}`],
  });
});

describe('after a new image, a bundle of the former one', () => {
  /** A bundle in a stack that is not deployed again for a new value. */
  const bundleElsewhere = (from: Stack, imageId: string) => {
    const stack = new Stack(from.node.root as App, 'Desktops', { env: from });
    new CfnOutput(from, 'ImageId', { value: imageId });
    const output = { 'Fn::GetStackOutput': { StackName: from.stackName, OutputName: 'ImageId' } };
    bundleOf(stack, Token.asString(output));
    stack.addStackDependency(from);
  };

  it('is an error, and the former copy cannot be deleted', async () => {
    const { problems, bundles } = await played((app) => {
      const { stack, imageId } = copiedBy(app, sharedBy(app));
      bundleElsewhere(stack, imageId);
    });
    expect(bundles('new image')).toEqual(['wsb-bundle00001 with wsi-copy00001']);
    expect(problems).toEqual([
      expect.stringMatching(/^Recipient\/Golden: Image wsi-copy00001 could not be deleted/),
      `Desktops/Standard still has the former image wsi-copy00001. ${SKIPPED}`,
    ]);
  });

  it('is an error, and keeps the image of a resource in another stack', async () => {
    const { problems } = await played((app) => {
      const images = new Stack(app, 'Images', { env: RECIPIENT });
      const image = new CfnResource(images, 'Image', { type: 'Custom::GoldenImage' });
      bundleElsewhere(images, image.getAtt('Id').toString());
    });
    expect(problems).toEqual([`Desktops/Standard still has the former image wsi-simulation1. ${SKIPPED}`]);
  });
});

it('the recipient of a copy in another Region, in the same app, gets the new image', async () => {
  const { notes, results } = await played((app) => {
    const hub = new Stack(app, 'Hub', { env: { ...OWNER, region: 'us-east-1' } });
    const copy = new WorkspaceImageCopy(hub, 'Copy', { source: WorkspaceImageSource.share(sharedBy(app)) });
    copiedBy(app, new WorkspaceImageShare(hub, 'Share', { imageId: copy.imageId, accountIds: [] }));
  }, WEAK);
  expect(results('new image')).toBe('Owner: updated, Hub: updated, Recipient: updated');
  expect(notes).toEqual([]);
});

/** Uses a value of another stack in a way that the constructs do not see. */
function importInto(user: Stack, from: Stack, value: string): void {
  new StringParameter(user, 'P', { stringValue: Fn.importValue(exportNameOf(from, value)) });
  user.addStackDependency(from);
}

/** The export has the name that the CDK gives to it, which contains the logical ID of what it exports. */
function exportNameOf(stack: Stack, value: string): string {
  return stack.resolve(stack.exportValue(value))['Fn::ImportValue'];
}

describe('CloudFormation refuses', () => {
  it('to change an export in use: the ID of a new copy', async () => {
    const { problems, results } = await played((app) => {
      const { stack, imageId } = copiedBy(app, sharedBy(app));
      importInto(new Stack(app, 'User', { env: RECIPIENT }), stack, imageId);
    });
    expect(problems).toEqual([
      expect.stringMatching(/^Recipient: Export Recipient:\S+ cannot be updated as it is in use by User\.$/),
    ]);
    expect(results('new image')).toBe('Owner: updated, Recipient: rolled back, User: not reached');
  });

  it('to delete an export in use: that of a share, whose logical ID contains the literal image', async () => {
    const { problems } = await played((app) => {
      const { stack, imageId } = sharedBy(app, IMAGE, [OTHER]);
      importInto(new Stack(app, 'User', { env: OWNER }), stack, imageId);
    });
    expect(problems).toEqual([
      expect.stringMatching(/^Owner: Export \S+ cannot be deleted as it is in use by User\.$/),
    ]);
  });

  it('a new value of a parameter that another stack of the environment imports', async () => {
    const { problems, notes } = await played(withToken);
    expect(problems).toEqual([
      expect.stringMatching(/^Owner: Export Owner:\S+ cannot be updated as it is in use/),
    ]);
    // What the failure has kept from being deployed is not a finding of its own.
    expect(notes).toEqual([]);
  });
});

it('reports a former copy that another stack still shares, and that cannot be deleted', async () => {
  const { problems, notes } = await played((app) => {
    const { imageId } = copiedBy(app, sharedBy(app));
    const user = new Stack(app, 'User', { env: RECIPIENT });
    new WorkspaceImageShare(user, 'Share', { imageId, accountIds: [OTHER] });
  }, WEAK);
  // The app warns of it.
  expect(problems).toEqual([]);
  expect(notes[0]).toMatch(/^Recipient\/Golden: Image wsi-copy00001 could not be deleted/);
});

it('finds stacks that depend on each other through weak references', async () => {
  const { problems } = await played((app) => {
    const share = sharedBy(app);
    const { stack, imageId } = copiedBy(app, share);
    new CfnOutput(stack, 'ImageId', { value: imageId });
    const output = { 'Fn::GetStackOutput': { StackName: 'Recipient', OutputName: 'ImageId' } };
    new StringParameter(share.stack, 'P', { stringValue: Token.asString(output) });
  }, WEAK);
  expect(problems).toEqual(['Owner/P: The stack "Recipient" does not exist.']);
});

it('finds a reference to an output that does not exist, in any resource', async () => {
  const { problems } = await played((app) => {
    const { stack } = sharedBy(app, IMAGE, [OTHER]);
    const Value = { 'Fn::GetStackOutput': { StackName: 'Owner', OutputName: 'Absent' } };
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic', properties: { TopicName: Value } });
  });
  expect(problems).toEqual(['Owner/Topic: The stack "Owner" has no output "Absent".']);
});

describe('sources of any kind are copied:', () => {
  const attribute = (stack: Stack) =>
    new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' }).getAtt('ImageId').toString();

  it('an attribute of a resource, in the account and Region that the source names', async () => {
    const { problems, assumptions, results } = await played((app) => {
      const stack = new Stack(app, 'Recipient', { env: RECIPIENT });
      const source = WorkspaceImageSource.image(attribute(stack), {
        region: OWNER.region,
        accountId: OWNER.account,
      });
      new WorkspaceImageCopy(stack, 'Golden', { source });
    });
    expect(problems).toEqual([]);
    expect(assumptions).toEqual([
      'The source of Recipient/Golden is an image of 111122223333 in eu-west-1, shared with 444455556666.',
    ]);
    expect(results('new image')).toBe('Recipient: updated');
  });

  it('a value of another Region, through crossRegionReferences', async () => {
    const { problems, images } = await played((app) => {
      const owner = new Stack(app, 'Owner', { env: OWNER, crossRegionReferences: true });
      const share = new WorkspaceImageShare(owner, 'Golden', {
        imageId: attribute(owner),
        accountIds: [OTHER],
      });
      const env = { ...OWNER, region: 'us-east-1' };
      const recipient = new Stack(app, 'Recipient', { env, crossRegionReferences: true });
      new WorkspaceImageCopy(recipient, 'Golden', { source: WorkspaceImageSource.share(share) });
    });
    expect(problems).toEqual([]);
    expect(images('deploy', { ...OWNER, region: 'us-east-1' })).toEqual(['wsi-copy00001 of wsi-simulation1']);
  });

  it('an output of a stack in another Region, also if both have one name', async () => {
    const { problems } = await played((app) => {
      const owner = new Stack(app, 'Owner', { env: OWNER, stackName: 'Images' });
      const share = new WorkspaceImageShare(owner, 'Golden', {
        imageId: attribute(owner),
        accountIds: [OTHER],
      });
      const env = { ...OWNER, region: 'us-east-1' };
      const recipient = new Stack(app, 'Recipient', { env, stackName: 'Images' });
      new WorkspaceImageCopy(recipient, 'Golden', { source: WorkspaceImageSource.share(share) });
    }, WEAK);
    expect(problems).toEqual([]);
  });

  it('one image for two references to the same export of another app', async () => {
    const { problems, results } = await played((app) => {
      copiedBy(app, sharedBy(app, Fn.importValue('image')));
    });
    expect(problems).toEqual([]);
    expect(results('new image')).toBe('Owner: skipped, Recipient: skipped');
  });

  it('a parameter of a third stack, if nothing imports its value', async () => {
    const { problems } = await played((app) => {
      const imageId = new CfnParameter(new Stack(app, 'Parameters', { env: OWNER }), 'Image').valueAsString;
      copiedBy(app, sharedBy(app, imageId));
    }, WEAK);
    expect(problems).toEqual([]);
  });
});
