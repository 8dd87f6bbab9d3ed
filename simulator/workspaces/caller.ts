import type { IncomingHttpHeaders } from 'node:http';

export const DEFAULT_REGION = 'us-east-1';

/** Who makes a call, and in which Region. */
export interface Caller {
  readonly account: string;
  readonly region: string;
}

/**
 * Takes the account from the access key and the Region from the scope of a signature, which is not verified.
 *
 * @param account the account of an access key that does not contain 12 digits
 */
export function callerOf({ authorization = '' }: IncomingHttpHeaders, account: string): Caller {
  const [, accessKey = '', region = DEFAULT_REGION] =
    /\bCredential=([^/,\s]+)(?:\/\d{8}\/([^/,\s]+))?/.exec(authorization) ?? [];
  return { account: /\d{12}/.exec(accessKey)?.[0] ?? account, region };
}

/** An access key that contains the account of a function. */
export function accessKeyOf(functionArn: string, suffix = 'SIMULATOR'): string {
  const account = functionArn.split(':')[4];
  return `AKIA${account}${suffix}`;
}
