import { App, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as lib from '../../../lib';
import { ACCOUNTS, IMAGE, newStack, OTHER_IMAGE, ofType, resources, theShare, warnings } from '../stacks';

const CDK = [
  'aws-cdk-lib',
  'aws-cdk-lib/aws-ec2',
  'aws-cdk-lib/aws-events',
  'aws-cdk-lib/aws-iam',
  'aws-cdk-lib/aws-lambda',
  'aws-cdk-lib/aws-logs',
  'aws-cdk-lib/region-info',
  'constructs',
];

/** Another installation of the package, with the same CDK. */
function anotherInstallation(version: string): typeof lib {
  const modules = new Map(CDK.map((name) => [name, jest.requireActual(name)]));
  let installation: typeof lib | undefined;
  jest.isolateModules(() => {
    for (const [name, module] of modules) {
      jest.doMock(name, () => module);
    }
    jest.doMock('../../../package.json', () => ({ version }));
    installation = require('../../../lib');
  });
  return installation as typeof lib;
}

const share = (from: typeof lib, stack: Stack, id: string, imageId = IMAGE) =>
  new from.WorkspaceImageShare(stack, id, { imageId, accountIds: ACCOUNTS });

const copy = (from: typeof lib, stack: Stack, id: string) =>
  new from.WorkspaceImageCopy(stack, id, { source: from.WorkspaceImageSource.image(IMAGE) });

const bundle = (from: typeof lib, stack: Stack, id: string, imageId = IMAGE) =>
  new from.WorkspaceBundle(stack, id, {
    imageId,
    computeType: 'STANDARD',
    userVolume: Size.gibibytes(50),
    removalPolicy: RemovalPolicy.RETAIN,
  });

const { version } = jest.requireActual('../../../package.json');
const compatible = anotherInstallation(version.replace(/\.\d+$/, '.99'));

describe.each([
  ['the first', lib, compatible],
  ['the second', compatible, lib],
])('two installations of the package in an app, of which %s is used first', (_name, one, two) => {
  test('are two', () => {
    expect(one.WorkspaceImageShare).not.toBe(two.WorkspaceImageShare);
  });

  test('share the default provider of a stack', () => {
    const stack = newStack();
    share(one, stack, 'One');
    const expected = Object.keys(resources(stack)).length + 1;
    const both = newStack();
    share(one, both, 'One');
    share(two, both, 'Two', OTHER_IMAGE);
    expect(Object.keys(resources(both))).toHaveLength(expected);
  });

  test('share a provider that one of them created, and refuse a second one', () => {
    const stack = newStack();
    const provider = new one.WorkspaceImageShareProvider(stack, 'Provider');
    share(two, stack, 'Two');
    new two.WorkspaceImageShare(stack, 'Passed', { imageId: OTHER_IMAGE, accountIds: ACCOUNTS, provider });
    expect(() => new two.WorkspaceImageShareProvider(stack, 'Late')).toThrow(
      'The stack Stack already has the provider Stack/Provider',
    );
  });

  test.each([
    ['copies', copy],
    ['bundles', bundle],
  ])('share the function for the %s of a stack', (_kind, declare) => {
    const stack = newStack();
    declare(one, stack, 'One');
    declare(two, stack, 'Two');
    expect(ofType(stack, 'AWS::Lambda::Function')).toHaveLength(1);
  });

  test('know the images of each other’s shares and copies that bundles use', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { account: '999988887777', region: 'eu-west-1' } });
    const recipient = new Stack(app, 'Recipient', { env: { account: '777788889999', region: 'eu-west-1' } });
    bundle(two, recipient, 'Retained', copy(one, recipient, 'Copy').imageId);
    expect(warnings(recipient)).toContainEqual(expect.stringContaining('retainedBundle'));
    const { imageId } = share(one, owner, 'Share');
    expect(() => bundle(two, recipient, 'Shared', imageId)).toThrow('Copy it first');
  });

  test('copy the images of each other’s shares', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { account: '999988887777', region: 'eu-west-1' } });
    const recipient = new Stack(app, 'Copy', { env: { account: '777788889999', region: 'eu-west-1' } });
    const source = two.WorkspaceImageSource.share(share(one, owner, 'Share'));
    new two.WorkspaceImageCopy(recipient, 'Copy', { source });
    expect(theShare(owner).Properties.AccountIds).toEqual([...ACCOUNTS, '777788889999']);
  });

  test('refuse a second share of an image', () => {
    const stack = newStack();
    share(one, stack, 'One');
    expect(() => share(two, stack, 'Two')).toThrow('Stack/Two shares the same image as Stack/One.');
  });

  test('find shares of the same image and accounts in other stacks', () => {
    const app = new App();
    const env = { account: '999988887777', region: 'eu-west-1' };
    share(one, new Stack(app, 'One', { env }), 'Share');
    share(two, new Stack(app, 'Two', { env }), 'Share');
    expect(() => app.synth()).toThrow('is also shared with 111122223333 and 444455556666 by One/Share.');
  });
});

describe.each(['99.0.0', version.replace(/\.\d+\.\d+$/, '.99.0')])(
  'an installation of version %s',
  (otherVersion) => {
    const other = anotherInstallation(otherVersion);

    test.each<[string, string, (from: typeof lib, stack: Stack, id: string) => void]>([
      [
        'for shares',
        'ImageShare',
        (from, stack, id) => share(from, stack, id, id === 'Two' ? OTHER_IMAGE : IMAGE),
      ],
      ['for copies', 'ImageCopy', copy],
      ['for bundles', 'Bundle', bundle],
    ])('cannot use the provider of this one %s', (_name, kind, declare) => {
      const stack = newStack();
      declare(lib, stack, 'One');
      expect(() => declare(other, stack, 'Two')).toThrow(
        new RegExp(
          `^Stack/Two is from cdk-workspace-image-share ${otherVersion} in .*, but its provider Stack/DefaultWorkspace${kind}Provider is from cdk-workspace-image-share ${version} in .*\\. Install the same version for all packages of the app\\.$`,
        ),
      );
      expect(() => declare(other, new Stack(undefined, 'Other'), 'Two')).not.toThrow();
    });
  },
);
