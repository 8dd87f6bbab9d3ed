import { Annotations, Aws, CfnResource, Duration, Fn, Resource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import { acknowledgeProviderRules } from '../custom-resource/acknowledged-rules';
import { printedStatements, shareStatements } from '../custom-resource/function-policy';
import {
  areRolesPrecreated,
  DEFAULT_RUNTIME,
  eventInvokeConfigOf,
  newFunction,
  newLogGroup,
  newRole,
  serviceTimeout,
  withLogicalId,
} from '../custom-resource/handler-function';
import { THIS_COPY } from '../custom-resource/package-copy';
import { findShare, isInTree } from './synthesis-checks';

/**
 * The logical ID of the function, and the prefix of the others. It must never change: CloudFormation cannot update a
 * custom resource whose `ServiceToken` changes, and a log group that is replaced loses its logs.
 */
const LOGICAL_ID = 'WorkspaceImageShareFunction';

const DESCRIPTION = 'Shares WorkSpaces images with other accounts, for CloudFormation custom resources';

/**
 * How long Lambda keeps an event that it cannot deliver yet: a function in a VPC that was idle for weeks takes minutes
 * to become active. A late event is harmless, because the function checks that CloudFormation still waits for it.
 */
const MAXIMUM_EVENT_AGE = Duration.minutes(5);
/** A retried Create could not tell the permissions that it granted itself from those of others. */
const RETRY_ATTEMPTS = 0;

export const SERVICE_TIMEOUT = serviceTimeout(MAXIMUM_EVENT_AGE);

/** The provider of a stack, stored in the stack itself, where other copies of this package find it. */
const PROVIDER = Symbol.for('cdk-workspace-image-share.provider');

type StackWithProvider = Stack & { [PROVIDER]?: WorkspaceImageShareProvider };

/**
 * Properties of a `WorkspaceImageShareProvider`.
 */
export interface WorkspaceImageShareProviderProps {
  /**
   * The log group for the function's JSON logs.
   *
   * Pass your own to keep the logs after the stack is deleted, or to encrypt them with your own key.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
   * @default - a log group that keeps logs for one year and is deleted with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The execution role of the function, which must trust `lambda.amazonaws.com`.
   *
   * A role that is defined in the app is given the permissions that the function needs. An imported role is not
   * changed, and a warning prints the statements to add. If an imported role has a path, import it by its ARN.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   * @default - a role with the permissions that the function needs
   */
  readonly role?: iam.IRole;

  /**
   * The runtime of the function: Node.js 22 or later.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
   * @default - Node.js 24
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The VPC to run the function in.
   *
   * The function needs routes to the WorkSpaces API, the CloudFormation API, and Amazon S3, which receives its
   * responses to CloudFormation: either through a NAT gateway, or through the interface endpoints `workspaces` and
   * `cloudformation` and a gateway endpoint for Amazon S3.
   *
   * Shares are deleted before the VPC and the network resources that are defined in its scope, such as the endpoints
   * that `vpc.addInterfaceEndpoint` creates. If you define an endpoint in another scope, add the dependency yourself:
   * `share.node.addDependency(endpoint)`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the function is not attached to a VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC to run the function in. Requires `vpc`.
   *
   * Public subnets are an error at synthesis, because a function has no internet access in them.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
   * @default - the private subnets of the VPC
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function's network interfaces, which must allow outbound HTTPS. Requires `vpc`.
   *
   * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
   * @default - a security group that allows all outbound traffic and no inbound traffic
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * The Lambda function behind the shares of a stack, with its role and log group.
 *
 * Create a provider to choose the log group, role, runtime or VPC of the function. Create it before the first share of
 * the stack, which otherwise creates a provider with the defaults. All shares of the stack use the same provider.
 *
 * A stack can have one provider, because a share is bound to its function for as long as it exists. You can add a
 * provider later, rename it, move it within the stack and change its properties without affecting the shares.
 *
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import * as ec2 from 'aws-cdk-lib/aws-ec2';
 * import { WorkspaceImageShare, WorkspaceImageShareProvider } from 'cdk-workspace-image-share';
 *
 * declare const stack: Stack;
 * declare const vpc: ec2.Vpc;
 *
 * const provider = new WorkspaceImageShareProvider(stack, 'ShareProvider', { vpc });
 *
 * const endpoint = vpc.addInterfaceEndpoint('CloudFormation', {
 *   service: ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
 *   open: false,
 * });
 * provider.connections.allowToDefaultPort(endpoint);
 *
 * new WorkspaceImageShare(stack, 'GoldenImage', {
 *   imageId: 'wsi-8t4x2k9p7',
 *   accountIds: ['111122223333'],
 *   provider,
 * });
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export class WorkspaceImageShareProvider extends Construct implements iam.IGrantable, ec2.IConnectable {
  /**
   * The function that shares the images, for example for an alarm.
   *
   * A failed event ends the invocation with an error, so the metric `Errors` counts it. The alarm in the example covers
   * all shares of the stack. `onFailure` of a share reports the failures of that share, with their reasons.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   *
   * @example
   * import { Stack } from 'aws-cdk-lib';
   * import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
   * import { WorkspaceImageShareProvider } from 'cdk-workspace-image-share';
   *
   * declare const stack: Stack;
   * declare const provider: WorkspaceImageShareProvider;
   *
   * provider.handler.metricErrors().createAlarm(stack, 'ShareFailed', {
   *   threshold: 1,
   *   evaluationPeriods: 1,
   *   treatMissingData: TreatMissingData.NOT_BREACHING,
   * });
   */
  public readonly handler: lambda.IFunction;

  /**
   * The log group of the function, for example for metric filters and subscriptions.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
   */
  public readonly logGroup: logs.ILogGroup;

  /**
   * The execution role of the function.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  public readonly role: iam.IRole;

  /**
   * The constructs that must exist for as long as a share does.
   *
   * @internal
   */
  public readonly _prerequisites: IDependable[];

  /**
   * The copy of this package that the function is from.
   *
   * @internal
   */
  public readonly _copy = THIS_COPY;

  /**
   * Creates the function, with its role and log group unless they are given.
   *
   * @param scope The stack of the shares, or a construct in it.
   * @param id The construct ID, which you can change later without affecting the shares.
   * @param props The properties of the function.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceImageShareProviderProps = {}) {
    super(scope, id);
    this.claimStack();

    const inVpc = props.vpc !== undefined;
    this.logGroup = props.logGroup ?? newLogGroup(this, `${LOGICAL_ID}LogGroup`);
    this.role = props.role ?? this.createRole(inVpc);
    const policy = props.role && this.addPermissions(props.role, inVpc);
    const securityGroups = props.securityGroups?.length
      ? props.securityGroups
      : props.vpc && [this.createSecurityGroup(props.vpc)];
    this.handler = this.createFunction({ ...props, securityGroups });
    acknowledgeProviderRules(this, Stack.of(this), {
      inVpc,
      logGroup: this.logGroup,
      ownLogGroup: props.logGroup !== undefined,
    });
    if (policy) {
      this.handler.node.addDependency(policy);
    }

    // The event invoke config refers to the function, which depends on its role, log group, policy, and routes to the
    // internet, but neither on the rules of its security groups nor on the endpoints of the VPC.
    this._prerequisites = [
      eventInvokeConfigOf(this.handler),
      ...(securityGroups ?? []),
      ...(props.vpc ? [networkOf(props.vpc)] : []),
    ];
  }

  /**
   * The principal to grant permissions to: the execution role of the function.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  public get grantPrincipal(): iam.IPrincipal {
    return this.handler.grantPrincipal;
  }

  /**
   * The network connections of the function, for example to let it use an interface endpoint. Requires `vpc`.
   *
   * If the VPC is in another stack, start from the provider: `provider.connections.allowToDefaultPort(endpoint)`.
   *
   * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
   */
  public get connections(): ec2.Connections {
    return this.handler.connections;
  }

  private claimStack(): void {
    const stack: StackWithProvider = Stack.of(this);
    const existing = providerOf(stack);
    if (existing) {
      throw new Error(isDefault(existing) ? this.createdTooLate(stack) : this.secondInStack(stack, existing));
    }
    stack[PROVIDER] = this;
  }

  private createdTooLate(stack: Stack): string {
    const share = findShare(this, (other) => other.stack === stack)?.share.node.path;
    return `${this.node.path} is created after ${share ?? 'the first share'}, which already uses a provider with the defaults. A stack has one provider: create ${this.node.path} before the first share of the stack ${stack.node.path}.`;
  }

  private secondInStack(stack: Stack, existing: WorkspaceImageShareProvider): string {
    return `The stack ${stack.node.path} already has the provider ${existing.node.path}, so ${this.node.path} cannot be created. A stack has one provider: pass ${existing.node.path} to all shares of the stack.`;
  }

  private createRole(inVpc: boolean): iam.IRole {
    return newRole(this, {
      logicalId: `${LOGICAL_ID}Role`,
      description: DESCRIPTION,
      policyName: 'ShareWorkspaceImages',
      statements: shareStatements(this, this.logGroup, inVpc, areRolesPrecreated(this)),
    });
  }

  /** The policy is defined in this stack, so that a role in another stack does not depend on this one. */
  private addPermissions(role: iam.IRole, inVpc: boolean): iam.Policy | undefined {
    if (isDefinedInApp(role)) {
      const policy = new iam.Policy(this, 'Policy', {
        // Unique, because several stacks can use the role.
        policyName: `WorkspaceImageShare-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`,
        statements: shareStatements(this, this.logGroup, inVpc, areRolesPrecreated(role)),
      });
      role.attachInlinePolicy(policy);
      return withLogicalId(policy, `${LOGICAL_ID}Policy`);
    }
    const statements = printedStatements(this, this.logGroup, inVpc);
    const placeholders = statements.includes('<')
      ? ', with values for the placeholders in angle brackets'
      : '';
    Annotations.of(this).addWarningV2(
      'cdk-workspace-image-share:importedRole',
      `The role ${role.node.path} is imported, so its permissions are not changed. Before you deploy, let lambda.amazonaws.com assume the role and add these statements to its policies${placeholders}: ${statements}`,
    );
    return undefined;
  }

  private createSecurityGroup(vpc: ec2.IVpc): ec2.ISecurityGroup {
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      // Changing the description would replace the security group.
      description: 'The function that shares WorkSpaces images with other accounts',
    });
    return withLogicalId(securityGroup, `${LOGICAL_ID}SecurityGroup`);
  }

  private createFunction(props: WorkspaceImageShareProviderProps): lambda.IFunction {
    const { runtime = DEFAULT_RUNTIME, vpc, vpcSubnets, securityGroups } = props;
    const [, version] = /^nodejs(\d+)/.exec(runtime.name) ?? [];
    if (!(Number(version) >= 22)) {
      throw new Error(
        `The runtime ${runtime.name} of ${this.node.path} is not supported. Use Node.js 22 or later, or leave out runtime.`,
      );
    }
    return newFunction(this, {
      logicalId: LOGICAL_ID,
      bundle: 'share',
      description: DESCRIPTION,
      runtime,
      maxEventAge: MAXIMUM_EVENT_AGE,
      retryAttempts: RETRY_ATTEMPTS,
      logGroup: this.logGroup,
      role: this.role,
      vpc,
      vpcSubnets,
      securityGroups,
    });
  }
}

