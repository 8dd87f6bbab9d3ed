import { COPY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import { type AssembledStack, dependenciesOf } from '../assembly';
import type { ResourceRequest } from '../cloudformation';
import { withDynamicReferences } from '../cloudformation/dynamic-references';
import { DEFAULT_ACCOUNT } from '../default-account';
import type { Json, JsonObject } from '../template';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';
import { CopySources } from './copy-sources';
import { IMAGE_PROPERTY, Images } from './images';
import {
  accountsIn,
  type Form,
  type Inventor,
  parametersFor,
  replaceForeignImports,
  sourcesOf,
} from './sources';

/** The property that contains the accounts of a share, or the owner of a copy's source. */
const ACCOUNT_PROPERTY: Readonly<Record<string, string>> = {
  [SHARE_TYPE]: 'AccountIds',
  [COPY_TYPE]: 'SourceAccountId',
};

const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666', '777788889999', '222233334444', '555566667777'];

/** What a stack and the stacks that it depends on leave open: images, accounts, and parameters. */
export class Inputs {
  /** A copy of the stack, with values for what only other apps and other resources know. */
  readonly stack: AssembledStack;
  readonly account: string;
  /** The stacks that the stack depends on, and the stack, in the order of their deployment. */
  readonly deployed: readonly AssembledStack[];
  readonly images: Images;
  readonly copySources: CopySources;
  readonly parameters: ReadonlyMap<AssembledStack, Record<string, string>>;
  /** The values of dynamic references and imports. */
  private readonly invented = new Map<string, string>();
  private readonly usedAccounts: Set<string>;
  private readonly accountIds: Json[];
  private readonly inventor: Inventor = {
    image: () => this.images.nextId(),
    account: () => this.newAccount([]),
  };

  constructor(
    stack: AssembledStack,
    assembled: readonly AssembledStack[],
    given: Readonly<Record<string, string>>,
  ) {
    const stacks = structuredClone(assembled);
    this.stack = stacks[assembled.indexOf(stack)];
    this.account = stack.account ?? DEFAULT_ACCOUNT;
    this.deployed = [...dependenciesOf(this.stack), this.stack];
    const uses = this.deployed.flatMap((each) => imageUses(each));
    const accounts = stacks.map(({ account = null }) => account);
    this.accountIds = uses.map(({ type, properties }) => properties[ACCOUNT_PROPERTY[type]] ?? []);
    this.usedAccounts = new Set(JSON.stringify([this.accountIds, given, accounts]).match(/\b\d{12}\b/g));
    const imageSources = uses.map(({ each, type, properties }) =>
      sourcesOf(properties, IMAGE_PROPERTY[type], each, stacks),
    );
    const accountSources = uses.map(({ each, type, properties }) =>
      sourcesOf(properties, ACCOUNT_PROPERTY[type], each, stacks, type === SHARE_TYPE ? 'list' : 'one'),
    );
    this.copySources = new CopySources(stacks);
    this.images = new Images(imageSources.flatMap(({ resources }) => resources));
    const valuesFor = (each: AssembledStack) => {
      const known = { ...each.assetParameters, ...given };
      return parametersFor(each, known, imageSources, accountSources, this.inventor);
    };
    this.parameters = new Map(this.deployed.map((each) => [each, valuesFor(each)]));
    for (const { name, replace } of imageSources.flatMap(({ imports }) => imports)) {
      replace(this.imageFor(`import ${name}`));
    }
    const openAccounts = accountSources.flatMap(({ imports, resources }) => [...imports, ...resources]);
    for (const { form, replace } of openAccounts) {
      replace(accountsIn(form, this.inventor));
    }
    replaceForeignImports(stacks, 'simulation');
  }

  /** Invents the value of a dynamic reference in a property of a share or a copy, and returns others as they are. */
  readonly dynamicReference = (reference: string, property: string): string => {
    switch (property) {
      case 'ImageId':
      case 'SourceImageId':
        return this.imageFor(reference);
      case 'AccountIds':
        // CloudFormation splits the reference, not its value.
        return this.accountFor(reference, this.isSplit(reference) ? { splitAt: ',' } : 'one');
      case 'SourceAccountId':
        return this.accountFor(reference, 'one');
      default:
        return reference;
    }
  };

  /** Makes the source of a copy exist before the copy is created or updated, unless a stack of the app has done so. */
  provideSource(workspaces: WorkspacesEndpoint, request: ResourceRequest): void {
    const properties = withDynamicReferences(request.properties, this.dynamicReference);
    this.copySources.provide(workspaces, { ...request, properties });
  }

  /** Invents an account that no share has, nor a list. */
  newAccount(taken: readonly string[]): string {
    for (let n = 0; ; n++) {
      const account = EXAMPLE_ACCOUNTS[n] ?? String(600_000_000_000 + n);
      if (account !== this.account && !this.usedAccounts.has(account) && !taken.includes(account)) {
        this.usedAccounts.add(account);
        return account;
      }
    }
  }

  /** The same image for a share and a copy with the same reference. */
  private imageFor(reference: string): string {
    return this.inventedOnce(`image ${reference}`, () => this.images.nextId());
  }

  private accountFor(reference: string, form: Form): string {
    return this.inventedOnce(`account ${reference}`, () => String(accountsIn(form, this.inventor)));
  }

  private inventedOnce(key: string, invent: () => string): string {
    const value = this.invented.get(key) ?? invent();
    this.invented.set(key, value);
    return value;
  }

  private isSplit(reference: string): boolean {
    const within = (value: Json): boolean =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).some(([key, entry]) =>
        key === 'Fn::Split' ? JSON.stringify(entry).includes(reference) : within(entry),
      );
    return this.accountIds.some(within);
  }
}

/** The shares and copies of a stack. */
function imageUses(each: AssembledStack): { each: AssembledStack; type: string; properties: JsonObject }[] {
  return Object.values(each.template.Resources ?? {})
    .filter(({ Type }) => IMAGE_PROPERTY[Type])
    .map(({ Type, Properties = {} }) => ({ each, type: Type, properties: Properties }));
}
