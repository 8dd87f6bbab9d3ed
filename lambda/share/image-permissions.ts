import {
  DescribeWorkspaceImagePermissionsCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import { ServiceError } from '../workspaces/service-errors';
import { CALL_TIMEOUT, within } from './timing';

/** Shared by all invocations in an execution environment, which reuse its connections and its learned request rate. */
const client = new WorkSpacesClient({
  // Adapts the rate of requests to throttling.
  retryMode: 'adaptive',
  // Closes a connection whose response stalls.
  requestHandler: { connectionTimeout: CALL_TIMEOUT, socketTimeout: CALL_TIMEOUT },
});

// Each attempt is limited as a whole. The timeouts of the SDK end with the headers, or start again with each part of the body.
client.middlewareStack.add((next) => (args) => within(CALL_TIMEOUT, next(args)), {
  step: 'deserialize',
  priority: 'high',
  name: 'attemptTimeout',
});

/** Callbacks for each attempt of a call, including the retries of the SDK. */
export interface Attempts {
  /** Called right before an attempt is sent, after the SDK has waited for its turn. An error prevents the attempt. */
  beforeEach(): Promise<void>;
  /** Called after an attempt that the service has carried out, or still may. */
  uncertain(isAnswered: boolean): void;
}

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
    const page = await client.send(command).catch((error) => {
      throw new ServiceError(error);
    });
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
  let prevented: unknown;
  command.middlewareStack.add(
    (next) => async (args) => {
      await attempts.beforeEach().catch((error) => {
        prevented = error;
        throw error;
      });
      return next(args).catch((error) => {
        const { isRefusal, status } = new ServiceError(error);
        if (!isRefusal) {
          attempts.uncertain(status !== undefined);
        }
        throw error;
      });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'attempts' },
  );
  await client.send(command).catch((error) => {
    throw prevented ?? new ServiceError(error);
  });
}
