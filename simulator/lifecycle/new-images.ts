import type { AssembledStack } from '../assembly';
import type { CloudFormation } from '../cloudformation';
import { type Bindings, isPartOf, isStub, REPLACEMENT } from '../inputs/bindings';
import type { Template } from '../template';
import type { Deployments } from './deployments';
import { withOtherImages, withProperties } from './template-edits';

/** Replaces the images at the start of all chains: literals, parameters, and stubs. */
export class NewImages {
  /** The images that have replaced literals, with the literal of the app. */
  private readonly rootOf = new Map<string, string>();
  /** The images that the current step has replaced. */
  private replaced = new Map<string, string>();

  constructor(
    private readonly bindings: Bindings,
    private readonly deployments: Deployments,
    private readonly cloudFormation: CloudFormation,
  ) {}

  /** Invents new images. */
  next(): Map<string, string> {
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

  /** The template of a stack with the new images. */
  templateOf(stack: AssembledStack): Template {
    let template = withOtherImages(this.deployments.template(stack), this.replaced);
    for (const live of this.cloudFormation.stacks.get(stack.id)?.live.values() ?? []) {
      const { logicalId, declared, physicalId } = live;
      if (isStub(declared.Type) && this.bindings.roots.unknown.some((text) => isPartOf(text, physicalId))) {
        template = withProperties(template, logicalId, { [REPLACEMENT]: physicalId });
      }
    }
    return template;
  }
}
