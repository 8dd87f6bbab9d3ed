import type { ServiceError } from '../workspaces/service-errors';
import type { Change } from './changes';

/** Accounts have permission that this share did not grant. */
export class AlreadyShared extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}

/** The service refused calls whose changes reads do not show. */
export class CallsRefused extends Error {
  public constructor(public readonly changes: readonly Change[]) {
    super();
  }
}

/** The permissions cannot be read. */
export class ReadRefused extends Error {
  public constructor(public override readonly cause: ServiceError) {
    super();
  }
}

/** The service accepted the calls, but reads do not show the changes. */
export class NotVisible extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}
