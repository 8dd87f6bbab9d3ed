import { ACCOUNTS_PER_DEPLOYMENT } from '../lib/validation';
import type { Existing, Goal } from './plan';
import { isGone, isTemporary, isThrottled, type ServiceError } from './service-errors';
import {
  backoff,
  CALL_AGAIN_AFTER,
  CONCURRENT_CALLS,
  DUPLICATE_CREATE_WATCH,
  GROWING_CREATE_WATCH,
  REFUSAL_RECHECK,
  SETTLE,
  VISIBLE_WITHIN,
} from './timing';

/** A grant or a revoke that the service refused. */
export interface Refusal {
  readonly allow: boolean;
  readonly error: ServiceError;
}

/** Accounts have permission that this share did not grant. */
export class AlreadyShared extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}

/** The service refused calls, and reads show that they were needed. */
export class CallsRefused extends Error {
  public constructor(public readonly refusals: ReadonlyMap<string, Refusal>) {
    super();
  }
}

/** The permissions cannot be read. */
export class ReadRefused extends Error {
  public constructor(public readonly reason: ServiceError) {
    super();
  }
}

/** The service accepted the calls, and no read shows the changes. */
export class NotVisible extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}

/** The invocation has no time left; `last` is the last error of the service, if there was one. */
export class OutOfTime extends Error {
  public constructor(public readonly last?: ServiceError) {
    super();
  }
}

/**
 * Whether reads must show the goal for a while before it counts as reached, because another invocation may still be
 * writing. `unless unchanged`: unless the first read shows the permissions as they were before the event.
 */
export type Settle = boolean | 'unless unchanged';

export type Action =
  /** Ask whether CloudFormation waits for the response, and whether to settle. */
  | { readonly type: 'ask' }
  | { readonly type: 'read' }
  | { readonly type: 'call'; readonly allow: boolean; readonly accounts: readonly string[] }
  | { readonly type: 'wait'; readonly milliseconds: number }
  | { readonly type: 'done' }
  | { readonly type: 'fail'; readonly error: Error };

export interface Circumstances {
  readonly startedAt: number;
  /** When to give up. */
  readonly deadline: number;
  readonly existing: Existing;
}

/**
 * Decides what to do next to reach a goal. It has no clock and does no I/O: it is told what was read and called, and
 * when.
 *
 * Calls for declared changes are always made. A read can only add calls, because reads may lag behind and run backwards.
 * The exception is a goal with more accounts to revoke than fit into an invocation: each attempt revokes those that reads
 * show, and must see for a while that none is left.
 */
export class Reconciliation {
  /** Accounts that were granted permission, or may have been. */
  public readonly granted = new Set<string>();
  /** Of the accounts to grant, those that had permission at the first read. */
  public found: readonly string[] = [];

  private readonly wanted: ReadonlyMap<string, boolean>;
  private readonly needsSeveralAttempts: boolean;
  private readonly due: Set<string>;
  private readonly calledAt = new Map<string, number>();
  private readonly refusals = new Map<string, Refusal>();
  private permitted?: ReadonlySet<string>;
  private readAt = 0;
  private upToDate = false;
  private inspected = false;
  private watchUntil?: number;
  private settle?: Settle;
  private settleFrom = 0;
  private rightSince?: number;
  private wrongSince?: number;
  private refusedAt = 0;
  private imageIsGone = false;
  private failures = 0;
  private reads = 0;
  private pausedUntil = 0;
  private lastError?: ServiceError;
  private readError?: ServiceError;

  public constructor(
    private readonly goal: Goal,
    private readonly circumstances: Circumstances,
  ) {
    const { grant, keep, revoke } = goal;
    this.wanted = new Map([
      ...[...grant, ...keep].map((account) => [account, true] as const),
      ...revoke.map((account) => [account, false] as const),
    ]);
    this.needsSeveralAttempts = revoke.length > ACCOUNTS_PER_DEPLOYMENT;
    this.due = new Set(this.needsSeveralAttempts ? grant : [...grant, ...revoke]);
  }

  /** Accounts that the last read shows besides those that the goal names. */
  public get others(): string[] {
    return [...(this.permitted ?? [])].filter((account) => !this.wanted.has(account)).sort();
  }

  public next(now: number): Action {
    if (this.imageIsGone) {
      return { type: 'done' };
    }
    if (this.readError) {
      return fail(new ReadRefused(this.readError));
    }
    if (this.isOutOfTime(now)) {
      return fail(new OutOfTime(this.lastError));
    }
    if (now < this.pausedUntil) {
      return wait(this.pausedUntil - now);
    }
    return this.inspect(now) ?? this.calls() ?? this.compare(now);
  }

  public isOutOfTime(now: number): boolean {
    return now >= this.circumstances.deadline;
  }

  public told(settle: Settle): void {
    this.settle ||= settle;
  }

  public read(permitted: ReadonlySet<string>, now: number): void {
    this.permitted = permitted;
    this.readAt = now;
    this.upToDate = true;
    this.failures = 0;
    this.reads++;
    for (const [account] of this.refusals) {
      if (this.isRight(account)) {
        this.refusals.delete(account);
      }
    }
  }

