import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { WorkspaceImageShareProvider, type WorkspaceImageShareProviderProps } from '../../../lib';
import { printedStatements } from '../../../lib/custom-resource/function-policy';
import { newShare, newStack, OTHER_IMAGE, outlivingTheShare, resources } from '../stacks';

const DESCRIPTION = 'Shares WorkSpaces images with other accounts, for CloudFormation custom resources';
const LOG_GROUP = 'WorkspaceImageShareFunctionLogGroup';

const NETWORK_INTERFACES = {
  Effect: 'Allow',
  Action: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
};

/** What the function may do. */
function policyDocument({ logGroup = LOG_GROUP, inVpc = false } = {}) {
  const place = [{ Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }];
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['workspaces:DescribeWorkspaceImagePermissions', 'workspaces:UpdateWorkspaceImagePermission'],
        Resource: {
          'Fn::Join': [
            '',
            ['arn:', { Ref: 'AWS::Partition' }, ':workspaces:', ...place, ':workspaceimage/*'],
          ],
        },
      },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
      },
      {
        Effect: 'Allow',
        Action: 'cloudformation:DescribeStackEvents',
        Resource: { Ref: 'AWS::StackId' },
      },
      ...(inVpc ? [NETWORK_INTERFACES] : []),
    ],
  };
}

/** A stack with a share, the provider of which has properties. */
function stackWith(props: (stack: Stack) => WorkspaceImageShareProviderProps, stack = newStack()): Stack {
  newShare(stack, { provider: new WorkspaceImageShareProvider(stack, 'Provider', props(stack)) });
  return stack;
}

function newRole(scope: Construct): iam.Role {
  return new iam.Role(scope, 'MyRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
}

function typesIn(stack: Stack): string[] {
  return Object.values(resources(stack)).map(({ Type }) => Type);
}

function functionsIn(stack: Stack): number {
  return typesIn(stack).filter((type) => type === 'AWS::Lambda::Function').length;
}

// The logical IDs are those of release 0.1.0. A ServiceToken cannot change: if the function had another logical ID,
// CloudFormation could not update a stack with a share.
test('the first share of a stack comes with a function, a role, a log group and an event invoke config', () => {
  const stack = newStack();
  newShare(stack);
  const { WorkspaceImageSharewsi8t4x2k9p7: _, ...others } = resources(stack);
  expect(others).toEqual({
    WorkspaceImageShareFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: expect.anything(),
        Description: DESCRIPTION,
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        MemorySize: 512,
        Timeout: 900,
        LoggingConfig: { LogGroup: { Ref: LOG_GROUP } },
        Role: { 'Fn::GetAtt': ['WorkspaceImageShareFunctionRole', 'Arn'] },
      },
      DependsOn: ['WorkspaceImageShareFunctionRole'],
    },
    WorkspaceImageShareFunctionInvocation: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'WorkspaceImageShareFunction' },
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: 300,
        MaximumRetryAttempts: 0,
      },
    },
    WorkspaceImageShareFunctionLogGroup: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: 365 },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    },
    WorkspaceImageShareFunctionRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Description: DESCRIPTION,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          ],
        },
        Policies: [{ PolicyName: 'ShareWorkspaceImages', PolicyDocument: policyDocument() }],
      },
    },
  });
});

describe('the runtime', () => {
  test('can be another Node.js', () => {
    const runtime = new lambda.Runtime('nodejs22.x', lambda.RuntimeFamily.NODEJS);
    const { WorkspaceImageShareFunction } = resources(stackWith(() => ({ runtime })));
    expect(WorkspaceImageShareFunction.Properties.Runtime).toBe('nodejs22.x');
  });

  test.each([lambda.Runtime.PYTHON_3_11, lambda.Runtime.NODEJS_18_X])(
    'cannot be another language, or older than Node.js 22: %s',
    (runtime) => {
      expect(() => stackWith(() => ({ runtime }))).toThrow(
        `The runtime ${runtime} of Stack/Provider is not supported. Use Node.js 22 or later, or leave out runtime.`,
      );
    },
  );
});

test('the asynchronous invocation of the function cannot be configured again', () => {
  const { handler } = new WorkspaceImageShareProvider(newStack(), 'Provider');
  expect(() => handler.configureAsyncInvoke({ retryAttempts: 2 })).toThrow('already');
});

