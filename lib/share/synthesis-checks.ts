import { Annotations, CfnDeletionPolicy, type CfnResource, Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isInTree } from '../custom-resource/construct-tree';
import { describable, inWords, isKnown, knownValue, problemsOf } from '../custom-resource/known-value';
import { type ImageOrigin, originsElsewhere } from '../references/image-origin';
import {
  ACCOUNTS_PER_DEPLOYMENT,
  accountIdsProblems,
  enumerate,
  imageIdProblems,
  isImageId,
} from '../workspaces/validation';
import { type AccountList, resolvedEntries } from './account-list';

/** A declared share. Some validations compare all shares of a stage. */
export interface DeclaredShare {
  readonly share: IConstruct;
  readonly stack: Stack;
  /** Undefined if the logical ID depends on the construct path. */
  readonly logicalId: string | undefined;
  readonly resource: CfnResource;
  readonly imageId: string;
  /** `addAccounts` and copies add to this list. */
  readonly accountIds: () => AccountList;
  /** Whether copies use the share, even if they add no account. */
  readonly hasCopies: () => boolean;
  readonly adoptExisting?: boolean;
}

/** The shares of a stage, stored in the stage itself, where other installations of this package find them. */
const SHARES = Symbol.for('cdk-workspace-image-share.shares');

/** Finds a share in the same stage as a construct. */
export function findShare(
  construct: IConstruct,
  meets: (declaration: DeclaredShare) => boolean,
): DeclaredShare | undefined {
  return declaredIn(construct).find((declaration) => meets(declaration) && isInTree(declaration.share));
}

/** Finds a share of a literal image ID, certainly in another account or Region than a user of that image. */
export function shareElsewhere(imageId: string, user: IConstruct): ImageOrigin[] {
  const stack = Stack.of(user);
  return knownValue(stack, imageId)
    .filter(isImageId)
    .flatMap((sourceId) => {
      const found = findShare(
        user,
        (other) =>
          literalImageId(other)[0] === sourceId && compareEnvironments(stack, other.stack) === 'different',
      );
      return found ? [{ construct: found.share, kind: 'share', sourceId }] : [];
    });
}

/** Registers the share, and validates it at synthesis, when the CDK reports all errors of a stage at once. */
export function checkAtSynthesis(declaration: DeclaredShare): void {
  declaredIn(declaration.share).push(declaration);
  declaration.share.node.addValidation({ validate: () => check(declaration) });
}

function declaredIn(construct: IConstruct): DeclaredShare[] {
  const stage: IConstruct & { [SHARES]?: DeclaredShare[] } = Stage.of(construct) ?? construct.node.root;
  stage[SHARES] ??= [];
  return stage[SHARES];
}

function check(declaration: DeclaredShare): string[] {
  const listed = entries(declaration);
  const accounts = listed.filter(isKnown);
  const overlaps = findOverlaps(declaration, accounts);

  warn(declaration, [
    ...emptyListWarnings(listed, declaration.hasCopies()),
    ...splitReferenceWarnings(listed.filter((entry) => !isKnown(entry))),
    ...manyAccountsWarnings(declaration),
    ...adoptExistingWarnings(declaration),
    ...overlaps.filter(({ environment }) => environment === 'unknown').map(sharedTwiceWarning),
  ]);
  return [
    ...problemsOf(declaration.stack, declaration.imageId, imageIdProblems),
    ...originsElsewhere(declaration.imageId, declaration.share).map((origin) =>
      imageElsewhere(declaration.share, origin),
    ),
    ...accountIdsProblems(accounts.map(describable)),
    ...ownAccountProblems(declaration.stack, listed),
    ...adoptExistingProblems(declaration.adoptExisting),
    ...overlaps.filter(({ environment }) => environment === 'same').map(({ problem }) => problem),
  ];
}

type Warning = readonly [id: string, message: string];

function warn({ share }: DeclaredShare, warnings: Warning[]): void {
  for (const [id, message] of warnings) {
    Annotations.of(share).addWarningV2(`cdk-workspace-image-share:${id}`, message);
  }
}

function emptyListWarnings(listed: unknown[], hasCopies: boolean): Warning[] {
  const message =
    'accountIds is empty, so the image is not shared with any account. Add accounts, copy the image with WorkspaceImageSource.share, or remove the share.';
  return listed.length === 0 && !hasCopies ? [['emptyList', message]] : [];
}

