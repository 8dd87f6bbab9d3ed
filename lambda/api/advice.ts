import type { Location } from '../event/delivery';
import { isCertificateError, isForeign, type ServiceError } from './service-errors';

/**
 * What to do about an error of the connection, or of a Region that the account cannot use. Undefined for another error of the
 * service itself.
 *
 * @param region the Region of the API that was called
 * @param own the location of the function
 */
export function connectionAdvice(error: ServiceError, region: string, own: Location): string | undefined {
  const isSource = region !== own.region;
  if (isCertificateError(error)) {
    return `The certificate of the WorkSpaces API in ${region} was not accepted. If a firewall inspects TLS connections, exclude the API.`;
  }
  if (isForeign(error)) {
    return `The response did not come from the WorkSpaces API in ${region}, but from a proxy or a firewall. In a VPC, check the function's route to it.`;
  }
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return isSource
        ? `The function cannot find the WorkSpaces API in ${region}. Check the Region of the source. In a VPC, check DNS and the route to the API in that Region.`
        : `The function cannot find the WorkSpaces API in ${region}. Deploy to a Region with WorkSpaces. In a VPC, check DNS and the route to the API.`;
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'TimeoutError':
      return `The WorkSpaces API in ${region} does not respond. In a VPC, check the function's route to it.`;
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
      return isSource
        ? `The Region ${region} is not enabled for account ${own.accountId}. Enable it, or check the Region of the source.`
        : undefined;
    default:
      return undefined;
  }
}
