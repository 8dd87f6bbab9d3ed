import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { handle } from '../event/handle';
import { carryOut } from './carry-out';

/** Carries out one event of the custom resource `Custom::WorkspaceImageShare`, and responds. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  await handle(event, context, { carryOut, isRepeated: false });
}
