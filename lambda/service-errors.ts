import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { IAM_PROPAGATION } from './timing';

/** An error of the service, or of the connection to it. */
export interface ServiceError extends Error {
  /** Of a failed connection, such as `ECONNREFUSED`. */
  readonly code?: string;
  /** Of an error that the service responded with. */
  readonly $fault?: 'client' | 'server';
}

/** Whether an error comes from the service or the connection, and not from a fault of this program. */
export function isServiceError(error: unknown): error is ServiceError {
  const { $fault, code, name } = error as ServiceError;
  return $fault !== undefined || /^E(?!RR_)[A-Z_]+$/.test(code ?? '') || name === 'TimeoutError';
}

/**
 * Whether the same call may succeed later.
 *
 * @param elapsed milliseconds since the invocation started
 */
export function isTemporary(error: ServiceError, elapsed: number): boolean {
  if (error.name === 'AccessDeniedException') {
    return elapsed < IAM_PROPAGATION;
  }
  // A Region without the service has no such host, and waiting does not create one.
  if (error.code === 'ENOTFOUND') {
    return false;
  }
  return isThrottled(error) || isTransientError(error as never) || isServerError(error as never);
}

/** Whether the service limits the rate. The SDK slows down by itself. */
export function isThrottled(error: ServiceError): boolean {
  return isThrottlingError(error as never);
}

/** Whether the image does not exist any more. */
export function isGone(error: ServiceError): boolean {
  return error.name === 'ResourceNotFoundException';
}
