import type { SentRequest } from '../cloudformation';
import { keyOf, type LiveItem } from './live-resources';
import type { Problem } from './step-report';

/** An image that is a copy, or a bundle, as it exists. */
export interface ExistingItem {
  readonly id: string;
  readonly account: string;
  readonly region?: string;
  readonly state: string;
  /** The image that it is made from. */
  readonly source?: string;
}

/** The words for copies, or for bundles. */
export interface Words {
  readonly noun: 'image' | 'bundle';
  /** What it does with the image that it is made from. */
  readonly verb: 'is a copy of' | 'has';
  readonly apposition: 'a copy of' | 'with';
}

/** Compares the copies or the bundles of all accounts with those that stacks declare. */
export class ItemJudgement {
  /** The constructs that have left items in place, by the ID of the item. */
  private readonly retained = new Map<string, LiveItem>();
  private before: ReadonlyMap<string, LiveItem> = new Map();
  /** The constructs that have had each item. */
  private readonly had = new Map<string, LiveItem>();

  constructor(
    private readonly type: string,
    private readonly words: Words,
  ) {}

  isRetained(id: string): boolean {
    return this.retained.has(id);
  }

  /** Judges the state after an operation, given the requests that it has sent. */
  after(
    live: ReadonlyMap<string, LiveItem>,
    existing: readonly ExistingItem[],
    requests: readonly SentRequest[],
  ): Problem[] {
    this.recordRetained(live, requests);
    this.before = live;
    return [
      ...[...live.values()].flatMap((each) => this.problems(each, existing)),
      ...this.retainedProblems(existing),
      ...this.leftovers([...live.values()], existing),
    ];
  }

  /** Records the items that a construct has had, and that its removal policy keeps. */
  private recordRetained(now: ReadonlyMap<string, LiveItem>, requests: readonly SentRequest[]): void {
    const had = [
      ...[...this.before].map(([key, { id }]) => ({ key, id })),
      ...requests
        .filter(({ event, outcome }) => event.ResourceType === this.type && outcome === 'succeeded')
        .map(({ stack, event, response }) => ({
          key: keyOf({ stack, logicalId: event.LogicalResourceId }),
          id: String(response?.PhysicalResourceId),
        })),
    ];
    for (const { key, id } of had) {
      const current = now.get(key);
      const construct = current ?? this.before.get(key);
      if (construct) {
        this.had.set(id, construct);
      }
      const policy = current ? current.declared.UpdateReplacePolicy : construct?.declared.DeletionPolicy;
      if (construct && current?.id !== id && policy?.startsWith('Retain')) {
        this.retained.set(id, construct);
      }
    }
  }

  private retainedProblems(existing: readonly ExistingItem[]): Problem[] {
    return [...this.retained]
      .filter(([id]) => !existing.some((item) => item.id === id))
      .map(([id, { path, stack }]) => ({
        text: `The ${this.words.noun} ${id} does not exist, although the removal policy of ${path} retains it.`,
        stacks: [stack],
        path,
      }));
  }

  private leftovers(live: readonly LiveItem[], existing: readonly ExistingItem[]): Problem[] {
    const { noun, apposition } = this.words;
    return existing
      .filter(({ id }) => !this.retained.has(id) && !live.some((each) => each.id === id))
      .map(({ account, region, id, source }) => {
        const construct = this.had.get(id);
        return {
          text: `The ${noun} ${id} in ${account} ${region}, ${apposition} ${source}, is left over: no stack declares it.`,
          stacks: construct ? [construct.stack] : [],
          path: construct?.path,
        };
      });
  }

  private problems(
    { path, stack, account, region, id, source }: LiveItem,
    existing: readonly ExistingItem[],
  ): Problem[] {
    const item = existing.find(
      (each) => each.id === id && each.account === account && each.region === region,
    );
    const { noun, verb } = this.words;
    const subject = `The ${noun} of ${path}, ${id},`;
    const texts = item
      ? [
          ...(item.state === 'AVAILABLE' ? [] : [`${subject} is ${item.state} instead of AVAILABLE.`]),
          ...(item.source === source ? [] : [`${subject} ${verb} ${item.source} instead of ${source}.`]),
        ]
      : [`${subject} does not exist in ${account} ${region}.`];
    return texts.map((text) => ({ text, stacks: [stack], path }));
  }
}
