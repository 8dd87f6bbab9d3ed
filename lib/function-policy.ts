import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/**
 * What the function may do. All images of the account and Region, not the one image alone: in the clean-up
 * after a replacement the old image must still be revocable, and by then the policy names the new one.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonworkspaces.html
 */
export function functionStatements(scope: Construct, logGroup: ILogGroup, inVpc: boolean): PolicyStatement[] {
  const anyImage = Stack.of(scope).formatArn({
    partition: Aws.PARTITION,
    service: 'workspaces',
    resource: 'workspaceimage',
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  const statements = [
    new PolicyStatement({
      actions: ['workspaces:DescribeWorkspaceImagePermissions', 'workspaces:UpdateWorkspaceImagePermission'],
      resources: [anyImage],
    }),
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    // Whether CloudFormation still waits for the response to an event.
    new PolicyStatement({
      actions: ['cloudformation:DescribeStackEvents'],
      resources: [Aws.STACK_ID],
    }),
  ];
  return inVpc ? [...statements, networkInterfaces()] : statements;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
function networkInterfaces(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}

/** The statements as JSON that a person can read: references are written as in `Fn::Sub`. */
export function printed(scope: Construct, statements: readonly PolicyStatement[]): string {
  const resolved = Stack.of(scope).resolve(statements.map((statement) => statement.toStatementJson()));
  return JSON.stringify(resolved, (_key, value) => substitution(value), 2);
}

function substitution(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if ('Ref' in value) {
    return `\${${value.Ref}}`;
  }
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
    return `\${${value['Fn::GetAtt'].join('.')}}`;
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, parts] = value['Fn::Join'];
    return parts.map(substitution).join(delimiter);
  }
  return value;
}
