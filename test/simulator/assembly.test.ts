import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, CfnResource, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import type { JsonObject } from '../../simulator/template';
import { removeAssemblies, synthesized } from './fixtures/assemblies';

afterAll(removeAssemblies);

const share = (stack: Stack) =>
  new WorkspaceImageShare(stack, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds: ['111122223333'] });

test('stacks are in the order of their dependencies, including those of stages', () => {
  const { stacks } = new Assembly(
    synthesized((app) => {
      const stage = new Stage(app, 'Production', { env: { account: '999988887777', region: 'eu-west-1' } });
      const images = new Stack(stage, 'Images');
      const image = new CfnResource(images, 'Image', { type: 'Custom::GoldenImage' });
      const sharing = new Stack(stage, 'Sharing');
      share(sharing);
      new CfnOutput(sharing, 'ImageId', { value: image.getAtt('ImageId').toString() });
      share(new Stack(app, 'Agnostic'));
    }),
  );
  expect(stacks).toMatchObject([
    { name: 'Agnostic', account: undefined, region: undefined, dependencies: [] },
    { name: 'Production-Images', account: '999988887777', region: 'eu-west-1', dependencies: [] },
    { name: 'Production-Sharing', dependencies: [{ name: 'Production-Images' }] },
  ]);
});

test('shares in nested stacks are found', () => {
  const { nestedShares } = new Assembly(
    synthesized((app) => {
      share(new NestedStack(new NestedStack(new Stack(app, 'Outer'), 'Middle'), 'Inner'));
    }),
  );
  expect(nestedShares).toEqual([
    expect.stringMatching(/^Outer\/Middle.*\/Inner.*\/WorkspaceImageSharewsi8t4x2k9p7$/),
  ]);
});

test("a function's code must be a directory of the assembly", () => {
  const directory = synthesized((app) => void share(new Stack(app, 'Sharing')));
  const resources = Object.values(new Assembly(directory).stacks[0].template.Resources ?? {});
  const code = resources.find(({ Type }) => Type === 'AWS::Lambda::Function')?.Properties?.Code;
  const S3Key = (code as JsonObject | undefined)?.S3Key;
  expect(new Assembly(directory).codeDirectory(S3Key)).toContain(join(directory, 'asset.'));
  expect(() => new Assembly(directory).codeDirectory('other.zip')).toThrow(
    'The cloud assembly has no asset for the function\'s code ("other.zip").',
  );

  const manifest = join(directory, 'Sharing.assets.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"asset\.[^"]*"/, '"manifest.json"'));
  expect(() => new Assembly(directory).codeDirectory(S3Key)).toThrow('does not support archives');
});

test('a directory without a manifest is not a synthesized app', () => {
  expect(() => new Assembly(tmpdir())).toThrow('Run "npx cdk synth" first');
});
