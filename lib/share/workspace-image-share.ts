import { type CfnResource, Lazy, type Reference, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeImageParameter } from '../custom-resource/acknowledged-rules';
import { isInTree } from '../custom-resource/construct-tree';
import { newRule } from '../custom-resource/event-rules';
import { describable } from '../custom-resource/known-value';
import { type Names, warnAboutMisspelled } from '../custom-resource/options';
import { newMainResource, providerFor } from '../custom-resource/provider-in-stack';
import { setRemovalPolicy } from '../custom-resource/removal-policy';
import { SHARE_TYPE } from '../custom-resource/resource-types';
import type { IWorkspaceProvider } from '../custom-resource/workspace-provider';
import { refuseUnusableImage, rootInOtherStack } from '../references/image-origin';
import { imageIdReference } from '../references/image-users';
import { accountIdsProblems } from '../workspaces/validation';
import { type AccountList, rendered, withMissing } from './account-list';
import { imageLogicalId } from './image-logical-id';
import { checkAtSynthesis, findShare, imageElsewhere } from './synthesis-checks';
import { SHARES, WorkspaceImageShareProvider } from './workspace-image-share-provider';

/**
 * Properties of a `WorkspaceImageShare`.
 */
export interface WorkspaceImageShareProps {
  /**
   * The ID of the image to share: `wsi-` and 9 to 63 lowercase letters and digits.
   *
   * The image must be in the account and Region of the stack. To share the image of a `WorkspaceImageCopy`, define the
   * share in the account and Region of that copy. Literal values are validated at synthesis, tokens at
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
   * The list must not contain the account of the stack, which owns the image. If it stays empty and nothing copies the
   * image, a warning reports that the image is shared with no account.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
   * @default - the accounts of copies in the same app
   */
  readonly accountIds?: string[];

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
   * The provider, which must be in the same stack as the share: a `WorkspaceImageShareProvider`, or an object that wraps
   * one.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   * @default - the provider of the stack, which the first share creates if there is none
   */
  readonly provider?: IWorkspaceProvider;
}

const OPTIONS: Names<WorkspaceImageShareProps> = {
  imageId: true,
  accountIds: true,
  adoptExisting: true,
  removalPolicy: true,
  revision: true,
  provider: true,
};

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
   * The provider of the share: the function, its role and its log group, and rules for failures.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   */
  public readonly provider: IWorkspaceProvider;

  /**
   * The image ID as declared. Unlike `imageId`, a literal stays a literal, which stacks in all accounts can use.
   *
   * @internal
   */
  public readonly _declaredImageId: string;

  private readonly resource: CfnResource;
  private readonly imageIdReference: Reference;
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
    this.refuseMissing(props);
    warnAboutMisspelled(this, props, OPTIONS);
    refuseUnusableImage(props.imageId, this, imageElsewhere);
    const logicalId = imageLogicalId(stack, props.imageId);
    this._declaredImageId = props.imageId;
    this.declaredAccounts = this.copyOf(props.accountIds);
    this.refuseSecondShare(logicalId);
    this.provider = providerFor(this, SHARES, WorkspaceImageShareProvider, props.provider);

    this.resource = newMainResource(this, SHARE_TYPE, this.provider, SHARES, {
      ImageId: props.imageId,
      AccountIds: Lazy.uncachedAny({ produce: (context) => rendered(this.accountList(), context) }),
      AdoptExisting: props.adoptExisting ? 'true' : undefined,
      Revision: props.revision,
      RootImageId: Lazy.uncachedString({ produce: () => rootInOtherStack(props.imageId, this) }),
    });
    if (logicalId) {
      this.resource.overrideLogicalId(logicalId);
    }
    const origin = { construct: this, kind: 'share', sourceId: props.imageId } as const;
    this.imageIdReference = imageIdReference(this.resource, origin);
    this.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.DESTROY);
    acknowledgeImageParameter(this);

    const accountIds = () => this.accountList();
    const hasCopies = () => this.copies.some(isInTree);
    checkAtSynthesis({
      ...props,
      share: this,
      stack,
      logicalId,
      resource: this.resource,
      accountIds,
      hasCopies,
    });
  }

  /**
   * The ID of the shared image, as a token. Resources that use it are created after the image is shared.
   *
   * Use it in the stack of the share: an update unshares the old image before other stacks use the new one, which causes
   * a warning. To copy the image, use `WorkspaceImageSource.share`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html
   */
  public get imageId(): string {
    return this.imageIdReference.toString();
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
   * @returns The rule.
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
   */
  public onCloudTrailPermissionChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    return newRule(this, id, options, {
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

  /** The accounts that are declared, and those that copy the image. */
  private accountList(): AccountList {
    const copying = this.copies.filter(isInTree).map((copy) => Stack.of(copy).account);
    const others = copying.filter((account) => account !== this.stack.account);
    return withMissing(this.declaredAccounts, others, this.stack);
  }

  /** JavaScript callers can leave out what is required. */
  private refuseMissing(props: unknown): void {
    if (!props) {
      throw new Error(`${this.node.path} has no properties. Specify imageId, such as wsi-8t4x2k9p7.`);
    }
  }

  /** JavaScript callers can pass something other than a list. */
  private copyOf(accountIds: unknown = []): string[] {
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
}
