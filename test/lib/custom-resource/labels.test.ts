import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnParameter, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  type WorkspaceBundle,
  WorkspaceBundleProvider,
  type WorkspaceImageCopy,
  WorkspaceImageCopyProvider,
} from '../../../lib';
import { type Json, newBundle, newCopy, newStack, ofType, resources, warnings } from '../stacks';

const COPIES = {
  noun: 'copy',
  made: 'image',
  option: 'imageNamePrefix',
  type: 'Custom::WorkspaceImageCopy',
  create: newCopy,
  Provider: WorkspaceImageCopyProvider,
  role: 'WorkspaceImageCopyFunctionRole',
  statement: 1,
  describeAction: 'workspaces:DescribeWorkspaceImages',
};
const BUNDLES = {
  noun: 'bundle',
  made: 'bundle',
  option: 'bundleNamePrefix',
  type: 'Custom::WorkspaceBundle',
  create: newBundle,
  Provider: WorkspaceBundleProvider,
  role: 'WorkspaceBundleFunctionRole',
  statement: 2,
  describeAction: 'workspaces:DescribeWorkspaceBundles',
};

type Labeled = WorkspaceImageCopy | WorkspaceBundle;

describe.each([COPIES, BUNDLES])('the labels of a $noun', ({ noun, made, option, type, create, ...kind }) => {
  const propertiesIn = (stack: Stack): Json => ofType(stack, type)[0].Properties;

  test.each([
    ['Golden', 'Prod-Stack-Golden'],
    ['Golden image (2.0)', 'Prod-Stack-Golden-image-2-0'],
    ['ゴールデン', 'Prod-Stack'],
    ['A'.repeat(40), `-${'A'.repeat(40)}`.padStart(42, 'k')],
    ['A'.repeat(41), 'A'.repeat(41)],
  ])(`the name of a ${noun} starts with its path, as far as it fits: %s`, (id, prefix) => {
    const stack = new Stack(new Stage(new App(), 'Prod'), 'Stack');
    create(stack, {}, id);
    expect(propertiesIn(stack).NamePrefix).toBe(prefix);
  });

  test(`a ${noun} needs ${option} if its path has no letters from A to Z`, () => {
    const prefixWith = (props: object) => {
      const stack = new Stack(new App(), '\u30b9', { stackName: 'Stack' });
      create(stack, props, '\u30b4');
      return propertiesIn(stack).NamePrefix;
    };
    expect(() => prefixWith({})).toThrow(
      `The name of the ${made} cannot start with the path of \u30b9/\u30b4, which contains no letters from A to Z and no digits. Specify ${option}.`,
    );
    expect(prefixWith({ [option]: 'Golden' })).toBe('Golden');
  });

  describe('tags', () => {
    const TAGS = [
      { Key: 'cost center', Value: '42' },
      { Key: 'team', Value: 'desktops' },
    ];
    const add = (scope: Construct) => {
      for (const { Key, Value } of [...TAGS].reverse()) {
        Tags.of(scope).add(Key, Value);
      }
    };

    test.each<[string, (construct: Labeled) => void]>([
      ['the construct', (construct) => add(construct)],
      ['a scope of it', ({ node }) => add(node.scope as Construct)],
      ['the stack', ({ stack }) => add(stack)],
      ['the app', ({ node }) => add(node.root as Construct)],
      [
        'its type',
        ({ stack }) => {
          for (const { Key, Value } of TAGS) {
            Tags.of(stack).add(Key, Value, { includeResourceTypes: [type] });
          }
        },
      ],
      [
        'its tag manager',
        ({ tags }) => {
          for (const { Key, Value } of TAGS) {
            tags.setTag(Key, Value);
          }
        },
      ],
    ])(`the tags of a ${noun} are those of %s`, (_name, tag) => {
      const stack = newStack();
      tag(create(new Construct(stack, 'Scope')));
      expect(propertiesIn(stack).Tags).toEqual(TAGS);
    });

    test(`a tag of a ${noun} can be removed, overwritten, or a token`, () => {
      const stack = newStack();
      const value = new CfnParameter(stack, 'Team').valueAsString;
      add(stack);
      const construct = create(stack);
      Tags.of(construct).remove('cost center');
      Tags.of(construct).add('team', value);
      expect(propertiesIn(stack).Tags).toEqual([{ Key: 'team', Value: { Ref: 'Team' } }]);
    });

    test(`a ${noun} does not have the tags of another one`, () => {
      const stack = newStack();
      create(stack, {}, 'One');
      add(create(stack, {}, 'Two'));
      expect(ofType(stack, type).map(({ Properties }) => Properties.Tags)).toEqual([undefined, TAGS]);
    });
  });

  describe('the permission to tag', () => {
    const NONE = { Effect: 'Allow', Action: [kind.describeAction], Resource: '*' };
    const TAGS = { ...NONE, Action: [...NONE.Action, 'workspaces:CreateTags'] };

    test.each<[string, (construct: Labeled, stack: Stack) => void, Json]>([
      ['is in the policy if the construct is tagged', (made) => Tags.of(made).add('team', 'desktops'), TAGS],
      ['is in the policy if the stack is tagged', (_, stack) => Tags.of(stack).add('team', 'desktops'), TAGS],
      [
        'is in the policy if the app is tagged',
        ({ node }) => Tags.of(node.root).add('team', 'desktops'),
        TAGS,
      ],
      [
        'is in the policy if the tag manager of the construct has tags',
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
        'is not in the policy if the construct was removed from the tree',
        (construct, stack) => {
          construct.tags.setTag('team', 'desktops');
          stack.node.tryRemoveChild(construct.node.id);
        },
        NONE,
      ],
    ])(`the permission of the function to tag a ${noun} %s`, (_name, tag, expected) => {
      const stack = newStack();
      create(stack, {}, 'Other');
      tag(create(stack), stack);
      const { Policies } = resources(stack)[kind.role].Properties;
      expect(Policies[0].PolicyDocument.Statement[kind.statement]).toEqual(expected);
    });

    test.each([
      ['with tags', true],
      ['without tags', false],
    ])(
      'the warning about an imported role prints the permission to tag only if there are tags: %s',
      (_name, tagged) => {
        const stack = newStack();
        const role = Role.fromRoleName(stack, 'Role', 'role');
        new kind.Provider(stack, 'Provider', { role });
        if (tagged) {
          Tags.of(create(stack)).add('team', 'desktops');
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
      create(stack);
      const report = readFileSync(join(app.synth().directory, 'iam-policy-report.json'), 'utf8');
      expect(report).toContain('"workspaces:CreateTags"');
    });
  });
});
