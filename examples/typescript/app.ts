import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Size, Stack } from 'aws-cdk-lib';
import {
  WorkspaceBundle,
  WorkspaceImageCopy,
  WorkspaceImageShare,
  WorkspaceImageSource,
} from 'cdk-workspace-image-share';

const accounts = readFileSync(join(__dirname, 'accounts.txt'), 'utf8');

const app = new App();
const images = new Stack(app, 'Images', { env: { account: '999988887777', region: 'eu-west-1' } });

const share = new WorkspaceImageShare(images, 'GoldenImage', {
  imageId: 'wsi-8t4x2k9p7',
  accountIds: accounts.trim().split(/\s+/),
});

const recipients = [
  { id: 'Development', account: '222233334444', region: 'eu-west-1' },
  { id: 'Production', account: '555566667777', region: 'us-east-1' },
];
for (const { id, account, region } of recipients) {
  const stack = new Stack(app, id, { env: { account, region } });

  const copy = new WorkspaceImageCopy(stack, 'GoldenImage', { source: WorkspaceImageSource.share(share) });

  new WorkspaceBundle(stack, 'Standard', {
    imageId: copy.imageId,
    computeType: 'STANDARD',
    userVolume: Size.gibibytes(50),
  });
}
