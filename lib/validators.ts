import { Annotations, RemovalPolicy, type Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type AccountList, resolvedEntries } from './account-list';
import { ACCOUNTS_PER_DEPLOYMENT, accountIdsProblems, few, imageIdProblems } from './validation';

/** A share as it was declared, for the checks that need all of them. */
export interface Declaration {
  readonly share: IConstruct;
  readonly stack: Stack;
  /** Undefined where the image says nothing about it. */
  readonly logicalId: string | undefined;
  readonly imageId: string;
  /** Grows with `addAccounts`. */
  readonly accountIds: AccountList;
  readonly adoptExisting?: boolean;
  readonly removalPolicy?: RemovalPolicy;
}

const declarations = new WeakMap<IConstruct, Declaration[]>();

/** The share in the tree, of all in the stage of a construct, that meets a condition. */
export function findDeclaration(
  construct: IConstruct,
  meets: (declaration: Declaration) => boolean,
): Declaration | undefined {
  return declaredIn(construct).find((declaration) => meets(declaration) && isInTree(declaration.share));
}

/** Lets the CDK say what is wrong with a share together with all that is wrong with the stage. */
export function checkAtSynthesis(declaration: Declaration): void {
  declaredIn(declaration.share).push(declaration);
  declaration.share.node.addValidation({ validate: () => check(declaration) });
}

/** Whether a construct was not removed again, alone or with one that holds it. */
export function isInTree(construct: IConstruct): boolean {
  return construct.node.scopes.every(
    ({ node }) => node.scope === undefined || node.scope.node.tryFindChild(node.id)?.node === node,
  );
}

function declaredIn(construct: IConstruct): Declaration[] {
  const stage = Stage.of(construct) ?? construct.node.root;
  const found = declarations.get(stage) ?? [];
  declarations.set(stage, found);
  return found;
}

function check(declaration: Declaration): string[] {
  const listed = entries(declaration);
  const accounts = listed.filter(isKnown);
  const overlaps = findOverlaps(declaration, accounts);

  warn(declaration, [
    ...emptyListWarnings(listed),
    ...manyAccountsWarnings(listed),
    ...adoptExistingWarnings(declaration),
    ...overlaps.filter(({ place }) => place === 'unknown').map(sharedTwiceWarning),
  ]);
  return [
    ...knownImage(declaration).flatMap(imageIdProblems),
    ...accountIdsProblems(accounts),
    ...ownAccountProblems(declaration.stack, accounts),
    ...removalPolicyProblems(declaration),
    ...overlaps.filter(({ place }) => place === 'same').map(({ problem }) => problem),
  ];
}

type Warning = readonly [id: string, message: string];

function warn({ share }: Declaration, warnings: Warning[]): void {
  for (const [id, message] of warnings) {
    Annotations.of(share).addWarningV2(`cdk-workspace-image-share:${id}`, message);
  }
}

function emptyListWarnings(listed: unknown[]): Warning[] {
  const message =
    'accountIds is empty, so the image is shared with nobody: name the accounts, or remove the share.';
  return listed.length === 0 ? [['emptyList', message]] : [];
}

function manyAccountsWarnings({ length }: unknown[]): Warning[] {
  const message = `The share has ${length} accounts. At the WorkSpaces API's default quota of 2 calls per second, the function can add or remove about ${ACCOUNTS_PER_DEPLOYMENT} accounts before it times out after 15 minutes. Request a higher quota, or add the accounts over several deployments.`;
  return length > ACCOUNTS_PER_DEPLOYMENT ? [['manyAccounts', message]] : [];
}

function adoptExistingWarnings({ adoptExisting }: Declaration): Warning[] {
  const message =
    'adoptExisting takes over permissions that others granted, and is meant for one deployment: remove it after that.';
  return adoptExisting ? [['adoptExisting', message]] : [];
}

function sharedTwiceWarning({ problem }: Overlap): Warning {
  return ['sharedTwice', problem];
}

function ownAccountProblems({ account }: Stack, accounts: unknown[]): string[] {
  return !Token.isUnresolved(account) && accounts.includes(account)
    ? [`The account "${account}" is the stack's own, which holds the image already: take it off the list.`]
    : [];
}

function removalPolicyProblems({ removalPolicy }: Declaration): string[] {
  return removalPolicy === undefined ||
    removalPolicy === RemovalPolicy.DESTROY ||
    removalPolicy === RemovalPolicy.RETAIN
    ? []
    : [
        `The removal policy "${removalPolicy}" means nothing for permissions: use RemovalPolicy.DESTROY, which revokes them, or RemovalPolicy.RETAIN, which leaves them behind.`,
      ];
}

interface Overlap {
  readonly place: 'same' | 'unknown' | 'different';
  readonly problem: string;
}

/** Where shares declared before this one hold accounts of this one, for the same image. */
function findOverlaps(declaration: Declaration, accounts: unknown[]): Overlap[] {
  const [image] = knownImage(declaration);
  if (image === undefined) {
    return [];
  }
  const all = declaredIn(declaration.share);
  return all
    .slice(0, all.indexOf(declaration))
    .filter((other) => knownImage(other)[0] === image && isInTree(other.share))
    .flatMap((other) => {
      const place = comparePlaces(declaration.stack, other.stack);
      const theirs = new Set(entries(other));
      const both = [...new Set(accounts)].filter((account) => theirs.has(account)).map(String);
      if (both.length === 0) {
        return [];
      }
      const condition = place === 'same' ? '' : ', if both stacks are deployed to one account and Region';
      const problem = `${image} is shared with ${few(both)} by ${other.share.node.path} too${condition}: the share that is removed first revokes it for both. Name an account in one of the two alone.`;
      return [{ place, problem }];
    });
}

function comparePlaces(one: Stack, other: Stack): Overlap['place'] {
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

/** The image id where it is known, in a list of one. A literal needs no resolving, which most of them are. */
function knownImage({ stack, imageId }: Declaration): unknown[] {
  return [Token.isUnresolved(imageId) ? stack.resolve(imageId) : imageId].filter(isKnown);
}

function entries({ stack, accountIds }: Declaration): unknown[] {
  return resolvedEntries(accountIds, stack);
}

/**
 * Neither a token nor what the CDK says on its first pass, before it looked a value up.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/context.html
 */
function isKnown(value: unknown): boolean {
  const isToken = typeof value === 'object' && value !== null;
  return !isToken && !(typeof value === 'string' && value.startsWith('dummy-value-for-'));
}