/** CloudFormation resolves dynamic references after intrinsic functions, so `Fn::Split` does not see the values. */
function splitReferenceWarnings(tokens: unknown[]): Warning[] {
  const message =
    'accountIds splits a dynamic reference, which CloudFormation resolves after it has split the text of the reference, so the deployment fails. For a parameter of type StringList, use StringListParameter.valueForTypedListParameter.';
  const splits = tokens.some((entry) => /^\{"Fn::Split":.*\{\{resolve:/.test(JSON.stringify(entry)));
  return splits ? [['splitReference', message]] : [];
}

/** The quota applies to the account and Region, so the first share of an environment reports the total of all shares. */
function manyAccountsWarnings(declaration: DeclaredShare): Warning[] {
  const shares = declaredIn(declaration.share).filter(
    ({ share, stack }) => stack.environment === declaration.stack.environment && isInTree(share),
  );
  if (shares[0] !== declaration) {
    return [];
  }
  const all = shares.flatMap(entries).length;
  // With adoptExisting, half of the time is reserved for undoing.
  const adopting = shares.filter(({ adoptExisting }) => adoptExisting).flatMap(entries).length;
  const have =
    shares.length === 1 ? 'The share has' : `The ${shares.length} shares in this account and Region have`;
  const half = adopting > 0 ? ', or half as many with adoptExisting' : '';
  const message = `${have} ${all} accounts. At the WorkSpaces API's default quota of 2 calls per second, about ${ACCOUNTS_PER_DEPLOYMENT} accounts can be added or removed in one deployment${half}. Request a higher quota, or add the accounts over several deployments.`;
  return all + adopting > ACCOUNTS_PER_DEPLOYMENT ? [['manyAccounts', message]] : [];
}

function adoptExistingWarnings({ adoptExisting, resource }: DeclaredShare): Warning[] {
  if (!adoptExisting) {
    return [];
  }
  const once: Warning = [
    'adoptExisting',
    'adoptExisting adopts permissions that were granted before the share existed. Remove it after the deployment that creates the share.',
  ];
  const revocable: Warning = [
    'adoptExistingWithoutRetain',
    'If the deployment that creates the share is rolled back, the permissions that adoptExisting adopted are revoked. Set removalPolicy to RemovalPolicy.RETAIN for that deployment, and remove both properties afterwards.',
  ];
  return resource.cfnOptions.deletionPolicy === CfnDeletionPolicy.RETAIN ? [once] : [once, revocable];
}

/** JavaScript callers and values from the context can be strings, and the string "false" is true. */
function adoptExistingProblems(value: unknown): string[] {
  return value === undefined || value === null || typeof value === 'boolean'
    ? []
    : [`adoptExisting is ${inWords(value)}. Specify true or false, without quotes.`];
}

function sharedTwiceWarning({ problem }: Overlap): Warning {
  return ['sharedTwice', problem];
}

/** An image can be shared only in its account and Region. */
export function imageElsewhere(share: IConstruct, { construct, kind }: ImageOrigin): string {
  const alternative =
    kind === 'copy' ? '' : ', or copy the image with WorkspaceImageSource.share and share the copy';
  return `${share.node.path} shares the image of ${construct.node.path}, which is in another account or Region. Define the share in the stack ${Stack.of(construct).node.path}${alternative}.`;
}

function ownAccountProblems({ account }: Stack, listed: unknown[]): string[] {
  // The account of a stack without an environment is a reference.
  const own = listed
    .map((entry) => Object(entry).Ref ?? entry)
    .find((entry) => entry === account || entry === 'AWS::AccountId');
  return own ? [`"${own}" is the account of the stack, which owns the image. Remove it from the list.`] : [];
}

interface Overlap {
  readonly environment: 'same' | 'unknown' | 'different';
  readonly problem: string;
}

/** Finds shares of the same image, declared before this one, that have accounts in common with it. */
function findOverlaps(declaration: DeclaredShare, accounts: unknown[]): Overlap[] {
  const [image] = literalImageId(declaration);
  if (image === undefined) {
    return [];
  }
  const all = declaredIn(declaration.share);
  return all
    .slice(0, all.indexOf(declaration))
    .filter((other) => literalImageId(other)[0] === image && isInTree(other.share))
    .flatMap((other) => {
      const environment = compareEnvironments(declaration.stack, other.stack);
      const theirs = new Set(entries(other));
      const both = [...new Set(accounts)].filter((account) => theirs.has(account)).map(String);
      if (both.length === 0) {
        return [];
      }
      const condition =
        environment === 'same' ? '' : ' if both stacks are deployed to the same account and Region';
      const problem = `${image} is also shared with ${enumerate(both)} by ${other.share.node.path}${condition}. The share that is deleted first revokes the permissions for both: list each account in one of them only.`;
      return [{ environment, problem }];
    });
}

function compareEnvironments(one: Stack, other: Stack): Overlap['environment'] {
  if (one === other) {
    return 'same';
  }
  const pairs = [
    [one.account, other.account],
    [one.region, other.region],
  ];
  if (pairs.some(([a, b]) => a !== b && !Token.isUnresolved(a) && !Token.isUnresolved(b))) {
    return 'different';
  }
  return pairs.flat().some(Token.isUnresolved) ? 'unknown' : 'same';
}

function literalImageId({ stack, imageId }: DeclaredShare): unknown[] {
  return knownValue(stack, imageId);
}

function entries({ stack, accountIds }: DeclaredShare): unknown[] {
  return resolvedEntries(accountIds(), stack);
}
