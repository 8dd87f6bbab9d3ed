import { type AssembledStack, copiesOf, sharesOf } from '../assembly';
import type { Template } from '../template';
import type { Order } from './deployment-order';
import { levels } from './deployment-order';
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
    const begin = () => this.newImages.next();
    return [
      ...(sharing.length > 0
        ? [
            { name: 'add an account', templateOf: (stack: AssembledStack) => this.shared(stack, oneMore) },
            {
              name: 'remove it',
              templateOf: (stack: AssembledStack) => this.shared(stack, (now) => now.slice(0, -1)),
            },
          ]
        : []),
      { name: 'new image', begin, templateOf: (stack) => this.newImages.templateOf(stack) },
      ...failures('update that fails while sharing', levels(sharing, order), (stack) => {
        const changed = this.shared(stack, ([, ...others]) => oneMore(others));
        return withFailure(changed, sharesOf(changed));
      }).map((step) => ({
        ...step,
        templateOf: (stack: AssembledStack) =>
          step.failing.includes(stack) ? step.failed(stack) : this.deployments.template(stack),
      })),
      ...failures('update that fails while copying', levels(copying, order), (stack) => {
        const changed = this.newImages.templateOf(stack);
        return withFailure(changed, copiesOf(changed));
      }).map((step) => ({
        ...step,
        begin,
        templateOf: (stack: AssembledStack) =>
          step.failing.includes(stack) ? step.failed(stack) : this.newImages.templateOf(stack),
      })),
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

/** A step for each level of stacks whose update fails: those after them are not reached. */
function failures(
  name: string,
  failing: readonly AssembledStack[][],
  failed: (stack: AssembledStack) => Template,
) {
  return failing.map((stacks, n) => ({
    name: failing.length > 1 ? `${name} (${n + 1} of ${failing.length})` : name,
    failing: stacks,
    failed,
  }));
}
