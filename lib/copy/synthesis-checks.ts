import { Annotations, type Stack, type TagManager } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { describable, knownValue } from '../custom-resource/known-value';
import { usersOf } from '../custom-resource/provider-in-stack';
import type { IWorkspaceProvider } from '../custom-resource/workspace-provider';
import {
  accountIdProblems,
  descriptionProblems,
  IMAGE_QUOTA,
  imageIdProblems,
  namePrefixProblems,
  regionProblems,
  tagsProblems,
} from '../workspaces/validation';
import type { BoundSource } from './workspace-image-source';

interface DeclaredCopy {
  readonly copy: IConstruct;
  readonly stack: Stack;
  readonly source: BoundSource;
  readonly namePrefix: string;
  readonly description: string | undefined;
  readonly tags: TagManager;
  readonly provider: IWorkspaceProvider;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CONCURRENCY_OF_NEW_ACCOUNTS = 10;

/** Validates the copy at synthesis, when the CDK reports all errors of a stage at once. */
export function checkAtSynthesis(declaration: DeclaredCopy): void {
  declaration.copy.node.addValidation({ validate: () => check(declaration) });
}

function check(declaration: DeclaredCopy): string[] {
  const { copy, stack, source, namePrefix, description, tags } = declaration;
  const known = (value: unknown) => knownValue(stack, value).map(describable);
  const { imageId, region, accountId, share } = source;
  if (share && topLevel(share.stack) !== topLevel(stack) && known(imageId).length === 0) {
    warnAboutToken(copy, share);
  }
  warnAboutMany(declaration);
  // The share checks its own properties.
  const problems = share
    ? []
    : [
        ...known(imageId).flatMap(imageIdProblems),
        ...known(region).flatMap(regionProblems),
        ...(accountId === undefined ? [] : known(accountId).flatMap(accountIdProblems)),
      ];
  return [
    ...problems,
    ...known(namePrefix).flatMap(namePrefixProblems),
    ...(description === undefined ? [] : known(description).flatMap(descriptionProblems)),
    ...tagsProblems(stack.resolve(tags.tagValues())),
    ...known(region).flatMap((from) => partitionProblems(String(from), stack.region)),
  ];
}

/** Values of tokens reach nested stacks as parameters, which CloudFormation compares when it deploys their parent. */
function topLevel(stack: Stack): Stack {
  return stack.nestedStackParent ? topLevel(stack.nestedStackParent) : stack;
}

function warnAboutToken(copy: IConstruct, share: IConstruct): void {
  Annotations.of(copy).addWarningV2(
    'cdk-workspace-image-share:tokenSource',
    `The image ID of ${share.node.path}, in another stack, is a token. If its value changes, the template of this copy does not, so no new image is copied. Specify a literal image ID.`,
  );
}

/** The first copy of a stack reports the total. */
function warnAboutMany({ copy, stack, provider }: DeclaredCopy): void {
  const { length, 0: first } = usersOf(provider);
  if (copy !== first) {
    return;
  }
  const have = `The stack ${stack.node.path} has ${length} copies`;
  if (length >= CONCURRENCY_OF_NEW_ACCOUNTS) {
    Annotations.of(copy).addWarningV2(
      'cdk-workspace-image-share:manyCopies',
      `${have}. Each holds one concurrent execution of Lambda while it waits, and new accounts have ${CONCURRENCY_OF_NEW_ACCOUNTS} per Region for all functions. Request a higher quota, or let some copies depend on others.`,
    );
  }
  if (length > IMAGE_QUOTA) {
    Annotations.of(copy).addWarningV2(
      'cdk-workspace-image-share:imageQuota',
      `${have}. By default, an account can have ${IMAGE_QUOTA} images per Region. Request a higher quota.`,
    );
  }
}

/** The partition of a Region is unknown if the Region is a token, or newer than the aws-cdk-lib of the app. */
function partitionProblems(from: string, to: string): string[] {
  const [source, own] = [from, to].map((region) => RegionInfo.get(region).partition);
  return source === undefined || own === undefined || source === own
    ? []
    : [
        `An image cannot be copied from ${from} to ${to}, because they are in different partitions. Specify an image in the partition ${own}.`,
      ];
}
