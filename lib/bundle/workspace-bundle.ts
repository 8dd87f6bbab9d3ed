import {
  type CfnResource,
  type ITaggable,
  RemovalPolicy,
  type Size,
  SizeRoundingBehavior,
  Stack,
  type TagManager,
  Tokenization,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeImageParameter } from '../custom-resource/acknowledged-rules';
import { inWords } from '../custom-resource/known-value';
import { defaultNamePrefix, labelProperties, newTagManager } from '../custom-resource/labels';
import { type Names, warnAboutMisspelled } from '../custom-resource/options';
import { newMainResource, providerFor } from '../custom-resource/provider-in-stack';
import { setRemovalPolicy } from '../custom-resource/removal-policy';
import { BUNDLE_TYPE } from '../custom-resource/resource-types';
import type { IWorkspaceProvider } from '../custom-resource/workspace-provider';
import { refuseUnusableImage } from '../references/image-origin';
import { checkAtSynthesis, imageElsewhere } from './synthesis-checks';
import { BUNDLES, WorkspaceBundleProvider } from './workspace-bundle-provider';

const OPTIONS: Names<WorkspaceBundleProps> = {
  imageId: true,
  computeType: true,
  userVolume: true,
  rootVolume: true,
  bundleNamePrefix: true,
  description: true,
  tags: true,
  removalPolicy: true,
  provider: true,
};

/**
 * Properties of a `WorkspaceBundle`.
 */
export interface WorkspaceBundleProps {
  /**
   * The ID of the image: `wsi-` and 9 to 63 lowercase letters and digits.
   *
   * The account of the stack must own the image, in the Region of the stack. If another account shares the image, or if
   * the image is in another Region, copy it first, and use the `imageId` of the `WorkspaceImageCopy`. A share or copy of
   * this app in another account or Region is an error at synthesis.
   *
   * Another image updates the bundle in place. The bundle ID stays the same, and existing WorkSpaces keep their image
   * until they are rebuilt or migrated. The deployment fails if the new image has another operating system or license, or
   * needs larger volumes.
   *
   * Literal values are validated at synthesis, tokens at deployment, before the bundle is created or updated.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/update-custom-bundle.html
   */
  readonly imageId: string;

  /**
   * The compute type of the WorkSpaces, such as `STANDARD` or `GRAPHICS_G6_XLARGE`.
   *
   * The compute type of a bundle cannot change: a deployment that changes it fails.
   *
   * The spelling of literal values is validated at synthesis, and that of tokens at deployment. Only the service knows
   * which compute types exist, and which of them suit the image.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_ComputeType.html
   */
  readonly computeType: string;

  /**
   * The size of the volume for the data of the user, in whole GiB.
   *
   * The size cannot be smaller than that of the image, and cannot change: a deployment that changes it fails.
   *
   * Literal values are validated at synthesis, tokens at deployment. Specify a token with `Size.gibibytes`.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UserStorage.html
   */
  readonly userVolume: Size;

  /**
   * The size of the volume for the operating system, in whole GiB.
   *
   * The size cannot be smaller than that of the image, and cannot change: a deployment that changes it fails.
   *
   * Literal values are validated at synthesis, tokens at deployment. Specify a token with `Size.gibibytes`.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RootStorage.html
   * @default - the size that the service chooses for the image
   */
  readonly rootVolume?: Size;

  /**
   * The start of the name of the bundle: 1 to 42 letters, digits and characters of `_./()\-`.
   *
   * A suffix identifies the stack, the resource and the deployment that creates the bundle, because bundle names are
   * unique in an account and Region, and AWS advises against using the name of a deleted bundle again for two hours. The
   * name of a bundle cannot change, so another prefix has no effect after the bundle is created.
   *
   * Literal values are validated at synthesis, tokens at deployment, before the bundle is created.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CreateWorkspaceBundle.html
   * @default - the end of the construct path, with hyphens for all but letters and digits
   */
  readonly bundleNamePrefix?: string;

  /**
   * The description of the bundle: 1 to 255 letters, digits, spaces and characters of `_./()-`.
   *
   * The description of a bundle cannot change, so another one has no effect after the bundle is created.
   *
   * Literal values are validated at synthesis, tokens at deployment, before the bundle is created.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CreateWorkspaceBundle.html
   * @default 'Made by CloudFormation'
   */
  readonly description?: string;

  /**
   * The tags of the bundle, which `Tags.of` adds to and overrides.
   *
   * A bundle gets its tags when it is created, so a change of tags has no effect later. A bundle can have 50 tags, with
   * keys of at most 127 characters and values of at most 255.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CreateTags.html
   * @default - no tags but those of `Tags.of`
   */
  readonly tags?: { readonly [key: string]: string };

  /**
   * What happens to the bundle when the resource is deleted.
   *
   * - `DESTROY` deletes the bundle. A bundle cannot be deleted while WorkSpaces use it.
   * - `RETAIN` keeps the bundle, even if the creation of the resource is rolled back.
   * - `RETAIN_ON_UPDATE_OR_DELETE` keeps the bundle, but deletes it if the creation of the resource is rolled back.
   *
   * `SNAPSHOT` is not supported. A bundle that is kept still uses its image. If the image is that of a
   * `WorkspaceImageCopy`, keep the copy, too: otherwise its stack cannot be deleted, which causes a warning.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The provider, which must be in the same stack as the bundle: a `WorkspaceBundleProvider`, or an object that wraps
   * one.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   * @default - the provider of the stack, which the first bundle creates if there is none
   */
  readonly provider?: IWorkspaceProvider;
}

