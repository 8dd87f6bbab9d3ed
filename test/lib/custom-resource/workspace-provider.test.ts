import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  type IWorkspaceProvider,
  WorkspaceBundleProvider,
  WorkspaceImageCopyProvider,
  WorkspaceImageShareProvider,
  type WorkspaceProviderProps,
} from '../../../lib';
import { BUNDLES } from '../../../lib/bundle/workspace-bundle-provider';
import { COPIES } from '../../../lib/copy/workspace-image-copy-provider';
import { printedPolicy, statementsOf } from '../../../lib/custom-resource/function-policy';
import type { ProviderKind } from '../../../lib/custom-resource/provider-kind';
import { SHARES } from '../../../lib/share/workspace-image-share-provider';
import {
  IMAGE,
  type Json,
  newBundle,
  newCopy,
  newShare,
  newStack,
  OTHER_IMAGE,
  outliving,
  resources,
  warnings,
} from '../stacks';

interface Kind extends ProviderKind {
  readonly Provider: new (scope: Construct, id: string, props?: WorkspaceProviderProps) => IWorkspaceProvider;
  /** Creates a construct of the kind, with its image or bundle ID. */
  readonly use: (
    scope: Construct,
    provider?: IWorkspaceProvider,
    id?: string,
  ) => { readonly provider: IWorkspaceProvider; readonly made: string };
}

const shares: Kind = {
  ...SHARES,
  Provider: WorkspaceImageShareProvider,
  use: (scope, provider, id = 'Golden') => {
    const share = newShare(scope, { provider, imageId: id === 'Golden' ? IMAGE : OTHER_IMAGE }, id);
    return { provider: share.provider, made: share.imageId };
  },
};
const copies: Kind = {
  ...COPIES,
  Provider: WorkspaceImageCopyProvider,
  use: (scope, provider, id = 'Golden') => {
    const copy = newCopy(scope, { provider }, id);
    return { provider: copy.provider, made: copy.imageId };
  },
};
const bundles: Kind = {
  ...BUNDLES,
  Provider: WorkspaceBundleProvider,
  use: (scope, provider, id = 'Golden') => {
    const bundle = newBundle(scope, { provider }, id);
    return { provider: bundle.provider, made: bundle.bundleId };
  },
};

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

