import { App, CfnParameter, Fn, Lazy, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { WorkspaceImageShare, type WorkspaceImageShareProps } from '../../lib';
import { ACCOUNTS_PER_DEPLOYMENT, MAX_ACCOUNTS } from '../../lib/validation';
import { ACCOUNTS, IMAGE, newStack, OTHER_IMAGE, synthesisError } from './stacks';

const EU = { account: '999999999999', region: 'eu-west-1' };

function appWith(props: Partial<WorkspaceImageShareProps>, env?: { account?: string; region?: string }): App {
  const app = new App();
  const stack = newStack('Stack', env, app);
  new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, ...props });
  return app;
}

function accounts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(100000000000 + index));
}

function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ id, entry }) => `${id}: ${entry.data}`);
}

describe('synthesis fails', () => {
  const many = accounts(MAX_ACCOUNTS + 1);
  const lazy = (value: string) => Lazy.string({ produce: () => value });

  test.each<[string, Partial<WorkspaceImageShareProps>, RegExp]>([
    ['the ID of another service', { imageId: 'ami-123' }, /"ami-123".*"wsi-" and 9 to 63/],
    ['an image ID with a space before it', { imageId: ' wsi-8t4x2k9p7' }, /" wsi-8t4x2k9p7" is not/],
    ['an image ID with a line break', { imageId: 'wsi-8t4x2k9p7\n' }, /"wsi-8t4x2k9p7\\n" is not/],
    ['no image ID', { imageId: '' }, /image ID is missing. Specify/],
    ['a Lazy image ID', { imageId: lazy('ami-123') }, /"ami-123" is not/],
    ['a short account ID', { accountIds: ['1234'] }, /"1234" is not an AWS account ID.*12 digits/],
    ['a space', { accountIds: ['111122223333 '] }, /"111122223333 " has white space.*write "111122223333"/],
    ['a lost zero', { accountIds: ['11112222333'] }, /"11112222333" has 11 digits.*"011112222333"/],
    ['null', { accountIds: [null as unknown as string] }, /null is not an AWS account ID/],
    ['a number', { accountIds: [111122223333 as unknown as string] }, /111122223333 is a number.*in quotes/],
    ['an account named twice', { accountIds: [...ACCOUNTS, ACCOUNTS[0]] }, /"111122223333".*more than once/],
    ['a Lazy account', { accountIds: [lazy('1234')] }, /"1234"/],
    ['a Lazy list', { accountIds: Lazy.list({ produce: () => ['1234'] }) }, /"1234"/],
    ['one of a mixture', { accountIds: [...Fn.split(',', Fn.importValue('Ids')), '1234'] }, /"1234"/],
    [
      'too many accounts',
      { accountIds: many },
      new RegExp(`${MAX_ACCOUNTS + 1} account IDs.*at most ${MAX_ACCOUNTS}`),
    ],
    [
      'the stack’s own account',
      { accountIds: [EU.account] },
      /"999999999999" is the account of the stack.*Remove it from the list/,
    ],
  ])('for %s, with the path, the value and the fix', (_name, props, message) => {
    const error = synthesisError(appWith(props, EU));
    expect(error).toMatch(message);
    expect(error).toContain('[Stack/Golden]');
  });

  test('for an account that was added later', () => {
    const app = new App();
    const share = new WorkspaceImageShare(newStack('Stack', EU, app), 'Golden', {
      imageId: IMAGE,
      accountIds: ACCOUNTS,
    });
    share.addAccounts('1234', ACCOUNTS[1]);
    expect(synthesisError(app)).toMatch(/"1234"[\s\S]*"444455556666"/);
  });

  test('once for all problems of a stage', () => {
    const app = new App();
    const first = newStack('First', EU, app);
    const second = newStack('Second', EU, app);
    new WorkspaceImageShare(first, 'One', { imageId: 'ami-123', accountIds: ['1234', '111122223333 '] });
    new WorkspaceImageShare(first, 'Two', {
      imageId: IMAGE,
      accountIds: [...ACCOUNTS, ACCOUNTS[0], EU.account],
    });
    new WorkspaceImageShare(second, 'Three', { imageId: IMAGE, accountIds: ACCOUNTS });
    const error = synthesisError(app);
    const problems = [
      '[First/One] "ami-123"',
      '[First/One] "1234"',
      '[First/One] The account ID "111122223333 "',
      '[First/Two] The account ID "111122223333"',
      '[First/Two] "999999999999"',
      `[Second/Three] ${IMAGE} is also shared with 111122223333 and 444455556666 by First/Two`,
    ];
    for (const problem of problems) {
      expect(error).toContain(problem);
    }
  });
});

