import {
  CloudFormationClient,
  type StackEvent as DescribedEvent,
  DescribeStackEventsCommand,
} from '@aws-sdk/client-cloudformation';
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
 * Returns the stack events of a resource, oldest first. Older pages are read until one begins before `since`.
 *
 * @throws what the SDK throws
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
 */
export async function stackEventsOf(
  stackId: string,
  logicalId: string,
  since: number,
  timeout: number,
): Promise<readonly StackEvent[]> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout);
  const events: DescribedEvent[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const command = new DescribeStackEventsCommand({ StackName: stackId, NextToken });
      const page = await client.send(command, { abortSignal: limit.signal });
      events.push(...(page.StackEvents ?? []));
      NextToken = page.NextToken;
    } while (NextToken && Number(events.at(-1)?.Timestamp) >= since);
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
