import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

type Resource = Pick<CloudFormationCustomResourceEvent, 'StackId' | 'LogicalResourceId'>;

/** The image to copy, as the mark of its copy identifies it. */
interface MarkedSource {
  readonly imageId: string;
  readonly region: string;
}

/**
 * How the names of a resource's copies of a source end.
 *
 * The names of images are unique in an account and Region, and never change. So a name is the idempotency token that the API
 * does not have, and proves that an image may be deleted. Two sources have two marks, so a replacement never collides with
 * what it replaces. A stack that is created again has another ID, so it never takes over what the former one kept on purpose.
 */
export function markOf(resource: Resource, { imageId, region }: MarkedSource): string {
  return `${ownMarkOf(resource)}-${digest([imageId, region], 8)}`;
}

/** What the marks of all copies by a resource have in common. */
export function ownMarkOf({ StackId, LogicalResourceId }: Resource): string {
  return digest([StackId, LogicalResourceId], 12);
}

/** Whether an image is a copy by a resource, of any source. */
export function isMadeBy(ownMark: string, name = ''): boolean {
  return hasMark(name) && name.slice(0, -9).endsWith(`-${ownMark}`);
}

/** Whether an image was made by a resource of this package. */
export function hasMark(name = ''): boolean {
  return /.-[0-9a-f]{12}-[0-9a-f]{8}$/.test(name);
}

/** Whether two marks are those of copies of the same source, by any resource. */
export function isOfSameSource(name: string, mark: string): boolean {
  return name.endsWith(mark.slice(-9));
}

function digest(parts: readonly string[], length: number): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);
}
