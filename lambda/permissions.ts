import {
  DescribeWorkspaceImagePermissionsCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import {
  AdaptiveRetryStrategy,
  isServerError,
  isThrottlingError,
  isTransientError,
} from '@smithy/core/retry';
import { log } from './log';
import { newPace } from './pace';
import { CALL_TIMEOUT, type Deadline, doubling, IAM_GRACE } from './timing';

/** The time for calling ended; `last` is what the service said last, where it said something. */
export class OutOfTime extends Error {
  public constructor(public readonly last?: Error) {
    super();
  }
}

/** Where a call may be held back or forbidden, before each of its attempts. */
export type Proceed = () => Promise<void>;

/** One client an execution environment: it keeps connections and the pace it learned. */
const client = new WorkSpacesClient({
  requestHandler: {
    connectionTimeout: CALL_TIMEOUT,
    requestTimeout: CALL_TIMEOUT,
    throwOnRequestTimeout: true,
  },
});

const { config } = client;
let strategy: Promise<AdaptiveRetryStrategy> | undefined;
// The client's own adaptive retries with another pace. Given to the constructor, they would not know how many
// attempts the environment asks for.
config.retryStrategy = () => {
  strategy ??= config
    .maxAttempts()
    .then((maxAttempts) => new AdaptiveRetryStrategy(maxAttempts, { maxAttempts, rateLimiter: newPace() }));
  return strategy;
};

/** When a write was last sent that nothing came back to. */
let lastUnansweredWriteAt = Number.NEGATIVE_INFINITY;

client.middlewareStack.add(
  (next, { commandName }) =>
    async (attempt) => {
      try {
        return await next(attempt);
      } catch (error) {
        const answered = (error as { $response?: unknown }).$response !== undefined;
        if (!answered && commandName === 'UpdateWorkspaceImagePermissionCommand') {
          lastUnansweredWriteAt = Date.now();
        }
        throw error;
      }
    },
  // Inside of the client's retries: each attempt counts.
  { step: 'finalizeRequest', priority: 'low', name: 'noteUnansweredWrites' },
);

/**
 * The permissions of images, as the service has them.
 *
 * The client retries a few times by itself; what it gives up is tried again here until the deadline, since a
 * deployment that waits is better than one that fails.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_UpdateWorkspaceImagePermission.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceImagePermissions.html
 */
export class Permissions {
  /** Operations that IAM let pass: a denial after that is one. */
  private readonly allowed = new Set<'read' | 'write'>();
  private readonly startedAt = Date.now();
  /** What the service said last to calls of a kind, unless it let one pass since. */
  private readonly heard: { write?: Error; read?: Error } = {};

  public constructor(public readonly deadline: Deadline) {}

  /** The same permissions with another deadline. */
  public until(deadline: Deadline): Permissions {
    const { allowed, startedAt, heard } = this;
    return Object.assign(new Permissions(deadline), { allowed, startedAt, heard });
  }

  /**
   * Milliseconds since a write was sent that nothing came back to: the service may carry it out yet, after the
   * next event has undone it.
   */
  public get sinceUnansweredWrite(): number {
    return Date.now() - lastUnansweredWriteAt;
  }

  /** All accounts that have permission to copy the image, and how many pages they fill. */
  public async read(imageId: string): Promise<{ permitted: Set<string>; pages: number }> {
    const permitted = new Set<string>();
    let pages = 0;
    let NextToken: string | undefined;
    do {
      const command = new DescribeWorkspaceImagePermissionsCommand({ ImageId: imageId, NextToken });
      const page = await this.retried('read', (options) => client.send(command, options));
      for (const { SharedAccountId } of page.ImagePermissions ?? []) {
        if (SharedAccountId !== undefined) {
          permitted.add(SharedAccountId);
        }
      }
      NextToken = page.NextToken;
      pages++;
    } while (NextToken);
    return { permitted, pages };
  }

  /** Grants or revokes the permission of one account. */
  public async write(imageId: string, accountId: string, allow: boolean, proceed?: Proceed): Promise<void> {
    const command = new UpdateWorkspaceImagePermissionCommand({
      ImageId: imageId,
      AllowCopyImage: allow,
      SharedAccountId: accountId,
    });
    await this.retried('write', (options) => client.send(command, options), proceed);
    log(allow ? 'granted' : 'revoked', { imageId, accountId });
  }

  private async retried<T>(
    operation: 'read' | 'write',
    call: (options: { abortSignal: AbortSignal }) => Promise<T>,
    proceed?: Proceed,
  ): Promise<T> {
    const pauses = doubling(500);
    for (;;) {
      await proceed?.();
      if (this.deadline.passed) {
        throw this.outOfTime();
      }
      try {
        const output = await call({ abortSignal: this.deadline.signal });
        this.allowed.add(operation);
        this.heard[operation] = undefined;
        return output;
      } catch (thrown) {
        const error = thrown as Error;
        if (error.name !== 'AbortError') {
          this.heard[operation] = error;
        }
        if (this.deadline.passed) {
          throw this.outOfTime();
        }
        if (!this.worthRetrying(operation, error)) {
          throw error;
        }
        log('trying again', { operation, error: error.name, said: error.message });
        await this.deadline.pause(pauses.next().value);
      }
    }
  }

  private outOfTime(): OutOfTime {
    return new OutOfTime(this.heard.write ?? this.heard.read);
  }

  private worthRetrying(operation: 'read' | 'write', error: Error & { code?: string }): boolean {
    if (error.name === 'AccessDeniedException') {
      return !this.allowed.has(operation) && Date.now() - this.startedAt < IAM_GRACE;
    }
    // No such host: a Region without the service has none, and waiting does not make one.
    if (error.code === 'ENOTFOUND') {
      return false;
    }
    return [isThrottlingError, isTransientError, isServerError].some((passing) => passing(error as never));
  }
}
