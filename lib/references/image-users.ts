import {
  Annotations,
  CfnElement,
  CfnResource,
  type IResolveContext,
  type Reference,
  type ReferenceStrength,
  Stack,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { BUNDLE_TYPE, COPY_TYPE, SHARE_TYPE } from '../custom-resource/resource-types';
import { type ImageOrigin, markOrigin, rootOf, topLevel } from './image-origin';

/**
 * The role of the CDK for references between accounts trusts one role per environment that refers to its stack. By
 * default, IAM allows 2,048 characters, which is the end at about 23.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const ENVIRONMENTS_PER_STACK = 20;

/** An image ID that a share or copy defines. */
interface DefinedImage {
  readonly origin: ImageOrigin;
  readonly reference: Reference;
  /** The elements of the app that refer to it, which are complete after preparation. */
  readonly users: ReadonlySet<CfnElement>;
}

/** How the CDK passes a value to another stack. */
export type Strength = 'strong' | 'weak';

/**
 * The reference to the image ID of a share or copy. At synthesis, the elements of other stacks that use it are validated,
 * and deployed with each new image.
 */
export function imageIdReference(resource: CfnResource, origin: ImageOrigin): Reference {
  const reference = resource.getAtt('ImageId');
  const image = { origin, reference, users: usersOf(reference) };
  markOrigin(resource, origin);
  makeWeak(resource);
  origin.construct.node.addValidation({ validate: () => check(image) });
  return reference;
}

/** The CDK has one object for all references to an attribute, and resolves all elements of a stage before it validates it. */
function usersOf(reference: Reference): ReadonlySet<CfnElement> {
  const users = new Set<CfnElement>();
  const resolve = reference.resolve.bind(reference);
  reference.resolve = (context: IResolveContext) => {
    if (CfnElement.isCfnElement(context.scope)) {
      users.add(context.scope);
    }
    return resolve(context);
  };
  return users;
}

/**
 * References to images are weak if aws-cdk-lib can choose their strength. With strong ones, CloudFormation refuses every
 * new image or, in another Region, the consumer keeps the former value.
 */
function makeWeak(resource: CfnResource): void {
  const ofAnyRelease: { applyCrossStackReferenceStrength?: (strength: ReferenceStrength) => void } = resource;
  ofAnyRelease.applyCrossStackReferenceStrength?.('weak' as ReferenceStrength);
}

function check(image: DefinedImage): string[] {
  const { origin, users } = image;
  const own = stackOf(origin.construct);
  const foreign = [...users].filter((user) => stackOf(user) !== own);
  for (const user of foreign) {
    deployWithNewImages(user, image);
  }
  warnAboutUsers(image, foreign);
  warnAboutManyEnvironments(image, foreign);
  return foreign.flatMap((user) => orderProblems(user, origin));
}

/** Changes the template of a user of the image with the root of its chain. Copies and shares have a property for it. */
function deployWithNewImages(user: CfnElement, { origin: { construct, sourceId } }: DefinedImage): void {
  const root = rootOf(sourceId, construct);
  if (root === undefined || isOfType(user, COPY_TYPE, SHARE_TYPE)) {
    return;
  }
  const key = `cdk-workspace-image-share:${construct.node.path}`;
  const element = inTopLevelStack(user);
  // CloudFormation updates a resource whose metadata has changed. It does not update the metadata of a template alone.
  if (CfnResource.isCfnResource(element)) {
    element.addMetadata(key, root);
  } else {
    element.stack.addMetadata(key, root);
  }
}

/** The templates of nested stacks are complete before validation, but not the resources of their parents. */
function inTopLevelStack(element: CfnElement): CfnElement {
  const { nestedStackResource } = element.stack;
  return nestedStackResource ? inTopLevelStack(nestedStackResource as CfnResource) : element;
}

function warnAboutUsers({ origin: { construct, kind }, reference }: DefinedImage, users: CfnElement[]): void {
  const effects = {
    strong: `CloudFormation refuses the next image of ${construct.node.path} for as long as that stack uses its ID`,
    weak:
      kind === 'copy'
        ? 'an update deletes the old copy before that stack uses the new one. If the old copy is shared or in a bundle, it cannot be deleted, and is left behind'
        : 'an update unshares the old image before that stack uses the new one',
  };
  const warned = new Set<Stack>();
  for (const user of users) {
    const strength = strengthOf(reference.toString(), user);
    // A copy needs its source only until it is available, and a bundle is in the account that owns the image.
    const isIndependent = isOfType(user, COPY_TYPE) || (kind === 'share' && isOfType(user, BUNDLE_TYPE));
    const isHarmless = strength === 'weak' && isIndependent;
    if (isHarmless || warned.has(stackOf(user))) {
      continue;
    }
    warned.add(stackOf(user));
    Annotations.of(construct).addWarningV2(
      `cdk-workspace-image-share:${strength}Reference`,
      `${user.node.path}, in another stack, uses the image ID: ${effects[strength]}. Define what uses the ID in the stack of the ${kind}, or define a WorkspaceImageCopy in the other stack and use its ID.`,
    );
  }
}

function warnAboutManyEnvironments({ origin: { construct } }: DefinedImage, users: CfnElement[]): void {
  const own = stackOf(construct);
  const environments = users
    .map(stackOf)
    .filter(({ account }) => account !== own.account)
    .map(({ environment }) => environment);
  const { size } = new Set(environments);
  if (size >= ENVIRONMENTS_PER_STACK) {
    Annotations.of(construct).addWarningV2(
      'cdk-workspace-image-share:manyReferences',
      `Stacks in ${size} environments of other accounts refer to the stack ${own.node.path}, because they use this image. The CDK lists each of them in the trust policy of one role, and IAM allows about 23 by default. In these stacks, copy the image from a share whose image ID is a literal.`,
    );
  }
}

/**
 * Orders the stacks, as the CDK does for references within an account, and reports stacks that depend on each other. The
 * CDK does neither for references between accounts.
 */
function orderProblems(user: CfnElement, { construct }: ImageOrigin): string[] {
  const producer = stackOf(construct);
  const consumer: Stack & { addStackDependency?: Stack['addDependency'] } = stackOf(user);
  if (consumer.dependencies.includes(producer)) {
    return [];
  }
  try {
    // Newer releases print a warning for the old name.
    (consumer.addStackDependency ?? consumer.addDependency).call(consumer, producer);
    return [];
  } catch {
    return [
      `${user.node.path} uses the image ID of ${construct.node.path}, but the stack ${producer.node.path} is deployed after ${consumer.node.path}, on which it depends. Move what uses the image ID to another stack.`,
    ];
  }
}

/** How the CDK passes a value to the stack of a construct. Known when references are resolved. */
export function strengthOf(value: unknown, user: IConstruct): Strength {
  const text = JSON.stringify(asInTopLevelStack(value, Stack.of(user))) ?? '';
  return /"Fn::ImportValue"|"\/cdk\/exports\//.test(text) ? 'strong' : 'weak';
}

/** In older releases of aws-cdk-lib, the values of other stacks reach nested stacks as parameters. */
function asInTopLevelStack(value: unknown, stack: Stack): unknown {
  const resolved = stack.resolve(value);
  const { nestedStackParent, nestedStackResource } = stack;
  if (!nestedStackParent || typeof resolved?.Ref !== 'string') {
    return resolved;
  }
  const parameters = Reflect.get(Object(nestedStackResource), 'parameters');
  return asInTopLevelStack(nestedStackParent.resolve(parameters)?.[resolved.Ref], nestedStackParent);
}

function stackOf(construct: IConstruct): Stack {
  return topLevel(Stack.of(construct));
}

function isOfType(element: CfnElement, ...types: string[]): boolean {
  return CfnResource.isCfnResource(element) && types.includes(element.cfnResourceType);
}
