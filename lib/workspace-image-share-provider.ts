import * as path from 'node:path';
import { Annotations, CfnResource, Duration, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { functionStatements, printed } from './function-policy';
import { acknowledgeRules } from './nag-suppressions';
import { isInTree } from './validators';

/**
 * `ServiceToken` can never change while a custom resource exists, and a log group that is replaced loses its
 * log: these names are a contract with every stack that was ever deployed.
 */
const LOGICAL_ID = 'WorkspaceImageShareFunction';

/** The maximum that Lambda allows: the time that a share needs grows with its list of accounts. */
const FUNCTION_TIMEOUT = Duration.minutes(15);
/** Lambda allots CPU in proportion to memory, and thousands of accounts fit into this much. */
const MEMORY_SIZE_MIB = 512;
/**
 * How long Lambda keeps an event that it cannot start yet: a function in a VPC that was idle for weeks takes minutes
 * to become active. A late event is harmless, because the function checks that CloudFormation still waits for it.
 */
const MAXIMUM_EVENT_AGE = Duration.minutes(5);
/** A retried Create could not tell the permissions that it granted itself from those of others. */
const RETRY_ATTEMPTS = 0;
/** For delivering the event and the response. */
const SERVICE_TIMEOUT_MARGIN = Duration.seconds(60);

/** How long CloudFormation waits for a response: as long as one can take, instead of an hour. */
export const SERVICE_TIMEOUT = MAXIMUM_EVENT_AGE.plus(FUNCTION_TIMEOUT).plus(SERVICE_TIMEOUT_MARGIN);

const providers = new WeakMap<Stack, WorkspaceImageShareProvider>();

/**
 * How the function that grants and revokes is set up.
 */
export interface WorkspaceImageShareProviderProps {
  /**
   * Where the function writes what it decided, one JSON document a line. A log group of yours stays when the
   * share goes: give one to keep an audit trail.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
   * @default - a log group that keeps events for one year and is deleted with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The role that the function runs as. `lambda.amazonaws.com` must be allowed to assume it. A role of this
   * app is given the permissions that the function needs; an imported role is left as it is, and a warning
   * prints the statements to add.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   * @default - a role with the permissions that the function needs, and no other
   */
  readonly role?: iam.IRole;

  /**
   * The VPC to run the function in.
   *
   * The function needs routes to the WorkSpaces API, the CloudFormation API, and Amazon S3, which receives its
   * responses to CloudFormation: through a NAT gateway, or through the interface endpoints `workspaces` and
   * `cloudformation` and a gateway endpoint for S3.
   *
   * Shares are deleted before the VPC and everything that is defined in its scope, such as the endpoints that
   * `vpc.addInterfaceEndpoint` creates. If you define an endpoint in another scope, add the dependency yourself:
   * `share.node.addDependency(endpoint)`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the function is not attached to a VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of `vpc` to run the function in. Public ones have no route for a function. Without `vpc` they are
   * refused by an error.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.SubnetSelection.html
   * @default - the private subnets of `vpc`
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function's network interfaces. They need to let HTTPS out. Without `vpc` they
   * are refused by an error.
   *
   * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
   * @default - a security group that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * The function behind the shares of one stack, with its role and log group. Make one yourself to choose its log
 * group, role or network, before the first share of the stack; otherwise each stack has one by itself.
 *
 * A stack has one provider, whatever it is called and wherever in the stack it stands: shares are bound to its
 * function for as long as they exist. So a provider can be added, renamed, moved and configured later, and making a
 * second one throws an error, which names both.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export class WorkspaceImageShareProvider extends Construct {
  /**
   * Where the function writes what it decided, for metric filters, subscriptions and the like.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
   */
  public readonly logGroup: logs.ILogGroup;

  /**
   * The role that the function runs as, for what a policy of your own has to say about it.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  public readonly role: iam.IRole;

  /**
   * The function's ARN, as the shares name it.
   *
   * @internal
   */
  public readonly _serviceToken: string;

  /**
   * All that must exist for as long as a share does.
   *
   * @internal
   */
  public readonly _prerequisites: IDependable[];

  /**
   * @param scope the stack of the shares, or a construct in it
   * @param id any name: it may change later
   * @param props how the function is set up
   * @throws Error where the stack has a provider already, with the paths of both.
   * @throws Error where `vpcSubnets` or `securityGroups` are given without `vpc`.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceImageShareProviderProps = {}) {
    super(scope, id);
    this.claimStack();

    this.logGroup = props.logGroup ?? this.makeLogGroup();
    const statements = functionStatements(this, this.logGroup, props.vpc !== undefined);
    this.role = props.role ?? this.makeRole(statements);
    const policy = props.role && this.permit(props.role, statements);
    const securityGroups = props.securityGroups ?? (props.vpc && [this.makeSecurityGroup(props.vpc)]);
    const handler = this.makeFunction({ ...props, securityGroups });
    const invocation = this.limitInvocations(handler);
    acknowledgeRules(this, Stack.of(this), {
      inVpc: props.vpc !== undefined,
      ownLogGroup: props.logGroup !== undefined,
    });
    if (policy) {
      handler.node.addDependency(policy);
    }

    this._serviceToken = handler.functionArn;
    // The event invoke config refers to the function, which refers to its role, log group and policy. Neither refers
    // to the rules of security groups, nor to the routes and endpoints of the VPC.
    this._prerequisites = [
      invocation,
      ...(props.securityGroups ?? []),
      ...(props.vpc
        ? [props.vpc, props.vpc.selectSubnets(props.vpcSubnets).internetConnectivityEstablished]
        : []),
    ];
  }

  private claimStack(): void {
    const stack = Stack.of(this);
    const earlier = providerOf(stack);
    if (earlier) {
      throw new Error(
        `${this.node.path} would be the second WorkspaceImageShareProvider of the stack ${stack.node.path}, which has ${earlier.node.path}: the shares of a stack are bound to one function for as long as they exist. Make one provider, before the first share of the stack, and give it to all of them.`,
      );
    }
    providers.set(stack, this);
  }

  private makeLogGroup(): logs.ILogGroup {
    const logGroup = new logs.LogGroup(this, 'LogGroup', {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return named(logGroup, `${LOGICAL_ID}LogGroup`);
  }

  private makeRole(statements: iam.PolicyStatement[]): iam.IRole {
    const role = new iam.Role(this, 'Role', {
      description: 'Shares WorkSpaces images with other accounts, for custom resources of CloudFormation',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { ShareWorkspaceImages: new iam.PolicyDocument({ statements }) },
    });
    return named(role, `${LOGICAL_ID}Role`);
  }

  /** The policy stands in this stack, so that a role of another stack need not wait for this one. */
  private permit(role: iam.IRole, statements: iam.PolicyStatement[]): iam.Policy | undefined {
    if (Resource.isOwnedResource(role)) {
      return named(new iam.Policy(this, 'Policy', { roles: [role], statements }), `${LOGICAL_ID}Policy`);
    }
    Annotations.of(this).addWarningV2(
      'cdk-workspace-image-share:importedRole',
      `The role ${role.node.path} is imported and stays as it is. Give it these statements, and let lambda.amazonaws.com assume it, before you deploy: ${printed(this, statements)}`,
    );
    return undefined;
  }

  private makeSecurityGroup(vpc: ec2.IVpc): ec2.ISecurityGroup {
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'The function that shares WorkSpaces images with other accounts',
    });
    return named(securityGroup, `${LOGICAL_ID}SecurityGroup`);
  }

  private makeFunction(network: WorkspaceImageShareProviderProps): lambda.IFunction {
    const handler = new lambda.Function(this, 'Function', {
      description: 'Shares WorkSpaces images with other accounts, for custom resources of CloudFormation',
      // Built when the package is: nothing is bundled in the app that uses it.
      code: lambda.Code.fromAsset(path.join(__dirname, '..', 'build', 'handler')),
      handler: 'index.handler',
      // Not Runtime.NODEJS_24_X, which many releases of aws-cdk-lib that do otherwise do not have.
      runtime: new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS),
      memorySize: MEMORY_SIZE_MIB,
      timeout: FUNCTION_TIMEOUT,
      logGroup: this.logGroup,
      role: this.role,
      vpc: network.vpc,
      vpcSubnets: network.vpcSubnets,
      securityGroups: network.securityGroups,
    });
    return named(handler, LOGICAL_ID);
  }

  private limitInvocations(handler: lambda.IFunction): lambda.EventInvokeConfig {
    const invocation = new lambda.EventInvokeConfig(this, 'Invocation', {
      function: handler,
      maxEventAge: MAXIMUM_EVENT_AGE,
      retryAttempts: RETRY_ATTEMPTS,
    });
    return named(invocation, `${LOGICAL_ID}Invocation`);
  }
}

/** The provider of a stack, if it has one yet. */
export function providerOf(stack: Stack): WorkspaceImageShareProvider | undefined {
  const provider = providers.get(stack);
  return provider && isInTree(provider) ? provider : undefined;
}

/** A role that `Role.customizeRoles` keeps out of the template has nothing to name. */
function named<T extends IConstruct>(construct: T, logicalId: string): T {
  const resource = construct.node.defaultChild;
  if (resource && CfnResource.isCfnResource(resource)) {
    resource.overrideLogicalId(logicalId);
  }
  return construct;
}
