import {
  App,
  CfnParameter,
  CfnWaitCondition,
  CfnWaitConditionHandle,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { WorkspaceImageShare } from '../lib/index';
import { ACCOUNTS, type DeclaredStack, type ImageIds } from './scenarios';

/** Synthesizes an app of one declared stack into a directory. */
export function synthesize(declared: DeclaredStack, imageIds: ImageIds, directory: string): void {
  const app = new App({
    outdir: directory,
    // As the CDK CLI synthesizes. The metadata contains the construct's path.
    context: { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true },
  });
  const stack = new Stack(app, declared.stack);
  const share = new WorkspaceImageShare(stack, declared.construct ?? 'Share', {
    ...shared(stack, declared, imageIds),
    adoptExisting: declared.adoptExisting,
    removalPolicy: declared.retain ? RemovalPolicy.RETAIN : undefined,
    revision: declared.revision,
  });
  if (declared.withFailure) {
    addFailure(stack, share);
  }
  app.synth();
}

/** The values of a stack's parameters, if it has any. */
export function parametersOf(
  { values, image, accounts }: DeclaredStack,
  imageIds: ImageIds,
): Record<string, string> {
  return values === 'literals' ? {} : { ImageId: imageIds[image], AccountIds: idsOf(accounts).join(',') };
}

function shared(
  stack: Stack,
  { values, image, accounts }: DeclaredStack,
  imageIds: ImageIds,
): { imageId: string; accountIds: string[] } {
  if (values === 'literals') {
    return { imageId: imageIds[image], accountIds: idsOf(accounts) };
  }
  // As in bin/app.ts, the stack of which such a stack updates.
  return {
    imageId: new CfnParameter(stack, 'ImageId').valueAsString,
    accountIds: new CfnParameter(stack, 'AccountIds', { type: 'CommaDelimitedList' }).valueAsList,
  };
}

/** Waits a second for a signal that is never sent. */
function addFailure(stack: Stack, after: WorkspaceImageShare): void {
  const handle = new CfnWaitConditionHandle(stack, 'Handle');
  const failure = new CfnWaitCondition(stack, 'Failure', { handle: handle.ref, timeout: '1', count: 1 });
  failure.node.addDependency(after);
}

function idsOf(accounts: DeclaredStack['accounts']): string[] {
  return accounts.map((account) => ACCOUNTS[account]);
}
