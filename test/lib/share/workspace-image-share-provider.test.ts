import { newShare, newStack, resources } from '../stacks';

const DESCRIPTION = 'Shares WorkSpaces images with other accounts, for CloudFormation custom resources';
const LOG_GROUP = 'WorkspaceImageShareFunctionLogGroup';

/** What the function may do. */
function policyDocument() {
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
        Resource: { 'Fn::GetAtt': [LOG_GROUP, 'Arn'] },
      },
      {
        Effect: 'Allow',
        Action: 'cloudformation:DescribeStackEvents',
        Resource: { Ref: 'AWS::StackId' },
      },
    ],
  };
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
