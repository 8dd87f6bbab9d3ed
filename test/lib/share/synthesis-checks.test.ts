import { App, Aws, CfnParameter, type Environment, Fn, Lazy, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { WorkspaceImageShareProps } from '../../../lib';
import { ACCOUNTS_PER_DEPLOYMENT } from '../../../lib/workspaces/validation';
import { ACCOUNTS, IMAGE, newShare, newStack, OTHER_IMAGE, warnings } from '../stacks';

type Props = Partial<WorkspaceImageShareProps>;

const EU = { account: '999999999999', region: 'eu-west-1' };

function accounts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(100000000000 + index));
}

function lazy(value: string): string {
  return Lazy.string({ produce: () => value });
}

function lazyList(...values: unknown[]): string[] {
  return Lazy.list({ produce: () => values as string[] });
}

describe('synthesis fails', () => {
  test.each<[string, Props, string]>([
    ['an image ID', { imageId: 'ami-123' }, '"ami-123"'],
    ['no image ID', { imageId: '' }, 'The image ID is missing'],
    ['an undefined image ID', { imageId: undefined }, 'The image ID is missing'],
    ['a list of image IDs', { imageId: [IMAGE, OTHER_IMAGE] as never }, `["${IMAGE}","${OTHER_IMAGE}"]`],
    ['a list token as image ID', { imageId: Fn.split(',', Fn.importValue('Ids')) as never }, '["#{Token['],
    ['an object as image ID', { imageId: { id: IMAGE } as never }, `{"id":"${IMAGE}"}`],
    ['a Promise as image ID', { imageId: Promise.resolve(IMAGE) as never }, '"[object Promise]"'],
    ['a Lazy image ID', { imageId: lazy('ami-123') }, '"ami-123"'],
    ['an account ID', { accountIds: ['1234'] }, '"1234"'],
    ['null', { accountIds: [null as unknown as string] }, 'null'],
    ['a number', { accountIds: [111122223333 as unknown as string] }, '111122223333 must be a string'],
    ['an object', { accountIds: [{ dev: ACCOUNTS[0] }] as never }, '{"dev":"111122223333"}'],
    ['an object with a wrong key', { accountIds: [{ Reference: 'Id' }] as never }, '{"Reference":"Id"}'],
    [
      'adoptExisting, which is a string,',
      { adoptExisting: 'false' as never },
      'adoptExisting is "false". Specify true or false, without quotes.',
    ],
    ['a list in the list', { accountIds: [ACCOUNTS] as never }, '["111122223333","444455556666"]'],
    [
      'a list token in the list',
      { accountIds: [Fn.split(',', Fn.importValue('Ids'))] as never },
      '["#{Token[',
    ],
    ['a Set', { accountIds: [new Set(ACCOUNTS)] as never }, '"[object Set]"'],
    ['a Lazy account ID', { accountIds: [lazy('1234')] }, '"1234"'],
    ['a Lazy list', { accountIds: lazyList('1234') }, '"1234"'],
    [
      'a duplicate',
      { accountIds: [...ACCOUNTS, ...lazyList(ACCOUNTS[0])] },
      '"111122223333" is in the list more than once',
    ],
    ['a literal after a list token', { accountIds: [...Fn.split(',', Fn.importValue('Ids')), '1'] }, '"1"'],
    [
      'the account of the stack',
      { accountIds: [EU.account] },
      '"999999999999" is the account of the stack, which owns the image. Remove it from the list.',
    ],
    [
      'the pseudo parameter of its account',
      { accountIds: [Aws.ACCOUNT_ID] },
      '"AWS::AccountId" is the account',
    ],
  ])('for %s that is wrong, with the path of the share', (_name, props, problem) => {
    const stack = newStack(EU);
    newShare(stack, props);
    expect(() => warnings(stack)).toThrow(`[Stack/Golden] ${problem}`);
  });

  test('for the account of a stack without an environment', () => {
    const stack = newStack();
    newShare(stack, { accountIds: [stack.account] });
    expect(() => warnings(stack)).toThrow('[Stack/Golden] "AWS::AccountId" is the account of the stack');
  });

  test('once for all problems of a stage, with accounts that are added later', () => {
    const app = new App();
    const first = new Stack(app, 'First');
    newShare(first, { imageId: 'ami-123' }, 'One').addAccounts('1234');
    newShare(new Stack(app, 'Second'), { accountIds: ['5678'] }, 'Two');
    expect(() => app.synth()).toThrow(
      /\[First\/One\] "ami-123".*\[First\/One\] "1234".*\[Second\/Two\] "5678"/s,
    );
  });
});