describe('synthesis succeeds', () => {
  test.each<[string, (stack: Stack) => Partial<WorkspaceImageShareProps>]>([
    ['a token as image', (stack) => ({ imageId: new CfnParameter(stack, 'Image').valueAsString })],
    ['a token as account', (stack) => ({ accountIds: [new CfnParameter(stack, 'A').valueAsString] })],
    ['a token twice', (stack) => ({ accountIds: Array(2).fill(new CfnParameter(stack, 'A').valueAsString) })],
    ['a list token', () => ({ accountIds: Fn.split(',', Fn.importValue('Ids')) })],
    ['an image looked up', (stack) => ({ imageId: StringParameter.valueFromLookup(stack, '/image') })],
    [
      'accounts looked up',
      (stack) => ({
        accountIds: [0, 1].flatMap(() => StringParameter.valueFromLookup(stack, '/ids').split(',')),
      }),
    ],
    ['as many accounts as one deployment can add', () => ({ accountIds: accounts(ACCOUNTS_PER_DEPLOYMENT) })],
    ['RETAIN', () => ({ removalPolicy: RemovalPolicy.RETAIN })],
  ])('for %s, without a warning', (_name, props) => {
    const stack = newStack('Stack', EU);
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, ...props(stack) });
    expect(warnings(stack)).toEqual([]);
  });

  test('for an account that may be the stack’s own', () => {
    expect(() => appWith({ accountIds: [EU.account] }).synth()).not.toThrow();
  });
});

describe('a warning is given', () => {
  test.each<[string, Partial<WorkspaceImageShareProps>, RegExp]>([
    [
      'for an empty list',
      { accountIds: [] },
      /not shared with any account.*cdk-workspace-image-share:emptyList/,
    ],
    ['for a Lazy list that stays empty', { accountIds: Lazy.list({ produce: () => [] }) }, /emptyList/],
    [
      'for a Lazy list that is left out',
      { accountIds: Lazy.list({ produce: () => [] }, { omitEmpty: true }) },
      /emptyList/,
    ],
    [
      'for more accounts than one deployment can add',
      { accountIds: accounts(ACCOUNTS_PER_DEPLOYMENT + 1) },
      /1501 accounts.*about 1500.*higher quota, or.*several deployments.*cdk-workspace-image-share:manyAccounts/,
    ],
    [
      'for as many accounts as a share can hold',
      { accountIds: accounts(MAX_ACCOUNTS) },
      /cdk-workspace-image-share:manyAccounts/,
    ],
    [
      'for adoptExisting',
      { adoptExisting: true, removalPolicy: RemovalPolicy.RETAIN },
      /Remove it after the deployment.*cdk-workspace-image-share:adoptExisting\]/,
    ],
  ])('%s', (_name, props, message) => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS, ...props });
    expect(warnings(stack)).toEqual([expect.stringMatching(message)]);
  });

  test.each([undefined, RemovalPolicy.DESTROY, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])(
    'for adoptExisting with the removal policy %s, under which a rollback revokes what was adopted',
    (removalPolicy) => {
      const stack = newStack();
      const props = { imageId: IMAGE, accountIds: ACCOUNTS, adoptExisting: true, removalPolicy };
      new WorkspaceImageShare(stack, 'Golden', props);
      expect(warnings(stack)).toEqual([
        expect.stringContaining('cdk-workspace-image-share:adoptExisting]'),
        expect.stringMatching(
          /rolled back.*RemovalPolicy\.RETAIN.*cdk-workspace-image-share:adoptExistingWithoutRetain/,
        ),
      ]);
    },
  );

  test('not for an empty list that was added to', () => {
    const stack = newStack();
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: [] }).addAccounts(ACCOUNTS[0]);
    expect(warnings(stack)).toEqual([]);
  });
});

