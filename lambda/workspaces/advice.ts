import { isCertificateError, isForeign, type ServiceError } from './service-errors';

/** What to do about an error of the connection. Undefined for an error of the service itself. */
export function connectionAdvice(error: ServiceError, region: string): string | undefined {
  if (isCertificateError(error)) {
    return `The certificate of the WorkSpaces API in ${region} was not accepted. If a firewall inspects TLS connections, exclude the API.`;
  }
  if (isForeign(error)) {
    return `The response did not come from the WorkSpaces API in ${region}, but from a proxy or a firewall. In a VPC, check the function's route to it.`;
  }
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The function cannot find the WorkSpaces API in ${region}. Deploy to a Region with WorkSpaces. In a VPC, check DNS and the route to the API.`;
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'TimeoutError':
      return `The WorkSpaces API in ${region} does not respond. In a VPC, check the function's route to it.`;
    default:
      return undefined;
  }
}
