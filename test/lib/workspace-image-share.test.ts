import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  App,
  CfnParameter,
  CfnResource,
  CustomResource,
  Fn,
  Lazy,
  RemovalPolicy,
  type Stack,
  Stage,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import * as api from '../../lib';
import { WorkspaceImageShare, type WorkspaceImageShareProps, WorkspaceImageShareProvider } from '../../lib';
import { matches } from './event-pattern';
import {
  ACCOUNTS,
  IMAGE,
  type Json,
  newStack,
  OTHER_IMAGE,
  resources,
  SHARE,
  sharesOf,
  theShare,
  withoutMetadata,
} from './stacks';

function shareWith(props: Partial<WorkspaceImageShareProps>): Json {
  const stack = newStack();
  new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, ...props });
  return theShare(stack);
}

describe('a share in the template', () => {
  test('is one custom resource with the wire properties', () => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS });

    expect(theShare(stack).Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': ['WorkspaceImageShareFunction', 'Arn'] },
      ServiceTimeout: '1260',
      ImageId: IMAGE,
      AccountIds: ACCOUNTS,
    });
  });

  test('times out after the event age, the function timeout and a minute', () => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS });
    const all = resources(stack);

    expect(Number(theShare(stack).Properties.ServiceTimeout)).toBe(
      all.WorkspaceImageShareFunctionInvocation.Properties.MaximumEventAgeInSeconds +
        all.WorkspaceImageShareFunction.Properties.Timeout +
        60,
    );
  });

  test.each([
    { adoptExisting: undefined, sent: undefined },
    { adoptExisting: false, sent: undefined },
    { adoptExisting: true, sent: 'true' },
  ])('sends AdoptExisting $sent where adoptExisting is $adoptExisting', ({ adoptExisting, sent }) => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, adoptExisting });
    expect(theShare(stack).Properties.AdoptExisting).toBe(sent);
  });

  test('changes with its revision', () => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', {
      imageId: IMAGE,
      accountIds: ACCOUNTS,
      revision: '2025-11-22',
    });
    expect(theShare(stack).Properties.Revision).toBe('2025-11-22');
  });

  test.each([
    { deletion: 'Delete', replacement: 'Delete' },
    { removalPolicy: RemovalPolicy.DESTROY, deletion: 'Delete', replacement: 'Delete' },
    { removalPolicy: RemovalPolicy.RETAIN, deletion: 'Retain', replacement: 'Retain' },
    {
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      deletion: 'RetainExceptOnCreate',
      replacement: 'Retain',
    },
  ])('has, with the removal policy $removalPolicy, the deletion policy $deletion', (policies) => {
    const { removalPolicy, deletion, replacement } = policies;
    expect(shareWith({ removalPolicy })).toMatchObject({
      DeletionPolicy: deletion,
      UpdateReplacePolicy: replacement,
    });
  });

  test('does not support the removal policy SNAPSHOT', () => {
    expect(() => shareWith({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      /Stack\/Golden does not support RemovalPolicy.SNAPSHOT.*DESTROY/,
    );
  });

  test('changes a property with each deletion policy: CloudFormation deploys no change of a policy alone', () => {
    const properties = [
      RemovalPolicy.DESTROY,
      RemovalPolicy.RETAIN,
      RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ].map((removalPolicy) => JSON.stringify(shareWith({ removalPolicy }).Properties));
    expect(new Set(properties).size).toBe(3);
    expect(properties[0]).toBe(JSON.stringify(shareWith({}).Properties));
  });

  test('changes that property also for a removal policy that is applied later', () => {
    const stack = newStack();
    const share = new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS });
    (share.node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN);
    expect(theShare(stack)).toEqual(shareWith({ removalPolicy: RemovalPolicy.RETAIN }));
  });

  test('adds at most six resources for any number of accounts, and at most 24 bytes per account', () => {
    const templateOf = (count: number) => {
      const stack = newStack();
      const accountIds = Array.from({ length: count }, (_, index) => String(100000000000 + index));
      new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds });
      expect(Object.keys(resources(stack)).length).toBeLessThanOrEqual(6);
      const assembly = Stage.of(stack)?.synth();
      return readFileSync(path.join(assembly?.directory ?? '', 'Stack.template.json')).length;
    };
    expect((templateOf(1001) - templateOf(1)) / 1000).toBeLessThanOrEqual(24);
  });

  test('uses the same function, role and log group as a hundred others', () => {
    const stack = newStack();
    for (let index = 0; index < 100; index++) {
      const imageId = `wsi-${100000000 + index}`;
      new WorkspaceImageShare(stack, `Share${index}`, { imageId, accountIds: ACCOUNTS });
    }
    const template = Template.fromStack(stack);
    template.resourceCountIs(SHARE, 100);
    for (const type of ['AWS::Lambda::Function', 'AWS::IAM::Role', 'AWS::Logs::LogGroup']) {
      template.resourceCountIs(type, 1);
    }
    expect(Object.keys(resources(stack))).toHaveLength(104);
  });
});

