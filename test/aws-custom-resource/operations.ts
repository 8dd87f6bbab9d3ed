import type { OperationResult, StackStatus } from '../../simulator/cloudformation';
import type { SimulatedServices } from '../support/simulated-services';

/** What became of the operations on a stack, one after the other. */
export class Operations {
  private readonly failed: string[] = [];
  private last = '';
  private longest = 0;

  constructor(private readonly services: SimulatedServices) {}

  /** The status of the stack after the last operation; before it, those of earlier operations that failed. */
  get statuses(): readonly string[] {
    return [...this.failed, this.last];
  }

  /** How many whole minutes the longest operation took. */
  get minutes(): number {
    return Math.floor(this.longest / 60_000);
  }

  /** @param ended called when CloudFormation has ended the operation, before late deliveries */
  async run(operation: Promise<OperationResult>, ended?: () => void): Promise<StackStatus> {
    const { clock, cloudFormation } = this.services;
    const startedAt = clock.now();
    const { status } = await operation;
    this.longest = Math.max(this.longest, clock.now() - startedAt);
    if (this.last.endsWith('FAILED')) {
      this.failed.push(this.last);
    }
    this.last = status;
    ended?.();
    await cloudFormation.quiet();
    return status;
  }
}
