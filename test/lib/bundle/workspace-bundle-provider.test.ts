import type { Stack } from 'aws-cdk-lib';
import { WorkspaceBundleProvider } from '../../../lib';
import { type Json, newBundle, newCopy, newShare, newStack, resources } from '../stacks';

const DESCRIPTION = 'Creates WorkSpaces bundles, for CloudFormation custom resources';
const LOG_GROUP = 'WorkspaceBundleFunctionLogGroup';

const any = (type: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':workspaces:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:${type}/*`,
    ],
  ],
});

/** What the function may do. */
const POLICY_DOCUMENT = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['workspaces:CreateWorkspaceBundle', 'workspaces:UpdateWorkspaceBundle'],
      Resource: [any('workspacebundle'), any('workspaceimage')],
    },
    { Effect: 'Allow', Action: 'workspaces:DeleteWorkspaceBundle', Resource: any('workspacebundle') },
    { Effect: 'Allow', Action: ['workspaces:DescribeWorkspaceBundles'], Resource: '*' },
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

/** The resources of the bundle's function by logical ID. */
function resourcesOfFunction(stack: Stack): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(resources(stack)).filter(([id]) => id.startsWith('WorkspaceBundleFunction')),
  );
}

// The logical IDs must never change: CloudFormation cannot update a custom resource with another ServiceToken.
test('the first bundle of a stack comes with a function, a role, a log group and an event invoke config', () => {
  const stack = newStack();
  newBundle(stack);
  expect(resourcesOfFunction(stack)).toEqual({
    WorkspaceBundleFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: expect.anything(),
        Description: DESCRIPTION,
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        MemorySize: 512,
        Timeout: 900,
        LoggingConfig: { LogGroup: { Ref: LOG_GROUP } },
        Role: { 'Fn::GetAtt': ['WorkspaceBundleFunctionRole', 'Arn'] },
      },
      DependsOn: ['WorkspaceBundleFunctionRole'],
    },
    WorkspaceBundleFunctionInvocation: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'WorkspaceBundleFunction' },
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: 2_400,
        MaximumRetryAttempts: 2,
      },
    },
    WorkspaceBundleFunctionLogGroup: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: 365 },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    },
    WorkspaceBundleFunctionRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Description: DESCRIPTION,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          ],
        },
        Policies: [{ PolicyName: 'CreateWorkspaceBundles', PolicyDocument: POLICY_DOCUMENT }],
      },
    },
  });
});

test('the functions for shares, copies and bundles are three, and only that for bundles may change bundles', () => {
  const stack = newStack();
  newShare(stack);
  newCopy(stack);
  newBundle(stack);
  const all = Object.entries(resources(stack));
  const mayChangeBundles = all.filter(
    ([, { Type, Properties }]) => Type === 'AWS::IAM::Role' && /Bundle/.test(JSON.stringify(Properties)),
  );
  expect(all.filter(([, { Type }]) => Type === 'AWS::Lambda::Function')).toHaveLength(3);
  expect(mayChangeBundles.map(([id]) => id)).toEqual(['WorkspaceBundleFunctionRole']);
});

test('a provider that is created after the first bundle is refused, with advice', () => {
  const stack = newStack();
  newBundle(stack);
  expect(() => new WorkspaceBundleProvider(stack, 'Late')).toThrow(
    'A stack has one provider for bundles: create Stack/Late before the first bundle of the stack Stack.',
  );
});
