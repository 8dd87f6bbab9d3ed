/**
 * Deploys a share to a real account: see docs/integration-test.md.
 *
 * The image and the accounts come from environment variables.
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../../lib/index';
import { accountIdsProblems, imageIdProblems } from '../../lib/workspaces/validation';
import { fromEnvironment, refuse, withLogGroup } from './support';

const imageId = fromEnvironment('INTEG_IMAGE_ID', 'wsi-8t4x2k9p7');
const accountIds = fromEnvironment('INTEG_ACCOUNT_IDS', '111122223333,444455556666').split(',');

const problems = [...imageIdProblems(imageId), ...accountIdsProblems(accountIds)];
if (accountIds.length > 25) {
  problems.push('INTEG_ACCOUNT_IDS has more than 25 accounts, but the test reads only one page of 25.');
}
refuse(problems);

const app = new App();
const stack = new Stack(app, 'WorkspaceImageShareInteg');
new WorkspaceImageShare(stack, 'Share', { imageId, accountIds });

const test = new IntegTest(app, 'Integ', {
  testCases: [stack],
  // The bundled code of the function is not in the repository.
  diffAssets: false,
  // The snapshot cannot be deployed first, because it contains placeholders.
  stackUpdateWorkflow: false,
});

const permissions = test.assertions.awsApiCall('WorkSpaces', 'DescribeWorkspaceImagePermissions', {
  ImageId: imageId,
});
// The service lists each account once, so this number of declared accounts is all of them, in any order.
permissions.expect(
  ExpectedResult.objectLike({
    ImageId: imageId,
    ImagePermissions: accountIds.map(() => ({
      SharedAccountId: Match.stringLikeRegexp(`^(${accountIds.join('|')})$`),
    })),
  }),
);
withLogGroup(permissions);
