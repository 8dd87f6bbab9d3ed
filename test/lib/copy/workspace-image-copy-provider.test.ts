import type { Stack } from 'aws-cdk-lib';
import { type Json, newCopy, newShare, newStack, resources } from '../stacks';

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
