import { ArnFormat, Aws, Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnLogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

/** All images in all accounts and Regions. */
export const ANY_SOURCE = `arn:${Aws.PARTITION}:workspaces:*:*:workspaceimage/*`;

/** The resources that a function of any kind has in its policy. */
interface OwnResources {
  readonly logStreams: string;
  readonly stack: string;
}

/** The resources in the policy of the function that shares images. */
interface Resources extends OwnResources {
  readonly images: string;
}

/**
 * The policy statements of the function that shares images, for the template or, if the role is not in the template, for
 * the policy report of `Role.customizeRoles`.
 */
export function shareStatements(
  scope: Construct,
  logGroup: ILogGroup,
  inVpc: boolean,
  forReport = false,
): PolicyStatement[] {
  const images = anyImage(Stack.of(scope));
  return statementsFor({ images, ...ownResources(scope, logGroup, forReport) }, inVpc);
}

/** The policy statements of the function that copies images. */
export function copyStatements(scope: Construct, logGroup: ILogGroup, forReport: boolean): PolicyStatement[] {
  return [
    // The source, in any Region, of any account: a policy for the declared sources would change with them, and a
    // changed policy takes a moment to work.
    new PolicyStatement({
      actions: ['workspaces:CopyWorkspaceImage'],
      resources: [ANY_SOURCE],
    }),
    // The owner of the source is read in its Region.
    new PolicyStatement({
      actions: ['workspaces:DescribeWorkspaceImages'],
      resources: ['*'],
    }),
    // AWS documents this action both with and without resource types.
    new PolicyStatement({
      actions: ['workspaces:DeleteWorkspaceImage'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': Stack.of(scope).region } },
    }),
    ...ownStatements(ownResources(scope, logGroup, forReport)),
  ];
}

function ownResources(scope: Construct, logGroup: ILogGroup, forReport: boolean): OwnResources {
  const stack = forReport ? anyStackNamed(Stack.of(scope)) : Aws.STACK_ID;
  return { logStreams: logGroup.logGroupArn, stack };
}

/** The ARN of the stack as far as it is known before the stack exists. */
function anyStackNamed(stack: Stack): string {
  return stack.formatArn({
    partition: Aws.PARTITION,
    service: 'cloudformation',
    resource: 'stack',
    resourceName: `${Token.isUnresolved(stack.stackName) ? '(STACK_NAME)' : stack.stackName}/*`,
  });
}

/** The ARN of all images in the account and Region of a stack. */
export function anyImage(stack: Stack): string {
  return stack.formatArn({
    partition: Aws.PARTITION,
    service: 'workspaces',
    resource: 'workspaceimage',
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

/**
 * The same statements as JSON that can be pasted into a policy before the stack exists. Values that are unknown at
 * synthesis are placeholders such as `<REGION>`.
 */
export function printedStatements(scope: Construct, logGroup: ILogGroup, inVpc: boolean): string {
  const stack = Stack.of(scope);
  const arn = (service: string, resource: string) =>
    [
      'arn',
      known(RegionInfo.get(stack.region).partition, 'PARTITION'),
      service,
      known(stack.region, 'REGION'),
      known(stack.account, 'ACCOUNT'),
      resource,
    ].join(':');
  const resources = {
    images: arn('workspaces', 'workspaceimage/*'),
    logStreams: Token.isUnresolved(logGroup.logGroupArn)
      ? arn('logs', `log-group:${logGroupName(logGroup)}:*`)
      : logGroup.logGroupArn,
    stack: arn('cloudformation', `stack/${known(stack.stackName, 'STACK_NAME')}/*`),
  };
  return JSON.stringify(
    statementsFor(resources, inVpc).map((statement) => statement.toStatementJson()),
    undefined,
    2,
  );
}

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonworkspaces.html */
function statementsFor(resources: Resources, inVpc: boolean): PolicyStatement[] {
  const statements = [
    // All images of the account and Region: when an image is replaced, the function revokes the permissions of the
    // old one in the stack's cleanup, and by then a policy for a single image would name the new one.
    new PolicyStatement({
      actions: ['workspaces:DescribeWorkspaceImagePermissions', 'workspaces:UpdateWorkspaceImagePermission'],
      resources: [resources.images],
    }),
    ...ownStatements(resources),
  ];
  return inVpc ? [...statements, networkInterfaces()] : statements;
}

function ownStatements({ logStreams, stack }: OwnResources): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logStreams],
    }),
    // To check that CloudFormation still waits for the response to an event.
    new PolicyStatement({
      actions: ['cloudformation:DescribeStackEvents'],
      resources: [stack],
    }),
  ];
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

/** CloudFormation generates the name of a log group from the stack name, the logical ID, and a random suffix. */
function logGroupName(logGroup: ILogGroup): string {
  const resource = logGroup.node.defaultChild;
  if (!(resource instanceof CfnLogGroup)) {
    return known(logGroup.logGroupName, 'LOG_GROUP_NAME');
  }
  const { stack } = resource;
  const generated = `${known(stack.stackName, 'STACK_NAME')}-${stack.resolve(resource.logicalId)}-*`;
  const name = stack.resolve(resource.logGroupName) ?? generated;
  return typeof name === 'string' ? name : '<LOG_GROUP_NAME>';
}

function known(value: string | undefined, placeholder: string): string {
  return value === undefined || Token.isUnresolved(value) ? `<${placeholder}>` : value;
}
