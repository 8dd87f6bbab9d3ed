import * as path from 'node:path';
import { CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';

/** Not `Runtime.NODEJS_24_X`, which older releases of aws-cdk-lib do not have. */
export const DEFAULT_RUNTIME = new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS);

/** The maximum that Lambda allows: the time that a share needs grows with its list of accounts, and a copy takes long. */
const FUNCTION_TIMEOUT = Duration.minutes(15);
/** Lambda allocates CPU in proportion to memory, and thousands of accounts fit into this much. */
const MEMORY_SIZE_MIB = 512;
/** For delivering the event and the response. */
const SERVICE_TIMEOUT_MARGIN = Duration.seconds(60);

/** How long CloudFormation waits for a response: the longest that one can take, instead of the default of one hour. */
export function serviceTimeout(maxEventAge: Duration): Duration {
  return maxEventAge.plus(FUNCTION_TIMEOUT).plus(SERVICE_TIMEOUT_MARGIN);
}

interface FunctionProps extends lambda.FunctionOptions {
  readonly logicalId: string;
  /** The name of the zip file with the handler. */
  readonly handler: string;
  readonly runtime: lambda.Runtime;
}

export function newFunction(
  scope: Construct,
  { logicalId, handler, ...props }: FunctionProps,
): lambda.Function {
  const created = new lambda.Function(scope, 'Function', {
    ...props,
    // The package contains the bundled handler, so apps that use it need no bundler. A zip file is uploaded unchanged:
    // its asset hash is the same everywhere, and file modes of the installation do not reach Lambda.
    code: lambda.Code.fromAsset(path.join(__dirname, '..', '..', 'build', `${handler}.zip`)),
    handler: 'index.handler',
    memorySize: MEMORY_SIZE_MIB,
    timeout: FUNCTION_TIMEOUT,
  });
  withLogicalId(eventInvokeConfigOf(created), `${logicalId}Invocation`);
  return withLogicalId(created, logicalId);
}

/** The event invoke config. Custom resources must depend on it explicitly, because nothing refers to it. */
export function eventInvokeConfigOf({ node }: lambda.IFunction): IConstruct {
  return node.findChild('EventInvokeConfig');
}

export function newLogGroup(scope: Construct, logicalId: string): logs.ILogGroup {
  const logGroup = new logs.LogGroup(scope, 'LogGroup', {
    retention: logs.RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return withLogicalId(logGroup, logicalId);
}

interface RoleProps {
  readonly logicalId: string;
  readonly description: string;
  readonly policyName: string;
  readonly statements: iam.PolicyStatement[];
}

export function newRole(scope: Construct, props: RoleProps): iam.IRole {
  const { logicalId, description, policyName, statements } = props;
  const role = new iam.Role(scope, 'Role', {
    description,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { [policyName]: new iam.PolicyDocument({ statements }) },
  });
  return withLogicalId(role, logicalId);
}

/** Whether `Role.customizeRoles` keeps the roles in a scope out of the template, and reports their policies instead. */
export function areRolesPrecreated({ node }: IConstruct): boolean {
  const customization = node.tryGetContext('@aws-cdk/iam:customizeRoles');
  return customization !== undefined && customization.preventSynthesis !== false;
}

/** `Role.customizeRoles` can keep a role out of the template: then there is no resource. */
export function withLogicalId<T extends IConstruct>(construct: T, logicalId: string): T {
  const resource = construct.node.defaultChild;
  if (resource && CfnResource.isCfnResource(resource)) {
    resource.overrideLogicalId(logicalId);
  }
  return construct;
}
