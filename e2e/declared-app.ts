import {
  App,
  Aspects,
  CfnParameter,
  CfnWaitCondition,
  CfnWaitConditionHandle,
  RemovalPolicy,
  Size,
  Stack,
} from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { WorkspaceBundle, WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../lib/index';
import { type DeclaredCopy, RECIPIENT } from './copy-scenarios';
import { ACCOUNTS, type DeclaredStack, type ImageIds, OWNER } from './scenarios';

/** Synthesizes an app of one declared stack into a directory. */
export function synthesize(declared: DeclaredStack, imageIds: ImageIds, directory: string): void {
  const app = newApp(directory);
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

/**
 * Synthesizes an app of an owner and a recipient, who copies the image, makes a bundle of the copy, and shares it.
 *
 * @param workspacesUrl the endpoint that the functions call, instead of the one that the emulator is started with
 */
export function synthesizeCopy(
  { ownerStack, recipientStack, image, withFailure }: DeclaredCopy,
  imageIds: ImageIds,
  directory: string,
  workspacesUrl?: string,
): void {
  const app = newApp(directory);
  const owner = new Stack(app, ownerStack, { env: OWNER });
  const recipient = new Stack(app, recipientStack, { env: RECIPIENT });
  const source = new WorkspaceImageShare(owner, 'GoldenImage', { imageId: imageIds[image] });
  const copy = new WorkspaceImageCopy(recipient, 'GoldenImage', {
    source: WorkspaceImageSource.share(source),
  });
  const share = new WorkspaceImageShare(recipient, 'CopiedImage', {
    imageId: copy.imageId,
    accountIds: [ACCOUNTS.sales],
  });
  const bundle = new WorkspaceBundle(recipient, 'Standard', {
    imageId: copy.imageId,
    computeType: 'STANDARD',
    userVolume: Size.gibibytes(50),
  });
  // In this order, so that the order of the changes is known.
  share.node.addDependency(bundle);
  if (withFailure) {
    addFailure(recipient, share);
  }
  if (workspacesUrl) {
    Aspects.of(app).add({
      visit: (node) => {
        if (node instanceof CfnFunction) {
          node.addPropertyOverride('Environment.Variables.AWS_ENDPOINT_URL_WORKSPACES', workspacesUrl);
        }
      },
    });
  }
  app.synth();
}

function newApp(outdir: string): App {
  return new App({
    outdir,
    // As the CDK CLI synthesizes. The metadata contains the construct's path.
    context: { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true },
  });
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
