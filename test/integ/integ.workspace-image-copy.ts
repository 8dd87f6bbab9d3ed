/**
 * Copies an image within a real account and Region, and shares the copy: see docs/integration-test.md.
 *
 * The image and the recipient of the copy come from environment variables.
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Aws, Stack } from 'aws-cdk-lib';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../lib/index';
import { accountIdsProblems, imageIdProblems } from '../../lib/workspaces/validation';
import { fromEnvironment, refuse, withLogGroup } from './support';

const imageId = fromEnvironment('INTEG_IMAGE_ID', 'wsi-8t4x2k9p7');
const [accountId] = fromEnvironment('INTEG_ACCOUNT_IDS', '111122223333').split(',');

refuse([...imageIdProblems(imageId), ...accountIdsProblems([accountId])]);

const app = new App();
const stack = new Stack(app, 'WorkspaceImageCopyInteg');
const copy = new WorkspaceImageCopy(stack, 'Copy', {
  source: WorkspaceImageSource.image(imageId, { accountId: Aws.ACCOUNT_ID }),
});
const share = new WorkspaceImageShare(stack, 'Share', { imageId: copy.imageId, accountIds: [accountId] });

const test = new IntegTest(app, 'CopyInteg', {
  testCases: [stack],
  // The bundled code of the functions is not in the repository.
  diffAssets: false,
  // The snapshot cannot be deployed first, because it contains placeholders.
  stackUpdateWorkflow: false,
});

const images = test.assertions.awsApiCall('WorkSpaces', 'DescribeWorkspaceImages', {
  ImageIds: [share.imageId],
});
images.expect(ExpectedResult.objectLike({ Images: [{ State: 'AVAILABLE' }] }));
withLogGroup(images);