/**
 * A bundle to launch WorkSpaces from, in the account and Region of the stack.
 *
 * Resources that use `bundleId` are created after the bundle is available. The bundle is deleted with the stack, but cannot
 * be deleted while WorkSpaces use it.
 *
 * A bundle is never replaced. Another image updates it in place, and existing WorkSpaces keep their image until you rebuild
 * or migrate them. Other hardware is refused: add another bundle, migrate the WorkSpaces, and remove this one.
 *
 * The resource is bound to the construct path: renaming or moving the construct creates another bundle and deletes this
 * one. An account can have 50 custom bundles per Region, a quota that AWS does not increase.
 *
 * @example
 * import { Size, Stack } from 'aws-cdk-lib';
 * import { CfnWorkspace } from 'aws-cdk-lib/aws-workspaces';
 * import {
 *   WorkspaceBundle,
 *   WorkspaceImageCopy,
 *   WorkspaceImageShare,
 *   WorkspaceImageSource,
 * } from 'cdk-workspace-image-share';
 *
 * declare const stack: Stack;
 * declare const share: WorkspaceImageShare;
 *
 * const copy = new WorkspaceImageCopy(stack, 'GoldenImage', {
 *   source: WorkspaceImageSource.share(share),
 * });
 * const bundle = new WorkspaceBundle(stack, 'Standard', {
 *   imageId: copy.imageId,
 *   computeType: 'STANDARD',
 *   userVolume: Size.gibibytes(50),
 * });
 * new CfnWorkspace(stack, 'Desktop', {
 *   bundleId: bundle.bundleId,
 *   directoryId: 'd-1234567890',
 *   userName: 'user',
 * });
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/create-custom-bundle.html
 */
export class WorkspaceBundle extends Construct implements ITaggable {
  // Not a `Resource`, for the same reason as `WorkspaceImageShare`.

  /**
   * The stack of the bundle.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/stacks.html
   */
  public readonly stack: Stack;

  /**
   * The provider of the bundle: the function, its role and its log group, and rules for failures.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   */
  public readonly provider: IWorkspaceProvider;

  /**
   * The tags of the bundle, which `Tags.of` adds to.
   *
   * A bundle gets its tags when it is created, so a change of tags has no effect later. Tags that are properties of the
   * stack (`StackProps.tags`) are not among them. With tags, the function also needs the permission
   * `workspaces:CreateTags`, which its role has in that case.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/tagging.html
   */
  public readonly tags: TagManager;

  private readonly resource: CfnResource;

  /**
   * Creates the bundle, and the provider of the stack if there is none.
   *
   * @param scope A stack in the account and Region of the image, or a construct in it.
   * @param id The construct ID. Changing it later creates another bundle.
   * @param props The image, the hardware, and further options.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceBundleProps) {
    super(scope, id);
    this.stack = Stack.of(this);
    const {
      bundleNamePrefix: namePrefix = defaultNamePrefix(this, 'bundle', 'bundleNamePrefix'),
      description = 'Made by CloudFormation',
      imageId,
      computeType,
      rootVolume,
      ...options
    } = props ?? {};
    const userGib = this.gibibytes('userVolume', options.userVolume);
    const rootGib = rootVolume === undefined ? undefined : this.gibibytes('rootVolume', rootVolume);
    refuseUnusableImage(imageId, this, imageElsewhere);
    this.tags = newTagManager(this, BUNDLE_TYPE, options.tags);
    const labels = { namePrefix, description, tags: this.tags };
    warnAboutMisspelled(this, props, OPTIONS);
    this.provider = providerFor(this, BUNDLES, WorkspaceBundleProvider, options.provider);

    this.resource = newMainResource(this, BUNDLE_TYPE, this.provider, BUNDLES, {
      ImageId: imageId,
      ComputeType: computeType,
      UserVolumeGib: userGib,
      RootVolumeGib: rootGib,
      ...labelProperties(labels),
    });
    this.applyRemovalPolicy(options.removalPolicy ?? RemovalPolicy.DESTROY);
    acknowledgeImageParameter(this);
    const { resource } = this;
    const volumes = rootGib === undefined ? [userGib] : [userGib, rootGib];
    checkAtSynthesis({ bundle: this, resource, imageId, computeType, volumes, labels });
  }

  /**
   * The ID of the bundle, as a token. Resources that use it are created after the bundle is available.
   *
   * The ID stays the same for as long as the construct keeps its path.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html
   */
  public get bundleId(): string {
    return this.resource.ref;
  }

  /**
   * Changes what happens to the bundle when the resource is deleted.
   *
   * `RemovalPolicy.SNAPSHOT` is not supported, and is an error.
   *
   * @param policy The removal policy, as in the property `removalPolicy`.
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    setRemovalPolicy(this, [this.resource], policy);
  }

  /** JavaScript callers can pass a number. */
  private gibibytes(option: string, size: Size): string {
    if (typeof size?.toGibibytes !== 'function') {
      throw new Error(
        `The ${option} of ${this.node.path} is ${inWords(size)}. Specify a Size in whole GiB, such as Size.gibibytes(50).`,
      );
    }
    // A fraction is an error at synthesis.
    return Tokenization.stringifyNumber(size.toGibibytes({ rounding: SizeRoundingBehavior.NONE }));
  }
}
