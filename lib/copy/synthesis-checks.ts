import { Annotations, Stack } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { IConstruct } from 'constructs';
import { knownValue, problemsOf } from '../custom-resource/known-value';
import { type Labels, labelProblems } from '../custom-resource/labels';
import { usersOf } from '../custom-resource/provider-in-stack';
import type { IWorkspaceProvider } from '../custom-resource/workspace-provider';
import { originsOf, rootOf, topLevel } from '../references/image-origin';
import { strengthOf } from '../references/image-users';
import { accountIdProblems, IMAGE_QUOTA, imageIdProblems, regionProblems } from '../workspaces/validation';
import { wrongFactory } from './source-problems';
import type { BoundSource } from './workspace-image-source';

interface DeclaredCopy {
  readonly copy: IConstruct;
  readonly stack: Stack;
  readonly source: BoundSource;
  readonly labels: Labels;
  readonly provider: IWorkspaceProvider;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CONCURRENCY_OF_NEW_ACCOUNTS = 10;

const NINGXIA = 'cn-northwest-1';

/** Validates the copy at synthesis, when the CDK reports all errors of a stage at once. */
export function checkAtSynthesis(declaration: DeclaredCopy): void {
  declaration.copy.node.addValidation({ validate: () => check(declaration) });
}

function check(declaration: DeclaredCopy): string[] {
  const { copy, stack, source, labels } = declaration;
  const { imageId, region, accountId, origin } = source;
  warnAboutToken(copy, source);
  warnAboutOwner(copy, source);
  warnAboutRegions(
    copy,
    [region, stack.region].flatMap((name) => knownValue(stack, name)),
  );
  warnAboutMany(declaration);
  // The share or copy checks its own properties.
  const problems = origin
    ? []
    : [
        ...originsOf(imageId, copy).map((wrong) => wrongFactory(copy, wrong)),
        ...problemsOf(stack, imageId, imageIdProblems),
        ...problemsOf(stack, region, regionProblems),
        ...(accountId === undefined ? [] : problemsOf(stack, accountId, accountIdProblems)),
      ];
  return [
    ...problems,
    ...labelProblems(stack, labels, 'image'),
    ...problemsOf(stack, region, (from) => routeProblems(String(from), stack.region)),
  ];
}

function warnAboutToken(copy: IConstruct, { imageId, origin }: BoundSource): void {
  const inOtherStack = origin && topLevel(origin.stack) !== topLevel(Stack.of(copy));
  if (!inOtherStack || rootOf(imageId, copy) !== undefined) {
    return;
  }
  const { node, stack } = origin;
  // A value that is the same in both stacks is not a reference between them.
  const isReference =
    JSON.stringify(stack.resolve(imageId)) !== JSON.stringify(Stack.of(copy).resolve(imageId));
  const effect =
    isReference && strengthOf(imageId, copy) === 'strong'
      ? `the update of the stack ${topLevel(stack).node.path} fails for as long as this copy uses the value`
      : 'the template of this copy does not, so no new image is copied';
  Annotations.of(copy).addWarningV2(
    'cdk-workspace-image-share:tokenSource',
    `The image of ${node.path}, in another stack, comes from a token. If its value changes, ${effect}. Specify a literal image ID where the image is first shared or copied.`,
  );
}

function warnAboutOwner(copy: IConstruct, { accountId, origin }: BoundSource): void {
  if (!origin && accountId === undefined) {
    Annotations.of(copy).addWarningV2(
      'cdk-workspace-image-share:unknownOwner',
      'The owner of the image is not checked. Any account can share images with yours, so a wrong image ID can be that of an image from somebody else. Specify accountId for WorkspaceImageSource.image, also if the image is in the account of the copy.',
    );
  }
}

/** An error would refuse Regions that are newer than the aws-cdk-lib of the app. */
function warnAboutRegions(copy: IConstruct, regions: unknown[]): void {
  const exist = new Set<unknown>(RegionInfo.regions.map(({ name }) => name));
  const unknown = [...new Set(regions)].filter(
    (name) => regionProblems(name).length === 0 && !exist.has(name),
  );
  for (const name of unknown) {
    Annotations.of(copy).addWarningV2(
      'cdk-workspace-image-share:unknownRegion',
      `The aws-cdk-lib of this app does not know the Region ${name}. Check the spelling, or acknowledge this warning if the Region is new.`,
    );
  }
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

/**
 * Why an image cannot be copied from one Region to another.
 *
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/copy-custom-image.html
 */
function routeProblems(from: string, to: string): string[] {
  // The partition of a Region is unknown if the Region is a token, or newer than the aws-cdk-lib of the app.
  const [source, own] = [from, to].map((region) => RegionInfo.get(region).partition);
  if (source === undefined || own === undefined || from === to) {
    return [];
  }
  const refused = `An image cannot be copied from ${from} to ${to}`;
  if (source !== own) {
    return [
      `${refused}, because they are in different partitions. Specify an image in the partition ${own}.`,
    ];
  }
  if (own === 'aws-us-gov') {
    return [
      `${refused}: in AWS GovCloud (US), AWS Support copies images to other Regions. Contact AWS Support, and specify the image that it makes in ${to}.`,
    ];
  }
  return [from, to].includes(NINGXIA)
    ? [`${refused}: China (Ningxia) allows only copies within the Region. Specify an image in ${to}.`]
    : [];
}
