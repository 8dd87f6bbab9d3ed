import type { Clock } from '../clock';
import type { JsonObject } from '../template';
import type { DeployedStack, StackEventRecord, StackStatus } from './stack';
import type { ResourceRequest } from './stub-resources';

type RecordedResource = Omit<ResourceRequest, 'properties'> & { readonly properties?: JsonObject };

/** Records the events of all stacks. */
export class StackEvents {
  readonly records: StackEventRecord[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly onEvent?: (event: StackEventRecord) => void,
  ) {}

  /** Changes the status of a stack. */
  status(stack: DeployedStack, status: StackStatus, reason?: string): void {
    stack.status = status;
    this.record(stack, {
      logicalId: stack.environment.stackName,
      type: 'AWS::CloudFormation::Stack',
      physicalId: stack.environment.stackId,
      status,
      reason,
    });
  }

  resource(
    stack: DeployedStack,
    { logicalId, type, physicalId, properties }: RecordedResource,
    status: string,
    reason = '',
  ): void {
    const shown = properties && (stack.withoutSecrets(properties) as JsonObject);
    this.record(stack, { logicalId, type, physicalId, status, properties: shown, ...(reason && { reason }) });
  }

  private record(stack: DeployedStack, event: Omit<StackEventRecord, 'at' | 'stack' | 'stackId'>): void {
    const { stackName, stackId } = stack.environment;
    const record = { at: this.clock.now(), stack: stackName, stackId, ...event };
    this.records.push(record);
    this.onEvent?.(record);
  }
}
