import { type AssembledStack, type Assembly, dependenciesOf, sharesOf } from '../assembly';
import { Images } from './images';
import { parametersFor, sourcesOf } from './sources';

const OWN_ACCOUNT = '123456789012';
const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666', '777788889999', '222233334444', '555566667777'];

/** What a stack and the stacks that it depends on leave open: images, accounts, and parameters. */
export class Inputs {
  readonly images: Images;
  readonly parameters: ReadonlyMap<AssembledStack, Record<string, string>>;

  constructor(
    private readonly stack: AssembledStack,
    assembly: Assembly,
    given: Readonly<Record<string, string>>,
  ) {
    const stacks = [...dependenciesOf(stack), stack];
    const shares = stacks.flatMap((each) =>
      sharesOf(each.template).map((id) => ({
        each,
        properties: each.template.Resources?.[id].Properties ?? {},
      })),
    );
    const imageSources = shares.map(({ each, properties }) => sourcesOf(properties.ImageId, each, assembly));
    const accountSources = shares.map(({ each, properties }) =>
      sourcesOf(properties.AccountIds, each, assembly),
    );
    this.images = new Images(imageSources.flatMap(({ resources }) => resources));
    const generated = { image: () => this.images.nextId(), accounts: this.unusedAccounts([]).slice(0, 2) };
    this.parameters = new Map(
      stacks.map((each) => [
        each,
        parametersFor(each, { ...each.assetParameters, ...given }, imageSources, accountSources, generated),
      ]),
    );
  }

  /** Account IDs for examples, other than those of a list and the owner's. */
  unusedAccounts(taken: readonly string[]): string[] {
    const own = this.stack.account ?? OWN_ACCOUNT;
    return EXAMPLE_ACCOUNTS.filter((account) => account !== own && !taken.includes(account));
  }
}
