import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Tags } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { type WorkspaceImageCopy, WorkspaceImageCopyProvider } from '../../../lib';
import { type Json, newCopy, newShare, newStack, resources, warnings } from '../stacks';

const DESCRIPTION = 'Copies WorkSpaces images, for CloudFormation custom resources';
const LOG_GROUP = 'WorkspaceImageCopyFunctionLogGroup';

/** What the function may do. */
const POLICY_DOCUMENT = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'workspaces:CopyWorkspaceImage',
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':workspaces:*:*:workspaceimage/*']] },
    },
    { Effect: 'Allow', Action: ['workspaces:DescribeWorkspaceImages'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'workspaces:DeleteWorkspaceImage',
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': { Ref: 'AWS::Region' } } },
    },
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [LOG_GROUP, 'Arn'] },
    },
    {
      Effect: 'Allow',
      Action: 'cloudformation:DescribeStackEvents',
      Resource: { Ref: 'AWS::StackId' },
    },
  ],
};

function withoutCustomResources(stack: Stack): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(resources(stack)).filter(([, { Type }]) => !Type.startsWith('Custom::')),
  );
}

// The logical IDs must never change: CloudFormation cannot update a custom resource with another ServiceToken.
test('the first copy of a stack comes with a function, a role, a log group and an event invoke config', () => {
  const stack = newStack();
  newCopy(stack);
  expect(withoutCustomResources(stack)).toEqual({
    WorkspaceImageCopyFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: expect.anything(),
        Description: DESCRIPTION,
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        MemorySize: 512,
        Timeout: 900,
        LoggingConfig: { LogGroup: { Ref: LOG_GROUP } },
        Role: { 'Fn::GetAtt': ['WorkspaceImageCopyFunctionRole', 'Arn'] },
      },
      DependsOn: ['WorkspaceImageCopyFunctionRole'],
    },
    WorkspaceImageCopyFunctionInvocation: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'WorkspaceImageCopyFunction' },
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: 2_400,
        MaximumRetryAttempts: 2,
      },
    },
    WorkspaceImageCopyFunctionLogGroup: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: 365 },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    },
    WorkspaceImageCopyFunctionRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Description: DESCRIPTION,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          ],
        },
        Policies: [{ PolicyName: 'CopyWorkspaceImages', PolicyDocument: POLICY_DOCUMENT }],
      },
    },
  });
});

test('the function of a stack with an environment deletes images in its Region only', () => {
  const stack = newStack({ account: '999988887777', region: 'eu-west-1' });
  newCopy(stack);
  const { Policies } = resources(stack).WorkspaceImageCopyFunctionRole.Properties;
  expect(Policies[0].PolicyDocument.Statement[2].Condition).toEqual({
    StringEquals: { 'aws:RequestedRegion': 'eu-west-1' },
  });
});

test('the functions for copies and for shares are two, with different code', () => {
  const stack = newStack();
  newCopy(stack);
  newShare(stack);
  const { WorkspaceImageCopyFunction: copies, WorkspaceImageShareFunction: shares } = resources(stack);
  expect(copies.Properties.Code.S3Key).not.toEqual(shares.Properties.Code.S3Key);
});

describe('the permission to tag images', () => {
  const NONE = { Effect: 'Allow', Action: ['workspaces:DescribeWorkspaceImages'], Resource: '*' };
  const TAGS = { ...NONE, Action: [...NONE.Action, 'workspaces:CreateTags'] };

  /** What the function may do with any image. */
  function statementIn(stack: Stack): Json {
    const { Properties } = resources(stack).WorkspaceImageCopyFunctionRole;
    return Properties.Policies[0].PolicyDocument.Statement[1];
  }

  test.each<[string, (copy: WorkspaceImageCopy, stack: Stack) => void, Json]>([
    ['is in the policy if the copy is tagged', (copy) => Tags.of(copy).add('team', 'desktops'), TAGS],
    ['is in the policy if the stack is tagged', (_, stack) => Tags.of(stack).add('team', 'desktops'), TAGS],
    ['is in the policy if the app is tagged', ({ node }) => Tags.of(node.root).add('team', 'desktops'), TAGS],
    [
      'is in the policy if the tag manager of the copy has tags',
      ({ tags }) => tags.setTag('team', 'desktops'),
      TAGS,
    ],
    ['is not in the policy if there are no tags', () => undefined, NONE],
    [
      'is not in the policy if only the function is tagged',
      ({ provider }) => Tags.of(provider).add('team', 'desktops'),
      NONE,
    ],
    [
      'is not in the policy if the copy was removed from the tree',
      (copy, stack) => {
        copy.tags.setTag('team', 'desktops');
        stack.node.tryRemoveChild('Copied');
      },
      NONE,
    ],
  ])('the permission to tag images %s', (_name, tag, expected) => {
    const stack = new Stack(new App(), 'Stack');
    newCopy(stack, {}, 'Other');
    tag(newCopy(stack), stack);
    expect(statementIn(stack)).toEqual(expected);
  });

  test.each([
    ['with tags', true],
    ['without tags', false],
  ])(
    'the warning about an imported role prints the permission to tag only if there are tags: %s',
    (_name, tagged) => {
      const stack = newStack();
      const role = Role.fromRoleName(stack, 'Role', 'role');
      new WorkspaceImageCopyProvider(stack, 'Provider', { role });
      if (tagged) {
        Tags.of(newCopy(stack)).add('team', 'desktops');
      }
      const [warning] = warnings(stack);
      expect(warning.includes('"workspaces:CreateTags"')).toBe(tagged);
      expect(warning).not.toContain('Token[');
    },
  );

  test('the report of Role.customizeRoles has the permission to tag, because it does not know the tags', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    Role.customizeRoles(stack);
    newCopy(stack);
    const report = readFileSync(join(app.synth().directory, 'iam-policy-report.json'), 'utf8');
    expect(report).toContain('"workspaces:CreateTags"');
  });
});
