import { CfnResource, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeImageParameter } from '../custom-resource/acknowledged-rules';
import { describable } from '../custom-resource/known-value';
import { refuseOtherVersion } from '../custom-resource/package-copy';
import { deletionPolicyToDeploy, setRemovalPolicy } from '../custom-resource/removal-policy';
import { SHARE_TYPE } from '../custom-resource/resource-types';
import { accountIdsProblems } from '../workspaces/validation';
import { type AccountList, completed, rendered } from './account-list';
import { imageLogicalId } from './image-logical-id';
import { checkAtSynthesis, findShare, isInTree } from './synthesis-checks';
import {
  providerFor,
  SERVICE_TIMEOUT,
  type WorkspaceImageShareProvider,
} from './workspace-image-share-provider';

/**
 * Properties of a `WorkspaceImageShare`.
 */
export interface WorkspaceImageShareProps {
  /**
   * The ID of the image to share: `wsi-` and 9 to 63 lowercase letters and digits.
   *
   * The image must be in the account and Region of the stack. Literal values are validated at synthesis, tokens at
   * deployment, before any permission changes.
   *
   * Changing the image replaces the share: the new image is shared first, and the old one is unshared in the cleanup of
   * the stack's update.
   *
   * The logical ID of the share is derived from this value, so that you can rename and move the construct. If the value
   * refers to another construct, such as an image or a parameter, that construct must keep its path: otherwise the
   * deployment fails. If the value is a `Lazy`, the share must keep its own path.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/share-custom-image.html
   */
  readonly imageId: string;

  /**
   * The IDs of the accounts to share the image with: 12 digits each, without duplicates.
   *
   * The list can contain literals, tokens and list tokens, in any combination. Literal values are validated at
   * synthesis, tokens at deployment, before any permission changes. A share can have at most 7,680 accounts. At the
   * default quota of the WorkSpaces API, which all shares of an account and Region have in common, about 1,500 accounts
   * can be added in one deployment, or half as many with `adoptExisting`.
   *
   * The accounts of copies in the same app, with `WorkspaceImageSource.share`, are added to the list unless it contains
   * them.
   *
   * The list must not contain the account of the stack, which owns the image. If it stays empty, the image is shared
   * with no account, which causes a warning.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
   */
  readonly accountIds: string[];

  /**
   * Whether to adopt permissions that exist before the share is created.
   *
   * By default, the creation fails, before any permission changes, if the image is already shared with an account in
   * the list. Set this property for a single deployment, together with `RemovalPolicy.RETAIN`: otherwise a rollback of
   * that deployment revokes the adopted permissions. Remove both after the deployment has succeeded.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImagePermissions.html
   * @default false
   */
  readonly adoptExisting?: boolean;

  /**
   * What happens to the permissions when the share is deleted or replaced.
   *
   * - `DESTROY` revokes the permissions.
   * - `RETAIN` keeps the permissions, even if the creation of the share is rolled back.
   * - `RETAIN_ON_UPDATE_OR_DELETE` keeps the permissions, but revokes them if the creation of the share is rolled back.
   *
   * `SNAPSHOT` is not supported. The policy does not affect accounts that you remove from `accountIds`: their
   * permissions are always revoked.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * An arbitrary string, such as a date, that makes the next deployment repair permissions when it changes.
   *
   * CloudFormation does not invoke the function for a share that has not changed, and its drift detection does not
   * cover custom resources. When the revision changes, the function restores the permissions that are missing.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-update.html
   * @default - permissions are repaired only when the share changes
   */
  readonly revision?: string;

  /**
   * The provider, which must be in the same stack as the share.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   * @default - the provider of the stack, which the first share creates if there is none
   */
  readonly provider?: WorkspaceImageShareProvider;
}

