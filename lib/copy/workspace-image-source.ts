import { Stack, Stage, Token } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { inWords } from '../custom-resource/known-value';
import type { WorkspaceImageShare } from '../share/workspace-image-share';

/**
 * Options for `WorkspaceImageSource.image`.
 */
export interface WorkspaceImageSourceOptions {
  /**
   * The Region of the image, such as `eu-west-1`.
   *
   * It must be in the same partition as the Region of the copy. In GovCloud (US) and for Regions that an account must
   * opt in to, AWS Support copies images to other Regions.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
   * @default - the Region of the copy
   */
  readonly region?: string;

  /**
   * The account that must own the image, with 12 digits.
   *
   * The deployment fails before anything is copied if another account owns the image. The function reads the owner in
   * the Region of the image. Without this check, a wrong image ID can be that of an image that somebody else shares.
   *
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   * @default - the owner is not checked
   */
  readonly accountId?: string;
}

/**
 * A source as it is seen from a copy.
 *
 * @internal
 */
export interface BoundSource {
  readonly imageId: string;
  readonly region: string;
  readonly accountId?: string;
  /** The share that must exist for as long as the copy does. */
  readonly share?: WorkspaceImageShare;
}

/**
 * The image that a `WorkspaceImageCopy` copies.
 *
 * @example
 * import { WorkspaceImageShare, WorkspaceImageSource } from 'cdk-workspace-image-share';
 *
 * declare const share: WorkspaceImageShare;
 *
 * const sharedInThisApp = WorkspaceImageSource.share(share);
 * const sharedElsewhere = WorkspaceImageSource.image('wsi-8t4x2k9p7', {
 *   region: 'eu-west-1',
 *   accountId: '111122223333',
 * });
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
 */
export abstract class WorkspaceImageSource {
  /**
   * An image of the copy's account, or one that another account shares with it.
   *
   * Literal values are validated at synthesis, tokens at deployment, before anything is copied.
   *
   * @param imageId The ID of the image: `wsi-` and 9 to 63 lowercase letters and digits.
   * @param options The Region and the owner of the image.
   * @returns The source.
   * @see https://docs.aws.amazon.com/workspaces/latest/api/API_CopyWorkspaceImage.html
   */
  public static image(imageId: string, options: WorkspaceImageSourceOptions = {}): WorkspaceImageSource {
    refuseNoImage(imageId, options);
    return new (class extends WorkspaceImageSource {
      /** @internal */
      public _bind(copy: IConstruct): BoundSource {
        return { imageId, region: options.region ?? Stack.of(copy).region, accountId: options.accountId };
      }
    })();
  }

  /**
   * The image of a share in the same app, in any account and Region of the partition.
   *
   * The account of the copy is added to the accounts of the share, unless it owns the image. The stack of the share is
   * deployed before the copy and deleted after it.
   *
   * If the copy is in another account or Region, specify `env` with account and Region for both stacks. If it is in
   * another stack, specify a literal image ID for the share: a token causes a warning, because a new value does not reach
   * the copy. A share in another `Stage` is an error: use `image`, and list the account of the copy in the share.
   *
   * @param share The share.
   * @returns The source.
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/share-custom-image.html
   */
  public static share(share: WorkspaceImageShare): WorkspaceImageSource {
    refuseNoShare(share);
    return new (class extends WorkspaceImageSource {
      /** @internal */
      public _bind(copy: IConstruct): BoundSource {
        refuseOtherStage(share, copy);
        refuseUnknownEnvironment(share, copy);
        share._addCopy(copy);
        const { account: accountId, region } = share.stack;
        return { imageId: share._declaredImageId, region, accountId, share };
      }
    })();
  }

  private constructor() {}

  /**
   * The source as it is seen from a copy.
   *
   * @internal
   */
  public abstract _bind(copy: IConstruct): BoundSource;
}

/** JavaScript callers can pass a construct instead of its image ID, or a Region instead of the options. */
function refuseNoImage(imageId: unknown, options: unknown): void {
  if (Construct.isConstruct(imageId)) {
    throw new Error(
      `WorkspaceImageSource.image was called with ${inWords(imageId)} instead of an image ID. Pass the image ID, or use WorkspaceImageSource.share for a share.`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw new Error(
      `WorkspaceImageSource.image was called with ${inWords(options)} instead of options. Leave them out, or pass an object such as { region: 'eu-west-1' }.`,
    );
  }
}

/** JavaScript callers can pass a copy. */
function refuseNoShare(share: WorkspaceImageShare | undefined): void {
  if (typeof share?._addCopy !== 'function') {
    throw new Error(
      `WorkspaceImageSource.share was called with ${inWords(share)} instead of a share. Pass a WorkspaceImageShare, such as one that shares this image, or use WorkspaceImageSource.image for an image ID.`,
    );
  }
}

function refuseOtherStage({ node, stack }: WorkspaceImageShare, copy: IConstruct): void {
  if (Stage.of(stack) !== Stage.of(copy)) {
    throw new Error(
      `${copy.node.path} copies the image of ${node.path} in another stage. Use WorkspaceImageSource.image with the image ID, Region and account, and list the account of the copy in accountIds of the share.`,
    );
  }
}

/** Two stacks whose accounts or Regions are equally unknown are deployed to the same environment. */
function refuseUnknownEnvironment({ node, stack }: WorkspaceImageShare, copy: IConstruct): void {
  const { account, region, environment } = Stack.of(copy);
  const isUnknown = [account, region, stack.account, stack.region].some(Token.isUnresolved);
  if (stack.environment !== environment && isUnknown) {
    throw new Error(
      `${copy.node.path} copies the image of ${node.path} in another stack. Specify env with account and region for both stacks.`,
    );
  }
}
