import { App, type Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

export const IMAGE = 'wsi-8t4x2k9p7';
export const OTHER_IMAGE = 'wsi-1a2b3c4d5';
export const ACCOUNTS = ['111122223333', '444455556666'];
export const SHARE = 'Custom::WorkspaceImageShare';

export function newStack(id = 'Stack', env?: Environment, app = new App()): Stack {
  return new Stack(app, id, { env });
}

// biome-ignore lint/suspicious/noExplicitAny: a template has no type
export type Json = any;

export function resources(stack: Stack): Record<string, Json> {
  const found = Template.fromStack(stack).toJSON().Resources;
  return Object.fromEntries(
    Object.entries<Json>(found).filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata'),
  );
}

export function withoutMetadata(stack: Stack): Json {
  return Object.fromEntries(
    Object.entries(resources(stack)).map(([id, { Metadata, ...resource }]) => [id, resource]),
  );
}

export function sharesOf(stack: Stack): Record<string, Json> {
  return Object.fromEntries(Object.entries(resources(stack)).filter(([, { Type }]) => Type === SHARE));
}

export function theShare(stack: Stack): Json {
  const [entry, ...others] = Object.entries(sharesOf(stack));
  if (!entry || others.length > 0) {
    throw new Error(`expected one share, found ${others.length + (entry ? 1 : 0)}`);
  }
  return { logicalId: entry[0], ...entry[1] };
}

/** The logical IDs of the resources that are created before the share and deleted after it. */
export function outlivingTheShare(stack: Stack): string[] {
  const all = resources(stack);
  const found = new Set<string>();
  const visit = (id: string) => {
    const { DependsOn = [], Properties } = all[id];
    const named = [...JSON.stringify(Properties).matchAll(/"(?:Ref|Fn::GetAtt)":(?:\["|")([^"]+)"/g)];
    for (const next of [...[DependsOn].flat(), ...named.map(([, name]) => name)]) {
      if (next in all && !found.has(next)) {
        found.add(next);
        visit(next);
      }
    }
  };
  visit(theShare(stack).logicalId);
  return [...found].sort();
}

export function synthesisError(app: { synth(): unknown }): string {
  try {
    app.synth();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('synthesis succeeded');
}
