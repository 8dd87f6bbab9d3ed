/**
 * Runs a task for each node as soon as the tasks of the nodes that it waits for have succeeded. Independent tasks run
 * concurrently. The tasks that wait for a failed one do not run.
 *
 * @returns the nodes whose task succeeded
 */
export async function inOrder(
  nodes: Iterable<string>,
  waitsFor: (node: string) => Iterable<string>,
  task: (node: string) => Promise<boolean>,
): Promise<Set<string>> {
  const all = new Set(nodes);
  const outcomes = new Map<string, Promise<boolean>>();
  const succeeded = new Set<string>();
  const outcome = (node: string): Promise<boolean> => {
    const known = outcomes.get(node);
    if (known) {
      return known;
    }
    const before = [...waitsFor(node)].filter((other) => all.has(other)).map(outcome);
    const mine = Promise.all(before).then(async (done) => {
      if (!done.every(Boolean) || !(await task(node))) {
        return false;
      }
      succeeded.add(node);
      return true;
    });
    outcomes.set(node, mine);
    return mine;
  };
  await Promise.all([...all].map(outcome));
  return succeeded;
}

/** Reverses the edges of a graph: maps each node to those that wait for it. */
export function reversed(graph: ReadonlyMap<string, Iterable<string>>): Map<string, Set<string>> {
  const dependents = new Map([...graph.keys()].map((node) => [node, new Set<string>()]));
  for (const [node, others] of graph) {
    for (const other of others) {
      dependents.get(other)?.add(node);
    }
  }
  return dependents;
}
