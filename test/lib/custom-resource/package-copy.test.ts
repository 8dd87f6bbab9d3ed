import { App, Stack } from 'aws-cdk-lib';
import * as lib from '../../../lib';
import { ACCOUNTS, IMAGE, newStack, OTHER_IMAGE, resources } from '../stacks';

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

/** Another copy of the package, with the same CDK. */
function anotherCopy(version: string): typeof lib {
  const modules = new Map(CDK.map((name) => [name, jest.requireActual(name)]));
  let copy: typeof lib | undefined;
  jest.isolateModules(() => {
    for (const [name, module] of modules) {
      jest.doMock(name, () => module);
    }
    jest.doMock('../../../package.json', () => ({ version }));
    copy = require('../../../lib');
  });
  return copy as typeof lib;
}

const share = (copy: typeof lib, stack: Stack, id: string, imageId = IMAGE) =>
  new copy.WorkspaceImageShare(stack, id, { imageId, accountIds: ACCOUNTS });

const { version } = jest.requireActual('../../../package.json');
const compatible = anotherCopy(version.replace(/\.\d+$/, '.99'));

describe.each([
  ['the first', lib, compatible],
  ['the second', compatible, lib],
])('two copies of the package in an app, of which %s is used first', (_name, one, two) => {
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

test.each(['99.0.0', version.replace(/\.\d+\.\d+$/, '.99.0')])(
  'a copy of version %s cannot share a provider',
  (otherVersion) => {
    const other = anotherCopy(otherVersion);
    const stack = newStack();
    share(lib, stack, 'One');
    expect(() => share(other, stack, 'Two', OTHER_IMAGE)).toThrow(
      new RegExp(
        `^Stack/Two is from cdk-workspace-image-share ${otherVersion} in .*, but the provider of its stack, Stack/DefaultWorkspaceImageShareProvider, is from cdk-workspace-image-share ${version} in .*\\. Install the same version for all packages of the app\\.$`,
      ),
    );
    expect(() => share(other, new Stack(undefined, 'Other'), 'Two')).not.toThrow();
  },
);
