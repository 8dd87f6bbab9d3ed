import { App, type Environment, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import {
  WorkspaceBundle,
  type WorkspaceBundleProps,
  WorkspaceImageCopy,
  type WorkspaceImageCopyProps,
  WorkspaceImageShare,
  type WorkspaceImageShareProps,
  WorkspaceImageSource,
} from '../../lib';

export const IMAGE = 'wsi-8t4x2k9p7';
export const OTHER_IMAGE = 'wsi-1a2b3c4d5';
/** The owner of `IMAGE`. */
export const OWNER_ID = '999999999999';
export const ACCOUNTS = ['111122223333', '444455556666'];

// biome-ignore lint/suspicious/noExplicitAny: a template has no type
export type Json = any;

export function newStack(env?: Environment): Stack {
  return new Stack(new App(), 'Stack', { env });
}

export function newShare(
  scope: Construct,
  props: Partial<WorkspaceImageShareProps> = {},
  id = 'Golden',
): WorkspaceImageShare {
  return new WorkspaceImageShare(scope, id, { imageId: IMAGE, accountIds: ACCOUNTS, ...props });
}

export function newCopy(
  scope: Construct,
  props: Partial<WorkspaceImageCopyProps> = {},
  id = 'Copied',
): WorkspaceImageCopy {
  return new WorkspaceImageCopy(scope, id, {
    source: WorkspaceImageSource.image(IMAGE, { accountId: OWNER_ID }),
    ...props,
  });
}

export function newBundle(
  scope: Construct,
  props: Partial<WorkspaceBundleProps> = {},
  id = 'Standard',
): WorkspaceBundle {
  return new WorkspaceBundle(scope, id, {
    imageId: IMAGE,
    computeType: 'STANDARD',
    userVolume: Size.gibibytes(50),
    ...props,
  });
}

/** The resources of the template by logical ID, without the metadata that contains construct paths. */
export function resources(stack: Stack): Record<string, Json> {
  return Object.fromEntries(
    Object.entries<Json>(Template.fromStack(stack).toJSON().Resources)
      .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
      .map(([id, { Metadata, ...resource }]) => [id, resource]),
  );
}

export function theShare(stack: Stack): Json {
  const [share, ...others] = ofType(stack, 'Custom::WorkspaceImageShare');
  expect(others).toEqual([]);
  return share;
}

/** The resources of a type, with their logical IDs. */
export function ofType(stack: Stack, type: string): Json[] {
  return Object.entries(resources(stack))
    .map(([logicalId, resource]) => ({ logicalId, ...resource }))
    .filter(({ Type }) => Type === type);
}

/** Synthesizes the stack, which fails if a construct in it has errors. */
export function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ id, entry }) => `${id}: ${entry.data}`);
}

/** The logical IDs of the resources that are created before the only resource of a type, and deleted after it. */
export function outliving(stack: Stack, type: string): string[] {
  const all = resources(stack);
  const found = new Set<string>();
  const visit = (id: string) => {
    const { DependsOn = [], Properties } = all[id];
    const named = [...JSON.stringify(Properties).matchAll(/"(?:Ref|Fn::GetAtt)":(?:\["|")([^"]+)"/g)];
    for (const next of [...DependsOn, ...named.map(([, name]) => name)]) {
      if (next in all && !found.has(next)) {
        found.add(next);
        visit(next);
      }
    }
  };
  const [resource, ...others] = ofType(stack, type);
  expect(others).toEqual([]);
  visit(resource.logicalId);
  return [...found].sort();
}