describe('attributes', () => {
  test('imageId refers to the share', () => {
    const stack = newStack();
    const share = new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS });
    const { logicalId } = theShare(stack);
    expect(stack.resolve(share.imageId)).toEqual({ 'Fn::GetAtt': [logicalId, 'ImageId'] });
  });

  test('imageId crosses stacks', () => {
    const app = new App();
    const share = new WorkspaceImageShare(newStack('One', undefined, app), 'Golden', {
      imageId: IMAGE,
      accountIds: ACCOUNTS,
    });
    const other = newStack('Other', undefined, app);
    new CfnResource(other, 'User', { type: 'Custom::User', properties: { ImageId: share.imageId } });
    expect(JSON.stringify(Template.fromStack(other).toJSON())).toContain('Fn::ImportValue');
  });
});

describe('onCloudTrailPermissionChange', () => {
  const ROLE_ARN = 'arn:aws:iam::999988887777:role/sharing/function';

  function ruleOf(imageId: string, options?: events.OnEventOptions): Json {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN);
    const provider = new WorkspaceImageShareProvider(stack, 'Provider', { role });
    const share = new WorkspaceImageShare(stack, 'Golden', { imageId, accountIds: ACCOUNTS, provider });
    share.onCloudTrailPermissionChange('Changed', options);
    const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    return rule.Properties;
  }

  const byUser = { type: 'IAMUser', arn: 'arn:aws:iam::999988887777:user/jane', userName: 'jane' };
  const byRoot = { type: 'Root', arn: 'arn:aws:iam::999988887777:root' };
  const byRole = (arn: string) => ({
    type: 'AssumedRole',
    arn: `${arn.replace(':iam:', ':sts:').replace(/role\/.*/, 'assumed-role')}/${arn.split('/').pop()}/session`,
    sessionContext: { sessionIssuer: { type: 'Role', arn, userName: arn.split('/').pop() } },
  });
  const call = (detail: object) => ({
    version: '0',
    source: 'aws.workspaces',
    account: '999988887777',
    region: 'eu-west-1',
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventVersion: '1.09',
      eventSource: 'workspaces.amazonaws.com',
      eventName: 'UpdateWorkspaceImagePermission',
      eventType: 'AwsApiCall',
      readOnly: false,
      userIdentity: byUser,
      requestParameters: { imageId: IMAGE, allowCopyImage: true, sharedAccountId: ACCOUNTS[0] },
      responseElements: null,
      ...detail,
    },
  });

  test.each<[string, object]>([
    ['an IAM user', call({})],
    ['the root user', call({ userIdentity: byRoot })],
    ['another role', call({ userIdentity: byRole('arn:aws:iam::999988887777:role/Admin') })],
    [
      'a role with the same name and another path',
      call({ userIdentity: byRole('arn:aws:iam::999988887777:role/function') }),
    ],
    [
      'an IAM user with a session',
      call({ userIdentity: { ...byUser, sessionContext: { attributes: { mfaAuthenticated: 'true' } } } }),
    ],
  ])('matches a call by %s', (_name, event) => {
    expect(matches(ruleOf(IMAGE).EventPattern, event)).toBe(true);
  });

  test.each<[string, object]>([
    ['by the function', call({ userIdentity: byRole(ROLE_ARN) })],
    ['for another image', call({ requestParameters: { imageId: OTHER_IMAGE } })],
    ['that failed', call({ errorCode: 'ResourceNotFoundException' })],
    ['of another operation', call({ eventName: 'DeleteWorkspaceImage' })],
    ['of another service', { ...call({}), source: 'aws.ec2' }],
    ['reported otherwise than by CloudTrail', { ...call({}), 'detail-type': 'WorkSpaces Access' }],
  ])('does not match a call %s', (_name, event) => {
    expect(matches(ruleOf(IMAGE).EventPattern, event)).toBe(false);
  });

  test('names the role and the image by reference if they are in the template', () => {
    const stack = newStack();
    const imageId = new CfnParameter(stack, 'Image').valueAsString;
    const share = new WorkspaceImageShare(stack, 'Golden', { imageId, accountIds: ACCOUNTS });
    share.onCloudTrailPermissionChange('Changed');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        detail: {
          requestParameters: { imageId: [{ Ref: 'Image' }] },
          userIdentity: {
            sessionContext: {
              sessionIssuer: {
                arn: [
                  { exists: false },
                  { 'anything-but': [{ 'Fn::GetAtt': ['WorkspaceImageShareFunctionRole', 'Arn'] }] },
                ],
              },
            },
          },
        },
      },
    });
  });

  test('takes the options of a rule', () => {
    const rule = ruleOf(IMAGE, {
      description: 'Changed by hand',
      ruleName: 'changed',
      eventPattern: { detail: { requestParameters: { allowCopyImage: [true] } } },
      target: { bind: () => ({ id: '', arn: 'arn:aws:sns:eu-west-1:999988887777:topic' }) },
    });
    expect(rule).toMatchObject({
      Description: 'Changed by hand',
      Name: 'changed',
      Targets: [{ Arn: 'arn:aws:sns:eu-west-1:999988887777:topic' }],
    });
    const revoked = call({ requestParameters: { imageId: IMAGE, allowCopyImage: false } });
    expect(matches(rule.EventPattern, call({}))).toBe(true);
    expect(matches(rule.EventPattern, revoked)).toBe(false);
  });
});

