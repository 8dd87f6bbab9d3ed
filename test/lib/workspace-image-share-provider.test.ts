import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  WorkspaceImageShare,
  WorkspaceImageShareProvider,
  type WorkspaceImageShareProviderProps,
} from '../../lib';
import { ACCOUNTS, IMAGE, type Json, newStack, OTHER_IMAGE, outlivingTheShare, resources } from './stacks';

const ANY_IMAGE = (region: Json = { Ref: 'AWS::Region' }, account: Json = { Ref: 'AWS::AccountId' }) => {
  const parts = [
    'arn:',
    { Ref: 'AWS::Partition' },
    ':workspaces:',
    region,
    ':',
    account,
    ':workspaceimage/*',
  ];
  const merged: Json[] = [];
  for (const part of parts) {
    const last = merged.length - 1;
    if (typeof part === 'string' && typeof merged[last] === 'string') {
      merged[last] += part;
    } else {
      merged.push(part);
    }
  }
  return { 'Fn::Join': ['', merged] };
};
const MAY_SHARE = {
  Action: ['workspaces:DescribeWorkspaceImagePermissions', 'workspaces:UpdateWorkspaceImagePermission'],
  Effect: 'Allow',
  Resource: ANY_IMAGE(),
};
const mayLog = (logGroup: Json) => ({
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Effect: 'Allow',
  Resource: logGroup,
});
const MAY_READ_STACK_EVENTS = {
  Action: 'cloudformation:DescribeStackEvents',
  Effect: 'Allow',
  Resource: { Ref: 'AWS::StackId' },
};
const OWN_LOG_GROUP = { 'Fn::GetAtt': ['WorkspaceImageShareFunctionLogGroup', 'Arn'] };
const NETWORK_INTERFACES = {
  Action: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Effect: 'Allow',
  Resource: '*',
};

function stackWith(props?: (stack: Stack) => WorkspaceImageShareProviderProps, stack = newStack()): Stack {
  const provider = props && new WorkspaceImageShareProvider(stack, 'Provider', props(stack));
  new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, provider });
  return stack;
}

const statements = (role: Json) =>
  role.Properties.Policies.flatMap((policy: Json) => policy.PolicyDocument.Statement);

describe('logical IDs', () => {
  // Stacks that were deployed with release 0.1.0 have these. A ServiceToken cannot change: if the function had another
  // logical ID, CloudFormation could not update a stack with a share.
  const RELEASE_0_1_0 = {
    WorkspaceImageShareFunction: 'AWS::Lambda::Function',
    WorkspaceImageShareFunctionInvocation: 'AWS::Lambda::EventInvokeConfig',
    WorkspaceImageShareFunctionLogGroup: 'AWS::Logs::LogGroup',
    WorkspaceImageShareFunctionRole: 'AWS::IAM::Role',
  };
  const typesOf = (stack: Stack) =>
    Object.fromEntries(
      Object.entries(resources(stack))
        .filter(([id]) => id.startsWith('WorkspaceImageShareFunction'))
        .map(([id, { Type }]) => [id, Type]),
    );

  test('are those of release 0.1.0, for the default provider', () => {
    expect(typesOf(stackWith())).toEqual(RELEASE_0_1_0);
  });

  test('are those of release 0.1.0, for a provider of any name and place', () => {
    const stack = newStack();
    const provider = new WorkspaceImageShareProvider(new Construct(stack, 'Deep'), 'Renamed');
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, provider });
    expect(typesOf(stack)).toEqual(RELEASE_0_1_0);
  });

  test('are those of release 0.1.0, for all resources that a provider can create', () => {
    const stack = stackWith((scope) => ({
      vpc: new ec2.Vpc(scope, 'Vpc'),
      role: new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
    }));
    const { WorkspaceImageShareFunctionRole: _, ...made } = RELEASE_0_1_0;
    expect(typesOf(stack)).toEqual({
      ...made,
      WorkspaceImageShareFunctionPolicy: 'AWS::IAM::Policy',
      WorkspaceImageShareFunctionSecurityGroup: 'AWS::EC2::SecurityGroup',
    });
  });
});

