import {
  CloudFormationClient,
  type StackEvent as DescribedEvent,
  DescribeStackEventsCommand,
} from '@aws-sdk/client-cloudformation';
import { quote, ServiceError } from '../api/service-errors';
import { log } from '../event/log';

export type { DescribedEvent };

/** Whether older pages than this one, whose newest event comes first, are not needed. */
export type IsEnough = (page: readonly DescribedEvent[]) => boolean;

/** A stack event of one resource. */
export interface StackEvent {
  readonly at: number;
  /** Such as `CREATE_IN_PROGRESS`. */
  readonly status: string;
  /** Absent while the resource is being created. */
  readonly physicalId?: string;
  /** Absent if they cannot be read, and in the Deletes of a cleanup. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

// One attempt per question: an event asks again, and a retry would take part of the quota that the account shares.
const client = new CloudFormationClient({ maxAttempts: 1 });

/**
 * Returns the stack events of a resource, or of the stack itself, oldest first.
 *
 * @param timeout for all pages, in milliseconds
 * @throws ServiceError
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
 */
export async function stackEventsOf(
  { stackId, logicalId }: { readonly stackId: string; readonly logicalId: string },
  timeout: number,
  isEnough: IsEnough,
): Promise<readonly StackEvent[]> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout);
  const events: DescribedEvent[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const command = new DescribeStackEventsCommand({ StackName: stackId, NextToken });
      const { StackEvents: page = [], ...rest } = await client.send(command, { abortSignal: limit.signal });
      events.push(...page);
      NextToken = isEnough(page) ? undefined : rest.NextToken;
    } while (NextToken);
  } catch (error) {
    throw new ServiceError(error as Error);
  } finally {
    clearTimeout(timer);
  }
  return events
    .filter(({ LogicalResourceId, HookType }) => LogicalResourceId === logicalId && HookType === undefined)
    .map(stackEvent)
    .reverse();
}

function stackEvent({ Timestamp, ...event }: DescribedEvent): StackEvent {
  const physicalId = event.PhysicalResourceId || undefined;
  const status = String(event.ResourceStatus);
  return {
    at: Timestamp?.getTime() ?? 0,
    // Some emulators record a creation in a stack's update as an update.
    status: physicalId ? status : status.replace(/^UPDATE_/, 'CREATE_'),
    physicalId,
    properties: parsed(event.ResourceProperties),
  };
}

function parsed(json: string | undefined): StackEvent['properties'] {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Whether a page reaches back to a time. */
export function isOlderThan(time: number): IsEnough {
  return (page) => Number(page.at(-1)?.Timestamp) < time;
}

/** Logs that CloudFormation did not answer, or that its answer makes no sense: the guard then knows nothing, and the event goes on. */
export function asServiceError(error: Error): ServiceError {
  const reason = error instanceof ServiceError ? error : new ServiceError(error);
  log.info('CloudFormation did not answer', { error: quote(reason) });
  return reason;
}