describe('a share cannot be created with a list that is', () => {
  const notAList = (value: string) =>
    `${value} is not a list of account IDs. Specify one 12-digit account ID`;

  test.each<[string, unknown, string]>([
    ['null', null, 'The list of account IDs is missing'],
    ['a string', ACCOUNTS[0], notAList('"111122223333"')],
    ['an object', { dev: ACCOUNTS[0] }, notAList('{"dev":"111122223333"}')],
    ['a Set', new Set(ACCOUNTS), notAList('"[object Set]"')],
    ['a Promise', Promise.resolve(ACCOUNTS), notAList('"[object Promise]"')],
  ])('%s', (_name, accountIds, problem) => {
    const stack = newStack();
    expect(() => newShare(stack, { accountIds: accountIds as string[] })).toThrow(
      `[Stack/Golden] ${problem}`,
    );
  });
});

describe('synthesis succeeds without a warning', () => {
  test.each<[string, (stack: Stack) => Props]>([
    ['a token as image', (stack) => ({ imageId: new CfnParameter(stack, 'Image').valueAsString })],
    ['a token twice', (stack) => ({ accountIds: Array(2).fill(new CfnParameter(stack, 'A').valueAsString) })],
    ['a list token', () => ({ accountIds: Fn.split(',', Fn.importValue('Ids')) })],
    [
      'dynamic references',
      (stack) => ({
        imageId: StringParameter.valueForStringParameter(stack, '/image', 1),
        accountIds: ['{{resolve:ssm:/account}}'],
      }),
    ],
    ['an image looked up', (stack) => ({ imageId: StringParameter.valueFromLookup(stack, '/image') })],
    ['accounts looked up', (stack) => ({ accountIds: [StringParameter.valueFromLookup(stack, '/id')] })],
    ['as many accounts as one deployment can add', () => ({ accountIds: accounts(ACCOUNTS_PER_DEPLOYMENT) })],
    ['a removal policy', () => ({ removalPolicy: RemovalPolicy.RETAIN })],
  ])('for %s', (_name, props) => {
    const stack = newStack(EU);
    newShare(stack, props(stack));
    expect(warnings(stack)).toEqual([]);
  });

  test('for an account that may be that of the stack', () => {
    const stack = newStack();
    newShare(stack, { accountIds: [EU.account] });
    expect(warnings(stack)).toEqual([]);
  });

  test('for an empty list to which an account is added', () => {
    const stack = newStack();
    newShare(stack, { accountIds: [] }).addAccounts(...ACCOUNTS);
    expect(warnings(stack)).toEqual([]);
  });
});

