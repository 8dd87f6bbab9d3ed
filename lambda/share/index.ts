import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { invocationOf } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import { InvalidProperties } from '../custom-resource/properties';
import { respond } from '../custom-resource/response';
import { carryOut, type ShareOutcome } from './carry-out';
import { reasonFor } from './failure-reason';
import { failureId } from './physical-id';

/**
 * Carries out one event of the custom resource `Custom::WorkspaceImageShare`, and responds.
 *
 * @throws Error if the event failed, after the response, so that the metric `Errors` of the function counts it
 */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const { RequestType, RequestId, StackId, LogicalResourceId } = event;
  log.info('received', { RequestType, RequestId, StackId, LogicalResourceId });
  const outcome = await outcomeOf(event, context);
  await respond(event, outcome);
  const { failure, isIgnored } = outcome;
  if (failure !== undefined && !isIgnored) {
    throw new Error(`The ${RequestType} of ${LogicalResourceId} failed. ${failure}`);
  }
}

async function outcomeOf(event: CloudFormationCustomResourceEvent, context: Context): Promise<ShareOutcome> {
  const invocation = invocationOf(context);
  try {
    return await carryOut(event, invocation);
  } catch (error) {
    // Not even a bug in this function must make CloudFormation wait for its timeout.
    if (!(error instanceof InvalidProperties)) {
      log.error('failed', { error: String((error as Error).stack) });
    }
    return { physicalId: failureId(event), failure: reasonFor(error, invocation.location) };
  }
}
