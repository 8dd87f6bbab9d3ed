import { log } from './log';
import type { Permissions } from './permissions';
import { OutOfTime } from './permissions';
import { callsFor, type Goal } from './plan';
import { doubling, GUARD_INTERVAL, SECOND_LOOK, SETTLE, SETTLE_UNTOUCHED, VISIBLE_WITHIN } from './timing';

/** How many calls are under way at once, before the service's own limit is known. */
const CONCURRENCY = 25;

/** So many writes for each page that looking again reads: it takes a twentieth of the calls at most. */
const WRITES_PER_GUARD_PAGE = 20;

/** What the service said to the grant or the revoke of an account. */
export interface Refusal {
  readonly allow: boolean;
  readonly error: Error;
}

/** The service said no to some calls, and a second look showed that they were needed. */
export class CallsRefused extends Error {
  public constructor(public readonly refusals: ReadonlyMap<string, Refusal>) {
    super();
  }
}

/** Changes were made, and no read shows them. */
export class NotVisible extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}

/** Another invocation, or a person, undoes what this one does. */
export class Contested extends Error {
  public constructor(public readonly accounts: readonly string[]) {
    super();
  }
}

/** What an invocation has called for so far, whatever came of it. */
export class Work {
  public readonly granted = new Set<string>();
  public readonly revoked = new Set<string>();
  /** Those of both that the service accepted. */
  public readonly accepted = new Set<string>();
}

/**
 * Reads, calls for the difference, and reads again, until the reads show the goal.
 *
 * What counts is what a read shows: a call that was refused because its change was made already is a success,
 * a call that was accepted is not one before its change shows.
 *
 * @param permitted a read that was made already
 * @throws CallsRefused, NotVisible, Contested, OutOfTime, or what the service said to a read
 */
export async function converge(
  goal: Goal,
  permissions: Permissions,
  work = new Work(),
  permitted?: ReadonlySet<string>,
): Promise<void> {
  await new Convergence(goal, permissions, work).run(permitted);
}

class Convergence {
  /** Calls that the service accepted. */
  private readonly done = new Set<string>();
  /** Accounts that a read has shown as this invocation wants them. */
  private readonly seen = new Set<string>();
  /** Calls that the service refused for good. */
  private readonly refused = new Map<string, Refusal>();
  private lastCallAt = Date.now();
  private lastLookAt = Date.now();
  private writesSinceLook = 0;
  private guarding?: Promise<void>;
  private pages = 1;
  private insisted = false;

  public constructor(
    private readonly goal: Goal,
    private readonly permissions: Permissions,
    private readonly work: Work,
  ) {}

  public async run(given?: ReadonlySet<string>): Promise<void> {
    let permitted = given ?? (await this.read());
    /** Reads of this convergence since its last call. */
    let looks = given === undefined ? 1 : 0;
    let rightSince: number | undefined;
    let waitingSince = Date.now();
    let pauses = doubling(100, 2_000);
    for (;;) {
      await this.withstand(permitted);
      const open = this.openCalls(permitted);
      const calls = this.stillToCall(open);
      const now = Date.now();

      if (calls.grant.length + calls.revoke.length > 0) {
        log('changing', {
          imageId: this.goal.imageId,
          grants: calls.grant.length,
          revokes: calls.revoke.length,
        });
        await this.carryOut(calls);
        rightSince = undefined;
        waitingSince = Date.now();
        pauses = doubling(100, 2_000);
        looks = 0;
      } else if (open.grant.length + open.revoke.length > 0) {
        rightSince = undefined;
        this.giveUpAfter(now - waitingSince, open);
        await this.permissions.deadline.pause(pauses.next().value);
      } else {
        rightSince ??= now;
        if (this.isSettled(now - rightSince, looks)) {
          return;
        }
        if (this.mustSettle) {
          // The longer the list, the more of the service's rate limit a look takes from others.
          await this.permissions.deadline.pause(1_000 + 100 * this.pages);
        }
      }
      permitted = await this.read();
      looks++;
    }
  }

  /** Whether something may still change what is right at this moment. */
  private get mustSettle(): boolean {
    return this.goal.contended || this.permissions.sinceUnansweredWrite < SETTLE;
  }

  /** Whether the state, right for `rightFor` milliseconds and `looks` reads, is one to answer with. */
  private isSettled(rightFor: number, looks: number): boolean {
    if (this.mustSettle) {
      const { granted, revoked } = this.work;
      const isUntouched = this.goal.contended && granted.size + revoked.size === 0;
      return rightFor >= (isUntouched ? SETTLE_UNTOUCHED : SETTLE);
    }
    // A list that changes while its pages are read can hide an account at the edge of a page, so what has to
    // be gone from a list of several pages is looked for twice.
    return looks >= (this.goal.released.length > 0 && this.pages > 1 ? 2 : 1);
  }

  private openCalls(permitted: ReadonlySet<string>) {
    const open = callsFor(this.goal, permitted);
    const stillOpen = new Set([...open.grant, ...open.revoke]);
    for (const account of this.refused.keys()) {
      if (!stillOpen.has(account)) {
        this.refused.delete(account);
      }
    }
    return open;
  }

