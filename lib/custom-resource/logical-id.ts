import { type CfnResource, Stack } from 'aws-cdk-lib';

/** So many characters of the construct path fit into a logical ID, which has at most 255, with any prefix. */
const PATH_LENGTH = 200;
/** The hash of the construct path, at the end of the logical ID that the CDK generates. */
const HASH_LENGTH = 8;

/** Gives a resource the logical ID that the CDK generates from the construct path, with a prefix. */
export function prefixLogicalId(resource: CfnResource, prefix: string): void {
  const generated = Stack.of(resource).getLogicalId(resource);
  const path = generated.slice(0, -HASH_LENGTH).slice(0, PATH_LENGTH);
  resource.overrideLogicalId(prefix + path + generated.slice(-HASH_LENGTH));
}
