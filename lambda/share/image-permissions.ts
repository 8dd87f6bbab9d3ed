import {
  DescribeWorkspaceImagePermissionsCommand,
  UpdateWorkspaceImagePermissionCommand,
} from '@aws-sdk/client-workspaces';
import { type Attempts, call, newClient } from '../api/client';

const client = newClient();

/**
 * Returns the accounts that have permission to copy an image, or undefined if reading was stopped between two pages.
 *
 * @throws ServiceError
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImagePermissions.html
 */
export async function readPermissions(
  imageId: string,
  stops: () => boolean,
): Promise<Set<string> | undefined> {
  const permitted = new Set<string>();
  let NextToken: string | undefined;
  do {
    const command = new DescribeWorkspaceImagePermissionsCommand({ ImageId: imageId, NextToken });
    const page = await call(client, command);
    for (const { SharedAccountId } of page.ImagePermissions ?? []) {
      permitted.add(SharedAccountId ?? '');
    }
    NextToken = page.NextToken;
  } while (NextToken && !stops());
  return NextToken ? undefined : permitted;
}

/**
 * Grants or revokes the permission of one account to copy an image.
 *
 * @throws ServiceError, and what `beforeEach` throws
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
 */
export async function changePermission(
  imageId: string,
  accountId: string,
  allow: boolean,
  attempts: Attempts,
): Promise<void> {
  const command = new UpdateWorkspaceImagePermissionCommand({
    ImageId: imageId,
    AllowCopyImage: allow,
    SharedAccountId: accountId,
  });
  await call(client, command, attempts);
}
