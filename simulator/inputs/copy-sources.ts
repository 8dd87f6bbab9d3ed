import { SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import { isImageId } from '../../lib/workspaces/validation';
import type { AssembledStack } from '../assembly';
import type { ResourceRequest } from '../cloudformation';
import { pathOf } from '../construct-paths';
import { DEFAULT_ACCOUNT } from '../default-account';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';

interface DeclaredShare {
  readonly path: string;
  readonly stack: string;
  readonly account: string;
}

/** The sources of copies that no stack of the app provides. */
export class CopySources {
  /** What the simulation assumes about these sources, each a sentence. */
  readonly assumptions = new Set<string>();
  /** The accounts that each of these sources is shared with, by image ID. */
  private readonly recipients = new Map<string, string[]>();
  private readonly provided = new Set<string>();
  /** The shares of the app by literal image ID, also those of stacks that are not deployed. */
  private readonly shares: ReadonlyMap<string, DeclaredShare>;

  constructor(private readonly stacks: readonly AssembledStack[]) {
    this.shares = new Map(stacks.flatMap(literalShares));
  }

  /** The accounts that an image is shared with by an owner outside of the app. */
  recipientsOf(imageId: string): readonly string[] {
    return this.recipients.get(imageId) ?? [];
  }

  /**
   * Makes the source of a copy exist before the copy is created or updated, unless a stack of the app has done so.
   *
   * @throws Error if a stack of the app shares the image, but the copy does not depend on it
   */
  provide(endpoint: WorkspacesEndpoint, request: ResourceRequest): void {
    const { stack, logicalId, account, properties } = request;
    const imageId = String(properties.SourceImageId);
    const use = `${stack}/${logicalId}/${imageId}`;
    // A rollback returns to a source that may be deleted by now.
    if (!isImageId(imageId) || this.provided.has(use)) {
      return;
    }
    this.provided.add(use);
    if (endpoint.hasImage(imageId) && !this.recipients.has(imageId)) {
      return;
    }
    const share = this.shares.get(imageId);
    if (share && share.account !== account) {
      throw new Error(
        `${share.path} shares ${imageId}, but the stack ${stack} does not depend on ${share.stack}. Use WorkspaceImageSource.share, or add the dependency.`,
      );
    }
    const owner = String(properties.SourceAccountId ?? account);
    const region = String(properties.SourceRegion);
    if (!this.recipients.has(imageId)) {
      endpoint.addImage({ imageId, account: owner, region });
      this.recipients.set(imageId, []);
    }
    if (owner !== account) {
      endpoint.share(imageId, account);
      this.recipients.get(imageId)?.push(account);
    }
    const shared = owner === account ? '' : `, shared with ${account}`;
    this.assumptions.add(
      `The source of ${this.pathOf(request)} is an image of ${owner} in ${region}${shared}.`,
    );
  }

  private pathOf({ stack, logicalId }: ResourceRequest): string {
    const declared = this.stacks.find(({ name }) => name === stack)?.template.Resources?.[logicalId];
    return pathOf(declared) ?? `${stack}/${logicalId}`;
  }
}

function literalShares({
  name,
  account = DEFAULT_ACCOUNT,
  template,
}: AssembledStack): [string, DeclaredShare][] {
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, declared]) => {
    const imageId = declared.Properties?.ImageId;
    return declared.Type === SHARE_TYPE && isImageId(imageId)
      ? [[imageId, { path: pathOf(declared) ?? logicalId, stack: name, account }]]
      : [];
  });
}
