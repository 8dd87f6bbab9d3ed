import type { ServiceError } from '../api/service-errors';
import { SETTLE } from '../guard/timing';
import type { Goal } from './plan';
import { CALL_AGAIN_AFTER, CONCURRENT_CALLS } from './timing';

/** What is known of one account in a goal. */
export interface Change {
  readonly account: string;
  readonly kind: keyof Omit<Goal, 'imageId'>;
  /** Whether the account must have permission. */
  readonly allow: boolean;
  /** Whether to call the service. */
  isDue: boolean;
  /** When the last call for this account ended. */
  calledAt?: number;
  /** The error of a call that is not worth repeating. */
  refusal?: ServiceError;
  /** Whether the service has carried out a call for it, or still may. */
  mayBeGranted: boolean;
  /** The first of the uninterrupted reads that show the account in its target state. */
  rightSince?: number;
}

/**
 * The changes that reach a goal, one for each account in it.
 *
 * Each declared change is called for, or shown by reads for 15 seconds: a single read can be out of date, or show an older
 * state than the read before it.
 */
export class Changes {
  public readonly all: readonly Change[];
  /** Of the accounts to grant, those that had permission before the first call. */
  public found: readonly string[] = [];

  public constructor(public readonly goal: Goal) {
    const changes = (kind: Change['kind']) =>
      goal[kind].map(
        (account): Change => ({
          account,
          kind,
          allow: kind !== 'revoke',
          isDue: kind !== 'keep',
          mayBeGranted: false,
        }),
      );
    this.all = [...changes('grant'), ...changes('keep'), ...changes('revoke')];
  }

  public get due(): readonly Change[] {
    return this.all.filter(({ isDue }) => isDue);
  }

  /** The next calls. Grants come first: no account loses permission to a change that cannot be completed. */
  public get next(): readonly Change[] {
    const grants = this.due.filter(({ allow }) => allow);
    return (grants.length > 0 ? grants : this.due).slice(0, CONCURRENT_CALLS);
  }

  /** Changes that the service refused. */
  public get refused(): readonly Change[] {
    return this.all.filter(({ refusal, kind }) => refusal && kind !== 'keep');
  }

  /** Accounts that the event does not change, but that have lost their permission, and the service refuses to grant it. */
  public get lost(): readonly Change[] {
    return this.all.filter(({ refusal, kind }) => refusal && kind === 'keep');
  }

  public get revokesOnly(): boolean {
    return this.all.every(({ allow }) => !allow);
  }

  /** Accounts that may have permission because of this goal. */
  public get granted(): readonly string[] {
    const granted = this.all.filter(({ allow, mayBeGranted }) => allow && mayBeGranted);
    return granted.map(({ account }) => account).filter((account) => !this.found.includes(account));
  }

  /** If the first read already shows more accounts than one burst of calls, later reads confirm them instead of calls. */
  public startFrom(permitted: ReadonlySet<string>, now: number): void {
    this.found = this.goal.grant.filter((account) => permitted.has(account));
    this.compare(permitted, now);
    const right = this.due.filter(({ rightSince }) => rightSince !== undefined);
    if (right.length > CONCURRENT_CALLS) {
      for (const change of right) {
        change.isDue = false;
      }
    }
  }

  /** Compares the changes with a read. Changes that it does not show become due again. */
  public compare(permitted: ReadonlySet<string>, now: number): readonly Change[] {
    for (const change of this.all) {
      if (permitted.has(change.account) === change.allow) {
        change.refusal = undefined;
        change.rightSince ??= now;
      } else {
        change.rightSince = undefined;
        const calledAt = change.calledAt ?? Number.NEGATIVE_INFINITY;
        change.isDue ||= change.refusal === undefined && now - calledAt >= CALL_AGAIN_AFTER;
      }
    }
    const lost = this.lost;
    return this.all.filter((change) => change.rightSince === undefined && !lost.includes(change));
  }

  /**
   * Whether reads have shown all changes for long enough.
   *
   * @param settleFrom since when they must have done so for 15 seconds; absent if one read is enough for what was called for
   */
  public areConfirmed(now: number, settleFrom: number | undefined): boolean {
    return this.all.every(({ kind, calledAt, refusal, rightSince = now }) => {
      const isCalledFor = kind === 'keep' || calledAt !== undefined;
      const from = settleFrom ?? (isCalledFor ? undefined : 0);
      return refusal || from === undefined || now - Math.max(rightSince, from) >= SETTLE;
    });
  }

  /** Accounts that a read shows in addition to those in the goal. */
  public othersIn(permitted: ReadonlySet<string>): readonly string[] {
    const named = new Set(this.all.map(({ account }) => account));
    return [...permitted].filter((account) => !named.has(account)).sort();
  }
}