  public readFailed(error: ServiceError, now: number): void {
    // To a call, the same error may mean that there is no permission to revoke.
    this.imageIsGone = isGone(error) && this.revokesOnly;
    if (!this.retries(error, now)) {
      this.readError = error;
    }
  }

  /** An attempt of a call failed, and the service may have carried it out or, without a response, may do so yet. */
  public uncertain(account: string, allow: boolean, isAnswered: boolean, now: number): void {
    if (allow) {
      this.granted.add(account);
    }
    if (!isAnswered) {
      this.settle = true;
      this.settleFrom = now;
    }
  }

  public called(account: string, allow: boolean, now: number, error?: ServiceError): void {
    this.upToDate = false;
    this.reads = 0;
    this.calledAt.set(account, now);
    if (error === undefined) {
      this.failures = 0;
      this.lastError = undefined;
      this.due.delete(account);
      if (allow) {
        this.granted.add(account);
      }
    } else if (!this.retries(error, now)) {
      this.due.delete(account);
      this.refusals.set(account, { allow, error });
      this.refusedAt = now;
    }
  }

  /** Before the first call: whether the event is awaited and, where it matters, what the permissions are. */
  private inspect(now: number): Action | undefined {
    if (this.inspected) {
      return undefined;
    }
    const needsRead = this.circumstances.existing !== 'ignore' || this.settle === 'unless unchanged';
    if (needsRead && !this.upToDate) {
      return { type: 'read' };
    }
    if (this.settle === undefined) {
      return { type: 'ask' };
    }
    const found = this.goal.grant.filter((account) => this.permitted?.has(account));
    if (this.circumstances.existing === 'refuse' && found.length > 0) {
      if (found.length > this.found.length) {
        // Either another caller granted them, or a duplicate delivery of this event, which goes on granting.
        const watch = this.watchUntil === undefined ? DUPLICATE_CREATE_WATCH : GROWING_CREATE_WATCH;
        this.watchUntil = now + watch;
        this.found = found;
      }
      if (now >= (this.watchUntil ?? 0)) {
        return fail(new AlreadyShared(found));
      }
      this.upToDate = false;
      return wait(2_000);
    }
    if (this.settle === 'unless unchanged') {
      const { keep, revoke } = this.goal;
      this.settle =
        found.length > 0 || ![...keep, ...revoke].every((account) => this.permitted?.has(account));
    }
    this.found = found;
    this.inspected = true;
    return undefined;
  }

  /** Grants first: no account loses permission to a change that cannot be completed. */
  private calls(): Action | undefined {
    if (this.refusals.size > 0 && this.stopsAtRefusal) {
      return undefined;
    }
    const due = [...this.due];
    const grants = due.filter((account) => this.wanted.get(account));
    const accounts = (grants.length > 0 ? grants : due).slice(0, CONCURRENT_CALLS);
    return accounts.length > 0 ? { type: 'call', allow: grants.length > 0, accounts } : undefined;
  }

  /** A rollback, a Delete and an undo do not stop at a refusal. */
  private get stopsAtRefusal(): boolean {
    return !this.settle && !this.revokesOnly;
  }

  private get revokesOnly(): boolean {
    return this.goal.grant.length + this.goal.keep.length === 0;
  }

  /** Compares what is wanted with the last read. */
  private compare(now: number): Action {
    if (!this.upToDate) {
      return { type: 'read' };
    }
    const wrong = [...this.wanted.keys()].filter((account) => !this.isRight(account));
    this.upToDate = false;
    if (wrong.length === 0) {
      this.wrongSince = undefined;
      this.rightSince ??= this.readAt;
      const since = Math.max(this.rightSince, this.settleFrom);
      const settles = this.settle || this.needsSeveralAttempts;
      return !settles || this.readAt - since >= SETTLE ? { type: 'done' } : wait(2_000);
    }
    this.rightSince = undefined;
    for (const account of wrong) {
      const sinceCall = now - (this.calledAt.get(account) ?? Number.NEGATIVE_INFINITY);
      if (!this.refusals.has(account) && sinceCall >= CALL_AGAIN_AFTER) {
        this.due.add(account);
      }
    }
    const calls = this.calls();
    if (calls) {
      return calls;
    }
    this.wrongSince ??= now;
    if (this.refusals.size > 0 && now - this.refusedAt >= REFUSAL_RECHECK) {
      return fail(new CallsRefused(this.refusals));
    }
    if (now - this.wrongSince >= VISIBLE_WITHIN) {
      return fail(new NotVisible(wrong));
    }
    return wait(backoff(this.reads, 100));
  }

  private isRight(account: string): boolean {
    return this.permitted?.has(account) === this.wanted.get(account);
  }

  /** Whether to repeat a call that failed. */
  private retries(error: ServiceError, now: number): boolean {
    this.lastError = error;
    if (!isTemporary(error, now - this.circumstances.startedAt)) {
      return false;
    }
    if (!isThrottled(error)) {
      this.pausedUntil = now + backoff(this.failures++);
    }
    return true;
  }
}

function wait(milliseconds: number): Action {
  return { type: 'wait', milliseconds };
}

function fail(error: Error): Action {
  return { type: 'fail', error };
}
