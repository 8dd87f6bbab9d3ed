import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { invocationOf } from '../custom-resource/invocation';
import { log } from '../custom-resource/log';
import { send } from '../custom-resource/response';
import { carryOut, type Outcome } from './carry-out';
import { reasonFor } from './failure-reason';
import { failureId } from './physical-id';
import { InvalidProperties } from './request';

/**
 * Carries out one event of the custom resource `Custom::WorkspaceImageShare`, and responds.
 *
 * @throws Error if the event failed, after the response, so that the metric `Errors` of the function counts it
 */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const { ResponseURL, RequestType, RequestId, StackId, LogicalResourceId } = event;
  log.info('received', { RequestType, RequestId, StackId, LogicalResourceId });
  const { physicalId, imageId, failure, isIgnored, note } = await outcomeOf(event, context);
  await send(ResponseURL, {
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    Reason: failure ?? note,
    PhysicalResourceId: physicalId,
    StackId,
    RequestId,
    LogicalResourceId,
    Data: imageId === undefined ? undefined : { ImageId: imageId },
  });
  if (failure !== undefined && !isIgnored) {
    throw new Error(`The ${RequestType} of ${LogicalResourceId} failed. ${failure}`);
  }
}

async function outcomeOf(event: CloudFormationCustomResourceEvent, context: Context): Promise<Outcome> {
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