describe('the function', () => {
  test('is the bundled handler, with a timeout for long lists', () => {
    expect(resources(stackWith()).WorkspaceImageShareFunction.Properties).toMatchObject({
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      MemorySize: 512,
      Timeout: 900,
      LoggingConfig: { LogGroup: { Ref: 'WorkspaceImageShareFunctionLogGroup' } },
      Role: { 'Fn::GetAtt': ['WorkspaceImageShareFunctionRole', 'Arn'] },
    });
  });

  test.each([
    ['another Node.js', new lambda.Runtime('nodejs22.x', lambda.RuntimeFamily.NODEJS), 'nodejs22.x'],
    ['a later Node.js', new lambda.Runtime('nodejs26.x', lambda.RuntimeFamily.NODEJS), 'nodejs26.x'],
  ])('runs on %s if its runtime is chosen', (_name, runtime, expected) => {
    const { Properties } = resources(stackWith(() => ({ runtime }))).WorkspaceImageShareFunction;
    expect(Properties.Runtime).toBe(expected);
  });

  test('is refused on the runtime of another language', () => {
    const inPython = () => stackWith(() => ({ runtime: lambda.Runtime.PYTHON_3_11 }));
    expect(inPython).toThrow(/python3.11 of Stack\/Provider is not a Node.js runtime/);
  });

  test('can be referred to as the handler of the provider', () => {
    const stack = newStack();
    const { handler } = new WorkspaceImageShareProvider(stack, 'Provider');
    expect(stack.resolve(handler.functionArn)).toEqual({
      'Fn::GetAtt': ['WorkspaceImageShareFunction', 'Arn'],
    });
  });

  test('can be granted permissions through the provider', () => {
    const stack = newStack();
    const provider = new WorkspaceImageShareProvider(stack, 'Provider');
    const logGroup = new logs.LogGroup(stack, 'Other');
    logGroup.grantWrite(provider);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: 'WorkspaceImageShareFunctionRole' }],
    });
  });

  test('is not retried, and does not receive events older than five minutes', () => {
    expect(resources(stackWith()).WorkspaceImageShareFunctionInvocation.Properties).toEqual({
      FunctionName: { Ref: 'WorkspaceImageShareFunction' },
      Qualifier: '$LATEST',
      MaximumEventAgeInSeconds: 300,
      MaximumRetryAttempts: 0,
    });
  });
});

function importedRoleWarning(stack: Stack): string {
  // Annotations.fromStack does not support nested stacks.
  const messages = stack.node.findAll().flatMap(({ node }) => node.metadata.map(({ data }) => String(data)));
  return messages.find((message) => message.includes('importedRole')) ?? '';
}

function printedStatements(stack: Stack): Json {
  const message = importedRoleWarning(stack);
  return JSON.parse(message.slice(message.indexOf('['), message.lastIndexOf('[ack')));
}

