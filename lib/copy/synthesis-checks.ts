import { Annotations, type Stack } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { describable, knownValue } from '../custom-resource/known-value';
import {
  accountIdProblems,
  imageIdProblems,
  namePrefixProblems,
  regionProblems,
} from '../workspaces/validation';
import type { BoundSource } from './workspace-image-source';

interface DeclaredCopy {
  readonly copy: IConstruct;
  readonly stack: Stack;
  readonly source: BoundSource;
  readonly namePrefix: string;
}

/** Validates the copy at synthesis, when the CDK reports all errors of a stage at once. */
export function checkAtSynthesis(declaration: DeclaredCopy): void {
  declaration.copy.node.addValidation({ validate: () => check(declaration) });
}

function check({ copy, stack, source, namePrefix }: DeclaredCopy): string[] {
  const known = (value: unknown) => knownValue(stack, value).map(describable);
  const { imageId, region, accountId, share } = source;
  if (share && topLevel(share.stack) !== topLevel(stack) && known(imageId).length === 0) {
    warnAboutToken(copy, share);
  }
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

/** The partition of a Region is unknown if the Region is a token, or newer than the aws-cdk-lib of the app. */
function partitionProblems(from: string, to: string): string[] {
  const [source, own] = [from, to].map((region) => RegionInfo.get(region).partition);
  return source === undefined || own === undefined || source === own
    ? []
    : [
        `An image cannot be copied from ${from} to ${to}, because they are in different partitions. Specify an image in the partition ${own}.`,
      ];
}