test('the log group can be the one given', () => {
  const stack = stackWith((scope) => ({ logGroup: new logs.LogGroup(scope, 'Audit') }));
  const { Audit3D8ADE0A: _, ...all } = resources(stack);
  expect(all[LOG_GROUP]).toBeUndefined();
  expect(all.WorkspaceImageShareFunction.Properties.LoggingConfig.LogGroup).toEqual({
    Ref: 'Audit3D8ADE0A',
  });
  expect(all.WorkspaceImageShareFunctionRole.Properties.Policies[0].PolicyDocument).toEqual(
    policyDocument({ logGroup: 'Audit3D8ADE0A' }),
  );
});

describe('the role', () => {
  test('gets the permissions if it is one of the app, and the function depends on them', () => {
    const app = new App();
    const roles = new Stack(app, 'Roles');
    const stack = stackWith(() => ({ role: newRole(roles) }), new Stack(app, 'Stack'));
    const all = resources(stack);
    expect(all.WorkspaceImageShareFunctionRole).toBeUndefined();
    expect(all.WorkspaceImageShareFunctionPolicy).toEqual({
      Type: 'AWS::IAM::Policy',
      Properties: {
        // Another stack can use the role, too.
        PolicyName: {
          'Fn::Join': [
            '',
            ['WorkspaceImageShare-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }],
          ],
        },
        PolicyDocument: policyDocument(),
        Roles: [{ 'Fn::ImportValue': expect.stringMatching(/^Roles:/) }],
      },
    });
    expect(all.WorkspaceImageShareFunction.DependsOn).toEqual(['WorkspaceImageShareFunctionPolicy']);
  });

  test.each([
    [', with values for the placeholders in angle brackets', undefined],
    ['', { account: '999988887777', region: 'eu-west-1' }],
  ])('is not changed if it is imported, and a warning prints the statements%s', (placeholders, env) => {
    const stack = newStack(env);
    const role = iam.Role.fromRoleName(stack, 'R', 'R');
    const provider = new WorkspaceImageShareProvider(stack, 'Provider', { role });
    const statements = printedStatements(provider, provider.logGroup, false);
    expect(provider.node.metadata.map(({ data }) => data)).toContain(
      `The role Stack/R is imported, so its permissions are not changed. Before you deploy, let lambda.amazonaws.com assume the role and add these statements to its policies${placeholders}: ${statements} [ack: cdk-workspace-image-share:importedRole]`,
    );
    expect(typesIn(stack)).not.toContainEqual(expect.stringMatching(/^AWS::IAM/));
  });

  test('is left alone if its policies must not change', () => {
    const stack = stackWith((scope) => ({ role: newRole(scope).withoutPolicyUpdates() }));
    expect(typesIn(stack)).not.toContain('AWS::IAM::Policy');
  });

  test('gets the permissions if it is a LazyRole that nothing has used yet', () => {
    const stack = newStack();
    const assumedBy = new iam.ServicePrincipal('lambda.amazonaws.com');
    const role = new iam.LazyRole(stack, 'MyRole', { assumedBy });
    const provider = new WorkspaceImageShareProvider(stack, 'Provider', { role });
    newShare(stack, { provider });
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
    const all = resources(stack);
    expect(all.WorkspaceImageShareFunctionPolicy.Properties).toMatchObject({
      PolicyDocument: policyDocument(),
      Roles: [{ Ref: expect.stringMatching(/^MyRole/) }],
    });
    expect(all.WorkspaceImageShareFunction.DependsOn).toContain('WorkspaceImageShareFunctionPolicy');
  });

  describe('can be kept out of the template by Role.customizeRoles', () => {
    /** The statements that the CDK reports for the role of a provider. */
    function reported(stack: Stack, props: WorkspaceImageShareProviderProps = {}) {
      stackWith(() => props, stack);
      expect(typesIn(stack)).not.toContainEqual(expect.stringMatching(/^AWS::IAM/));
      const { directory } = (stack.node.root as App).synth();
      const { roles } = JSON.parse(readFileSync(join(directory, 'iam-policy-report.json'), 'utf8'));
      return roles[0].identityPolicyStatements;
    }

    const images = 'arn:(PARTITION):workspaces:(REGION):(ACCOUNT):workspaceimage/*';
    const stackEvents = 'arn:(PARTITION):cloudformation:(REGION):(ACCOUNT):stack/Stack/*';

    test.each<[string, string, (stack: Stack) => WorkspaceImageShareProviderProps]>([
      ['the role of the provider', 'Stack/Provider/Role', () => ({})],
      ['a role of the app', 'Stack/MyRole', (stack) => ({ role: newRole(stack) })],
    ])('and then the report has the statements of %s, without tokens', (_name, path, props) => {
      const stack = newStack();
      const usePrecreatedRoles = { [path]: 'existing-role' };
      iam.Role.customizeRoles(stack, { preventSynthesis: true, usePrecreatedRoles });
      const statements = reported(stack, props(stack));
      expect(statements.map(({ Resource }: { Resource: string }) => Resource)).toEqual([
        images,
        expect.stringMatching(/^\(Stack\/Provider\/LogGroup\/Resource\.Arn\)$/),
        stackEvents,
      ]);
      expect(JSON.stringify(statements)).not.toContain('Token[');
    });

    test('and the name of a nested stack is a placeholder', () => {
      const stack = new NestedStack(newStack(), 'Nested');
      iam.Role.customizeRoles(stack, {
        usePrecreatedRoles: { 'Stack/Nested/Provider/Role': 'existing-role' },
      });
      expect(reported(stack)[2].Resource).toBe(stackEvents.replace('/Stack/', '/(STACK_NAME)/'));
    });

    test('and only reported if they are synthesized, too', () => {
      const stack = newStack();
      iam.Role.customizeRoles(stack, { preventSynthesis: false });
      const all = resources(stackWith(() => ({}), stack));
      expect(all.WorkspaceImageShareFunctionRole.Properties.Policies[0].PolicyDocument).toEqual(
        policyDocument(),
      );
    });
  });

  test('receives the permissions that are granted to the provider', () => {
    const provider = new WorkspaceImageShareProvider(newStack(), 'Provider');
    expect(provider.grantPrincipal).toBe(provider.role);
  });
});

describe('in a VPC', () => {
  const { CLOUDFORMATION } = ec2.InterfaceVpcEndpointAwsService;

  test('the function has a security group and manages its network interfaces', () => {
    const stack = stackWith((scope) => ({ vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }) }));
    const all = resources(stack);
    expect(all.WorkspaceImageShareFunctionSecurityGroup.Properties).toMatchObject({
      GroupDescription: 'The function that shares WorkSpaces images with other accounts',
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }],
    });
    expect(all.WorkspaceImageShareFunction.Properties.VpcConfig).toEqual({
      SecurityGroupIds: [{ 'Fn::GetAtt': ['WorkspaceImageShareFunctionSecurityGroup', 'GroupId'] }],
      SubnetIds: [{ Ref: expect.stringMatching(/^VpcPrivateSubnet1/) }],
    });
    const role = all.WorkspaceImageShareFunctionRole.Properties;
    expect(role.Policies[0].PolicyDocument).toEqual(policyDocument({ inVpc: true }));
    expect(role.ManagedPolicyArns).toBeUndefined();
  });

  test('the share is deleted before the routes and the endpoints, also before those that are added later', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    const provider = new WorkspaceImageShareProvider(stack, 'Provider', { vpc });
    newShare(stack);
    const endpoint = vpc.addInterfaceEndpoint('Endpoint', { service: CLOUDFORMATION, open: false });
    endpoint.connections.allowDefaultPortFrom(provider);
    vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });

    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^VpcPrivateSubnet1DefaultRoute/),
        expect.stringMatching(/^VpcEndpoint[0-9A-F]{8}$/),
        expect.stringMatching(/^VpcEndpointSecurityGroupfrom.*443/),
        expect.stringMatching(/^VpcS3[0-9A-F]{8}$/),
      ]),
    );
  });

  test('a resource in the scope of the VPC can use the image of the share', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    const provider = new WorkspaceImageShareProvider(stack, 'Provider', { vpc });
    const { imageId } = newShare(stack, { provider });
    new CfnResource(vpc, 'Desktop', { type: 'Custom::Desktop', properties: { imageId } });
    const launchTemplate = { tagSpecifications: [{ tags: [{ key: 'Image', value: imageId }] }] };
    new ec2.CfnLaunchTemplate(vpc, 'Template', { launchTemplateData: launchTemplate });

    // Fails if the template has a dependency cycle.
    const network = Object.entries(resources(stack)).filter(
      ([id, { Type }]) =>
        id.startsWith('Vpc') && Type !== 'Custom::Desktop' && Type !== 'AWS::EC2::LaunchTemplate',
    );
    const ids = network.map(([id]) => id);
    expect(network.map(([, { Type }]) => Type)).toEqual(
      expect.arrayContaining(['AWS::EC2::NatGateway', 'AWS::EC2::Route', 'AWS::EC2::VPCGatewayAttachment']),
    );
    expect(outlivingTheShare(stack).filter((id) => id.startsWith('Vpc'))).toEqual(ids.sort());
  });

  test('the role, subnets and security groups are those given, and a group and an endpoint can allow each other', () => {
    const stack = newStack();
    const groups = ['One', 'Two'].map((name) => ({ name, subnetType: ec2.SubnetType.PRIVATE_ISOLATED }));
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, subnetConfiguration: groups });
    const mine = new ec2.SecurityGroup(stack, 'Mine', { vpc, allowAllOutbound: false });
    const endpoint = vpc.addInterfaceEndpoint('Endpoint', { service: CLOUDFORMATION, open: false });
    endpoint.connections.allowDefaultPortFrom(mine);
    mine.connections.allowTo(endpoint, ec2.Port.tcp(443));
    const vpcSubnets = { subnetGroupName: 'Two' };
    stackWith(() => ({ vpc, vpcSubnets, securityGroups: [mine], role: newRole(stack) }), stack);

    // Fails if the template has a dependency cycle.
    const all = resources(stack);
    expect(all.WorkspaceImageShareFunctionSecurityGroup).toBeUndefined();
    expect(all.WorkspaceImageShareFunction.Properties.VpcConfig).toEqual({
      SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'GroupId'] }],
      SubnetIds: [{ Ref: expect.stringMatching(/^VpcTwoSubnet1/) }],
    });
    expect(all.WorkspaceImageShareFunctionPolicy.Properties.PolicyDocument).toEqual(
      policyDocument({ inVpc: true }),
    );
    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^VpcEndpointSecurityGroupfromStackMine/),
        expect.stringMatching(/^MinetoStackVpcEndpoint/),
      ]),
    );
  });

  test('an empty list of security groups is none', () => {
    const stack = stackWith((scope) => ({
      vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }),
      securityGroups: [],
    }));
    expect(resources(stack).WorkspaceImageShareFunctionSecurityGroup).toBeDefined();
  });

  test('security groups require the VPC', () => {
    const securityGroups = (scope: Construct) => [ec2.SecurityGroup.fromSecurityGroupId(scope, 'S', 'sg-1')];
    expect(() => stackWith((scope) => ({ securityGroups: securityGroups(scope) }))).toThrow(/VPC|vpc/);
  });
});

