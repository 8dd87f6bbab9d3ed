import type { Context } from 'aws-lambda';
import { RESPONSE_RESERVE } from './timing';

/** The account and Region of the function, which are those of the image. */
export interface Location {
  readonly region: string;
  readonly accountId: string;
}

/** An invocation of the function. */
export interface Invocation {
  readonly location: Location;
  /** When to stop, so that enough time is left to respond. */
  readonly deadline: number;
}

export function invocationOf(context: Context): Invocation {
  const [, , , region = '', accountId = ''] = context.invokedFunctionArn.split(':');
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESPONSE_RESERVE;
  return { location: { region, accountId }, deadline };
}
