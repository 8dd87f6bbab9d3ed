import { join } from 'node:path';
import { CfnOutput, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../../lib/index';
import { Assembly } from '../../simulator/assembly';
import type { JsonObject } from '../../simulator/template';
import { synthesized } from './fixtures/assemblies';

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

test("a function's code must be an asset of the assembly", () => {
  const directory = synthesized((app) => void share(new Stack(app, 'Sharing')));
  const assembly = new Assembly(directory);
  const [stack] = assembly.stacks;
  const [lambda] = Object.values(stack.template.Resources ?? {}).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  const S3Key = (lambda.Properties?.Code as JsonObject | undefined)?.S3Key;
  expect(assembly.code(S3Key)).toContain(join(directory, 'asset.'));
  expect(() => assembly.code('other.zip')).toThrow(
    'The cloud assembly has no asset for the function\'s code ("other.zip").',
  );
});
