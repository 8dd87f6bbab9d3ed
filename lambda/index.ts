import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { carryOut, type Outcome } from './carry-out';
import { reasonFor } from './failure-reason';
import { log } from './log';
import { failureId } from './plan';
import { send } from './response';
import { RESPONSE_RESERVE } from './timing';

/** Carries out one event of the custom resource `Custom::WorkspaceImageShare`, and responds. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const { ResponseURL, RequestType, RequestId, StackId, LogicalResourceId } = event;
  log('received', { RequestType, RequestId, StackId, LogicalResourceId });
  const { physicalId, imageId, failure, note } = await outcomeOf(event, context);
  await send(ResponseURL, {
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    Reason: failure ?? note,
    PhysicalResourceId: physicalId,
    StackId,
    RequestId,
    LogicalResourceId,
    Data: imageId === undefined ? undefined : { ImageId: imageId },
  });
}

async function outcomeOf(event: CloudFormationCustomResourceEvent, context: Context): Promise<Outcome> {
  const [, , , region = '', accountId = ''] = context.invokedFunctionArn.split(':');
  const location = { region, accountId };
  const startedAt = Date.now();
  const deadline = startedAt + context.getRemainingTimeInMillis() - RESPONSE_RESERVE;
  try {
    return await carryOut(event, { location, startedAt, deadline });
  } catch (error) {
    // A fault of this program must not make CloudFormation wait for its timeout.
    log('failed', { error: String((error as Error).stack) });
    return { physicalId: failureId(event), failure: reasonFor(error, location) };
  }
}
