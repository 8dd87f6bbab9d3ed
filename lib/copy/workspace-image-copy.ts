import {
  type CfnResource,
  Duration,
  type ITaggable,
  Lazy,
  type Reference,
  RemovalPolicy,
  Stack,
  type TagManager,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeImageParameter } from '../custom-resource/acknowledged-rules';
import { inWords } from '../custom-resource/known-value';
import { defaultNamePrefix, type Labels, labelProperties, newTagManager } from '../custom-resource/labels';
import { type Names, warnAboutMisspelled } from '../custom-resource/options';
import { newCustomResource, newMainResource, providerFor } from '../custom-resource/provider-in-stack';
import { setRemovalPolicy } from '../custom-resource/removal-policy';
import { COPY_TYPE, READY_TYPE } from '../custom-resource/resource-types';
import type { IWorkspaceProvider } from '../custom-resource/workspace-provider';
import { rootInOtherStack } from '../references/image-origin';
import { imageIdReference } from '../references/image-users';
import { checkAtSynthesis } from './synthesis-checks';
import { COPIES, WorkspaceImageCopyProvider } from './workspace-image-copy-provider';
import type { BoundSource, WorkspaceImageSource } from './workspace-image-source';

/** How long one resource waits: almost as long as a function can run. */
const MINUTES_PER_RESOURCE = 14;
const MAXIMUM_TIMEOUT = Duration.hours(12);

const OPTIONS: Names<WorkspaceImageCopyProps> = {
  source: true,
  imageNamePrefix: true,
  description: true,
  timeout: true,
  removalPolicy: true,
  provider: true,
};

/**
 * Properties of a `WorkspaceImageCopy`.
 */
export interface WorkspaceImageCopyProps {
  /**
   * The image to copy.
   *
   * Changing the source makes a new copy. Resources that use `imageId` are updated when the new copy is available, and
   * the old copy is deleted in the cleanup of the stack's update. In between, both count against the image quota of the
   * account, which is 40 by default.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
   */
  readonly source: WorkspaceImageSource;

  /**
   * The start of the name of the copy: 1 to 42 letters, digits and characters of `_./()\-`.
   *
   * A suffix identifies the stack, the resource and the source, because image names are unique in an account and Region.
   * The name of an image cannot change, so another prefix has no effect until the source changes. If the image ID of the
   * source is a token, a deployment with another prefix also takes up a new value of the token.
   *
   * Literal values are validated at synthesis, tokens at deployment, before anything is copied.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   * @default - the end of the construct path, with hyphens for all but letters and digits
   */
  readonly imageNamePrefix?: string;

  /**
   * The description of the copy: 1 to 256 letters, digits, spaces and characters of `_./()-`.
   *
   * It is set when the copy is made, so another description has no effect until the source changes.
   *
   * Literal values are validated at synthesis, tokens at deployment, before anything is copied.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   * @default - no description
   */
  readonly description?: string;

  /**
   * How long the deployment waits for the copy to be available: 1 minute to 12 hours.
   *
   * The deployment fails if the copy takes longer. The time is rounded up to a multiple of 14 minutes, because each
   * resource in the template waits for at most 14 minutes. Changing the timeout does not make a new copy.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * What happens to the copy when the resource is deleted or replaced.
   *
   * - `DESTROY` deletes the copy. An image cannot be deleted while it is shared, or while a bundle uses it.
   * - `RETAIN` keeps the copy, even if the creation of the resource is rolled back.
   * - `RETAIN_ON_UPDATE_OR_DELETE` keeps the copy, but deletes it if the creation of the resource is rolled back.
   *
   * `SNAPSHOT` is not supported.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The provider, which must be in the same stack as the copy: a `WorkspaceImageCopyProvider`, or an object that wraps
   * one.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   * @default - the provider of the stack, which the first copy creates if there is none
   */
  readonly provider?: IWorkspaceProvider;
}

/**
 * A copy of a WorkSpaces image in the account and Region of the stack.
 *
 * Resources that use `imageId` are created after the copy is available. The copy is deleted with the stack.
 *
 * The resource is bound to the construct path: renaming or moving the construct makes another copy and deletes this one.
 *
 * @example
 * import { App, Stack } from 'aws-cdk-lib';
 * import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from 'cdk-workspace-image-share';
 *
 * declare const app: App;
 * declare const share: WorkspaceImageShare;
 *
 * const stack = new Stack(app, 'Recipient', { env: { account: '444455556666', region: 'us-east-1' } });
 *
 * new WorkspaceImageCopy(stack, 'GoldenImage', {
 *   source: WorkspaceImageSource.share(share),
 * });
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
 */
export class WorkspaceImageCopy extends Construct implements ITaggable {
  // Not a `Resource`, for the same reason as `WorkspaceImageShare`.

  /**
   * The stack of the copy.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/stacks.html
   */
  public readonly stack: Stack;

  /**
   * The provider of the copy: the function, its role and its log group, and rules for failures.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
   */
  public readonly provider: IWorkspaceProvider;

