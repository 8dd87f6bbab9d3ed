import { BUNDLE_TYPE } from '../../lib/custom-resource/resource-types';
import { type AssembledStack, bundlesOf, copiesOf, sharesOf } from '../assembly';
import type { CloudFormation, LiveResource } from '../cloudformation';
import { type Bindings, isPartOf, isStub, REPLACEMENT } from '../inputs/bindings';
import type { Template } from '../template';
import { levels, type Order } from './deployment-order';
import type { Deployments } from './deployments';
import { keyOf, type LiveResources } from './live-resources';
import { withAccounts, withFailure, withOtherImages, withProperties } from './template-edits';

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
  /** The reason of the failure, if a function must refuse the change. */
  readonly refusal?: RegExp;
}

/** The steps of an app: its versions one after the other, or changes that every app has. */
export class Steps {
  /** The images that have replaced literals, with the literal of the app. */
  private readonly rootOf = new Map<string, string>();
  /** The images that the current step has replaced. */
  private replaced = new Map<string, string>();

  constructor(
    private readonly deployments: Deployments,
    private readonly live: LiveResources,
    private readonly bindings: Bindings,
    private readonly cloudFormation: CloudFormation,
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
    const bundling = stacks.filter(({ template }) => bundlesOf(template).length > 0);
    const copying = stacks.filter(
      (stack) => copiesOf(stack.template).length > 0 && !bundling.includes(stack),
    );
    const oneMore = (accounts: readonly string[]) => [...accounts, this.bindings.accounts.next(accounts)];
    const oneLess = (accounts: readonly string[]) => accounts.slice(0, -1);
    const otherOne = ([, ...others]: readonly string[]) => oneMore(others);
    const accounts = (name: string, change: typeof oneMore): Step => ({
      name,
      templateOf: (stack) => this.shared(stack, change),
    });
    const newImage: Step = {
      name: 'new image',
      begin: () => this.replaceImages(),
      templateOf: (stack) => this.withNewImages(stack),
    };
    const otherHardware: Step = {
      name: 'change of hardware',
      templateOf: (stack) => this.withOtherHardware(stack),
      refusal: /cannot change/,
    };
    const failing = (step: Step, stacks: readonly AssembledStack[], resourcesOf?: typeof sharesOf) =>
      levels(stacks, order).map((failing, n, { length }) => ({
        ...step,
        name: length > 1 ? `${step.name} (${n + 1} of ${length})` : step.name,
        failing,
        templateOf: (stack: AssembledStack) => {
          const isFailing = failing.includes(stack);
          const isChanged = isFailing || step.begin !== undefined;
          const template = isChanged && step.templateOf?.(stack);
          return template
            ? isFailing && resourcesOf
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
      ...failing({ ...newImage, name: 'update that fails after a bundle' }, bundling, bundlesOf),
      ...failing(otherHardware, bundling),
    ];
  }

  /** The template of a stack whose shares have other accounts. */
  private shared(stack: AssembledStack, change: (now: readonly string[]) => string[]): Template {
    const shares = this.live.shares();
    return withAccounts(this.deployments.template(stack), (logicalId) =>
      change(shares.get(keyOf({ stack: stack.id, logicalId }))?.accountIds ?? []),
    );
  }

  /** Invents a new image for each one at the start of a chain: literals, parameters, and attributes of stubs. */
  private replaceImages(): Map<string, string> {
    const next = new Map<string, string>();
    this.replaced = new Map();
    for (const imageId of this.bindings.roots.literal.filter((each) => this.deployments.contain(each))) {
      // After a rollback, stacks have different images of the same origin.
      const root = this.rootOf.get(imageId) ?? imageId;
      const newId = next.get(root) ?? this.bindings.nextImage();
      next.set(root, newId);
      this.rootOf.set(newId, root);
      this.replaced.set(imageId, newId);
    }
    this.bindings.next();
    return this.replaced;
  }

  /** The template of a stack whose bundles have another compute type. */
  private withOtherHardware(stack: AssembledStack): Template {
    let template = this.deployments.template(stack);
    for (const { logicalId, declared, properties } of this.liveOf(stack)) {
      if (declared.Type === BUNDLE_TYPE) {
        const ComputeType = properties.ComputeType === 'STANDARD' ? 'PERFORMANCE' : 'STANDARD';
        template = withProperties(template, logicalId, { ComputeType });
      }
    }
    return template;
  }

  private liveOf({ id }: AssembledStack): LiveResource[] {
    return [...(this.cloudFormation.stacks.get(id)?.live.values() ?? [])];
  }

  /** The template of a stack with the new images. */
  private withNewImages(stack: AssembledStack): Template {
    let template = withOtherImages(this.deployments.template(stack), this.replaced);
    for (const { logicalId, declared, physicalId } of this.liveOf(stack)) {
      if (isStub(declared.Type) && this.bindings.roots.unknown.some((text) => isPartOf(text, physicalId))) {
        template = withProperties(template, logicalId, { [REPLACEMENT]: physicalId });
      }
    }
    return template;
  }
}
