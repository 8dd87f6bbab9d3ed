/**
 * Copies an image within a real account and Region, makes a bundle of the copy, and shares it: see docs/integration-test.md.
 *
 * The image and the recipient of the copy come from environment variables.
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Aws, Size, Stack } from 'aws-cdk-lib';
import {
  WorkspaceBundle,
  WorkspaceImageCopy,
  WorkspaceImageShare,
  WorkspaceImageSource,
} from '../../lib/index';
import { accountIdsProblems, imageIdProblems } from '../../lib/workspaces/validation';
import { fromEnvironment, refuse, withLogGroup } from './support';

const imageId = fromEnvironment('INTEG_IMAGE_ID', 'wsi-8t4x2k9p7');
const [accountId] = fromEnvironment('INTEG_ACCOUNT_IDS', '111122223333').split(',');

refuse([...imageIdProblems(imageId), ...accountIdsProblems([accountId])]);

// Stack traces in warnings would contain paths of the machine.
const app = new App({ stackTraces: false });
const stack = new Stack(app, 'WorkspaceImageCopyInteg');
const copy = new WorkspaceImageCopy(stack, 'Copy', {
  source: WorkspaceImageSource.image(imageId, { accountId: Aws.ACCOUNT_ID }),
});
const share = new WorkspaceImageShare(stack, 'Share', { imageId: copy.imageId, accountIds: [accountId] });
const bundle = new WorkspaceBundle(stack, 'Bundle', {
  imageId: copy.imageId,
  computeType: 'STANDARD',
  userVolume: Size.gibibytes(50),
});

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
const bundles = test.assertions.awsApiCall('WorkSpaces', 'DescribeWorkspaceBundles', {
  BundleIds: [bundle.bundleId],
});
bundles.expect(ExpectedResult.objectLike({ Bundles: [{ State: 'AVAILABLE' }] }));
withLogGroup(images);
