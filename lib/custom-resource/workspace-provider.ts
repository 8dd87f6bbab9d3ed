import { Annotations, Aws, Fn, Resource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeProviderRules } from './acknowledged-rules';
import { failurePattern, newRule } from './event-rules';
import { placeInTemplate, policyStatements, printedPolicy, statementsOf } from './function-policy';
import {
  areRolesPrecreated,
  DEFAULT_RUNTIME,
  eventInvokeConfigOf,
  newFunction,
  newLogGroup,
  newRole,
  withLogicalId,
} from './handler-function';
import { dependingOn, networkOf } from './network';
import { isDefault, providerIn, register, usersOf } from './provider-in-stack';
import type { ProviderKind, Statement } from './provider-kind';

/**
 * The Lambda function behind the constructs of one kind in a stack, with its role and log group.
 *
 * `WorkspaceImageShareProvider`, `WorkspaceImageCopyProvider` and `WorkspaceBundleProvider` are such providers. A construct
 * accepts any object with this interface whose `handler` is the function of a provider for its kind.
 */
export interface IWorkspaceProvider extends IConstruct, iam.IGrantable, ec2.IConnectable {
  /**
   * The function.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   */
  readonly handler: lambda.IFunction;

  /**
   * The log group of the function.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
   */
  readonly logGroup: logs.ILogGroup;

