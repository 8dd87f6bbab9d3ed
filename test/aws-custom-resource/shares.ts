import { dirname, join } from 'node:path';
import { App, Aws, CfnParameter, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  AwsCustomResource,
  type AwsSdkCall,
  Logging,
  PhysicalResourceId,
} from 'aws-cdk-lib/custom-resources';
import { DependencyGroup, type IDependable } from 'constructs';
import { WorkspaceImageShare } from '../../lib';
import type { Template as DeployedTemplate } from '../../simulator/template';
import { type Code, SHARE } from '../model/warm-functions';

/** What a stack of a scenario declares. */
export interface Declared {
  readonly imageId: string;
  readonly accountIds: readonly string[];
  /** Whether image and accounts arrive as parameters of the template. */
  readonly byParameter?: boolean;
  /** The id of the construct. */
  readonly id?: string;
  readonly adoptExisting?: boolean;
  readonly retain?: boolean;
  /** Anything about the share that says nothing about who has access. */
  readonly revision?: string;
  /** When another resource fails: after the share, or a number of milliseconds after both have started. */
  readonly otherFails?: 'after' | number;
  /** Makes the other resource one to update. */
  readonly turn: number;
}

/** Who shares the image. */
export interface Side {
  readonly name: string;
  /** @param client a bundle of the client as published, for what takes it from Lambda's runtime */
  code(client: string): Code;
  /** @returns what another resource depends on to come after the share */
  declare(stack: Stack, declared: Declared): IDependable;
}

/** Image and accounts as literals, or as references to parameters. */
function valuesOf(stack: Stack, { byParameter, imageId, accountIds }: Declared) {
  if (!byParameter) {
    return { imageId, accountIds: [...accountIds] };
  }
  const parameters = accountIds.map((_, index) => new CfnParameter(stack, `Account${index}`));
  return {
    imageId: new CfnParameter(stack, 'ImageId').valueAsString,
    accountIds: parameters.map(({ valueAsString }) => valueAsString),
  };
}

export const THIS: Side = {
  name: 'this construct',
  code: () => SHARE,
  declare: (stack, declared) =>
    new WorkspaceImageShare(stack, declared.id ?? 'Share', {
      ...valuesOf(stack, declared),
      adoptExisting: declared.adoptExisting,
      revision: declared.revision,
      removalPolicy: declared.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : undefined,
    }),
};

const BUILT_IN_HANDLER = join(
  dirname(require.resolve('aws-cdk-lib/package.json')),
  'custom-resource-handlers/dist/custom-resources/aws-custom-resource-handler/index.js',
);

/** As good as it gets with the built-in construct: one resource an account, its id names image and account. */
export const BUILT_IN: Side = {
  name: 'AwsCustomResource',
  code: (client) => ({ handler: BUILT_IN_HANDLER, runtime: { '@aws-sdk/client-workspaces': client } }),
  declare: (stack, declared) => {
    const { imageId, accountIds } = valuesOf(stack, declared);
    const role = roleFor(stack);
    const shares = accountIds.map((accountId, index) => {
      const call = (AllowCopyImage: boolean): AwsSdkCall => ({
        service: 'workspaces',
        action: 'UpdateWorkspaceImagePermission',
        parameters: { ImageId: imageId, SharedAccountId: accountId, AllowCopyImage },
        physicalResourceId: PhysicalResourceId.of(`${imageId}/${accountId}`),
        logging: declared.revision ? Logging.withDataHidden() : undefined,
      });
      const name = declared.byParameter ? index : accountId;
      return new AwsCustomResource(stack, `${declared.id ?? 'Share'}${name}`, {
        resourceType: 'Custom::BuiltInShare',
        onCreate: call(true),
        onUpdate: call(true),
        onDelete: { ...call(false), physicalResourceId: undefined },
        installLatestAwsSdk: false,
        removalPolicy: declared.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : undefined,
        role,
      });
    });
    return new DependencyGroup(...shares);
  },
};

function roleFor(stack: Stack): Role {
  const actions = ['workspaces:UpdateWorkspaceImagePermission'];
  const resources = [`arn:${Aws.PARTITION}:workspaces:${Aws.REGION}:${Aws.ACCOUNT_ID}:workspaceimage/*`];
  return new Role(stack, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Share: new PolicyDocument({ statements: [new PolicyStatement({ actions, resources })] }),
    },
  });
}

const templates = new Map<string, DeployedTemplate>();

/** The template of one stack, synthesized. */
export function templateOf(side: Side, declared: Declared): DeployedTemplate {
  const key = JSON.stringify([side.name, declared]);
  const known = templates.get(key);
  if (known) {
    return known;
  }
  const app = new App({ analyticsReporting: false, context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'Images');
  const share = side.declare(stack, declared);
  const other = new CfnResource(stack, 'Other', {
    type: 'Test::Failing',
    properties: { Fails: String(declared.otherFails ?? 'never'), Turn: declared.turn },
  });
  if (declared.otherFails === 'after') {
    other.node.addDependency(share);
  }
  const template = Template.fromStack(stack).toJSON() as DeployedTemplate;
  templates.set(key, template);
  return template;
}

/** The parameters that go with it. */
export function parametersOf({ byParameter, imageId, accountIds }: Declared): Record<string, string> {
  return byParameter
    ? { ImageId: imageId, ...Object.fromEntries(accountIds.map((id, index) => [`Account${index}`, id])) }
    : {};
}
