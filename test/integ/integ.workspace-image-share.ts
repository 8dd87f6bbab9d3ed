/**
 * Deploys a share to a real account: see docs/integration-test.md.
 *
 * The image and the accounts come from environment variables. The snapshot always contains placeholders, so that no
 * real account ID ends up in the repository.
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { WorkspaceImageShare } from '../../lib/index';
import { accountIdsProblems, imageIdProblems } from '../../lib/workspaces/validation';

/** integ-runner uses this account when it synthesizes for a snapshot. */
const forSnapshot = process.env.CDK_INTEG_ACCOUNT === '12345678';

const imageId = fromEnvironment('INTEG_IMAGE_ID', 'wsi-8t4x2k9p7');
const accountIds = fromEnvironment('INTEG_ACCOUNT_IDS', '111122223333,444455556666').split(',');

const problems = [...imageIdProblems(imageId), ...accountIdsProblems(accountIds)];
if (accountIds.length > 25) {
  problems.push('INTEG_ACCOUNT_IDS has more than 25 accounts, but the test reads only one page of 25.');
}
if (problems.length > 0) {
  throw new Error(problems.join('\n'));
}

function fromEnvironment(name: string, placeholder: string): string {
  const value = forSnapshot ? placeholder : process.env[name];
  if (value === undefined) {
    throw new Error(`Set ${name}: see docs/integration-test.md.`);
  }
  return value;
}

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

// Without a log group in the stack, the function of the assertion would leave one behind.
const assertionStack = Stack.of(permissions);
const { logGroupName } = new LogGroup(assertionStack, 'LogGroup', {
  retention: RetentionDays.ONE_WEEK,
  removalPolicy: RemovalPolicy.DESTROY,
});
for (const resource of assertionStack.node.findAll()) {
  if (CfnResource.isCfnResource(resource) && resource.cfnResourceType === 'AWS::Lambda::Function') {
    resource.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
  }
}
