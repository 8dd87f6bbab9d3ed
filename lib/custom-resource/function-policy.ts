import { Aws, Lazy, Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnLogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import type { Place, ProviderKind, Statement } from './provider-kind';

const LOGS: Statement = {
  actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  resources: ({ logStreams }) => [logStreams],
  reason: 'The function writes to log streams of this log group only, whose names Lambda generates.',
};

/** To check that CloudFormation still waits for the response to an event. */
const STACK_EVENTS: Statement = {
  actions: ['cloudformation:DescribeStackEvents'],
  resources: ({ stack }) => [stack],
  reason: 'The function reads the events of its own stack only, whose ARN is unknown before it exists.',
};

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACES: Statement = {
  actions: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: () => ['*'],
  reason:
    'Lambda uses these actions to manage the network interfaces of the function, and documents them for all resources.',
};

/** All statements of a function, as data. */
export function statementsOf({ statements }: ProviderKind, inVpc: boolean): Statement[] {
  return [...statements, LOGS, STACK_EVENTS, ...(inVpc ? [NETWORK_INTERFACES] : [])];
}

/**
 * The policy of a function.
 *
 * @param users The constructs that use the function, which are known at synthesis. Without them, the policy has what any
 * construct needs.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonworkspaces.html
 */
export function policyStatements(
  statements: readonly Statement[],
  place: Place,
  users?: () => readonly IConstruct[],
): PolicyStatement[] {
  return statements.map(
    ({ actions, actionFor, resources, conditions }) =>
      new PolicyStatement({
        actions: [...actions, ...(actionFor ? [actionIfNeeded(actionFor, users)] : [])],
        resources: [...resources(place)],
        conditions: conditions?.(place),
      }),
  );
}

function actionIfNeeded(
  { action, needs }: NonNullable<Statement['actionFor']>,
  users?: () => readonly IConstruct[],
): string {
  return users ? Lazy.uncachedString({ produce: () => (users().some(needs) ? action : undefined) }) : action;
}

/**
 * The place of a function in the template.
 *
 * @param forReport Whether the role is not in the template, but in the policy report of `Role.customizeRoles`.
 */
export function placeInTemplate(stack: Stack, { logGroupArn }: ILogGroup, forReport = false): Place {
  const { region, account } = stack;
  const name = Token.isUnresolved(stack.stackName) ? '(STACK_NAME)' : stack.stackName;
  const events = `arn:${Aws.PARTITION}:cloudformation:${region}:${account}:stack/${name}/*`;
  return {
    partition: Aws.PARTITION,
    region,
    account,
    logStreams: logGroupArn,
    stack: forReport ? events : Aws.STACK_ID,
  };
}

/**
 * The policy of a function as JSON that can be pasted into a policy before the stack exists. Values that are unknown at
 * synthesis are placeholders such as `<REGION>`.
 */
export function printedPolicy(
  statements: readonly Statement[],
  stack: Stack,
  logGroup: ILogGroup,
  users: () => readonly IConstruct[],
): string {
  const partition = known(RegionInfo.get(stack.region).partition, 'PARTITION');
  const region = known(stack.region, 'REGION');
  const account = known(stack.account, 'ACCOUNT');
  const arn = (service: string, resource: string) =>
    ['arn', partition, service, region, account, resource].join(':');
  const place = {
    partition,
    region,
    account,
    logStreams: Token.isUnresolved(logGroup.logGroupArn)
      ? arn('logs', `log-group:${logGroupName(logGroup)}:*`)
      : logGroup.logGroupArn,
    stack: arn('cloudformation', `stack/${known(stack.stackName, 'STACK_NAME')}/*`),
  };
  const printed = policyStatements(statements, place, users).map((statement) => statement.toStatementJson());
  return JSON.stringify(stack.resolve(printed), undefined, 2);
}

/** CloudFormation generates the name of a log group from the stack name, the logical ID, and a random suffix. */
function logGroupName(logGroup: ILogGroup): string {
  const resource = logGroup.node.defaultChild;
  if (!(resource instanceof CfnLogGroup)) {
    return known(logGroup.logGroupName, 'LOG_GROUP_NAME');
  }
  const stack = Stack.of(resource);
  const generated = `${known(stack.stackName, 'STACK_NAME')}-${stack.resolve(resource.logicalId)}-*`;
  const name = stack.resolve(resource.logGroupName) ?? generated;
  return typeof name === 'string' ? name : '<LOG_GROUP_NAME>';
}

function known(value: string | undefined, placeholder: string): string {
  return value === undefined || Token.isUnresolved(value) ? `<${placeholder}>` : value;
}
