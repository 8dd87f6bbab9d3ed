import { type AssembledStack, copiesOf, dependenciesOf, sharesOf } from '../assembly';

/** The IDs of the stacks that come before each stack. */
export type Order = ReadonlyMap<string, ReadonlySet<string>>;

/** The order of an app. Stages are deployed in the order in which they take images from each other. */
export function deploymentOrder(stacks: readonly AssembledStack[]): Order {
  const isAfter = (own: AssembledStack, other: AssembledStack) =>
    own.stage !== other.stage &&
    imagesOf(other, sharesOf).some((image) => imagesOf(own, copiesOf).includes(image));
  return new Map(
    stacks.map((stack) => {
      const before = [...dependenciesOf(stack), ...stacks.filter((other) => isAfter(stack, other))];
      return [stack.id, new Set(before.map(({ id }) => id))];
    }),
  );
}

/** The literal images that a stack shares, or that it copies. */
function imagesOf({ template }: AssembledStack, resourcesOf: typeof sharesOf): string[] {
  return resourcesOf(template)
    .map((logicalId) => template.Resources?.[logicalId].Properties)
    .map((properties) => properties?.SourceImageId ?? properties?.ImageId)
    .filter((imageId) => typeof imageId === 'string');
}

/** Stacks by how many of them come before each: those after one that fails are not reached. */
export function levels(stacks: readonly AssembledStack[], order: Order): AssembledStack[][] {
  const known = new Map<AssembledStack, number>();
  const levelOf = (stack: AssembledStack): number => {
    const before = stacks.filter(({ id }) => order.get(stack.id)?.has(id));
    const level = known.get(stack) ?? Math.max(0, ...before.map((each) => levelOf(each) + 1));
    known.set(stack, level);
    return level;
  };
  const found: AssembledStack[][] = [];
  for (const stack of stacks) {
    const level = levelOf(stack);
    found[level] = [...(found[level] ?? []), stack];
  }
  return found;
}
