import type { IApiCall } from '@aws-cdk/integ-tests-alpha';
import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';

/** integ-runner uses this account when it synthesizes for a snapshot. */
const forSnapshot = process.env.CDK_INTEG_ACCOUNT === '12345678';

/** The snapshot always contains placeholders, so that no real account ID ends up in the repository. */
export function fromEnvironment(name: string, placeholder: string): string {
  const value = forSnapshot ? placeholder : process.env[name];
  if (value === undefined) {
    throw new Error(`Set ${name}: see docs/integration-test.md.`);
  }
  return value;
}

export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
}

/** Without a log group in the stack, the function of an assertion would leave one behind. */
export function withLogGroup(assertion: IApiCall): void {
  const stack = Stack.of(assertion);
  const { logGroupName } = new LogGroup(stack, 'LogGroup', {
    retention: RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  for (const resource of stack.node.findAll()) {
    if (CfnResource.isCfnResource(resource) && resource.cfnResourceType === 'AWS::Lambda::Function') {
      resource.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
    }
  }
}
