import { type AssembledStack, dependenciesOf, sharesOf } from '../assembly';
import { DEFAULT_ACCOUNT } from '../default-account';
import type { Json } from '../template';
import { Images } from './images';
import { accountsIn, type Inventor, parametersFor, replaceForeignImports, sourcesOf } from './sources';

const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666', '777788889999', '222233334444', '555566667777'];

/** What a stack and the stacks that it depends on leave open: images, accounts, and parameters. */
export class Inputs {
  /** A copy of the stack, with values for what only other apps and other resources know. */
  readonly stack: AssembledStack;
  readonly account: string;
  readonly images: Images;
  readonly parameters: ReadonlyMap<AssembledStack, Record<string, string>>;
  /** The values of dynamic references, by property and reference. */
  private readonly references = new Map<string, string>();
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
    const copies = structuredClone(assembled);
    this.stack = copies[assembled.indexOf(stack)];
    this.account = stack.account ?? DEFAULT_ACCOUNT;
    const deployed = [...dependenciesOf(this.stack), this.stack];
    const shares = deployed.flatMap((each) =>
      sharesOf(each.template).map((id) => ({
        each,
        properties: each.template.Resources?.[id].Properties ?? {},
      })),
    );
    this.accountIds = shares.map(({ properties }) => properties.AccountIds ?? []);
    this.usedAccounts = new Set(JSON.stringify([this.accountIds, given]).match(/\b\d{12}\b/g));
    const sources = (property: string) =>
      shares.map(({ each, properties }) => sourcesOf(properties, property, each, copies));
    const imageSources = sources('ImageId');
    const accountSources = sources('AccountIds');
    this.images = new Images(imageSources.flatMap(({ resources }) => resources));
    const valuesFor = (each: AssembledStack) => {
      const known = { ...each.assetParameters, ...given };
      return parametersFor(each, known, imageSources, accountSources, this.inventor);
    };
    this.parameters = new Map(deployed.map((each) => [each, valuesFor(each)]));
    for (const { replace } of imageSources.flatMap(({ imports }) => imports)) {
      replace(this.images.nextId());
    }
    const openAccounts = accountSources.flatMap(({ imports, resources }) => [...imports, ...resources]);
    for (const { form, replace } of openAccounts) {
      replace(accountsIn(form, this.inventor));
    }
    replaceForeignImports(copies, 'simulation');
  }

  /** Invents the value of a dynamic reference in a property of a share, and returns others as they are. */
  readonly dynamicReference = (reference: string, property: string): string => {
    const key = `${property} ${reference}`;
    const value = this.references.get(key) ?? this.inventedFor(reference, property);
    this.references.set(key, value);
    return value;
  };

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

  private inventedFor(reference: string, property: string): string {
    switch (property) {
      case 'ImageId':
        return this.images.nextId();
      case 'AccountIds':
        // CloudFormation splits the reference, not its value.
        return String(accountsIn(this.isSplit(reference) ? { splitAt: ',' } : 'one', this.inventor));
      default:
        return reference;
    }
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