/**
 * Shares a WorkSpaces image with other AWS accounts in the same Region.
 *
 * The image is unshared when the share is deleted, so that the image can be deleted afterward.
 *
 * A stack can have one share per image. The resource is bound to the image, not to the construct path: you can rename
 * the construct and move it within the stack without affecting permissions.
 *
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { WorkspaceImageShare } from 'cdk-workspace-image-share';
 *
 * declare const stack: Stack;
 *
 * new WorkspaceImageShare(stack, 'GoldenImage', {
 *   imageId: 'wsi-8t4x2k9p7',
 *   accountIds: ['111122223333', '444455556666'],
 * });
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/share-custom-image.html
 */
export class WorkspaceImageShare extends Construct {
  // Not a `Resource`: a Go module with a subclass of it compiles with only a part of the supported releases of aws-cdk-lib,
  // because the type of `env` has moved.

  /**
   * The stack of the share.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/stacks.html
   */
  public readonly stack: Stack;

  /**
   * The image ID as declared. Unlike `imageId`, a literal stays a literal, which stacks in all accounts can use.
   *
   * @internal
   */
  public readonly _declaredImageId: string;

  private readonly provider: WorkspaceImageShareProvider;
  private readonly resource: CfnResource;
  private readonly declaredAccounts: string[];
  private readonly copies: IConstruct[] = [];

  /**
   * Creates the share, and the provider of the stack if there is none.
   *
   * @param scope A stack in the account and Region of the image, or a construct in it.
   * @param id The construct ID, which you can change later without affecting permissions.
   * @param props The image, the accounts, and further options.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceImageShareProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.stack = stack;
    const logicalId = imageLogicalId(stack, props.imageId);
    this._declaredImageId = props.imageId;
    this.declaredAccounts = this.copyOf(props.accountIds);
    this.refuseSecondShare(logicalId);
    this.provider = this.providerOrDefault(props.provider);

    this.resource = new CfnResource(this, 'Resource', {
      type: SHARE_TYPE,
      properties: {
        ServiceToken: this.provider.handler.functionArn,
        ServiceTimeout: SERVICE_TIMEOUT.toSeconds().toString(),
        ImageId: props.imageId,
        AccountIds: Lazy.uncachedAny({ produce: (context) => rendered(this.accountList(), context) }),
        AdoptExisting: props.adoptExisting ? 'true' : undefined,
        Revision: props.revision,
        RemovalPolicy: deletionPolicyToDeploy(() => this.resource),
      },
    });
    if (logicalId) {
      this.resource.overrideLogicalId(logicalId);
    }
    this.resource.node.addDependency(...this.provider._prerequisites);
    this.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.DESTROY);
    acknowledgeImageParameter(this);

    const accountIds = () => this.accountList();
    checkAtSynthesis({ ...props, share: this, stack, logicalId, resource: this.resource, accountIds });
  }

  /**
   * The ID of the shared image. Resources that use it are created after the image is shared.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html
   */
  public get imageId(): string {
    return this.resource.getAtt('ImageId').toString();
  }

  /**
   * Changes what happens to the permissions when the share is deleted or replaced.
   *
   * `RemovalPolicy.SNAPSHOT` is not supported, and is an error.
   *
   * @param policy The removal policy, as in the property `removalPolicy`.
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    setRemovalPolicy(this, [this.resource], policy);
  }

  /**
   * Adds accounts to share the image with.
   *
   * @param accountIds The account IDs, with 12 digits each. Tokens and list tokens are allowed.
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
   */
  public addAccounts(...accountIds: string[]): void {
    this.declaredAccounts.push(...accountIds);
  }

  /**
   * Adds a copy of the image. If it is in another account, the image is shared with that account, too.
   *
   * @internal
   */
  public _addCopy(copy: IConstruct): void {
    this.copies.push(copy);
  }

