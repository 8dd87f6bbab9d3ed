import {
  DescribeWorkspaceImagePermissionsCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import { CALL_TIMEOUT } from './timing';

/** One client for each execution environment: it keeps connections, and the rate that it learned. */
const client = new WorkSpacesClient({
  // Adapts the rate of requests to throttling.
  retryMode: 'adaptive',
  requestHandler: {
    connectionTimeout: CALL_TIMEOUT,
    requestTimeout: CALL_TIMEOUT,
    throwOnRequestTimeout: true,
  },
});

/** What happens around each attempt of a call, including the retries of the SDK. */
export interface Attempts {
  /** Runs right before an attempt is sent, and prevents it by throwing. */
  beforeEach(): Promise<void>;
  /** Runs after an attempt that the service may have carried out, or may carry out yet. */
  uncertain(isAnswered: boolean): void;
}

/**
 * The accounts that have permission to copy an image, or undefined if reading was stopped between two pages.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImagePermissions.html
 */
export async function readPermissions(
  imageId: string,
  stops: () => boolean,
): Promise<Set<string> | undefined> {
  const permitted = new Set<string>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeWorkspaceImagePermissionsCommand({ ImageId: imageId, NextToken }),
    );
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
  command.middlewareStack.add(
    (next) => async (request) => {
      await attempts.beforeEach();
      try {
        return await next(request);
      } catch (error) {
        const { $response } = error as { $response?: { statusCode?: number } };
        if (($response?.statusCode ?? 500) >= 500) {
          attempts.uncertain($response !== undefined);
        }
        throw error;
      }
    },
    // Within the SDK's retries, after it waited for its turn.
    { step: 'finalizeRequest', priority: 'low', name: 'aroundEachAttempt' },
  );
  await client.send(command);
}
