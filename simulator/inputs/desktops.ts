import type { ResourceTypeHandler } from '../cloudformation';
import type { Json } from '../template';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';

export const WORKSPACE_TYPE = 'AWS::WorkSpaces::Workspace';

/** WorkSpaces of the app, which use their bundles and can never have another one. */
export function desktops(endpoint: WorkspacesEndpoint): ResourceTypeHandler {
  const counts = new Map<string, number>();
  const use = (bundleId: Json | undefined, change: number) => {
    const id = String(bundleId);
    counts.set(id, (counts.get(id) ?? 0) + change);
    // AWS provides other bundles.
    if (endpoint.allBundles().some((bundle) => bundle.bundleId === id)) {
      endpoint.setWorkspaces(id, counts.get(id) ?? 0);
    }
    return undefined;
  };
  return {
    create: ({ properties }) => use(properties.BundleId, 1),
    update: ({ properties, oldProperties }) => {
      if (properties.BundleId !== oldProperties?.BundleId) {
        throw new Error('CloudFormation cannot change the bundle of a WorkSpace.');
      }
      return undefined;
    },
    delete: ({ properties }) => void use(properties.BundleId, -1),
  };
}