  /**
   * The execution role of the function.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  readonly role: iam.IRole;

  /**
   * Defines an EventBridge rule for each time that CloudFormation fails to create, update or delete a construct that uses
   * the provider.
   *
   * @param id The construct ID of the rule.
   * @param options The target and other options of the rule.
   * @returns The rule.
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  onFailure(id: string, options?: events.OnEventOptions): events.Rule;
}

/**
 * Properties of every provider.
 */
export interface WorkspaceProviderProps {
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
   * `cloudformation` and a gateway endpoint for Amazon S3. To check the owner of an image in another Region, the function
   * for copies also needs a route to the WorkSpaces API of that Region, through a NAT gateway.
   *
   * Shares, copies and bundles are deleted before the VPC and the network resources that are defined in its scope, such
   * as the endpoints that `vpc.addInterfaceEndpoint` creates. If you define an endpoint in another scope, add the
   * dependency yourself, for example `share.node.addDependency(endpoint)`.
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
 * The base of all providers. The package does not export it, so jsii makes its public members those of each provider.
 *
 * @jsii ignore
 */
export abstract class WorkspaceProvider extends Construct implements IWorkspaceProvider {
  /**
   * The function, for example for its metrics and its log level.
   *
   * To be notified of failures, with their reasons, use `onFailure`. The metric `Errors` of the function for shares
   * counts failed events. Those of the functions for copies and bundles count invocations that Lambda repeats, such as
   * those of a deletion that waits for a copy.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
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

  private readonly rules: events.Rule[] = [];

  /** @internal */
  public constructor(
    scope: Construct,
    id: string,
    { vpc, vpcSubnets, runtime, ...props }: WorkspaceProviderProps,
    private readonly kind: ProviderKind,
  ) {
    super(scope, id);
    this.refuseSecond();

    const inVpc = vpc !== undefined;
    const statements = statementsOf(kind, inVpc);
    this.logGroup = props.logGroup ?? newLogGroup(this, this.logicalId('LogGroup'));
    this.role = props.role ?? this.newRole(statements);
    const policy = props.role && this.addPermissions(props.role, statements);
    const securityGroups = props.securityGroups?.length
      ? props.securityGroups
      : vpc && [this.newSecurityGroup(vpc)];
    this.handler = newFunction(this, {
      logicalId: this.logicalId(),
      handler: kind.handler,
      description: kind.description,
      runtime: this.supported(runtime),
      maxEventAge: kind.maxEventAge,
      retryAttempts: kind.retryAttempts,
      logGroup: this.logGroup,
      role: this.role,
      vpc,
      vpcSubnets,
      securityGroups,
    });
    acknowledgeProviderRules(this, Stack.of(this), kind, {
      inVpc,
      ownLogGroup: props.logGroup !== undefined,
      statements,
      place: placeInTemplate(Stack.of(this), this.logGroup),
    });
    if (policy) {
      this.handler.node.addDependency(policy);
    }

    // The event invoke config refers to the function, which depends on its role, log group, policy, and routes to the
    // internet, but neither on the rules of its security groups nor on the endpoints of the VPC.
    const prerequisites = [
      eventInvokeConfigOf(this.handler),
      ...(securityGroups ?? []),
      ...(vpc ? [dependingOn(() => networkOf(vpc))] : []),
      dependingOn(() => this.rules),
    ];
    register(this, kind, prerequisites);
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

  /**
   * Defines an EventBridge rule for each time that CloudFormation fails to create, update or delete a share, copy or
   * bundle that uses the provider, also a former one.
   *
   * The rule matches by the start of logical IDs, such as `WorkspaceImageShare`. It therefore also matches if a share,
   * copy or bundle that is no longer in the template cannot be deleted in the cleanup of an update, which CloudFormation
   * then completes all the same. Failures of the function and its role match, too: without them, nothing that uses the
   * function can be deployed. So do events that CloudFormation cancels because another resource has failed. Each event
   * contains the reason.
   *
   * The rule is created before the constructs that use the provider, and deleted after them, so its target must not
   * depend on them, for example through `imageId` or `bundleId`. The rule can miss failures of the first deployment,
   * because EventBridge needs a moment to apply it and the rollback deletes it. Define the target in another stack if it
   * must also receive events while the stack is being created or deleted.
   *
   * The rule has not been tried with the real EventBridge service.
   *
   * @param id The construct ID of the rule.
   * @param options The target and other options of the rule.
   * @returns The rule.
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   *
   * @example
   * import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
   * import { Topic } from 'aws-cdk-lib/aws-sns';
   * import { WorkspaceBundle, WorkspaceImageCopy, WorkspaceImageShare } from 'cdk-workspace-image-share';
   *
   * declare const share: WorkspaceImageShare;
   * declare const copy: WorkspaceImageCopy;
   * declare const bundle: WorkspaceBundle;
   * declare const topic: Topic;
   *
   * share.provider.onFailure('ShareFailed', { target: new SnsTopic(topic) });
   * copy.provider.onFailure('CopyFailed', { target: new SnsTopic(topic) });
   * bundle.provider.onFailure('BundleFailed', { target: new SnsTopic(topic) });
   */
  public onFailure(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = newRule(this, id, options, failurePattern(Stack.of(this), this.kind.construct));
    this.rules.push(rule);
    return rule;
  }

  private refuseSecond(): void {
    const existing = providerIn(Stack.of(this), this.kind);
    if (existing) {
      throw new Error(
        isDefault(existing, this.kind) ? this.createdTooLate(existing) : this.secondInStack(existing),
      );
    }
  }

  private createdTooLate(existing: IWorkspaceProvider): string {
    const { noun } = this.kind;
    const first = usersOf(existing)[0]?.node.path ?? `the first ${noun}`;
    return `${this.node.path} is created after ${first}, which already uses a provider with the defaults. A stack has one provider for ${this.kind.plural}: create ${this.node.path} before the first ${noun} of the stack ${Stack.of(this).node.path}.`;
  }

  private secondInStack({ node }: IWorkspaceProvider): string {
    const { plural } = this.kind;
    return `The stack ${Stack.of(this).node.path} already has the provider ${node.path}, so ${this.node.path} cannot be created. A stack has one provider for ${plural}: pass ${node.path} to all ${plural} of the stack.`;
  }

  private logicalId(suffix = ''): string {
    return `${this.kind.construct}Function${suffix}`;
  }

  private newRole(statements: readonly Statement[]): iam.IRole {
    return newRole(this, {
      logicalId: this.logicalId('Role'),
      description: this.kind.description,
      policyName: this.kind.policyName,
      statements: this.policyFor(this, statements),
    });
  }

  private policyFor(role: IConstruct, statements: readonly Statement[]): iam.PolicyStatement[] {
    // The CDK writes the report without resolving actions.
    const forReport = areRolesPrecreated(role);
    const place = placeInTemplate(Stack.of(this), this.logGroup, forReport);
    return policyStatements(statements, place, forReport ? undefined : () => usersOf(this));
  }

  /** The policy is defined in this stack, so that a role in another stack does not depend on this one. */
  private addPermissions(role: iam.IRole, statements: readonly Statement[]): iam.Policy | undefined {
    if (!isDefinedInApp(role)) {
      this.node.addValidation({ validate: () => this.warnAboutImported(role, statements) });
      return undefined;
    }
    const policy = new iam.Policy(this, 'Policy', {
      // Unique, because several stacks can use the role.
      policyName: `${this.kind.construct}-${Fn.select(2, Fn.split('/', Aws.STACK_ID))}`,
      statements: this.policyFor(role, statements),
    });
    role.attachInlinePolicy(policy);
    return withLogicalId(policy, this.logicalId('Policy'));
  }

  /** Which permissions copies and bundles need is known at synthesis. */
  private warnAboutImported(role: iam.IRole, statements: readonly Statement[]): string[] {
    const policy = printedPolicy(statements, Stack.of(this), this.logGroup, () => usersOf(this));
    const placeholders = policy.includes('<') ? ', with values for the placeholders in angle brackets' : '';
    Annotations.of(this).addWarningV2(
      'cdk-workspace-image-share:importedRole',
      `The role ${role.node.path} is imported, so its permissions are not changed. Before you deploy, let lambda.amazonaws.com assume the role and add these statements to its policies${placeholders}: ${policy}`,
    );
    return [];
  }

  private newSecurityGroup(vpc: ec2.IVpc): ec2.ISecurityGroup {
    const description = this.kind.securityGroupDescription;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description });
    return withLogicalId(securityGroup, this.logicalId('SecurityGroup'));
  }

  private supported(runtime = DEFAULT_RUNTIME): lambda.Runtime {
    const [, version] = /^nodejs(\d+)/.exec(runtime.name) ?? [];
    if (Number(version) >= 22) {
      return runtime;
    }
    throw new Error(
      `The runtime ${runtime.name ?? runtime} of ${this.node.path} is not supported. Use a Runtime of Node.js 22 or later, or leave out runtime.`,
    );
  }
}

/** A `LazyRole` has no resource until it is used, and a role of `Role.customizeRoles` has none at all. */
function isDefinedInApp(role: iam.IRole): boolean {
  return Resource.isOwnedResource(role) || role instanceof iam.Role || role instanceof iam.LazyRole;
}
