import { SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { ResourceDeclaration, Template } from '../template';

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
