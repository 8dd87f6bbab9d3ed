import { type App, type Environment, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { Construct } from 'constructs';
import { optionStacks } from '../../../e2e/option-stacks';
import {
  WorkspaceBundleProvider,
  WorkspaceImageCopyProvider,
  WorkspaceImageShareProvider,
  type WorkspaceImageShareProviderProps,
} from '../../../lib';
import { newShare, newStack } from '../stacks';

const ANY_IMAGE = 'arn:<AWS::Partition>:workspaces:<AWS::Region>:<AWS::AccountId>:workspaceimage/*';
const ANY_BUNDLE = ANY_IMAGE.replace('workspaceimage', 'workspacebundle');
const ANY_SOURCE = 'arn:<AWS::Partition>:workspaces:*:*:workspaceimage/*';
const ALWAYS = [
  'IAMNoInlinePolicy',
  'LambdaAsyncFailureDestination',
  'LambdaConcurrency',
  'LambdaDLQ',
  'LambdaTracing',
];

const shareProvider = (stack: Stack, props?: WorkspaceImageShareProviderProps) =>
  new WorkspaceImageShareProvider(stack, 'Provider', props);

test.each<[string, string[], (stack: Stack) => Construct]>([
  [
    'shares images',
    [`IAM5[Resource::${ANY_IMAGE}]`, 'LambdaInsideVPC', 'CloudWatchLogGroupEncrypted'],
    shareProvider,
  ],
  [
    'shares images in a VPC',
    [`IAM5[Resource::${ANY_IMAGE}]`, 'IAM5[Resource::*]', 'LambdaStarPermissions'],
    (stack) => {
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1 });
      return shareProvider(stack, { vpc, logGroup: new LogGroup(stack, 'Audit') });
    },
  ],
  [
    'copies images',
    [
      `IAM5[Resource::${ANY_SOURCE}]`,
      'IAM5[Resource::*]',
      'LambdaStarPermissions',
      'LambdaInsideVPC',
      'CloudWatchLogGroupEncrypted',
    ],
    (stack) => new WorkspaceImageCopyProvider(stack, 'Provider'),
  ],
  [
    'copies images in a VPC',
    [`IAM5[Resource::${ANY_SOURCE}]`, 'IAM5[Resource::*]', 'LambdaStarPermissions'],
    (stack) => {
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1 });
      return new WorkspaceImageCopyProvider(stack, 'Provider', {
        vpc,
        logGroup: new LogGroup(stack, 'Audit'),
      });
    },
  ],
  [
    'creates bundles',
    [
      `IAM5[Resource::${ANY_BUNDLE}]`,
      `IAM5[Resource::${ANY_IMAGE}]`,
      'IAM5[Resource::*]',
      'LambdaStarPermissions',
      'LambdaInsideVPC',
      'CloudWatchLogGroupEncrypted',
    ],
    (stack) => new WorkspaceBundleProvider(stack, 'Provider'),
  ],
])(
  'only the rules that it breaks are acknowledged for the function that %s',
  (_name, further, providerIn) => {
    const provider = providerIn(newStack());
    const reasons: Record<string, string> = provider.node.metadata[0]?.data;
    const rules = Object.keys(reasons).map((id) =>
      id.replace(/^(AwsSolutions|NIST.800.53.R[45]|HIPAA.Security|PCI.DSS.321|Serverless)-/, ''),
    );
    expect([...new Set(rules)].sort()).toEqual([...ALWAYS, ...further].sort());
    expect(Object.values(reasons)).not.toContain('');
  },
);

/** More than cfn-lint checks, too. */
const stacks = [
  ...optionStacks,
  {
    what: 'a share with an imported log group',
    stackIn: (env?: Environment, app?: App) => {
      const stack = new Stack(app, 'Stack', { env });
      const logGroup = LogGroup.fromLogGroupName(stack, 'Audit', '/audit');
      newShare(stack, { provider: new WorkspaceImageShareProvider(stack, 'Provider', { logGroup }) });
      return stack;
    },
  },
];

const packs = [
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
];

const account = '999988887777';
const region = 'eu-central-1';
const environments = [undefined, { account, region }, { region }, { account }];

test.each(stacks.flatMap((stack) => environments.map((env) => ({ ...stack, env }))))(
  'the rule packs of cdk-nag find nothing in $what, for the environment $env, that is not acknowledged',
  ({ stackIn, env }) => {
    const stack = stackIn(env);
    const findings = packs.flatMap((Pack) =>
      new Pack()
        .validateScope(stack)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
        ),
    );
    expect(findings).toEqual([]);
  },
);
