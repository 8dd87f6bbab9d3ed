import { type AssembledStack, copiesOf, sharesOf } from '../assembly';
import type { Template } from '../template';
import { levels, type Order } from './deployment-order';
import type { Deployments } from './deployments';
import { keyOf, type LiveResources } from './live-resources';
import type { NewImages } from './new-images';
import { withAccounts, withFailure } from './template-edits';

/** A version of the app. */
export interface Version {
  readonly name: string;
  readonly stacks: readonly AssembledStack[];
}

/** A deployment of all stacks, or their deletion. */
export interface Step {
  readonly name: string;
  /** The version of the app that is deployed. @default - the same as before */
  readonly version?: Version;
  /** Begins the step. Returns the images that replace others. */
  readonly begin?: () => ReadonlyMap<string, string>;
  /** The template of a stack. @default - the stacks are deleted */
  readonly templateOf?: (stack: AssembledStack) => Template;
  /** The stacks whose update must fail. */
  readonly failing?: readonly AssembledStack[];
}

/** The steps of an app: its versions one after the other, or changes that every app with shares and copies has. */
export class Steps {
  constructor(
    private readonly deployments: Deployments,
    private readonly newImages: NewImages,
    private readonly live: LiveResources,
    private readonly newAccount: (taken: readonly string[]) => string,
  ) {}

  of(versions: readonly Version[], order: Order): Step[] {
    const deployed = versions.map(
      (version): Step => ({
        name: `deploy ${version.name}`.trim(),
        version,
        templateOf: ({ template }) => template,
      }),
    );
    const changes = versions.length > 1 ? [] : this.changes(versions[0].stacks, order);
    return [...deployed, ...changes, { name: 'destroy' }];
  }

  private changes(stacks: readonly AssembledStack[], order: Order): Step[] {
    const sharing = stacks.filter(({ template }) => sharesOf(template).length > 0);
    const copying = stacks.filter(({ template }) => copiesOf(template).length > 0);
    const oneMore = (accounts: readonly string[]) => [...accounts, this.newAccount(accounts)];
    const oneLess = (accounts: readonly string[]) => accounts.slice(0, -1);
    const otherOne = ([, ...others]: readonly string[]) => oneMore(others);
    const accounts = (name: string, change: typeof oneMore): Step => ({
      name,
      templateOf: (stack) => this.shared(stack, change),
    });
    const newImage: Step = {
      name: 'new image',
      begin: () => this.newImages.next(),
      templateOf: (stack) => this.newImages.templateOf(stack),
    };
    const failing = (step: Step, stacks: readonly AssembledStack[], resourcesOf: typeof sharesOf) =>
      levels(stacks, order).map((failing, n, { length }) => ({
        ...step,
        name: length > 1 ? `${step.name} (${n + 1} of ${length})` : step.name,
        failing,
        templateOf: (stack: AssembledStack) => {
          const isFailing = failing.includes(stack);
          const isChanged = isFailing || step.begin !== undefined;
          const template = isChanged && step.templateOf?.(stack);
          return template
            ? isFailing
              ? withFailure(template, resourcesOf(template))
              : template
            : this.deployments.template(stack);
        },
      }));
    return [
      ...(sharing.length > 0 ? [accounts('add an account', oneMore), accounts('remove it', oneLess)] : []),
      newImage,
      ...failing(accounts('update that fails while sharing', otherOne), sharing, sharesOf),
      ...failing({ ...newImage, name: 'update that fails while copying' }, copying, copiesOf),
    ];
  }

  /** The template of a stack whose shares have other accounts. */
  private shared(stack: AssembledStack, change: (now: readonly string[]) => string[]): Template {
    const shares = this.live.shares();
    return withAccounts(this.deployments.template(stack), (logicalId) =>
      change(shares.get(keyOf({ stack: stack.id, logicalId }))?.accountIds ?? []),
    );
  }
}