function newRole(scope: Construct): iam.Role {
  return new iam.Role(scope, 'MyRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
}

function typesIn(stack: Stack): string[] {
  return Object.values(resources(stack)).map(({ Type }) => Type);
}

function functionsIn(stack: Stack): number {
  return typesIn(stack).filter((type) => type === 'AWS::Lambda::Function').length;
}

describe.each([shares, copies, bundles])('the provider of $plural', (kind) => {
  const { construct, noun, plural, Provider, use } = kind;
  const type = `Custom::${construct}`;
  const FUNCTION = `${construct}Function`;

  /** A stack with a construct, the provider of which has properties. */
  function stackWith(props: (stack: Stack) => WorkspaceProviderProps, stack = newStack()): Stack {
    use(stack, new Provider(stack, 'Provider', props(stack)));
    return stack;
  }

  /** The statements of a role or policy. */
  function statementsOfRole({ Properties }: Json): Json[] {
    return Properties.Policies[0].PolicyDocument.Statement;
  }

  const defaults = () => statementsOfRole(resources(stackWith(() => ({})))[`${FUNCTION}Role`]);

  describe('runtime', () => {
    test('the runtime can be another Node.js', () => {
      const runtime = new lambda.Runtime('nodejs22.x', lambda.RuntimeFamily.NODEJS);
      const { [FUNCTION]: handler } = resources(stackWith(() => ({ runtime })));
      expect(handler.Properties.Runtime).toBe('nodejs22.x');
    });

    test.each([lambda.Runtime.PYTHON_3_11, lambda.Runtime.NODEJS_18_X, 'nodejs22.x' as never])(
      'the runtime cannot be another language, older than Node.js 22, or a name: %s',
      (runtime) => {
        expect(() => stackWith(() => ({ runtime }))).toThrow(
          `The runtime ${runtime} of Stack/Provider is not supported. Use a Runtime of Node.js 22 or later, or leave out runtime.`,
        );
      },
    );
  });

  test('a provider can be created without properties', () => {
    const stack = newStack();
    new Provider(stack, 'Provider', null as never);
    expect(functionsIn(stack)).toBe(1);
  });

  test('the asynchronous invocation of the function cannot be configured again', () => {
    const { handler } = new Provider(newStack(), 'Provider');
    expect(() => handler.configureAsyncInvoke({ retryAttempts: 1 })).toThrow('already');
  });

  test('the function uses the log group that is passed', () => {
    const stack = stackWith((scope) => ({ logGroup: new logs.LogGroup(scope, 'Audit') }));
    const { Audit3D8ADE0A: _, ...all } = resources(stack);
    expect(all[`${FUNCTION}LogGroup`]).toBeUndefined();
    expect(all[FUNCTION].Properties.LoggingConfig.LogGroup).toEqual({ Ref: 'Audit3D8ADE0A' });
    expect(statementsOfRole(all[`${FUNCTION}Role`])).toContainEqual(
      expect.objectContaining({ Resource: { 'Fn::GetAtt': ['Audit3D8ADE0A', 'Arn'] } }),
    );
  });

  describe('role', () => {
    test('a role of the app gets the permissions, and the function depends on them', () => {
      const app = new App();
      const roles = new Stack(app, 'Roles');
      const stack = stackWith(() => ({ role: newRole(roles) }), new Stack(app, 'Stack'));
      const all = resources(stack);
      expect(all[`${FUNCTION}Role`]).toBeUndefined();
      expect(all[`${FUNCTION}Policy`]).toEqual({
        Type: 'AWS::IAM::Policy',
        Properties: {
          // Another stack can use the role, too.
          PolicyName: {
            'Fn::Join': [
              '',
              [`${construct}-`, { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }],
            ],
          },
          PolicyDocument: { Version: '2012-10-17', Statement: defaults() },
          Roles: [{ 'Fn::ImportValue': expect.stringMatching(/^Roles:/) }],
        },
      });
      expect(all[FUNCTION].DependsOn).toEqual([`${FUNCTION}Policy`]);
    });

    test.each([
      [', with values for the placeholders in angle brackets', undefined],
      ['', { account: '999988887777', region: 'eu-west-1' }],
    ])('an imported role is not changed, and a warning prints the statements%s', (placeholders, env) => {
      const stack = newStack(env);
      const role = iam.Role.fromRoleName(stack, 'R', 'R');
      const provider = new Provider(stack, 'Provider', { role });
      const policy = printedPolicy(statementsOf(kind, false), stack, provider.logGroup, () => []);
      expect(warnings(stack)).toEqual([
        `/Stack/Provider: The role Stack/R is imported, so its permissions are not changed. Before you deploy, let lambda.amazonaws.com assume the role and add these statements to its policies${placeholders}: ${policy} [ack: cdk-workspace-image-share:importedRole]`,
      ]);
      expect(typesIn(stack)).not.toContainEqual(expect.stringMatching(/^AWS::IAM/));
    });

    test('a role whose policies must not change is left alone', () => {
      const stack = stackWith((scope) => ({ role: newRole(scope).withoutPolicyUpdates() }));
      expect(typesIn(stack)).not.toContain('AWS::IAM::Policy');
    });

    test('a LazyRole that nothing has used yet gets the permissions', () => {
      const stack = newStack();
      const assumedBy = new iam.ServicePrincipal('lambda.amazonaws.com');
      stackWith((scope) => ({ role: new iam.LazyRole(scope, 'MyRole', { assumedBy }) }), stack);
      expect(warnings(stack)).toEqual([]);
      const all = resources(stack);
      expect(all[`${FUNCTION}Policy`].Properties).toMatchObject({
        PolicyDocument: { Statement: defaults() },
        Roles: [{ Ref: expect.stringMatching(/^MyRole/) }],
      });
      expect(all[FUNCTION].DependsOn).toContain(`${FUNCTION}Policy`);
    });

    describe('Role.customizeRoles', () => {
      /** The statements that the CDK reports for the role of a provider. */
      function reported(stack: Stack, props: WorkspaceProviderProps = {}) {
        stackWith(() => props, stack);
        expect(typesIn(stack)).not.toContainEqual(expect.stringMatching(/^AWS::IAM/));
        const { directory } = (stack.node.root as App).synth();
        const { roles } = JSON.parse(readFileSync(join(directory, 'iam-policy-report.json'), 'utf8'));
        return roles[0].identityPolicyStatements;
      }

      const stackEvents = 'arn:(PARTITION):cloudformation:(REGION):(ACCOUNT):stack/Stack/*';

      test.each<[string, string, (stack: Stack) => WorkspaceProviderProps]>([
        ['the role of the provider', 'Stack/Provider/Role', () => ({})],
        ['a role of the app', 'Stack/MyRole', (stack) => ({ role: newRole(stack) })],
      ])(
        'the report has the statements of %s, which is not in the template, without tokens',
        (_name, path, props) => {
          const stack = newStack();
          iam.Role.customizeRoles(stack, {
            preventSynthesis: true,
            usePrecreatedRoles: { [path]: 'existing' },
          });
          const statements = reported(stack, props(stack));
          expect(statements.map(({ Resource }: Json) => Resource).slice(-2)).toEqual([
            '(Stack/Provider/LogGroup/Resource.Arn)',
            stackEvents,
          ]);
          expect(statements).toHaveLength(defaults().length);
          expect(JSON.stringify(statements)).not.toContain('Token[');
        },
      );

      test('the report has a placeholder for the name of a nested stack', () => {
        const stack = new NestedStack(newStack(), 'Nested');
        iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Nested/Provider/Role': 'existing' } });
        expect(reported(stack).pop().Resource).toBe(stackEvents.replace('/Stack/', '/(STACK_NAME)/'));
      });

      test('a role that is also synthesized has the statements of the template', () => {
        const stack = newStack();
        iam.Role.customizeRoles(stack, { preventSynthesis: false });
        const all = resources(stackWith(() => ({}), stack));
        expect(statementsOfRole(all[`${FUNCTION}Role`])).toEqual(defaults());
      });
    });

    test('the role receives the permissions that are granted to the provider', () => {
      const provider = new Provider(newStack(), 'Provider');
      expect(provider.grantPrincipal).toBe(provider.role);
    });
  });

  describe('VPC', () => {
    const { CLOUDFORMATION } = ec2.InterfaceVpcEndpointAwsService;

    test('the function in a VPC has a security group and manages its network interfaces', () => {
      const stack = stackWith((scope) => ({ vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }) }));
      const all = resources(stack);
      expect(all[`${FUNCTION}SecurityGroup`].Properties).toMatchObject({
        GroupDescription: kind.securityGroupDescription,
        SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }],
      });
      expect(all[FUNCTION].Properties.VpcConfig).toEqual({
        SecurityGroupIds: [{ 'Fn::GetAtt': [`${FUNCTION}SecurityGroup`, 'GroupId'] }],
        SubnetIds: [{ Ref: expect.stringMatching(/^VpcPrivateSubnet1/) }],
      });
      const role = all[`${FUNCTION}Role`];
      expect(statementsOfRole(role)).toEqual([...defaults(), NETWORK_INTERFACES]);
      expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    });

    test(`a ${noun} is deleted before the routes and the endpoints of the VPC, also before those that are added later`, () => {
      const stack = newStack();
      const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
      const provider = new Provider(stack, 'Provider', { vpc });
      use(stack);
      const endpoint = vpc.addInterfaceEndpoint('Endpoint', { service: CLOUDFORMATION, open: false });
      endpoint.connections.allowDefaultPortFrom(provider);
      vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });

      expect(outliving(stack, type)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^VpcPrivateSubnet1DefaultRoute/),
          expect.stringMatching(/^VpcEndpoint[0-9A-F]{8}$/),
          expect.stringMatching(/^VpcEndpointSecurityGroupfrom.*443/),
          expect.stringMatching(/^VpcS3[0-9A-F]{8}$/),
        ]),
      );
    });

    test('a resource in the scope of the VPC can use the image or bundle', () => {
      const stack = newStack();
      const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
      const { made } = use(stack, new Provider(stack, 'Provider', { vpc }));
      new CfnResource(vpc, 'Desktop', { type: 'Custom::Desktop', properties: { made } });
      const launchTemplate = { tagSpecifications: [{ tags: [{ key: 'Made', value: made }] }] };
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
      expect(outliving(stack, type).filter((id) => id.startsWith('Vpc'))).toEqual(ids.sort());
    });

    test('the role, subnets and groups are those passed, and a group and an endpoint can allow each other', () => {
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
      expect(all[`${FUNCTION}SecurityGroup`]).toBeUndefined();
      expect(all[FUNCTION].Properties.VpcConfig).toEqual({
        SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'GroupId'] }],
        SubnetIds: [{ Ref: expect.stringMatching(/^VpcTwoSubnet1/) }],
      });
      expect(all[`${FUNCTION}Policy`].Properties.PolicyDocument.Statement).toEqual([
        ...defaults(),
        NETWORK_INTERFACES,
      ]);
      expect(outliving(stack, type)).toEqual(
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
      expect(resources(stack)[`${FUNCTION}SecurityGroup`]).toBeDefined();
    });

    test('security groups require the VPC', () => {
      const groups = (scope: Construct) => [ec2.SecurityGroup.fromSecurityGroupId(scope, 'S', 'sg-1')];
      expect(() => stackWith((scope) => ({ securityGroups: groups(scope) }))).toThrow(/VPC|vpc/);
    });
  });

  describe('stack', () => {
    test(`a ${noun} that names no provider uses that of the stack`, () => {
      const stack = stackWith(() => ({}));
      use(stack, undefined, 'Other');
      expect(functionsIn(stack)).toBe(1);
    });

    test('a stack refuses a second provider', () => {
      const stack = stackWith(() => ({}));
      expect(() => new Provider(stack, 'Two')).toThrow(
        `The stack Stack already has the provider Stack/Provider, so Stack/Two cannot be created. A stack has one provider for ${plural}: pass Stack/Provider to all ${plural} of the stack.`,
      );
    });

    test(`a stack refuses a provider that is created after the first ${noun}`, () => {
      const app = new App();
      use(new Stack(app, 'Other'));
      const stack = new Stack(app, 'Stack');
      use(stack);
      expect(() => new Provider(stack, 'Late')).toThrow(
        `Stack/Late is created after Stack/Golden, which already uses a provider with the defaults. A stack has one provider for ${plural}: create Stack/Late before the first ${noun} of the stack Stack.`,
      );
      stack.node.tryRemoveChild('Golden');
      expect(() => new Provider(stack, 'Later')).toThrow(`is created after the first ${noun}, which`);
    });

    test(`a ${noun} refuses the provider of another stack`, () => {
      const app = new App();
      const provider = new Provider(new Stack(app, 'One'), 'Provider');
      expect(() => use(new Stack(app, 'Two'), provider)).toThrow(
        'Two/Golden and its provider One/Provider are in different stacks. Create a provider in the stack Two, or leave out provider.',
      );
    });

    test('a nested stack has a provider of its own', () => {
      const stack = newStack();
      const stacks = [stack, new NestedStack(stack, 'Nested'), new Stack(stack, 'Other')];
      for (const each of stacks) {
        use(each);
      }
      expect(stacks.map(functionsIn)).toEqual([1, 1, 1]);
    });

    test('a stack can have another provider after the first was removed from the tree', () => {
      const stack = newStack();
      new Provider(stack, 'One');
      stack.node.tryRemoveChild('One');
      use(stack, new Provider(stack, 'Two'));
      expect(functionsIn(stack)).toBe(1);
    });
  });

  describe('interface', () => {
    /** Another implementation of the interface, as an app can have it. */
    class Wrapper extends Construct implements IWorkspaceProvider {
      public readonly handler;
      public readonly logGroup;
      public readonly role;
      public readonly grantPrincipal;

      public constructor(
        scope: Construct,
        private readonly wrapped: IWorkspaceProvider,
      ) {
        super(scope, 'Wrapper');
        this.handler = wrapped.handler;
        this.logGroup = wrapped.logGroup;
        this.role = wrapped.role;
        this.grantPrincipal = wrapped.grantPrincipal;
      }

      public onFailure(id: string) {
        return this.wrapped.onFailure(id);
      }

      public get connections() {
        return this.wrapped.connections;
      }
    }

    test(`a ${noun} accepts an object that wraps a provider`, () => {
      const stack = newStack();
      const provider = new Wrapper(stack, new Provider(stack, 'Provider'));
      use(stack, provider);
      expect(resources(stack)).toEqual(resources(stackWith(() => ({}))));
    });

    test.each<[string, (stack: Stack) => unknown]>([
      ['an empty object', () => ({})],
      ['another function', () => ({ handler: {} })],
      ['the name of a function', () => ({ handler: 'function' })],
      ['a stack', (stack) => stack],
      [
        'a provider of the other kind',
        (stack) => new (kind === shares ? copies : shares).Provider(stack, 'Provider'),
      ],
    ])(`a ${noun} does not accept %s as its provider`, (_name, provider) => {
      const stack = newStack();
      expect(() => use(stack, provider(stack) as IWorkspaceProvider)).toThrow(
        `The provider of Stack/Golden is not one for ${plural}. Pass a ${construct}Provider, or leave out provider.`,
      );
    });
  });

  describe('onFailure', () => {
    const target = (stack: Stack) =>
      new LambdaFunction(
        lambda.Function.fromFunctionAttributes(stack, 'OnEvent', {
          functionArn: 'arn:aws:lambda:eu-west-1:999988887777:function:on-event',
          sameEnvironment: true,
        }),
      );

    test('a rule for failures matches stack, prefix and status, and has the options that are passed', () => {
      const stack = newStack();
      const provider = new Provider(stack, 'Provider');
      provider.onFailure('Any');
      provider.onFailure('Failed', { description: 'Page', target: target(stack) });
      const pattern = {
        source: ['aws.cloudformation'],
        'detail-type': ['CloudFormation Resource Status Change'],
        detail: {
          'stack-id': [{ Ref: 'AWS::StackId' }],
          'logical-resource-id': [{ prefix: construct }],
          'status-details': { status: ['CREATE_FAILED', 'UPDATE_FAILED', 'DELETE_FAILED'] },
        },
      };
      const rules = Object.values(resources(stack)).filter(({ Type }) => Type === 'AWS::Events::Rule');
      expect(rules.map(({ Properties }) => Properties)).toEqual([
        { EventPattern: pattern, State: 'ENABLED' },
        {
          Description: 'Page',
          EventPattern: pattern,
          State: 'ENABLED',
          Targets: [{ Id: 'Target0', Arn: 'arn:aws:lambda:eu-west-1:999988887777:function:on-event' }],
        },
      ]);
    });

    test.each(['before', 'after'])(
      `a rule that is defined %s a ${noun} exists, with the permission of its target, for as long as it`,
      (order) => {
        const stack = newStack();
        const provider = new Provider(stack, 'Provider');
        const steps = [() => use(stack), () => provider.onFailure('Failed', { target: target(stack) })];
        for (const step of order === 'after' ? steps : steps.reverse()) {
          step();
        }
        expect(outliving(stack, type)).toEqual(
          expect.arrayContaining([
            expect.stringMatching(/^ProviderFailed[0-9A-F]{8}$/),
            expect.stringMatching(/AllowEventRule/),
          ]),
        );
      },
    );

    test('the provider with the defaults defines rules, too', () => {
      const stack = newStack();
      use(stack).provider.onFailure('Failed');
      expect(outliving(stack, type)).toContainEqual(expect.stringMatching(`^Default${construct}.*Failed`));
    });
  });
});
