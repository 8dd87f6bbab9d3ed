import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { type Answer, send } from './answer';
import { create } from './create';
import { remove } from './delete';
import { keepHeapSmall } from './heap';
import { log } from './log';
import type { Outcome } from './outcome';
import { nothingId } from './physical-id';
import { ANSWER_RESERVE, Deadline, EVENT_AGE } from './timing';
import { update } from './update';

keepHeapSmall();

/**
 * The answers given by this execution environment, and when. Lambda delivers at least once: a second delivery
 * that comes after the first was answered gets the same answer, without a call.
 */
const answered = new Map<string, { readonly answer: Answer; readonly at: number }>();

/** Carries out one event of the custom resource `Custom::WorkspaceImageShare` and answers it. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const { RequestType, RequestId, StackId, LogicalResourceId } = event;
  const heldId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  log('received', { RequestType, RequestId, StackId, LogicalResourceId, PhysicalResourceId: heldId });
  let answer = answered.get(RequestId)?.answer;
  if (answer === undefined) {
    const outcome = await carryOut(event, context);
    if (outcome === undefined) {
      log('another delivery of this event is at work and will answer');
      return;
    }
    answer = {
      Status: outcome.failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: outcome.failure,
      PhysicalResourceId: outcome.physicalId,
      StackId,
      RequestId,
      LogicalResourceId,
      Data: outcome.imageId === undefined ? undefined : { ImageId: outcome.imageId },
    };
    answered.set(RequestId, { answer, at: Date.now() });
  }
  await send(event.ResponseURL, answer);
}

async function carryOut(
  event: CloudFormationCustomResourceEvent,
  context: Context,
): Promise<Outcome | undefined> {
  const deadline = new Deadline(Date.now() + context.getRemainingTimeInMillis() - ANSWER_RESERVE);
  const [, , , region = '', accountId = ''] = context.invokedFunctionArn.split(':');
  const surroundings = { deadline, where: { region, accountId }, recent: isRecent(event) };
  try {
    switch (event.RequestType) {
      case 'Create':
        return await create(event, surroundings);
      case 'Update':
        return await update(event, surroundings);
      case 'Delete':
        return await remove(event, surroundings);
    }
  } catch (error) {
    // A fault of this program must not cost anybody the wait for a time-out.
    log('failed', { error: String((error as Error).stack) });
    const physicalId =
      'PhysicalResourceId' in event ? event.PhysicalResourceId : nothingId(event.LogicalResourceId);
    return {
      physicalId,
      failure: `The function of the share failed: ${(error as Error).message}. Please report it with its log.`,
    };
  } finally {
    deadline.clear();
  }
}

function isRecent(event: CloudFormationCustomResourceEvent): boolean {
  return [...answered.values()].some(
    ({ answer, at }) =>
      'PhysicalResourceId' in event &&
      answer.StackId === event.StackId &&
      answer.PhysicalResourceId === event.PhysicalResourceId &&
      Date.now() - at < EVENT_AGE,
  );
}
