import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Source } from './request';

type Resource = Pick<CloudFormationCustomResourceEvent, 'StackId' | 'LogicalResourceId'>;

/**
 * How the names of a resource's copies of a source end.
 *
 * The names of images are unique in an account and Region, and never change. So a name is the idempotency token that the API
 * does not have, and proves that an image may be deleted. Two sources have two marks, so a replacement never collides with
 * what it replaces.
 */
export function markOf(resource: Resource, { imageId, region }: Source): string {
  return `${ownMark(resource)}-${digest([imageId, region], 8)}`;
}

/** Whether the image with this name was made by the resource, from any source. */
export function isNamedBy(resource: Resource, name = ''): boolean {
  return new RegExp(`-${ownMark(resource)}-[0-9a-f]{8}$`).test(name);
}

/** A stack that is created again has another ID, so it never takes over what the former one kept on purpose. */
function ownMark({ StackId, LogicalResourceId }: Resource): string {
  return digest([StackId, LogicalResourceId], 12);
}

function digest(parts: readonly string[], length: number): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);
}
