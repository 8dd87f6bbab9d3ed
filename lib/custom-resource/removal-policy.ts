import { CfnDeletionPolicy, type CfnResource, type IResolvable, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Applies a removal policy to the resources of a construct. */
export function setRemovalPolicy(
  { node }: IConstruct,
  resources: readonly CfnResource[],
  policy: RemovalPolicy,
): void {
  if (policy === RemovalPolicy.SNAPSHOT) {
    throw new Error(
      `${node.path} does not support RemovalPolicy.SNAPSHOT. Use DESTROY, RETAIN, or RETAIN_ON_UPDATE_OR_DELETE.`,
    );
  }
  for (const resource of resources) {
    resource.applyRemovalPolicy(policy);
  }
}

/**
 * The deletion policy of a resource, as a property that the function ignores. CloudFormation does not deploy a template
 * in which only a deletion policy has changed.
 */
export function deletionPolicyToDeploy(resource: () => CfnResource): IResolvable {
  return Lazy.uncachedAny({
    produce: () => (isRetained(resource()) ? resource().cfnOptions.deletionPolicy : undefined),
  });
}

/** Whether the deletion policy of a resource keeps what the resource has created. */
export function isRetained({ cfnOptions }: CfnResource): boolean {
  return cfnOptions.deletionPolicy !== CfnDeletionPolicy.DELETE;
}
