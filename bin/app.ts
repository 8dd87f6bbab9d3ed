import { App, CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../lib/index';
import { ACCOUNT_ID, IMAGE_ID } from '../lib/workspaces/validation';

const stack = new Stack(new App(), 'WorkspaceImageShare', {
  description: 'Shares an Amazon WorkSpaces image with other AWS accounts in the same Region',
});

const imageId = new CfnParameter(stack, 'ImageId', {
  type: 'String',
  description:
    'The ID of the image to share, in this account and Region: wsi- and 9 to 63 lowercase letters and digits',
  allowedPattern: IMAGE_ID.source,
  constraintDescription: 'must be the ID of a WorkSpaces image, such as wsi-8t4x2k9p7',
});

const accountIds = new CfnParameter(stack, 'AccountIds', {
  type: 'CommaDelimitedList',
  description: 'The IDs of the AWS accounts to share the image with: 12 digits each, separated by commas',
  allowedPattern: ACCOUNT_ID.source,
  constraintDescription: 'must be account IDs with 12 digits each, separated by commas',
});

const share = new WorkspaceImageShare(stack, 'Share', {
  imageId: imageId.valueAsString,
  accountIds: accountIds.valueAsList,
});

new CfnOutput(stack, 'SharedImageId', {
  description: 'The ID of the shared image',
  value: share.imageId,
});
