import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

type Resource = Pick<CloudFormationCustomResourceEvent, 'StackId' | 'LogicalResourceId'>;

/**
 * How the name of what a resource makes ends.
 *
 * The names of images, and those of bundles, are unique in an account and Region, and never change. So a name is the
 * idempotency token that the API does not have, and proves that an image or a bundle may be deleted. A stack that is created
 * again has another ID, so it never takes over what the former one kept on purpose.
 *
 * @param parts what distinguishes all that the resource makes in its lifetime
 */
export function markOf(resource: Resource, parts: readonly string[]): string {
  return `${ownMarkOf(resource)}-${digest(parts, 8)}`;
}

/** What the marks of all that a resource makes have in common. */
export function ownMarkOf({ StackId, LogicalResourceId }: Resource): string {
  return digest([StackId, LogicalResourceId], 12);
}

/**
 * Whether something was made by a resource, or by any resource of this package: stack refactoring changes the stack and the
 * logical ID.
 */
export function hasMark(name = '', ownMark = '[0-9a-f]{12}'): boolean {
  return new RegExp(`.-${ownMark}-[0-9a-f]{8}$`).test(name);
}

/** Whether two marks have the same parts, for any resource. */
export function hasSameParts(name: string, mark: string): boolean {
  return name.endsWith(mark.slice(-9));
}

function digest(parts: readonly string[], length: number): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);
}