describe('the same image and account in two shares of a stage', () => {
  type Env = { account?: string; region?: string } | undefined;
  const US = { ...EU, region: 'us-east-1' };

  test('are allowed if neither image is known yet', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((id) => newStack(id, EU, app));
    for (const stack of stacks) {
      const imageId = Fn.importValue(`ImageOf${stack.node.id}`);
      new WorkspaceImageShare(stack, 'Golden', { imageId, accountIds: ACCOUNTS });
    }
    expect(stacks.flatMap(warnings)).toEqual([]);
  });

  function twoStacks(one: Env, other: Env, second: Partial<WorkspaceImageShareProps> = {}) {
    const app = new App();
    const stacks = [newStack('One', one, app), newStack('Two', other, app)];
    const props = { imageId: IMAGE, accountIds: ACCOUNTS };
    new WorkspaceImageShare(stacks[0], 'Golden', props);
    new WorkspaceImageShare(stacks[1], 'Golden', { ...props, ...second });
    return { app, stacks };
  }

  test('are an error where the stacks are in one account and Region', () => {
    const { app } = twoStacks(EU, EU);
    expect(synthesisError(app)).toMatch(
      /\[Two\/Golden\] wsi-8t4x2k9p7 is also shared with 111122223333 and 444455556666 by One\/Golden\. .*one of them only/,
    );
    expect(app.node.findAll().flatMap(({ node }) => node.metadata)).not.toContainEqual(
      expect.objectContaining({ type: 'aws:cdk:warning' }),
    );
  });

  test.each<[string, Env, Env]>([
    ['neither has an environment', undefined, undefined],
    ['one has no environment', EU, undefined],
    ['one has no Region', EU, { account: EU.account }],
    ['one has no account', { region: EU.region }, EU],
  ])('are a warning where %s', (_name, one, other) => {
    const { stacks } = twoStacks(one, other);
    expect(warnings(stacks[0])).toEqual([]);
    expect(warnings(stacks[1])).toEqual([
      expect.stringMatching(
        /Two\/Golden: .*by One\/Golden if both stacks.*cdk-workspace-image-share:sharedTwice/,
      ),
    ]);
  });

  test.each<[string, Env, Env, Partial<WorkspaceImageShareProps>]>([
    ['in two Regions', EU, US, {}],
    ['in two Regions, one account unknown', EU, { region: 'us-east-1' }, {}],
    ['in two accounts', EU, { ...EU, account: '888888888888' }, {}],
    ['for other accounts', EU, EU, { accountIds: ['777788889999'] }],
    ['for another image', EU, EU, { imageId: OTHER_IMAGE }],
    ['for accounts not known yet', EU, EU, { accountIds: Fn.split(',', Fn.importValue('Ids')) }],
    ['for an image not known yet', EU, EU, { imageId: Fn.importValue('Image') }],
  ])('are allowed %s', (_name, one, other, second) => {
    const { stacks } = twoStacks(one, other, second);
    expect(stacks.flatMap(warnings)).toEqual([]);
  });

  test('are found in one stack, behind a Lazy', () => {
    const { app, stacks } = twoStacks(undefined, EU, { imageId: OTHER_IMAGE });
    const imageId = Lazy.string({ produce: () => IMAGE });
    new WorkspaceImageShare(stacks[0], 'Lazy', { imageId, accountIds: [ACCOUNTS[1]] });
    expect(synthesisError(app)).toContain(
      '[One/Lazy] wsi-8t4x2k9p7 is also shared with 444455556666 by One/Golden.',
    );
  });

  test('are allowed in two stages', () => {
    const app = new App();
    for (const id of ['Test', 'Prod']) {
      const stack = new Stack(new Stage(app, id), 'Stack', { env: EU });
      new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: ACCOUNTS });
    }
    expect(() => app.synth()).not.toThrow();
  });

  test('are not looked for in a share that was removed from the tree', () => {
    const { app, stacks } = twoStacks(EU, EU);
    stacks[0].node.tryRemoveChild('Golden');
    expect(() => app.synth()).not.toThrow();
  });
});