  /** Without what was called for already: that shows in a while, or was refused. */
  private stillToCall(open: { grant: readonly string[]; revoke: readonly string[] }) {
    const fresh = (account: string) => !this.done.has(account) && !this.refused.has(account);
    const grant = open.grant.filter(fresh);
    const stopped = this.refused.size > 0 && this.goal.stance !== 'insist';
    return stopped ? { grant: [], revoke: [] } : { grant, revoke: open.revoke.filter(fresh) };
  }

  private giveUpAfter(waited: number, open: { grant: readonly string[]; revoke: readonly string[] }): void {
    if (this.refused.size > 0 && waited >= SECOND_LOOK) {
      throw new CallsRefused(this.refused);
    }
    if (this.goal.stance === 'insist' && this.goal.contended && waited >= SETTLE && !this.insisted) {
      // Granted again by another invocation before a read could show it gone.
      this.insisted = true;
      this.done.clear();
    }
    if (waited >= VISIBLE_WITHIN) {
      throw new NotVisible([...open.grant, ...open.revoke]);
    }
  }

  /** Grants first: nobody loses access to a change that cannot be completed. */
  private async carryOut(calls: { grant: readonly string[]; revoke: readonly string[] }): Promise<void> {
    await this.callAll(calls.grant, true);
    if (this.refused.size === 0 || this.goal.stance === 'insist') {
      await this.callAll(calls.revoke, false);
    }
  }

  private async callAll(accounts: readonly string[], allow: boolean): Promise<void> {
    const attempted = allow ? this.work.granted : this.work.revoked;
    const queue = [...accounts];
    const caller = async () => {
      while (queue.length > 0) {
        const account = queue.shift() as string;
        try {
          await this.permissions.write(this.goal.imageId, account, allow, async () => {
            await this.guard();
            attempted.add(account);
          });
          this.done.add(account);
          this.work.accepted.add(account);
        } catch (error) {
          if (error instanceof OutOfTime || error instanceof Contested) {
            queue.length = 0;
            throw error;
          }
          log('refused', { imageId: this.goal.imageId, account, allow, ...said(error) });
          this.refused.set(account, { allow, error: error as Error });
          if (this.goal.stance !== 'insist') {
            queue.length = 0;
          }
        } finally {
          this.lastCallAt = Date.now();
          this.writesSinceLook++;
        }
      }
    };
    const callers = Array.from({ length: Math.min(CONCURRENCY, accounts.length) }, caller);
    // When this throws, no call is left under way.
    await Promise.allSettled(callers);
    await Promise.all(callers);
  }

  /**
   * Before a write: looks again whether the work so far still stands, at intervals and after every pause.
   * A running invocation that makes progress is seen by one that cleans up after it; one that paused may
   * have been cleaned up after, and must know before it writes on.
   */
  private async guard(): Promise<void> {
    if (this.goal.stance === 'insist') {
      return;
    }
    const now = Date.now();
    const paused = now - this.lastCallAt >= GUARD_INTERVAL;
    const isDue =
      now - this.lastLookAt >= GUARD_INTERVAL && this.writesSinceLook >= WRITES_PER_GUARD_PAGE * this.pages;
    if (this.guarding === undefined && !paused && !isDue) {
      return;
    }
    this.guarding ??= this.look().finally(() => {
      this.guarding = undefined;
    });
    await this.guarding;
  }

  private async look(): Promise<void> {
    await this.withstand(await this.read());
    this.lastCallAt = this.lastLookAt = Date.now();
    this.writesSinceLook = 0;
  }

  private async read(): Promise<Set<string>> {
    const { permitted, pages } = await this.permissions.read(this.goal.imageId);
    this.pages = pages;
    log('read', { imageId: this.goal.imageId, permitted: permitted.size, pages });
    return permitted;
  }

  /**
   * Notes what a read shows, and yields to whoever undoes this invocation's work. Since a read may lag behind,
   * it is believed only when it stays so for a while.
   */
  private async withstand(permitted: ReadonlySet<string>): Promise<void> {
    let undone = this.undone(permitted);
    const since = Date.now();
    while (undone.length > 0) {
      if (Date.now() - since >= SECOND_LOOK) {
        log('contested', { imageId: this.goal.imageId, accounts: undone });
        throw new Contested(undone);
      }
      await this.permissions.deadline.pause(SECOND_LOOK / 3);
      undone = this.undone(await this.read());
    }
  }

  private undone(permitted: ReadonlySet<string>): string[] {
    const { wanted, released, stance } = this.goal;
    const undone: string[] = [];
    const note = (account: string, right: boolean, own: boolean) => {
      if (right && own) {
        this.seen.add(account);
      } else if (!right && this.seen.has(account)) {
        undone.push(account);
      }
    };
    for (const account of wanted) {
      note(account, permitted.has(account), stance === 'create' || this.done.has(account));
    }
    for (const account of released) {
      note(account, !permitted.has(account), this.done.has(account));
    }
    if (stance !== 'insist') {
      return undone;
    }
    // Released means released: what came back is called for again.
    for (const account of undone) {
      this.seen.delete(account);
      this.done.delete(account);
    }
    return [];
  }
}

export function said(error: unknown): { error: string; said: string } {
  const { name, message } = error as Error;
  return { error: name, said: message };
}
