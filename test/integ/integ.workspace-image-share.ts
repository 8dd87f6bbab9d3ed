/**
 * A share in a real account: see docs/integration-test.md.
 *
 * What is shared with whom comes from the environment of whoever deploys. The snapshot always has the placeholders,
 * so that no account id of anybody ends up in the repository.
 */
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { WorkspaceImageShare } from '../../lib/index';
import { accountIdsProblems, imageIdProblems } from '../../lib/validation';

/** Snapshots are made, and compared, with this account. */
const forSnapshot = process.env.CDK_INTEG_ACCOUNT === '12345678';

const imageId = fromEnvironment('INTEG_IMAGE_ID', 'wsi-8t4x2k9p7');
const accountIds = fromEnvironment('INTEG_ACCOUNT_IDS', '111122223333,444455556666').split(',');

const problems = [...imageIdProblems(imageId), ...accountIdsProblems(accountIds)];
if (accountIds.length > 25) {
  problems.push('INTEG_ACCOUNT_IDS has more than the 25 accounts of one page, which is all that is read.');
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
  // What the bundler makes of the function is not what is compared, and is not in the repository.
  diffAssets: false,
  // The snapshot's placeholders cannot be deployed first.
  stackUpdateWorkflow: false,
});

const permissions = test.assertions.awsApiCall('WorkSpaces', 'DescribeWorkspaceImagePermissions', {
  ImageId: imageId,
});
// As many as are declared, and each of them one that is declared: the service lists an account once.
permissions.expect(
  ExpectedResult.objectLike({
    ImageId: imageId,
    ImagePermissions: accountIds.map(() => ({
      SharedAccountId: Match.stringLikeRegexp(`^(${accountIds.join('|')})$`),
    })),
  }),
);

// The function that asks would leave its log group behind.
const asking = Stack.of(permissions);
const { logGroupName } = new LogGroup(asking, 'LogGroup', {
  retention: RetentionDays.ONE_WEEK,
  removalPolicy: RemovalPolicy.DESTROY,
});
for (const resource of asking.node.findAll()) {
  if (CfnResource.isCfnResource(resource) && resource.cfnResourceType === 'AWS::Lambda::Function') {
    resource.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
  }
}
