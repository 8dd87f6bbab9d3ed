import { NotAwaited } from '../stack-events/awaiting';
import { InvalidProperties } from './properties';

/** Why an event failed, if that does not depend on what the resource is for. */
export function commonReason(error: unknown): string {
  if (error instanceof InvalidProperties) {
    return `Invalid properties, so nothing was changed. ${error.message}`;
  }
  if (error instanceof NotAwaited) {
    return 'According to the stack events, CloudFormation no longer waits for this event.';
  }
  return `The function failed unexpectedly: ${(error as Error).message}. Please report this with the function's log.`;
}
