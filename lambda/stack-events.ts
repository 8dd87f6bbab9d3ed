import {
  CloudFormationClient,
  type StackEvent as DescribedEvent,
  paginateDescribeStackEvents,
} from '@aws-sdk/client-cloudformation';
import type { Properties } from './properties';
import { ASK_TIMEOUT } from './timing';

/** A stack event of one resource. */
export interface StackEvent {
  readonly at: number;
  /** Such as `CREATE_IN_PROGRESS`. */
  readonly status: string;
  readonly physicalId?: string;
  /** Absent if they cannot be read. */
  readonly properties?: Properties;
}

const client = new CloudFormationClient();

/**
 * The stack events of a resource, the newest first. Older pages are read only until `isEnough`.
 *
 * @throws what the SDK throws, within two seconds
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
 */
export async function stackEventsOf(
  stackId: string,
  logicalId: string,
  isEnough: (events: readonly StackEvent[], oldestAt: number) => boolean,
): Promise<StackEvent[]> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), ASK_TIMEOUT);
  const events: StackEvent[] = [];
  try {
    const input = { StackName: stackId };
    const pages = paginateDescribeStackEvents({ client }, input, { abortSignal: timeout.signal });
    for await (const { StackEvents = [] } of pages) {
      events.push(...StackEvents.filter((event) => event.LogicalResourceId === logicalId).map(stackEvent));
      if (isEnough(events, StackEvents.at(-1)?.Timestamp?.getTime() ?? 0)) {
        break;
      }
    }
    return events;
  } finally {
    clearTimeout(timer);
  }
}

function stackEvent({ Timestamp, ResourceStatus, ...event }: DescribedEvent): StackEvent {
  return {
    at: Timestamp?.getTime() ?? 0,
    status: ResourceStatus ?? '',
    physicalId: event.PhysicalResourceId || undefined,
    properties: parsed(event.ResourceProperties),
  };
}

function parsed(json: string | undefined): Properties | undefined {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