describe('permissions', () => {
  test('allow sharing images of this account and Region, writing the log and reading the stack’s events, nothing else', () => {
    const role = resources(stackWith()).WorkspaceImageShareFunctionRole;
    expect(statements(role)).toEqual([MAY_SHARE, mayLog(OWN_LOG_GROUP), MAY_READ_STACK_EVENTS]);
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    Template.fromStack(stackWith()).resourceCountIs('AWS::IAM::Policy', 0);
  });

  test.each(['eu-west-1', 'cn-northwest-1', 'us-gov-west-1', 'us-iso-east-1'])(
    'in %s are for the partition of the deployment',
    (region) => {
      const stack = stackWith(undefined, newStack('Stack', { account: '999999999999', region }));
      const role = resources(stack).WorkspaceImageShareFunctionRole;
      expect(statements(role)[0].Resource).toEqual(ANY_IMAGE(region, '999999999999'));
      expect(JSON.stringify(role)).not.toMatch(/arn:aws/);
    },
  );

  test('of a role of this app are added to it, and the share depends on them', () => {
    const stack = stackWith((scope) => ({
      role: new iam.Role(scope, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
    }));
    const all = resources(stack);
    expect(all.WorkspaceImageShareFunctionPolicy.Properties).toMatchObject({
      PolicyDocument: { Statement: [MAY_SHARE, mayLog(OWN_LOG_GROUP), MAY_READ_STACK_EVENTS] },
      Roles: [{ Ref: expect.stringMatching(/^Mine/) }],
    });
    expect(all.WorkspaceImageShareFunction.DependsOn).toContain('WorkspaceImageShareFunctionPolicy');
    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining(['WorkspaceImageShareFunctionPolicy', expect.stringMatching(/^Mine/)]),
    );
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 1);
  });

  test('of a role of another stack are added in the stack of the share', () => {
    const app = new App();
    const roles = newStack('Roles', undefined, app);
    const role = new iam.Role(roles, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const stack = stackWith(() => ({ role }), newStack('Stack', undefined, app));
    expect(resources(stack).WorkspaceImageShareFunctionPolicy).toBeDefined();
    expect(Object.keys(resources(roles))).toHaveLength(1);
  });

  test.each([
    [
      'imported by its ARN',
      (scope: Construct) => iam.Role.fromRoleArn(scope, 'R', 'arn:aws:iam::111122223333:role/R'),
    ],
    ['imported by its name', (scope: Construct) => iam.Role.fromRoleName(scope, 'R', 'R')],
  ])('of a role %s are printed, and the role is not changed', (_name, importRole) => {
    const stack = stackWith((scope) => ({ role: importRole(scope) }));
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 0);

    expect(importedRoleWarning(stack)).toContain('The role Stack/R is imported');
    expect(importedRoleWarning(stack)).toContain('placeholders in angle brackets');
    expect(printedStatements(stack)).toEqual([
      { ...MAY_SHARE, Resource: 'arn:<PARTITION>:workspaces:<REGION>:<ACCOUNT>:workspaceimage/*' },
      mayLog(
        'arn:<PARTITION>:logs:<REGION>:<ACCOUNT>:log-group:Stack-WorkspaceImageShareFunctionLogGroup-*:*',
      ),
      {
        ...MAY_READ_STACK_EVENTS,
        Resource: 'arn:<PARTITION>:cloudformation:<REGION>:<ACCOUNT>:stack/Stack/*',
      },
    ]);
  });

  test.each<[string, (stack: Stack) => logs.ILogGroup | undefined, string]>([
    ['of the provider', () => undefined, 'Stack-WorkspaceImageShareFunctionLogGroup-*'],
    ['of the app', (stack) => new logs.LogGroup(stack, 'Audit'), 'Stack-Audit*-*'],
    ['with a name', (stack) => new logs.LogGroup(stack, 'Audit', { logGroupName: '/audit' }), '/audit'],
    ['imported by its name', (stack) => logs.LogGroup.fromLogGroupName(stack, 'Audit', '/audit'), '/audit'],
    [
      'imported by its ARN',
      (stack) =>
        logs.LogGroup.fromLogGroupArn(
          stack,
          'Audit',
          'arn:aws-cn:logs:cn-northwest-1:999988887777:log-group:/audit',
        ),
      '/audit',
    ],
  ])(
    'of an imported role are printed with the values of the environment and the log group %s',
    (_name, logGroupIn, name) => {
      const env = { account: '999988887777', region: 'cn-northwest-1' };
      const stack = newStack('Stack', env);
      const role = iam.Role.fromRoleName(stack, 'R', 'R');
      stackWith(() => ({ role, logGroup: logGroupIn(stack) }), stack);

      const place = 'cn-northwest-1:999988887777';
      const [share, log, events] = printedStatements(stack);
      expect(share.Resource).toBe(`arn:aws-cn:workspaces:${place}:workspaceimage/*`);
      expect(log.Resource.replace(/Audit[0-9A-F]{8}/, 'Audit*')).toBe(
        `arn:aws-cn:logs:${place}:log-group:${name}:*`,
      );
      expect(events.Resource).toBe(`arn:aws-cn:cloudformation:${place}:stack/Stack/*`);
      expect(importedRoleWarning(stack)).not.toContain('placeholders');
    },
  );

  test('of an imported role are printed without the generated name of a nested stack', () => {
    const nested = new NestedStack(newStack(), 'Nested');
    stackWith(() => ({ role: iam.Role.fromRoleName(nested, 'R', 'R') }), nested);
    expect(printedStatements(nested)[2].Resource).toMatch(/:stack\/<STACK_NAME>\/\*$/);
  });

  test('of a role that Role.customizeRoles keeps out of the template cause no failure', () => {
    const stack = newStack();
    iam.Role.customizeRoles(stack, {
      preventSynthesis: true,
      usePrecreatedRoles: { 'Stack/DefaultWorkspaceImageShareProvider/Role': 'existing-role' },
    });
    Template.fromStack(stackWith(undefined, stack)).resourceCountIs('AWS::IAM::Role', 0);
  });
});

