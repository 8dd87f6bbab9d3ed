import { dirname, join } from 'node:path';
import { App, Aws, CfnParameter, CfnResource, type RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  AwsCustomResource,
  type AwsSdkCall,
  Logging,
  PhysicalResourceId,
} from 'aws-cdk-lib/custom-resources';
import { DependencyGroup, type IDependable } from 'constructs';
import { WorkspaceImageShare } from '../../lib/index';
import { type Code, SHARE } from '../support/warm-functions';

/** What a stack of a scenario declares. */
export interface Declared {
  readonly imageId: string;
  readonly accountIds: readonly string[];
  /** Whether the image and the accounts are parameters of the template. */
  readonly byParameter?: boolean;
  /** The ID of the construct. */
  readonly id: string;
  readonly removalPolicy?: RemovalPolicy;
  /** Changes the share, but not who has access. */
  readonly revision?: string;
  /** When another resource fails: after the share, or a number of milliseconds after both have started. */
  readonly otherFails?: 'after' | number;
  /** Changes the other resource. */
  readonly deployment: number;
}

/** One of the constructs that are compared. */
export interface Side {
  readonly code: Code;
  /** @returns what the other resource depends on to come after the share */
  declare(stack: Stack, declared: Declared): IDependable;
}

export const THIS_SHARE: Side = {
  code: SHARE,
  declare: (stack, { id, imageId, accountIds, revision, removalPolicy }) =>
    new WorkspaceImageShare(stack, id, { imageId, accountIds: [...accountIds], revision, removalPolicy }),
};

/** @param client the file to load as the client of the Lambda runtime */
export function codeOfAwsCustomResource(client: string): Code {
  const handler = join(
    dirname(require.resolve('aws-cdk-lib/package.json')),
    'custom-resource-handlers/dist/custom-resources/aws-custom-resource-handler/index.js',
  );
  return { handler, runtime: { '@aws-sdk/client-workspaces': client } };
}

/** @param client the file to load as the client of the Lambda runtime */
export function shareWithAwsCustomResource(client: string): Side {
  return {
    code: codeOfAwsCustomResource(client),
    declare: (stack, { id, imageId, accountIds, revision, removalPolicy }) => {
      const statement = new PolicyStatement({
        actions: ['workspaces:UpdateWorkspaceImagePermission'],
        resources: [`arn:${Aws.PARTITION}:workspaces:${Aws.REGION}:${Aws.ACCOUNT_ID}:workspaceimage/*`],
      });
      const role = new Role(stack, 'Role', {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        inlinePolicies: { Share: new PolicyDocument({ statements: [statement] }) },
      });
      const shares = accountIds.map((accountId, index) => {
        const call = (AllowCopyImage: boolean): AwsSdkCall => ({
          service: 'workspaces',
          action: 'UpdateWorkspaceImagePermission',
          parameters: { ImageId: imageId, SharedAccountId: accountId, AllowCopyImage },
          physicalResourceId: PhysicalResourceId.of(`${imageId}/${accountId}`),
          logging: revision ? Logging.withDataHidden() : undefined,
        });
        return new AwsCustomResource(stack, `${id}${Token.isUnresolved(accountId) ? index : accountId}`, {
          onCreate: call(true),
          onUpdate: call(true),
          onDelete: { ...call(false), physicalResourceId: undefined },
          role,
          installLatestAwsSdk: false,
          removalPolicy,
        });
      });
      return new DependencyGroup(...shares);
    },
  };
}

/** Synthesizes a stack, and returns its template with the parameters for it. */
export function synthesize(side: Side, declared: Declared) {
  const { imageId, accountIds, byParameter, otherFails = 'never', deployment } = declared;
  const app = new App({ analyticsReporting: false, context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'Images');
  const parameters: Record<string, string> = {};
  const value = (name: string, literal: string): string => {
    if (!byParameter) {
      return literal;
    }
    parameters[name] = literal;
    return new CfnParameter(stack, name).valueAsString;
  };
  const share = side.declare(stack, {
    ...declared,
    imageId: value('ImageId', imageId),
    accountIds: accountIds.map((accountId, index) => value(`Account${index}`, accountId)),
  });
  const properties = { Fails: otherFails, Deployment: deployment };
  const other = new CfnResource(stack, 'Other', { type: 'Test::Failing', properties });
  if (otherFails === 'after') {
    other.node.addDependency(share);
  }
  return { template: Template.fromStack(stack).toJSON(), parameters };
}