describe('lists of accounts', () => {
  const joinedWithList = (before: string[], after: string[]) => ({
    'Fn::Split': [
      ',',
      { 'Fn::Join': [',', [...before, { 'Fn::Join': [',', { Ref: 'List' }] }, ...after].filter((x) => x)] },
    ],
  });
  const parameter = (stack: Stack) =>
    new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList;

  const cases: [string, (stack: Stack) => string[], Json][] = [
    ['literals', () => ACCOUNTS, ACCOUNTS],
    ['a CommaDelimitedList', parameter, { Ref: 'List' }],
    [
      'a String parameter among literals',
      (stack) => [ACCOUNTS[0], new CfnParameter(stack, 'One').valueAsString],
      [ACCOUNTS[0], { Ref: 'One' }],
    ],
    [
      'Fn.split',
      () => Fn.split(',', Fn.importValue('Ids')),
      { 'Fn::Split': [',', { 'Fn::ImportValue': 'Ids' }] },
    ],
    ['Fn.importValue', () => [Fn.importValue('Id')], [{ 'Fn::ImportValue': 'Id' }]],
    ['a Lazy list', () => Lazy.list({ produce: () => ACCOUNTS }), ACCOUNTS],
    ['a Lazy string', () => [Lazy.string({ produce: () => ACCOUNTS[0] })], [ACCOUNTS[0]]],
    ['a Lazy list that produces nothing', () => Lazy.list({ produce: () => [] }, { omitEmpty: true }), []],
    [
      'a Lazy list and a literal',
      () => [...Lazy.list({ produce: () => [ACCOUNTS[0]] }), ACCOUNTS[1]],
      ACCOUNTS,
    ],
    [
      'a list token and a literal',
      (stack) => [...parameter(stack), ACCOUNTS[0]],
      joinedWithList([], [ACCOUNTS[0]]),
    ],
    [
      'a literal and a list token',
      (stack) => [ACCOUNTS[0], ...parameter(stack)],
      joinedWithList([ACCOUNTS[0]], []),
    ],
    [
      'two list tokens',
      (stack) => [...parameter(stack), ...Fn.split(';', Fn.importValue('Ids'))],
      joinedWithList(
        [],
        [{ 'Fn::Join': [',', { 'Fn::Split': [';', { 'Fn::ImportValue': 'Ids' }] }] } as Json],
      ),
    ],
    [
      'an SSM list',
      (stack) => StringListParameter.fromStringListParameterName(stack, 'Ssm', '/ids').stringListValue,
      { 'Fn::Split': [',', '{{resolve:ssm:/ids}}'] },
    ],
    ['an empty list', () => [], []],
  ];

  test.each(cases)('%s', (_name, accountIds, expected) => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: accountIds(stack) });
    expect(theShare(stack).Properties.AccountIds).toEqual(expected);
  });

  test.each(cases)('%s, added later', (_name, accountIds, expected) => {
    const stack = newStack();
    const share = new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: [] });
    share.addAccounts(...accountIds(stack));
    expect(theShare(stack).Properties.AccountIds).toEqual(expected);
  });

  test('another stack’s output', () => {
    const app = new App();
    const producer = newStack('Producer', undefined, app);
    const account = new CfnResource(producer, 'Account', { type: 'Custom::Account' });
    const stack = newStack('Stack', undefined, app);
    new WorkspaceImageShare(stack, 'Golden', {
      imageId: IMAGE,
      accountIds: [account.getAtt('AccountId').toString()],
    });
    expect(theShare(stack).Properties.AccountIds).toEqual([
      { 'Fn::ImportValue': expect.stringContaining('Producer:ExportsOutput') },
    ]);
  });

  test('the list that was passed is not changed', () => {
    const stack = newStack();
    const accountIds = [...ACCOUNTS];
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds }).addAccounts('777788889999');
    expect(accountIds).toEqual(ACCOUNTS);
  });
});

