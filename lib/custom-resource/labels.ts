import { type IResolvable, Lazy, type Stack, TagManager, TagType } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import {
  descriptionProblems,
  type Made,
  NAME_PREFIX_LENGTH,
  namePrefixProblems,
  tagsProblems,
} from '../workspaces/validation';
import { inWords, problemsOf } from './known-value';
import type { Statement } from './provider-kind';

/** What identifies an image or a bundle to people. */
export interface Labels {
  readonly namePrefix: string;
  readonly description: string | undefined;
  readonly tags: TagManager;
}

/** The service checks it when a function makes something with tags. */
export const CREATE_TAGS: Statement['actionFor'] = {
  action: 'workspaces:CreateTags',
  needs: (construct) => TagManager.isTaggable(construct) && construct.tags.hasTags(),
};

/** The end of the construct path, because stages and stacks have long names in common. */
export function defaultNamePrefix({ node }: IConstruct, of: Made, option: string): string {
  const prefix = node.path
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .slice(-NAME_PREFIX_LENGTH)
    .replace(/^-|-$/g, '');
  if (prefix === '') {
    throw new Error(
      `The name of the ${of} cannot start with the path of ${node.path}, which contains no letters from A to Z and no digits. Specify ${option}.`,
    );
  }
  return prefix;
}

/** JavaScript callers can pass initial tags that are no object, such as a list. */
export function newTagManager({ node }: IConstruct, type: string, tags?: object): TagManager {
  if (tags !== undefined && (Array.isArray(tags) || Object(tags) !== tags)) {
    throw new Error(
      `The tags of ${node.path} are ${inWords(tags)}. Specify an object with strings, such as { team: 'desktops' }.`,
    );
  }
  const initial = tags && Object.entries(tags).map(([key, value]) => ({ key, value }));
  return new TagManager(TagType.STANDARD, type, initial);
}

/** The labels as properties of a custom resource. */
export function labelProperties({ namePrefix, description, tags }: Labels): Record<string, unknown> {
  return { NamePrefix: namePrefix, Description: description, Tags: rendered(tags) };
}

function rendered(tags: TagManager): IResolvable {
  return Lazy.uncachedAny(
    { produce: () => Object.entries(tags.tagValues()).map(([Key, Value]) => ({ Key, Value })) },
    { omitEmptyArray: true },
  );
}

/** Describes everything that is wrong with the labels. */
export function labelProblems(stack: Stack, { namePrefix, description, tags }: Labels, of: Made): string[] {
  return [
    ...problemsOf(stack, namePrefix, (value) => namePrefixProblems(value, of)),
    ...(description === undefined
      ? []
      : problemsOf(stack, description, (value) => descriptionProblems(value, of))),
    ...tagsProblems(stack.resolve(tags.tagValues()), of),
  ];
}