  /**
   * The tags of the image, which `Tags.of` adds to.
   *
   * An image gets its tags when it is copied, so a change of tags has no effect until the source changes. Tags that are
   * properties of the stack (`StackProps.tags`) are not among them. With tags, the function also needs the permission
   * `workspaces:CreateTags`, which its role has in that case.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/tagging.html
   */
  public readonly tags: TagManager = newTagManager(this, COPY_TYPE);

  private readonly resource: CfnResource;
  private readonly links: CfnResource[] = [];
  private readonly imageIdReference: Reference;

  /**
   * Creates the copy, and the provider of the stack if there is none.
   *
   * @param scope A stack in the account and Region of the copy, or a construct in it.
   * @param id The construct ID. Changing it later makes another copy.
   * @param props The source and further options.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceImageCopyProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.stack = stack;
    const {
      timeout = Duration.hours(1),
      imageNamePrefix: namePrefix = defaultNamePrefix(this, 'image', 'imageNamePrefix'),
      ...options
    } = props ?? {};
    const minutes = this.minutesOf(timeout);
    const source = this.boundSource(options.source);
    const { tags } = this;
    const labels = { namePrefix, description: options.description, tags };
    warnAboutMisspelled(this, props, OPTIONS);
    this.provider = providerFor(this, COPIES, WorkspaceImageCopyProvider, options.provider);

    this.resource = this.startCopy(source, labels);
    this.waitFor(minutes);
    const available = this.links[this.links.length - 1];
    const origin = { construct: this, kind: 'copy', sourceId: source.imageId } as const;
    this.imageIdReference = imageIdReference(available, origin);
    this.applyRemovalPolicy(options.removalPolicy ?? RemovalPolicy.DESTROY);
    acknowledgeImageParameter(this);
    checkAtSynthesis({ copy: this, stack, source, labels, provider: this.provider });
  }

  /**
   * The ID of the copy, as a token. Resources that use it are created after the copy is available.
   *
   * Use it in the stack of the copy: an update deletes the old copy before other stacks use the new one, which causes a
   * warning. To copy this copy, use `WorkspaceImageSource.copy`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html
   */
  public get imageId(): string {
    return this.imageIdReference.toString();
  }

  /**
   * Changes what happens to the copy when the resource is deleted or replaced.
   *
   * `RemovalPolicy.SNAPSHOT` is not supported, and is an error.
   *
   * @param policy The removal policy, as in the property `removalPolicy`.
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    setRemovalPolicy(this, [this.resource, ...this.links], policy);
  }

  private minutesOf(timeout: Duration): number {
    // JavaScript callers can pass a number. The number of resources depends on the timeout, so it cannot be a token.
    const isLiteral = typeof timeout?.toMinutes === 'function' && !timeout.isUnresolved();
    const minutes = isLiteral ? timeout.toMinutes({ integral: false }) : 0;
    if (minutes < 1 || minutes > MAXIMUM_TIMEOUT.toMinutes()) {
      const words = timeout?.toHumanString?.() ?? inWords(timeout);
      throw new Error(
        `The timeout of ${this.node.path} is ${words}. Specify a literal Duration of 1 minute to 12 hours, such as Duration.hours(2).`,
      );
    }
    return Math.ceil(minutes);
  }

  /** JavaScript callers can pass a share or an image ID, or nothing. */
  private boundSource(source: WorkspaceImageSource | undefined): BoundSource {
    if (typeof source?._bind === 'function') {
      return source._bind(this);
    }
    throw new Error(
      `The source of ${this.node.path} is ${inWords(source)}. Specify WorkspaceImageSource.share or WorkspaceImageSource.copy for a share or copy in this app, or WorkspaceImageSource.image for an image ID.`,
    );
  }

  /** CloudFormation learns the image ID within seconds, so it can delete an image that is still being copied. */
  private startCopy({ imageId, region, accountId, prerequisite }: BoundSource, labels: Labels): CfnResource {
    const resource = newMainResource(this, COPY_TYPE, this.provider, COPIES, {
      SourceImageId: imageId,
      SourceRegion: region,
      SourceAccountId: accountId,
      ...labelProperties(labels),
      RootImageId: Lazy.uncachedString({ produce: () => rootInOtherStack(imageId, this) }),
    });
    if (prerequisite) {
      resource.node.addDependency(prerequisite);
    }
    return resource;
  }

  private waitFor(minutes: number): void {
    const count = Math.ceil(minutes / MINUTES_PER_RESOURCE);
    for (let n = 1; n <= count; n++) {
      // The last one has the same logical ID for every timeout, because other resources refer to it.
      const isLast = n === count;
      const id = isLast ? 'Ready' : `Ready${n}`;
      const link = newCustomResource(this, id, READY_TYPE, this.provider, COPIES, {
        ImageId: this.resource.ref,
        Last: isLast ? 'true' : undefined,
        Timeout: isLast ? minutes.toString() : undefined,
      });
      link.node.addDependency(this.links[n - 2] ?? this.resource);
      this.links.push(link);
    }
  }
}