describe('images', () => {
  const cases: [string, (stack: Stack) => string, Json][] = [
    ['a String parameter', (stack) => new CfnParameter(stack, 'Image').valueAsString, { Ref: 'Image' }],
    ['Fn.importValue', () => Fn.importValue('Image'), { 'Fn::ImportValue': 'Image' }],
    [
      'Fn.split',
      () => Fn.select(1, Fn.split('/', Fn.importValue('Images'))),
      expect.objectContaining({ 'Fn::Select': expect.anything() }),
    ],
    ['a Lazy', () => Lazy.string({ produce: () => IMAGE }), IMAGE],
    [
      'an SSM parameter',
      (stack) => StringParameter.valueForStringParameter(stack, '/image'),
      { Ref: expect.stringContaining('SsmParameterValue') },
    ],
  ];

  test.each(cases)('%s', (_name, imageId, expected) => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: imageId(stack), accountIds: ACCOUNTS });
    expect(theShare(stack).Properties.ImageId).toEqual(expected);
  });

  test('of another stack', () => {
    const app = new App();
    const image = new CfnResource(newStack('Images', undefined, app), 'Image', { type: 'Custom::Image' });
    const stack = newStack('Stack', undefined, app);
    new WorkspaceImageShare(stack, 'Golden', { imageId: image.ref, accountIds: ACCOUNTS });
    expect(theShare(stack).Properties.ImageId).toEqual({
      'Fn::ImportValue': expect.stringContaining('Images:ExportsOutput'),
    });
  });

  test('of the same stack are deleted after their share, by reference', () => {
    const stack = newStack();
    const image = new CustomResource(stack, 'Image', {
      serviceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:images',
      resourceType: 'Custom::WorkspaceImage',
    });
    new WorkspaceImageShare(stack, 'Golden', { imageId: image.ref, accountIds: ACCOUNTS });
    expect(theShare(stack).Properties.ImageId).toEqual({ Ref: 'Image' });
  });

  test('of the same stack are deleted after their share, by an explicit dependency', () => {
    const stack = newStack();
    const image = new CfnResource(stack, 'Image', { type: 'Custom::WorkspaceImage' });
    const share = new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS });
    share.node.addDependency(image);
    expect(theShare(stack).DependsOn).toContain('Image');
  });
});