describe('synthesis warns', () => {
  test('about misspelled options, but not about those of subclasses', () => {
    const stack = newStack();
    newShare(stack, { accounts: [], adoptExisitng: true, imageID: undefined, version: 2 } as Props);
    const warning = (option: string, meant: string) =>
      `/Stack/Golden: The option ${option} does not exist and is ignored. Use ${meant}, or remove it. [ack: cdk-workspace-image-share:misspelledOption]`;
    expect(warnings(stack)).toEqual([
      warning('accounts', 'accountIds'),
      warning('adoptExisitng', 'adoptExisting'),
    ]);
  });

  const emptyList =
    /^\/Stack\/Golden: accountIds is empty, .*Add accounts, copy the image with WorkspaceImageSource\.share, or remove.*\[ack: cdk-workspace-image-share:emptyList\]/;
  const manyAccounts =
    /1501 accounts.*about 1500 .*higher quota, or.*several deployments.*\[ack: cdk-workspace-image-share:manyAccounts\]/;
  const adopts = /Remove it after the deployment.*\[ack: cdk-workspace-image-share:adoptExisting\]/;
  const mayRevoke =
    /is rolled back.*Set removalPolicy to RemovalPolicy.RETAIN.*\[ack: cdk-workspace-image-share:adoptExistingWithoutRetain\]/;

  test.each<[string, Props, ...RegExp[]]>([
    ['an empty list', { accountIds: [] }, emptyList],
    ['no list', { accountIds: undefined }, emptyList],
    ['a Lazy list that stays empty', { accountIds: lazyList() }, emptyList],
    [
      'a Lazy list that is left out',
      { accountIds: Lazy.list({ produce: () => [] }, { omitEmpty: true }) },
      emptyList,
    ],
    ['many accounts', { accountIds: accounts(ACCOUNTS_PER_DEPLOYMENT + 1) }, manyAccounts],
    [
      'many accounts to adopt',
      { accountIds: accounts(751), adoptExisting: true, removalPolicy: RemovalPolicy.RETAIN },
      /751 accounts.*about 1500 .*or half as many with adoptExisting/,
      adopts,
    ],
    ['adoptExisting', { adoptExisting: true, removalPolicy: RemovalPolicy.RETAIN }, adopts],
    ['adoptExisting alone', { adoptExisting: true }, adopts, mayRevoke],
    [
      'adoptExisting with a removal policy that does not apply to rollbacks',
      { adoptExisting: true, removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      adopts,
      mayRevoke,
    ],
  ])('about %s', (_name, props, ...messages) => {
    const stack = newStack();
    newShare(stack, props);
    expect(warnings(stack)).toEqual(messages.map((message) => expect.stringMatching(message)));
  });
});

test('synthesis warns about the list of an SSM parameter of the type StringList', () => {
  const stack = newStack();
  const parameter = StringListParameter.fromStringListParameterName(stack, 'Accounts', '/accounts');
  newShare(stack, { accountIds: [...ACCOUNTS, ...parameter.stringListValue] });
  expect(warnings(stack)).toEqual([
    expect.stringMatching(
      /accountIds splits a dynamic reference.*StringListParameter\.valueForTypedListParameter.*\[ack: cdk-workspace-image-share:splitReference\]/,
    ),
  ]);

  const typed = newStack();
  newShare(typed, { accountIds: StringListParameter.valueForTypedListParameter(typed, '/accounts') });
  expect(warnings(typed)).toEqual([]);
});

describe('many accounts in several shares', () => {
  const US = { ...EU, region: 'us-east-1' };

  /** The warnings about two stacks with ten shares each. */
  function ofTenShares(accountsEach: number, one?: Environment, two?: Environment, props: Props = {}) {
    const app = new App();
    const stacks = [one, two].map((env, index) => new Stack(app, `Stack${index}`, { env }));
    for (const stack of stacks) {
      for (let index = 0; index < 10; index++) {
        newShare(
          stack,
          {
            imageId: `wsi-${stack.stackName.toLowerCase()}000${index}`,
            accountIds: accounts(accountsEach),
            ...props,
          },
          `Share${index}`,
        );
      }
    }
    return stacks.flatMap(warnings);
  }

  test.each([
    ['in one account and Region', EU],
    ['without an environment', undefined],
  ])('%s are one warning', (_name, env) => {
    expect(ofTenShares(100, env, env)).toEqual([
      expect.stringMatching(
        /^\/Stack0\/Share0: The 20 shares in this account and Region have 2000 accounts\. .*\[ack: cdk-workspace-image-share:manyAccounts\]$/,
      ),
    ]);
  });

  test.each([
    ['in two Regions', 100, EU, US],
    ['that fit into one deployment', 75, EU, EU],
  ])('%s are none', (_name, each, one, two) => {
    expect(ofTenShares(each, one, two)).toEqual([]);
  });

  test('count twice if they may be adopted', () => {
    const props = { adoptExisting: true, removalPolicy: RemovalPolicy.RETAIN };
    expect(ofTenShares(38, EU, EU, props)).toContainEqual(
      expect.stringContaining('or half as many with adoptExisting'),
    );
  });

  test('do not count if their share was removed from the tree', () => {
    const stack = newStack();
    newShare(stack, { accountIds: accounts(1_000) }, 'One');
    newShare(stack, { accountIds: accounts(1_000), imageId: OTHER_IMAGE }, 'Two');
    stack.node.tryRemoveChild('One');
    expect(warnings(stack)).toEqual([]);
  });
});

describe('two shares of an image with the same accounts', () => {
  type Env = Environment | undefined;
  const US = { ...EU, region: 'us-east-1' };

  function twoStacks(one: Env, two: Env, second: Props = {}, first: Props = {}) {
    const app = new App();
    const stacks = [new Stack(app, 'One', { env: one }), new Stack(app, 'Two', { env: two })] as const;
    newShare(stacks[0], first);
    const share = newShare(stacks[1], second);
    return { app, stacks, share };
  }

  test('are an error in one account and Region, and not a warning', () => {
    const { app, share } = twoStacks(EU, EU);
    expect(() => app.synth()).toThrow(
      '[Two/Golden] wsi-8t4x2k9p7 is also shared with 111122223333 and 444455556666 by One/Golden. The share that is deleted first revokes the permissions for both: list each account in one of them only.',
    );
    expect(share.node.metadata.filter(({ type }) => type === 'aws:cdk:warning')).toEqual([]);
  });

  test('are an error in one stack, even behind a Lazy', () => {
    const stack = newStack();
    newShare(stack, { accountIds: lazyList(...ACCOUNTS) });
    newShare(
      stack,
      { imageId: lazy(IMAGE), accountIds: ['777788889999', ...Array(2).fill(ACCOUNTS[1])] },
      'Lazy',
    );
    expect(() => warnings(stack)).toThrow(
      '[Stack/Lazy] wsi-8t4x2k9p7 is also shared with 444455556666 by Stack/Golden.',
    );
  });

  test.each<[string, Env, Env]>([
    ['neither has an environment', undefined, undefined],
    ['one has no environment', EU, undefined],
    ['one has no Region', EU, { account: EU.account }],
    ['one has no account', { region: EU.region }, EU],
  ])('cause a warning about the second share if of their stacks %s', (_name, one, two) => {
    const { stacks } = twoStacks(one, two);
    expect(stacks.flatMap(warnings)).toEqual([
      expect.stringMatching(
        /Two\/Golden: .* by One\/Golden if both stacks are deployed to the same account and Region\. .*cdk-workspace-image-share:sharedTwice/,
      ),
    ]);
  });

  test.each<[string, Env, Env, Props, Props]>([
    ['in two Regions', EU, US, {}, {}],
    ['in two Regions, with one account unknown', EU, { region: US.region }, {}, {}],
    ['in two accounts', EU, { ...EU, account: '888888888888' }, {}, {}],
    ['if the accounts differ', EU, EU, { accountIds: ['777788889999'] }, {}],
    ['if the images differ', EU, EU, { imageId: OTHER_IMAGE }, {}],
    ['if accounts are tokens', EU, EU, { accountIds: Fn.split(',', Fn.importValue('Ids')) }, {}],
    ['if images are tokens', EU, EU, { imageId: Fn.importValue('Two') }, { imageId: Fn.importValue('One') }],
  ])('are allowed %s', (_name, one, two, second, first) => {
    const { stacks } = twoStacks(one, two, second, first);
    expect(stacks.flatMap(warnings)).toEqual([]);
  });

  test('are allowed in two stages', () => {
    const app = new App();
    newShare(new Stack(new Stage(app, 'Test'), 'Stack', { env: EU }));
    newShare(new Stack(new Stage(app, 'Prod'), 'Stack', { env: EU }));
    expect(() => app.synth()).not.toThrow();
  });

  test('are allowed if the first was removed from the tree', () => {
    const { app, stacks } = twoStacks(EU, EU);
    stacks[0].node.tryRemoveChild('Golden');
    expect(() => app.synth()).not.toThrow();
  });
});
