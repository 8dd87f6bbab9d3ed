import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ImageOrigin } from '../references/image-origin';

/** What to use instead of `image` for an image ID of the app. */
export function wrongFactory(copy: IConstruct, { kind, construct }: ImageOrigin): string {
  return Stage.of(construct) === Stage.of(copy)
    ? `${copy.node.path} copies the image of ${construct.node.path}, a ${kind} in this app. Use WorkspaceImageSource.${kind} instead of WorkspaceImageSource.image: it orders the stacks, and a new image reaches this copy.`
    : otherStage(copy, construct.node.path);
}

/** What to do about a share or copy in another stage, which references cannot reach. */
export function otherStage(copy: IConstruct, origin: string): string {
  return `${copy.node.path} copies the image of ${origin} in another stage. Use WorkspaceImageSource.image with the literal image ID, Region and account, and list the account of the copy in accountIds of the share.`;
}