describe('the log group', () => {
  test('is deleted with the stack, and keeps logs for a year', () => {
    expect(resources(stackWith()).WorkspaceImageShareFunctionLogGroup).toMatchObject({
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: { RetentionInDays: 365 },
    });
  });

  test('can be the user’s own, and the share depends on it', () => {
    const stack = stackWith((scope) => ({
      logGroup: new logs.LogGroup(scope, 'Audit', { removalPolicy: RemovalPolicy.RETAIN }),
    }));
    const all = resources(stack);
    const [audit] = Object.keys(all).filter((id) => id.startsWith('Audit'));
    expect(all[audit].DeletionPolicy).toBe('Retain');
    expect(all.WorkspaceImageShareFunction.Properties.LoggingConfig).toEqual({ LogGroup: { Ref: audit } });
    expect(statements(all.WorkspaceImageShareFunctionRole)[1]).toEqual(
      mayLog({ 'Fn::GetAtt': [audit, 'Arn'] }),
    );
    expect(outlivingTheShare(stack)).toContain(audit);
    Template.fromStack(stack).resourceCountIs('AWS::Logs::LogGroup', 1);
  });

  test('can be imported: the permissions are for its log streams only', () => {
    const stack = stackWith((scope) => ({
      logGroup: logs.LogGroup.fromLogGroupArn(
        scope,
        'L',
        'arn:aws:logs:eu-west-1:111122223333:log-group:audit',
      ),
    }));
    expect(statements(resources(stack).WorkspaceImageShareFunctionRole)[1]).toEqual(
      mayLog('arn:aws:logs:eu-west-1:111122223333:log-group:audit:*'),
    );
  });
});

describe('in a VPC', () => {
  test('the function can manage its network interfaces, and has a security group', () => {
    const all = resources(stackWith((scope) => ({ vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }) })));
    expect(statements(all.WorkspaceImageShareFunctionRole)).toEqual([
      MAY_SHARE,
      mayLog(OWN_LOG_GROUP),
      MAY_READ_STACK_EVENTS,
      NETWORK_INTERFACES,
    ]);
    expect(all.WorkspaceImageShareFunctionRole.Properties.ManagedPolicyArns).toBeUndefined();
    expect(all.WorkspaceImageShareFunction.Properties.VpcConfig).toEqual({
      SecurityGroupIds: [{ 'Fn::GetAtt': ['WorkspaceImageShareFunctionSecurityGroup', 'GroupId'] }],
      SubnetIds: [{ Ref: expect.stringMatching(/^VpcPrivateSubnet1/) }],
    });
  });

  test('the share is deleted before the routes that it needs', () => {
    const stack = stackWith((scope) => ({ vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }) }));
    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining([
        'WorkspaceImageShareFunctionSecurityGroup',
        expect.stringMatching(/^VpcPrivateSubnet1DefaultRoute/),
      ]),
    );
  });

  test('the share is deleted before the endpoints in the VPC’s scope, also before those added later', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 });
    stackWith(() => ({ vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } }), stack);
    const services = ec2.InterfaceVpcEndpointAwsService;
    vpc.addInterfaceEndpoint('CloudFormation', { service: services.CLOUDFORMATION });
    vpc.addInterfaceEndpoint('WorkSpaces', { service: new services('workspaces') });
    vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^VpcCloudFormation[0-9A-F]{8}$/),
        expect.stringMatching(/^VpcWorkSpaces[0-9A-F]{8}$/),
        expect.stringMatching(/^VpcS3[0-9A-F]{8}$/),
      ]),
    );
  });

  test('an endpoint and a security group that allow each other cause no dependency cycle', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 });
    const mine = new ec2.SecurityGroup(stack, 'Mine', { vpc });
    const endpoint = vpc.addInterfaceEndpoint('CloudFormation', {
      service: ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
      open: false,
    });
    endpoint.connections.allowDefaultPortFrom(mine);
    mine.connections.allowTo(endpoint, ec2.Port.tcp(443));
    stackWith(
      () => ({
        vpc,
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        securityGroups: [mine],
      }),
      stack,
    );
    // Template.fromStack refuses a template with a cycle.
    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^VpcCloudFormationSecurityGroupfromStackMine/)]),
    );
  });

  test('subnets and security groups are the ones given', () => {
    const stack = stackWith((scope) => {
      const vpc = new ec2.Vpc(scope, 'Vpc', {
        maxAzs: 1,
        subnetConfiguration: [
          { name: 'Public', subnetType: ec2.SubnetType.PUBLIC },
          { name: 'One', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
          { name: 'Two', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
        ],
      });
      const securityGroups = [new ec2.SecurityGroup(scope, 'Mine', { vpc })];
      return { vpc, vpcSubnets: { subnetGroupName: 'Two' }, securityGroups };
    });
    const all = resources(stack);
    expect(all.WorkspaceImageShareFunctionSecurityGroup).toBeUndefined();
    expect(all.WorkspaceImageShareFunction.Properties.VpcConfig).toEqual({
      SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'GroupId'] }],
      SubnetIds: [{ Ref: expect.stringMatching(/^VpcTwoSubnet1/) }],
    });
    expect(outlivingTheShare(stack)).toEqual(expect.arrayContaining([expect.stringMatching(/^Mine/)]));
  });

  test('the provider can be allowed to use an endpoint', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
    const provider = new WorkspaceImageShareProvider(stack, 'Provider', { vpc });
    const endpoint = vpc.addInterfaceEndpoint('CloudFormation', {
      service: ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
      open: false,
    });
    endpoint.connections.allowDefaultPortFrom(provider);
    stackWith(undefined, stack);

    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 443,
      SourceSecurityGroupId: { 'Fn::GetAtt': ['WorkspaceImageShareFunctionSecurityGroup', 'GroupId'] },
    });
    expect(outlivingTheShare(stack)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^VpcCloudFormationSecurityGroupfrom/)]),
    );
  });

  test('security groups without a VPC are refused', () => {
    const securityGroups = (scope: Construct) => [ec2.SecurityGroup.fromSecurityGroupId(scope, 'S', 'sg-1')];
    expect(() => stackWith((scope) => ({ securityGroups: securityGroups(scope) }))).toThrow(/VPC|vpc/);
  });
});

