/** An event failed, with the reason for the person who deploys. Any other error is a bug. */
export class Failure extends Error {
  /** @param isUnfinished whether another delivery of the event, later, may succeed */
  public constructor(
    reason: string,
    public readonly isUnfinished = false,
  ) {
    super(reason);
  }
}

/** The event is no longer current: CloudFormation ignores the response. */
export class NotCurrent extends Failure {
  /** @param isDone whether another delivery of the event has succeeded. Otherwise, CloudFormation has cancelled it. */
  public constructor(public readonly isDone: boolean) {
    super('According to the stack events, CloudFormation no longer waits for this event.');
  }
}

/** Whether an event has failed for good, and CloudFormation still waits for it. */
export function isDefinite(error: unknown): error is Failure {
  return error instanceof Failure && !(error instanceof NotCurrent) && !error.isUnfinished;
}

/** What the event is for cannot be read, so nothing is known about it. */
export class NotRead extends Failure {}

/** The properties of a resource, as an event contains them. */
export type Properties = Readonly<Record<string, unknown>>;

/** @throws Failure that names all problems, if there are any */
export function refuseInvalid(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Failure(`Invalid properties, so nothing was changed. ${problems.join(' ')}`);
  }
}

/** Why an event failed: what happened, to what, what the service responded, and what to do. */
export function reasonFor(error: unknown): string {
  return error instanceof Failure
    ? error.message
    : `The function failed unexpectedly: ${(error as Error).message}. Please report this with the function's log.`;
}
