import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { WorkspaceImageShare } from 'cdk-workspace-image-share';
import type { Construct } from 'constructs';

class ImagesStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const accounts = readFileSync(join(__dirname, 'accounts.txt'), 'utf8');

    new WorkspaceImageShare(this, 'GoldenImage', {
      imageId: 'wsi-8t4x2k9p7',
      accountIds: accounts.trim().split(/\s+/),
    });
  }
}

new ImagesStack(new App(), 'Images');
