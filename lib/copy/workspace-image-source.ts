import { Stack, Stage, Token } from 'aws-cdk-lib';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { inWords } from '../custom-resource/known-value';
import { type Names, resembling, unknownOptions } from '../custom-resource/options';
import { originsOf } from '../references/image-origin';
import type { WorkspaceImageShare } from '../share/workspace-image-share';
import { otherStage, wrongFactory } from './source-problems';
import type { WorkspaceImageCopy } from './workspace-image-copy';

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
   * @default - the owner is not checked, which causes a warning
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
  /** The share or copy whose image it is. */
  readonly origin?: WorkspaceImageShare | WorkspaceImageCopy;
  /** The resource of the origin that must exist for as long as the copy does. */
  readonly prerequisite?: IDependable;
}

/**
 * The image that a `WorkspaceImageCopy` copies.
 *
 * @example
 * import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from 'cdk-workspace-image-share';
 *
 * declare const share: WorkspaceImageShare;
 * declare const copy: WorkspaceImageCopy;
 *
 * const sharedInThisApp = WorkspaceImageSource.share(share);
 * const copiedInThisApp = WorkspaceImageSource.copy(copy);
 * const sharedElsewhere = WorkspaceImageSource.image('wsi-8t4x2k9p7', {
 *   region: 'eu-west-1',
 *   accountId: '111122223333',
 * });
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
 */
export abstract class WorkspaceImageSource {
  /**
   * An image of the copy's account, or one that another account shares with it, that is not in this app.
   *
   * For the image of a share or a copy in the same app, use `share` or `copy`, which order the stacks.
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
        const [origin] = originsOf(imageId, copy, 'construction');
        if (origin) {
          throw new Error(wrongFactory(copy, origin));
        }
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
   * another stack, specify a literal image ID for the share, or share a copy of one: a token causes a warning, because a
   * new value does not reach the copy. A share in another `Stage` is an error: use `image`, and list the account of the
   * copy in the share.
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
        // Not the share itself, whose rules can have targets that use the copy.
        const prerequisite = share.node.findChild('Resource');
        return { imageId: share._declaredImageId, region, accountId, origin: share, prerequisite };
      }
    })();
  }

  /**
   * A copy in the same app and account, in any Region of the partition.
   *
   * The stack of that copy is deployed before this one and deleted after it. For a copy in another account, share the
   * image and use `share`.
   *
   * If the copies are in different Regions, specify `env` with account and Region for both stacks. A copy in another
   * `Stage` is an error.
   *
   * @param source The copy to copy.
   * @returns The source.
   * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
   */
  public static copy(source: WorkspaceImageCopy): WorkspaceImageSource {
    refuseNoCopy(source);
    return new (class extends WorkspaceImageSource {
      /** @internal */
      public _bind(copy: IConstruct): BoundSource {
        refuseOtherStage(source, copy);
        refuseUnknownEnvironment(source, copy);
        refuseOtherAccount(source, copy);
        const { account: accountId, region } = source.stack;
        // The resource that is complete when the image is available.
        const prerequisite = source.node.findChild('Ready');
        return { imageId: source.imageId, region, accountId, origin: source, prerequisite };
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

/** JavaScript callers can pass a construct instead of its image ID, a Region instead of the options, or other options. */
function refuseNoImage(imageId: unknown, options: unknown): void {
  if (Construct.isConstruct(imageId)) {
    throw new Error(
      `WorkspaceImageSource.image was called with ${inWords(imageId)} instead of an image ID. Pass the image ID, or use WorkspaceImageSource.share for a share and WorkspaceImageSource.copy for a copy.`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw new Error(
      `WorkspaceImageSource.image was called with ${inWords(options)} instead of options. Leave them out, or pass an object such as { region: 'eu-west-1' }.`,
    );
  }
  const [unknown] = unknownOptions(options, OPTIONS);
  if (unknown) {
    const meant = resembling(unknown, OPTIONS);
    throw new Error(
      `WorkspaceImageSource.image has no option ${unknown}. Specify ${meant ?? Object.keys(OPTIONS).join(' or ')} instead, or remove it.`,
    );
  }
}

const OPTIONS: Names<WorkspaceImageSourceOptions> = { region: true, accountId: true };

/** JavaScript callers can pass a copy. */
function refuseNoShare(share: WorkspaceImageShare | undefined): void {
  if (typeof share?._addCopy !== 'function') {
    throw new Error(
      `WorkspaceImageSource.share was called with ${inWords(share)} instead of a share. Pass a WorkspaceImageShare, such as one that shares this image, or use WorkspaceImageSource.image for an image ID.`,
    );
  }
}

/** JavaScript callers can pass a share. */
function refuseNoCopy(copy: WorkspaceImageCopy | undefined): void {
  // The class itself would be a circular import.
  if (!Construct.isConstruct(copy) || !copy.node.tryFindChild('Ready')) {
    throw new Error(
      `WorkspaceImageSource.copy was called with ${inWords(copy)} instead of a copy. Pass a WorkspaceImageCopy, or use WorkspaceImageSource.share for a share and WorkspaceImageSource.image for an image ID.`,
    );
  }
}

type Origin = WorkspaceImageShare | WorkspaceImageCopy;

function refuseOtherStage({ node, stack }: Origin, copy: IConstruct): void {
  if (Stage.of(stack) !== Stage.of(copy)) {
    throw new Error(otherStage(copy, node.path));
  }
}

/** Two stacks whose accounts or Regions are equally unknown are deployed to the same environment. */
function refuseUnknownEnvironment({ node, stack }: Origin, copy: IConstruct): void {
  const { account, region, environment } = Stack.of(copy);
  const isUnknown = [account, region, stack.account, stack.region].some(Token.isUnresolved);
  if (stack.environment !== environment && isUnknown) {
    throw new Error(
      `${copy.node.path} copies the image of ${node.path} in another stack. Specify env with account and region for both stacks.`,
    );
  }
}

function refuseOtherAccount({ node, stack }: WorkspaceImageCopy, copy: IConstruct): void {
  if (Stack.of(copy).account !== stack.account) {
    throw new Error(
      `${copy.node.path} copies the image of ${node.path}, which is in another account. Create a WorkspaceImageShare of its imageId in the stack ${stack.node.path}, and use WorkspaceImageSource.share.`,
    );
  }
}
