import { CfnDeletionPolicy, CfnResource, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { joined, rendered } from './account-list';
import { imageLogicalId } from './image-logical-id';
import { RESOURCE_TYPE } from './validation';
import { checkAtSynthesis, findDeclaration } from './validators';
import { providerOf, SERVICE_TIMEOUT, WorkspaceImageShareProvider } from './workspace-image-share-provider';

/**
 * Which image is shared with whom.
 */
export interface WorkspaceImageShareProps {
  /**
   * The image to share: `wsi-` and 9 to 63 lower-case letters and digits, or a token. It must be an image of the
   * stack's own account and Region. What is no image id is an error: of the synthesis or, where a token held it, of
   * the deployment, before anything is changed.
   *
   * Another image is another share: the new one is granted first, the old one revoked in the clean-up. A `Lazy`
   * is the only value whose share does not survive that its construct is renamed or moved: its logical id then
   * follows from the construct's path, and the deployment is refused.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/share-custom-image.html
   */
  readonly imageId: string;

  /**
   * The accounts to share the image with, each 12 digits and each once; tokens, token lists and mixes of
   * them are welcome. The stack's own account is not one of them. An empty list shares with nobody and is a
   * warning. Anything else, and more than 7,680, is an error: of the synthesis or, where a token held it, of the
   * deployment, before anything is changed.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
   */
  readonly accountIds: string[];

  /**
   * Whether to take over accounts that have permission already when the share is created, instead of refusing to
   * create it. Meant for one deployment, therefore a warning: set it, deploy, remove it.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImagePermissions.html
   * @default false
   */
  readonly adoptExisting?: boolean;

  /**
   * What becomes of the permissions when the share is removed or replaced: `DESTROY` revokes them, `RETAIN`
   * leaves them behind. Anything else is an error of the synthesis. Accounts taken off the list are revoked all
   * the same.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Any text, such as a date. When it changes, the next deployment reads the permissions again and repairs what
   * drifted; CloudFormation does nothing while nothing changes.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-update.html
   * @default - none: permissions are read when the share itself changes
   */
  readonly revision?: string;

  /**
   * The function that grants and revokes, when its log group, role or network are to be chosen. One that stands in
   * another stack than the share is refused by an error of the share's constructor.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   * @default - the provider of the stack; the first share of a stack makes one where there is none
   */
  readonly provider?: WorkspaceImageShareProvider;
}

/**
 * Shares a WorkSpaces image with other accounts in the same Region, and unshares it before the image can be
 * deleted.
 *
 * One share holds all accounts of an image. Its place and name in the stack may change: the resource is bound to
 * the image, not to the path. So making a second share of an image in one stack throws an error, which names both.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/share-custom-image.html
 */
export class WorkspaceImageShare extends Construct {
  private readonly resource: CfnResource;
  private readonly declared: string[];

  /**
   * What is wrong with values is not thrown here but said when the app is synthesized, all of it at once.
   *
   * @param scope the stack of the image's account and Region, or a construct in it
   * @param id any name: it may change later
   * @param props which image is shared with whom
   * @throws Error where another share of the same image stands in the stack, with the paths of both.
   * @throws Error where `provider` stands in another stack, with the paths of both.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceImageShareProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const logicalId = imageLogicalId(stack, props.imageId);
    this.declared = [...props.accountIds];
    this.refuseSecondShare(stack, logicalId);
    const provider = this.chooseProvider(stack, props.provider);

    this.resource = new CfnResource(this, 'Resource', {
      type: RESOURCE_TYPE,
      properties: {
        ServiceToken: provider._serviceToken,
        ServiceTimeout: SERVICE_TIMEOUT.toSeconds().toString(),
        ImageId: props.imageId,
        AccountIds: Lazy.uncachedAny({ produce: (context) => rendered(this.declared, context) }),
        AdoptExisting: props.adoptExisting ? 'true' : undefined,
        Revision: props.revision,
        // CloudFormation deploys no stack in which a deletion policy alone has changed. The function ignores it.
        RemovalPolicy: props.removalPolicy === RemovalPolicy.RETAIN ? 'RETAIN' : undefined,
      },
    });
    if (logicalId) {
      this.resource.overrideLogicalId(logicalId);
    }
    this.resource.node.addDependency(...provider._prerequisites);
    applyRemovalPolicy(this.resource, props);

    checkAtSynthesis({ ...props, share: this, stack, logicalId, accountIds: this.declared });
  }

  /**
   * The id of the shared image. Whatever uses it waits until the image is shared.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html
   */
  public get imageId(): string {
    return this.resource.getAtt('ImageId').toString();
  }

  /**
   * The accounts declared so far, the tokens among them included.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
   */
  public get accountIds(): string[] {
    return joined(this.declared);
  }

  /**
   * Declares more accounts to share the image with, for lists that are built up in code. Nothing is checked before
   * the app is synthesized.
   *
   * @param accountIds 12 digits each; tokens and token lists, spread like any list, are welcome.
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
   */
  public addAccounts(...accountIds: string[]): void {
    this.declared.push(...accountIds);
  }

  private refuseSecondShare(stack: Stack, logicalId: string | undefined): void {
    const earlier =
      logicalId && findDeclaration(this, (other) => other.logicalId === logicalId && other.stack === stack);
    if (earlier) {
      throw new Error(
        `${this.node.path} shares the same image as ${earlier.share.node.path}, in the same stack: an image has one share in a stack, which survives renaming because it is bound to the image. Merge the two lists of accounts, or call addAccounts on ${earlier.share.node.path}.`,
      );
    }
  }

  private chooseProvider(stack: Stack, given?: WorkspaceImageShareProvider): WorkspaceImageShareProvider {
    if (given && Stack.of(given) !== stack) {
      throw new Error(
        `${this.node.path} is in another stack than its provider ${given.node.path}: a share is bound to its function for as long as it exists, and only within one stack is the share sure to be deleted first. Make a provider in the stack ${stack.node.path}, or leave provider out.`,
      );
    }
    return (
      given ??
      providerOf(stack) ??
      new WorkspaceImageShareProvider(stack, 'DefaultWorkspaceImageShareProvider')
    );
  }
}

/**
 * `RETAIN` still undoes a first deployment that fails, unless the share took over what others granted.
 */
function applyRemovalPolicy(resource: CfnResource, props: WorkspaceImageShareProps): void {
  const retain = props.removalPolicy === RemovalPolicy.RETAIN;
  const retainUndoable = props.adoptExisting
    ? CfnDeletionPolicy.RETAIN
    : CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  resource.cfnOptions.deletionPolicy = retain ? retainUndoable : CfnDeletionPolicy.DELETE;
  resource.cfnOptions.updateReplacePolicy = retain ? CfnDeletionPolicy.RETAIN : CfnDeletionPolicy.DELETE;
}
