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
    // As the CDK CLI synthesizes: with it, a construct's name stands in the template.
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

/** What the parameters of a stack hold, where it has them. */
export function parametersOf(
  { given, image, accounts }: DeclaredStack,
  imageIds: ImageIds,
): Record<string, string> {
  return given === 'literally' ? {} : { ImageId: imageIds[image], AccountIds: idsOf(accounts).join(',') };
}

function shared(
  stack: Stack,
  { given, image, accounts }: DeclaredStack,
  imageIds: ImageIds,
): { imageId: string; accountIds: string[] } {
  if (given === 'literally') {
    return { imageId: imageIds[image], accountIds: idsOf(accounts) };
  }
  // As in bin/app.ts, whose stack such a stack takes over.
  return {
    imageId: new CfnParameter(stack, 'ImageId').valueAsString,
    accountIds: new CfnParameter(stack, 'AccountIds', { type: 'CommaDelimitedList' }).valueAsList,
  };
}

/** Waits a second for a signal that nobody sends. */
function addFailure(stack: Stack, after: WorkspaceImageShare): void {
  const handle = new CfnWaitConditionHandle(stack, 'NobodySignals');
  const failure = new CfnWaitCondition(stack, 'Failure', { handle: handle.ref, timeout: '1', count: 1 });
  failure.node.addDependency(after);
}

function idsOf(accounts: DeclaredStack['accounts']): string[] {
  return accounts.map((account) => ACCOUNTS[account]);
}
