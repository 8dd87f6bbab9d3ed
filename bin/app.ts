import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { WorkspaceBundle, WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../lib/index';

const app = new App();

const owner = new Stack(app, 'Owner', {
  description: 'Shares an Amazon WorkSpaces image with other AWS accounts',
  env: { account: '999988887777', region: 'eu-west-1' },
});

const share = new WorkspaceImageShare(owner, 'GoldenImage', {
  imageId: 'wsi-8t4x2k9p7',
  accountIds: ['111122223333'],
});

const recipient = new Stack(app, 'Recipient', {
  description: 'Copies the image to another account and Region, and makes a bundle of it',
  env: { account: '555566667777', region: 'us-east-1' },
});

const copy = new WorkspaceImageCopy(recipient, 'GoldenImage', {
  source: WorkspaceImageSource.share(share),
});

const bundle = new WorkspaceBundle(recipient, 'Standard', {
  imageId: copy.imageId,
  computeType: 'STANDARD',
  userVolume: Size.gibibytes(50),
});

new CfnOutput(recipient, 'ImageId', {
  description: 'The ID of the copy',
  value: copy.imageId,
});

new CfnOutput(recipient, 'BundleId', {
  description: 'The ID of the bundle',
  value: bundle.bundleId,
});
