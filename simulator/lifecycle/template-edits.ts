import { SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { Json, JsonObject, ResourceDeclaration, Template } from '../template';

/** The resource that makes an update fail. */
export const FAILURE = 'SimulatedFailure';
export const FAILURE_TYPE = 'Simulation::Failure';

/** Changes the accounts of each share, given the logical ID of the share. */
export function withAccounts(template: Template, accountsOf: (logicalId: string) => string[]): Template {
  const resources = Object.entries(template.Resources ?? {}).map(([id, declared]) => [
    id,
    declared.Type === SHARE_TYPE ? { ...declared, ...sharedWith(declared, accountsOf(id)) } : declared,
  ]);
  return { ...template, Resources: Object.fromEntries(resources) };
}

function sharedWith({ Properties }: ResourceDeclaration, AccountIds: string[]): Partial<ResourceDeclaration> {
  return { Properties: { ...Properties, AccountIds } };
}

/** Adds a resource that fails as soon as other resources are complete. */
export function withFailure(template: Template, after: string[]): Template {
  const failure = { Type: FAILURE_TYPE, DependsOn: after };
  return { ...template, Resources: { ...template.Resources, [FAILURE]: failure } };
}

/** Replaces literal image IDs wherever they are: in properties, and in the logical IDs of shares and of outputs that refer to these. */
export function withOtherImages(template: Template, replaced: ReadonlyMap<string, string>): Template {
  let text = JSON.stringify(template);
  for (const [from, to] of replaced) {
    text = text.replaceAll(from, to).replaceAll(from.replace('-', ''), to.replace('-', ''));
  }
  return JSON.parse(text);
}

/** Changes properties of a resource. */
export function withProperties(
  template: Template,
  logicalId: string,
  properties: Record<string, Json>,
): Template {
  const declared = template.Resources?.[logicalId] as ResourceDeclaration;
  const changed = { ...declared, Properties: { ...declared.Properties, ...properties } as JsonObject };
  return { ...template, Resources: { ...template.Resources, [logicalId]: changed } };
}
