import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { WorkspaceImageShare } from 'cdk-workspace-image-share';

const accounts = readFileSync(join(__dirname, 'accounts.txt'), 'utf8');

const stack = new Stack(new App(), 'Images');

new WorkspaceImageShare(stack, 'GoldenImage', {
  imageId: 'wsi-8t4x2k9p7',
  accountIds: accounts.trim().split(/\s+/),
});
