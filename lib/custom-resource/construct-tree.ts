import type { IConstruct } from 'constructs';

/** Whether a construct is still in the tree: it, or one of its scopes, may have been removed. */
export function isInTree(construct: IConstruct): boolean {
  return construct.node.scopes.every(
    ({ node }) => node.scope === undefined || node.scope.node.tryFindChild(node.id)?.node === node,
  );
}
