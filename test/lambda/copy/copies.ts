import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Fault } from '../../../simulator/workspaces-endpoint';
import { type FunctionHarness, useFunction } from '../../support/function-harness';
import {
  ACCOUNT,
  copy,
  createEvent,
  deleteEvent,
  OTHER_SOURCE,
  OWNER,
  REGION,
  SOURCE,
  SOURCE_REGION,
} from './events';

/** How long a copy takes, in seconds. */
export const COPY_SECONDS = 1_200;

/** The function of copies, and two images that are shared with its account. */
export function useCopyFunction(): FunctionHarness {
  const shared = { account: OWNER, region: SOURCE_REGION, sharedWith: [ACCOUNT] };
  return useFunction(
    {
      images: [SOURCE, OTHER_SOURCE].map((imageId) => ({ imageId, ...shared })),
      copyTime: COPY_SECONDS * 1_000,
    },
    'copy',
  );
}

/** The images that the account of the function owns. */
export function owned(harness: FunctionHarness) {
  return harness.endpoint.imagesOf(ACCOUNT, REGION);
}

/** Creates a copy, and waits until it is AVAILABLE. */
export async function madeCopy(harness: FunctionHarness, properties = copy(), more = {}): Promise<string> {
  const { PhysicalResourceId } = await harness.send(createEvent(properties, more));
  await harness.pass(COPY_SECONDS);
  return PhysicalResourceId;
}

/** The operations that were called since the last time. */
export function callsOf({ endpoint }: FunctionHarness): string[] {
  return endpoint.calls.splice(0).map(({ operation }) => operation);
}

/** Makes the next calls of an operation fail, one for each fault. */
export function failNext({ endpoint }: FunctionHarness, operation: string, ...faults: Fault[]): void {
  endpoint.onCall = (call) => (call.operation === operation ? faults.shift() : undefined);
}

/** CloudFormation cancels an event, whose call to copy an image is carried out after the next event has been sent. */
export async function carriedOutLate(
  harness: FunctionHarness,
  cancelled: CloudFormationCustomResourceEvent,
  next: CloudFormationCustomResourceEvent,
): Promise<void> {
  failNext(harness, 'CopyWorkspaceImage', { kind: 'delay', ms: 12_000 });
  harness.begin(cancelled);
  const work = harness.deliver({ ...cancelled, ResponseURL: harness.responseUrl });
  await harness.pass(3);
  harness.record(cancelled, `${cancelled.RequestType.toUpperCase()}_FAILED`);
  await Promise.all([work, harness.send(next)]);
}

/** Records a status of the stack itself. */
export function recordStack(harness: FunctionHarness, status: string): void {
  const { StackId } = createEvent();
  harness.record(deleteEvent(StackId, copy(), { LogicalResourceId: 'Images' }), status);
}
