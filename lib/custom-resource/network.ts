import { CfnResource } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Dependable, type IConstruct, type IDependable } from 'constructs';

/** Constructs to depend on that can still change: they are looked up when the CDK resolves dependencies. */
export function dependingOn(constructs: () => IConstruct[]): IDependable {
  const dependable = {};
  Dependable.implement(dependable, {
    get dependencyRoots() {
      return constructs();
    },
  });
  return dependable;
}

/**
 * The resources in the scope of a VPC that make up its network. Other resources in that scope may depend on a custom
 * resource of the function.
 */
export function networkOf(vpc: ec2.IVpc): IConstruct[] {
  return vpc.node.findAll().filter(isNetworkResource);
}

function isNetworkResource(construct: IConstruct): boolean {
  return (
    CfnResource.isCfnResource(construct) &&
    /^AWS::EC2::(VPC|VPN|Subnet|Route|NatGateway|EIP|(EgressOnly)?InternetGateway|TransitGateway|NetworkAcl|SecurityGroup)/.test(
      construct.cfnResourceType,
    )
  );
}