  /**
   * Defines an EventBridge rule for changes to the permissions of the image that this stack did not make.
   *
   * The rule matches successful calls to `UpdateWorkspaceImagePermission` for the image, except those by the function
   * of this share. Calls by a share in another stack match.
   *
   * Requires at least one CloudTrail trail that logs management events in the account and Region.
   *
   * @param id The construct ID of the rule.
   * @param options The target and other options of the rule.
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
   */
  public onCloudTrailPermissionChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.addRule(id, options, {
      source: ['aws.workspaces'],
      detailType: ['AWS API Call via CloudTrail'],
      detail: {
        eventName: ['UpdateWorkspaceImagePermission'],
        errorCode: events.Match.doesNotExist(),
        requestParameters: { imageId: [this._declaredImageId] },
        // Calls by IAM users and the root user have no session issuer.
        userIdentity: {
          sessionContext: {
            sessionIssuer: {
              arn: events.Match.anyOf(
                events.Match.doesNotExist(),
                events.Match.anythingBut(this.provider.role.roleArn),
              ),
            },
          },
        },
      },
    });
  }

  /**
   * Defines an EventBridge rule for each time that CloudFormation fails to create, update or delete the share.
   *
   * If the former image cannot be unshared in the cleanup of an update, CloudFormation still completes the update, and
   * only a stack event reports the failure. The rule also matches if CloudFormation cancels the creation or update of the
   * share because another resource has failed. Each event contains the reason.
   *
   * The rule is created before the share and deleted after it, so its target must not depend on the share, for example
   * through `imageId`. The rule cannot reliably report that the first deployment of the stack fails: EventBridge can take
   * a moment to apply a new rule, and the rollback deletes the rule, with a target in the same stack. Define the target
   * in another stack if it must also receive events while the stack is being created or deleted.
   *
   * The rule has not been tried with the real EventBridge service.
   *
   * @param id The construct ID of the rule.
   * @param options The target and other options of the rule.
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   *
   * @example
   * import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
   * import { Topic } from 'aws-cdk-lib/aws-sns';
   * import { WorkspaceImageShare } from 'cdk-workspace-image-share';
   *
   * declare const share: WorkspaceImageShare;
   * declare const topic: Topic;
   *
   * share.onFailure('Failed', { target: new SnsTopic(topic) });
   */
  public onFailure(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = this.addRule(id, options, {
      source: ['aws.cloudformation'],
      detailType: ['CloudFormation Resource Status Change'],
      detail: {
        'stack-id': [this.stack.stackId],
        'logical-resource-id': [this.resource.logicalId],
        'status-details': { status: ['CREATE_FAILED', 'UPDATE_FAILED', 'DELETE_FAILED'] },
      },
    });
    this.resource.node.addDependency(rule);
    return rule;
  }

  /** The accounts that are declared, and those that copy the image. */
  private accountList(): AccountList {
    const copying = this.copies.filter(isInTree).map((copy) => Stack.of(copy).account);
    const others = copying.filter((account) => account !== this.stack.account);
    return completed(this.declaredAccounts, others, this.stack);
  }

  private addRule(id: string, options: events.OnEventOptions, pattern: events.EventPattern): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addTarget(options.target);
    rule.addEventPattern(pattern);
    return rule;
  }

  /** JavaScript callers can pass something else than a list. */
  private copyOf(accountIds: unknown): string[] {
    if (Array.isArray(accountIds)) {
      return [...accountIds];
    }
    throw new Error(`[${this.node.path}] ${accountIdsProblems(describable(accountIds)).join()}`);
  }

  private refuseSecondShare(logicalId: string | undefined): void {
    const existing =
      logicalId && findShare(this, (other) => other.logicalId === logicalId && other.stack === this.stack);
    if (existing) {
      const first = existing.share.node.path;
      throw new Error(
        `${this.node.path} shares the same image as ${first}. A stack can have one share per image: merge the account lists, or call addAccounts on ${first}.`,
      );
    }
  }

  private providerOrDefault(provider = providerFor(this.stack)): WorkspaceImageShareProvider {
    if (Stack.of(provider) !== this.stack) {
      throw new Error(
        `${this.node.path} and its provider ${provider.node.path} are in different stacks. Create a provider in the stack ${this.stack.node.path}, or leave out provider.`,
      );
    }
    refuseOtherVersion(this, provider);
    return provider;
  }
}
