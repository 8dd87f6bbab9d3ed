import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, CfnResource, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import { pathOf } from '../../simulator/construct-paths';
import type { JsonObject } from '../../simulator/template';
import { legacyStack, synthesized } from './fixtures/assemblies';

const share = (stack: Stack) =>
  new WorkspaceImageShare(stack, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds: ['111122223333'] });

test('stacks are in the order of their dependencies, including those of stages', () => {
  const directory = synthesized((app) => {
    const stage = new Stage(app, 'Production', { env: { account: '999988887777', region: 'eu-west-1' } });
    const image = new CfnResource(new Stack(stage, 'Images'), 'Image', { type: 'Custom::GoldenImage' });
    const sharing = new Stack(stage, 'Sharing');
    share(sharing);
    new CfnOutput(sharing, 'ImageId', { value: image.getAtt('ImageId').toString() });
    share(new Stack(app, 'Agnostic'));
  });
  expect(new Assembly(directory).stacks).toMatchObject([
    { name: 'Agnostic', account: undefined, region: undefined, dependencies: [] },
    { name: 'Production-Images', account: '999988887777', region: 'eu-west-1', dependencies: [] },
    { name: 'Production-Sharing', dependencies: [{ name: 'Production-Images' }] },
  ]);
});

test('constructs are named by their paths, in nested stacks too', () => {
  const directory = synthesized((app) => {
    const outer = new Stack(new Stage(app, 'Production'), 'Outer');
    share(outer);
    const inner = new NestedStack(new NestedStack(outer, 'Middle'), 'Inner');
    share(inner);
    new WorkspaceImageCopy(inner, 'Copy', { source: WorkspaceImageSource.image('wsi-8t4x2k9p7') });
  });
  const { stacks, nested } = new Assembly(directory);
  const paths = Object.values(stacks[0].template.Resources ?? {}).map(pathOf);
  expect(paths.filter((path) => path?.endsWith('/Share'))).toEqual(['Production/Outer/Share']);
  expect(nested).toEqual(['Production/Outer/Middle/Inner/Share', 'Production/Outer/Middle/Inner/Copy']);
});

test('a stack without an asset manifest has its assets in parameters', () => {
  const directory = synthesized((app) => {
    const stack = legacyStack(app);
    share(stack);
    share(new NestedStack(stack, 'Nested'));
  });
  const { stacks, nested } = new Assembly(directory);
  expect(nested).toEqual(['Sharing/Nested/Share']);
  expect(Object.keys(stacks[0].assetParameters).sort()).toEqual(
    Object.keys(stacks[0].template.Parameters ?? {}).sort(),
  );
});

test('a file that is not JSON is named', () => {
  const directory = synthesized((app) => void share(new Stack(new Stage(app, 'Production'), 'Sharing')));
  const manifest = join(directory, 'assembly-Production', 'manifest.json');
  writeFileSync(manifest, '{');
  expect(() => new Assembly(directory)).toThrow(`"${manifest}" cannot be read: `);
});

test("a function's code must be an asset of the assembly", () => {
  const directory = synthesized((app) => void share(new Stack(app, 'Sharing')));
  const assembly = new Assembly(directory);
  const [stack] = assembly.stacks;
  const [lambda] = Object.values(stack.template.Resources ?? {}).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  const S3Key = (lambda.Properties?.Code as JsonObject | undefined)?.S3Key;
  expect(assembly.code(S3Key)).toContain(join(directory, 'asset.'));
  expect(assembly.code('other.zip')).toBeUndefined();
});
