import { CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeImageParameter } from '../custom-resource/acknowledged-rules';
import { eventInvokeConfigOf } from '../custom-resource/handler-function';
import { refuseOtherVersion } from '../custom-resource/package-copy';
import { deletionPolicyToDeploy, setRemovalPolicy } from '../custom-resource/removal-policy';
import { COPY_TYPE, READY_TYPE } from '../custom-resource/resource-types';
import { NAME_PREFIX_LENGTH } from '../workspaces/validation';
import { type CopyProvider, copyProviderFor, SERVICE_TIMEOUT } from './copy-provider';
import { checkAtSynthesis } from './synthesis-checks';
import type { BoundSource, WorkspaceImageSource } from './workspace-image-source';

/** How long one resource waits: almost as long as a function can run. */
const MINUTES_PER_RESOURCE = 14;
const MAXIMUM_TIMEOUT = Duration.hours(12);

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
   * The name of an image cannot change, so another prefix has no effect until the source changes.
   *
   * Literal values are validated at synthesis, tokens at deployment, before anything is copied.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   * @default - the end of the construct path, with hyphens for all but letters and digits
   */
  readonly imageNamePrefix?: string;

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
export class WorkspaceImageCopy extends Construct {
  // Not a `Resource`, for the same reason as `WorkspaceImageShare`.

  /**
   * The stack of the copy.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/stacks.html
   */
  public readonly stack: Stack;

  private readonly provider: CopyProvider;
  private readonly resource: CfnResource;
  private readonly links: CfnResource[] = [];

  /**
   * Creates the copy, and its function if the stack has none.
   *
   * @param scope A stack in the account and Region of the copy, or a construct in it.
   * @param id The construct ID. Changing it later makes another copy.
   * @param props The source and further options.
   */
  public constructor(scope: Construct, id: string, props: WorkspaceImageCopyProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.stack = stack;
    const minutes = this.minutesOf(props.timeout ?? Duration.hours(1));
    const source = props.source._bind(this);
    const namePrefix = props.imageNamePrefix ?? this.defaultNamePrefix();
    this.provider = copyProviderFor(stack);
    refuseOtherVersion(this, this.provider);

    this.resource = this.startCopy(source, namePrefix);
    this.waitFor(minutes);
    this.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.DESTROY);
    acknowledgeImageParameter(this);
    checkAtSynthesis({ copy: this, stack, source, namePrefix });
  }

  /**
   * The ID of the copy. Resources that use it are created after the copy is available.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getatt.html
   */
  public get imageId(): string {
    return this.links[this.links.length - 1].getAtt('ImageId').toString();
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
    // The number of resources depends on the timeout, so it cannot be a token.
    const minutes = timeout.isUnresolved() ? 0 : timeout.toMinutes({ integral: false });
    if (minutes < 1 || minutes > MAXIMUM_TIMEOUT.toMinutes()) {
      throw new Error(
        `The timeout of ${this.node.path} is ${timeout.toHumanString()}. Specify a literal Duration of 1 minute to 12 hours.`,
      );
    }
    return Math.ceil(minutes);
  }

  /** The end of the path, because stages and stacks have long names in common. */
  private defaultNamePrefix(): string {
    return this.node.path.replace(/[^a-zA-Z0-9]+/g, '-').slice(-NAME_PREFIX_LENGTH);
  }

  /** CloudFormation knows the image from the first seconds on, so it can delete an image that is still being copied. */
  private startCopy({ imageId, region, accountId, share }: BoundSource, namePrefix: string): CfnResource {
    const resource = this.customResource('Resource', COPY_TYPE, {
      SourceImageId: imageId,
      SourceRegion: region,
      SourceAccountId: accountId,
      NamePrefix: namePrefix,
      RemovalPolicy: deletionPolicyToDeploy(() => this.resource),
    });
    resource.node.addDependency(eventInvokeConfigOf(this.provider.handler));
    if (share) {
      // Not on the share itself, whose rules can have targets that use the copy.
      resource.node.addDependency(share.node.findChild('Resource'));
    }
    return resource;
  }

  private waitFor(minutes: number): void {
    const count = Math.ceil(minutes / MINUTES_PER_RESOURCE);
    for (let n = 1; n <= count; n++) {
      // The last one has the same logical ID for every timeout, because other resources refer to it.
      const isLast = n === count;
      const link = this.customResource(isLast ? 'Ready' : `Ready${n}`, READY_TYPE, {
        ImageId: this.resource.ref,
        Last: isLast ? 'true' : undefined,
        Timeout: isLast ? minutes.toString() : undefined,
      });
      link.node.addDependency(this.links[n - 2] ?? this.resource);
      this.links.push(link);
    }
  }

  private customResource(id: string, type: string, properties: Record<string, unknown>): CfnResource {
    return new CfnResource(this, id, {
      type,
      properties: {
        ServiceToken: this.provider.handler.functionArn,
        ServiceTimeout: SERVICE_TIMEOUT.toSeconds().toString(),
        ...properties,
      },
    });
  }
}