describe('a stack', () => {
  test('has one provider, also for the shares that do not name it', () => {
    const stack = stackWith(() => ({}));
    newShare(stack, { imageId: OTHER_IMAGE }, 'Other');
    expect(functionsIn(stack)).toBe(1);
  });

  test('cannot have a second provider', () => {
    const stack = stackWith(() => ({}));
    expect(() => new WorkspaceImageShareProvider(stack, 'Two')).toThrow(
      'The stack Stack already has the provider Stack/Provider, so Stack/Two cannot be created. A stack has one provider: pass Stack/Provider to all shares of the stack.',
    );
  });

  test('cannot have a provider that is created after the first share', () => {
    const app = new App();
    newShare(new Stack(app, 'Other'));
    const stack = new Stack(app, 'Stack');
    newShare(stack);
    expect(() => new WorkspaceImageShareProvider(stack, 'Late')).toThrow(
      'Stack/Late is created after Stack/Golden, which already uses a provider with the defaults. A stack has one provider: create Stack/Late before the first share of the stack Stack.',
    );
    stack.node.tryRemoveChild('Golden');
    expect(() => new WorkspaceImageShareProvider(stack, 'Later')).toThrow(
      'is created after the first share, which',
    );
  });

  test('cannot use the provider of another stack', () => {
    const app = new App();
    const provider = new WorkspaceImageShareProvider(new Stack(app, 'One'), 'Provider');
    expect(() => newShare(new Stack(app, 'Two'), { provider })).toThrow(
      'Two/Golden and its provider One/Provider are in different stacks. Create a provider in the stack Two, or leave out provider.',
    );
  });

  test('has a provider of its own, also if it is nested', () => {
    const stack = newStack();
    const stacks = [stack, new NestedStack(stack, 'Nested'), new Stack(stack, 'Other')];
    for (const each of stacks) {
      newShare(each);
    }
    expect(stacks.map(functionsIn)).toEqual([1, 1, 1]);
  });

  test('can have another provider after the first was removed from the tree', () => {
    const stack = newStack();
    new WorkspaceImageShareProvider(stack, 'One');
    stack.node.tryRemoveChild('One');
    newShare(stack, { provider: new WorkspaceImageShareProvider(stack, 'Two') });
    expect(functionsIn(stack)).toBe(1);
  });
});