const DEFAULT_PROVIDER_ID = 'DefaultWorkspaceImageShareProvider';

/** The provider of a stack, created with the defaults if there is none yet. */
export function providerFor(stack: Stack): WorkspaceImageShareProvider {
  return providerOf(stack) ?? new WorkspaceImageShareProvider(stack, DEFAULT_PROVIDER_ID);
}

function providerOf(stack: StackWithProvider): WorkspaceImageShareProvider | undefined {
  const provider = stack[PROVIDER];
  return provider && isInTree(provider) ? provider : undefined;
}

function isDefault({ node }: WorkspaceImageShareProvider): boolean {
  return node.id === DEFAULT_PROVIDER_ID && Stack.isStack(node.scope);
}

/** A `LazyRole` has no resource until it is used, and a role of `Role.customizeRoles` has none at all. */
function isDefinedInApp(role: iam.IRole): boolean {
  return Resource.isOwnedResource(role) || role instanceof iam.Role || role instanceof iam.LazyRole;
}

/**
 * The resources in the scope of a VPC that make up its network, also those that are added later. Other resources in that
 * scope may depend on a share.
 */
function networkOf(vpc: ec2.IVpc): IDependable {
  const network = {};
  Dependable.implement(network, {
    get dependencyRoots() {
      return vpc.node.findAll().filter(isNetworkResource);
    },
  });
  return network;
}

function isNetworkResource(construct: IConstruct): boolean {
  return (
    CfnResource.isCfnResource(construct) &&
    /^AWS::EC2::(VPC|VPN|Subnet|Route|NatGateway|EIP|(EgressOnly)?InternetGateway|TransitGateway|NetworkAcl|SecurityGroup)/.test(
      construct.cfnResourceType,
    )
  );
}