describe('teardown', () => {
  test('deletes the share before its role, log group, function and event invoke config', () => {
    expect(outlivingTheShare(stackWith())).toEqual([
      'WorkspaceImageShareFunction',
      'WorkspaceImageShareFunctionInvocation',
      'WorkspaceImageShareFunctionLogGroup',
      'WorkspaceImageShareFunctionRole',
    ]);
  });
});

describe('one provider per stack', () => {
  test('a second one is refused, with both paths and the fix', () => {
    const stack = newStack();
    new WorkspaceImageShareProvider(stack, 'One');
    expect(() => new WorkspaceImageShareProvider(stack, 'Two')).toThrow(
      /stack Stack already has the provider Stack\/One, so Stack\/Two cannot.*pass Stack\/One/,
    );
  });

  test('one that is created after the first share is refused, with what to move', () => {
    const late = () => new WorkspaceImageShareProvider(stackWith(), 'Late');
    expect(late).toThrow(
      /Stack\/Late is created after Stack\/Golden,.*create Stack\/Late before the first share/,
    );
    expect(late).not.toThrow('DefaultWorkspaceImageShareProvider');
  });

  test('is also used by the shares that do not name it', () => {
    const stack = stackWith(() => ({}));
    new WorkspaceImageShare(stack, 'Other', { imageId: OTHER_IMAGE, accountIds: ACCOUNTS });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('other stacks and nested stacks have their own', () => {
    const app = new App();
    const stack = stackWith(undefined, newStack('Stack', undefined, app));
    const nested = stackWith(undefined, new NestedStack(stack, 'Nested'));
    const other = stackWith(undefined, newStack('Other', undefined, app));
    for (const each of [stack, nested, other]) {
      Template.fromStack(each).resourceCountIs('AWS::Lambda::Function', 1);
    }
  });

  test('a provider of another stack is refused, with both paths and the fix', () => {
    const app = new App();
    const provider = new WorkspaceImageShareProvider(newStack('One', undefined, app), 'Provider');
    const share = () =>
      new WorkspaceImageShare(newStack('Two', undefined, app), 'Golden', {
        imageId: IMAGE,
        accountIds: ACCOUNTS,
        provider,
      });
    expect(share).toThrow(/Two\/Golden .*One\/Provider.*Create a provider in the stack Two/);
  });

  test('another one is allowed after the first was removed from the tree', () => {
    const stack = newStack();
    new WorkspaceImageShareProvider(stack, 'One');
    stack.node.tryRemoveChild('One');
    new WorkspaceImageShareProvider(stack, 'Two');
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });
});

test('an aspect sees the custom resource as the default child of the share', () => {
  const stack = stackWith();
  const seen: unknown[] = [];
  Aspects.of(stack).add({
    visit: (node) => {
      seen.push(...(node instanceof WorkspaceImageShare ? [node.node.defaultChild] : []));
    },
  });
  Template.fromStack(stack);
  expect(seen.map(CfnResource.isCfnResource)).toEqual([true]);
});