describe('renaming and moving', () => {
  const images: [string, (stack: Stack) => string][] = [
    ['a literal', () => IMAGE],
    ['a parameter', (stack) => new CfnParameter(stack, 'Image').valueAsString],
    ['an import', () => Fn.importValue('Image')],
    ['a reference', (stack) => new CfnResource(stack, 'Image', { type: 'Custom::Image' }).ref],
  ];
  const ways: [string, (stack: Stack, imageId: string) => void][] = [
    [
      'renamed',
      (stack, imageId) => {
        new WorkspaceImageShare(stack, 'Renamed', { imageId, accountIds: ACCOUNTS });
      },
    ],
    [
      'moved',
      (stack, imageId) => {
        const scope = new Construct(new Construct(stack, 'Deep'), 'Deeper');
        new WorkspaceImageShare(scope, 'Golden', { imageId, accountIds: ACCOUNTS });
      },
    ],
    [
      'given a provider later, under any name',
      (stack, imageId) => {
        const provider = new WorkspaceImageShareProvider(new Construct(stack, 'Deep'), 'Mine');
        new WorkspaceImageShare(stack, 'Golden', { imageId, accountIds: ACCOUNTS, provider });
      },
    ],
  ];
  const cases = images.flatMap(([image, imageId]) =>
    ways.map(([way, declare]) => ({ image, imageId, way, declare })),
  );

  test.each(cases)('a share of $image that is $way is the same resource', ({ imageId, declare }) => {
    const before = newStack();
    new WorkspaceImageShare(before, 'Golden', { imageId: imageId(before), accountIds: ACCOUNTS });
    const after = newStack();
    declare(after, imageId(after));
    expect(withoutMetadata(after)).toEqual(withoutMetadata(before));
  });

  test('a share of a Lazy has the logical ID of its path', () => {
    const logicalIdOf = (id: string) => {
      const stack = newStack();
      const imageId = Lazy.string({ produce: () => IMAGE });
      new WorkspaceImageShare(stack, id, { imageId, accountIds: ACCOUNTS });
      return theShare(stack).logicalId;
    };
    expect(logicalIdOf('Golden')).toMatch(/^Golden/);
    expect(logicalIdOf('Renamed')).toMatch(/^Renamed/);
  });
});

describe('a second share', () => {
  test('of the same image in one stack is refused, with both paths and the fix', () => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'One', { imageId: IMAGE, accountIds: [ACCOUNTS[0]] });
    const second = () => new WorkspaceImageShare(stack, 'Two', { imageId: IMAGE, accountIds: [ACCOUNTS[1]] });
    expect(second).toThrow(
      /Stack\/Two shares the same image as Stack\/One\. .*merge.*addAccounts on Stack\/One/,
    );
  });

  test('of the same parameter in one stack is refused', () => {
    const stack = newStack();
    const imageId = new CfnParameter(stack, 'Image').valueAsString;
    new WorkspaceImageShare(stack, 'One', { imageId, accountIds: [ACCOUNTS[0]] });
    expect(() => new WorkspaceImageShare(stack, 'Two', { imageId, accountIds: [] })).toThrow('Stack/One');
  });

  test('of another image is allowed', () => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'One', { imageId: IMAGE, accountIds: ACCOUNTS });
    new WorkspaceImageShare(stack, 'Two', { imageId: OTHER_IMAGE, accountIds: ACCOUNTS });
    expect(Object.keys(sharesOf(stack))).toHaveLength(2);
  });

  test('of the same image is allowed in another stack, and after the first was removed from the tree', () => {
    const app = new App();
    const stack = newStack('Stack', undefined, app);
    new WorkspaceImageShare(stack, 'One', { imageId: IMAGE, accountIds: [ACCOUNTS[0]] });
    stack.node.tryRemoveChild('One');
    new WorkspaceImageShare(stack, 'Two', { imageId: IMAGE, accountIds: [ACCOUNTS[0]] });
    const other = newStack('Other', undefined, app);
    new WorkspaceImageShare(other, 'Three', { imageId: IMAGE, accountIds: [ACCOUNTS[1]] });
    expect(theShare(stack).logicalId).toBe(theShare(other).logicalId);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

test('the package exports the two constructs only', () => {
  expect(Object.keys(api).sort()).toEqual(['WorkspaceImageShare', 'WorkspaceImageShareProvider']);
});
