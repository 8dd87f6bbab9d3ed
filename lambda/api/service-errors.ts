import { isThrottlingError, isTransientError } from '@smithy/core/retry';

/** A new role or policy can take this long to reach every host of the service. */
export const IAM_PROPAGATION = 30_000;

/** How long errors are repeated that usually pass, but may be permanent. */
const PATIENCE = 60_000;

/** What the SDK throws: an exception of the service, or an error of the connection, the response or the client itself. */
interface SdkError extends Error {
  /** Of a failed connection, such as `ECONNREFUSED`. */
  readonly code?: string;
  /** Of an exception that the service responded with. */
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** An error of the service, or of the connection to it. Everything that the SDK throws is one. */
export class ServiceError extends Error {
  /** Such as `ThrottlingException`, `ECONNRESET`, or `HTTP 503` for a response of a proxy. */
  public readonly code: string;
  /** The HTTP status, if there was a response. */
  public readonly status?: number;

  public constructor(public override readonly cause: SdkError) {
    // The SDK adds a second line for developers.
    super(cause.message.split('\n')[0]);
    this.status = cause.$metadata?.httpStatusCode;
    this.code = cause.$fault
      ? cause.name
      : (cause.code ?? (this.status ? `HTTP ${this.status}` : cause.name));
  }

  /** Whether the service itself refused the call, so that it was certainly not carried out. */
  public get isRefusal(): boolean {
    const { status = 0, cause } = this;
    return cause.$fault !== undefined && status >= 400 && status < 500;
  }
}

/** Returns an error of the service, and throws any other one: such as those that end the event. */
export function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  throw error;
}

/** How many milliseconds it is worth repeating a call that fails with an error. */
export function patienceFor(error: ServiceError): number {
  const { cause, code, status = 0 } = error;
  if (isThrottled(error) || status >= 500 || (isTransientError(cause as never) && code !== 'ENOTFOUND')) {
    return Number.POSITIVE_INFINITY;
  }
  if (isDenied(error)) {
    return IAM_PROPAGATION;
  }
  // For example: an unavailable image, a name that does not resolve, the error page of a proxy, too many open files.
  const mayPass = code === 'ResourceUnavailableException' || !error.isRefusal;
  return mayPass && !isCertificateError(error) ? PATIENCE : 0;
}

/** Whether the service, or a proxy, limits the rate. */
export function isThrottled({ cause }: ServiceError): boolean {
  return isThrottlingError(cause as never);
}

/** Whether the response came from something other than the service, such as the HTML page of a proxy. */
export function isForeign({ code }: ServiceError): boolean {
  return code.startsWith('HTTP ');
}

/** Whether a policy denies the call, or a new one is not effective yet. */
export function isDenied({ code }: ServiceError): boolean {
  return code === 'AccessDeniedException';
}

/** Whether the image does not exist any more. */
export function isGone({ code }: ServiceError): boolean {
  return code === 'ResourceNotFoundException';
}

/** Whether the certificate of the host was not accepted, as behind a firewall that inspects TLS. */
export function isCertificateError({ code }: ServiceError): boolean {
  return /CERT|LEAF_SIGNATURE/.test(code);
}

/** An error as part of a sentence. */
export function quote({ code, message }: ServiceError): string {
  const text = message.replace(/\.$/, '');
  return `"${code}: ${text.length > 300 ? `${text.slice(0, 300)}...` : text}"`;
}
