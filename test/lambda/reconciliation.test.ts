import type { Existing, Goal } from '../../lambda/plan';
import {
  type Action,
  type AlreadyShared,
  CallsRefused,
  NotVisible,
  OutOfTime,
  ReadRefused,
  Reconciliation,
  type Settle,
} from '../../lambda/reconciliation';
import { ACCOUNTS_PER_DEPLOYMENT } from '../../lib/validation';
import { A, B, BYSTANDER, C, IMAGE } from './events';

const SECOND = 1_000;

function goal(lists: Partial<Goal>): Goal {
  return { imageId: IMAGE, grant: [], keep: [], revoke: [], ...lists };
}

function serviceError(name: string, $fault: 'client' | 'server' = 'client'): Error {
  return Object.assign(new Error(), { name, $fault });
}

const THROTTLED = serviceError('ThrottlingException');
const REFUSED = serviceError('OperationNotSupportedException');
const BROKEN = Object.assign(serviceError('InternalServerException', 'server'), {
  $metadata: { httpStatusCode: 500 },
});

interface Scenario {
  readonly existing?: Existing;
  readonly settle?: Settle;
  /** Who has permission before the event. */
  readonly before?: string[];
  /** How long reads lag behind, at each of them. */
  readonly readLag?: (nth: number) => number;
  /** What goes wrong with a call, each counted from 1. */
  readonly fault?: (nth: number, change: string, now: number) => Error | undefined;
  readonly readFault?: (nth: number, now: number) => Error | undefined;
  /** What somebody else does, after so many milliseconds. */
  readonly meanwhile?: [at: number, account: string, allow: boolean][];
  readonly deadline?: number;
}

/** Plays a reconciliation against a service of a few lines. A call takes 100 ms, a read 10 ms. */
function play(wanted: Goal, scenario: Scenario = {}) {
  const { existing = 'ignore', settle = false, deadline = 800 * SECOND } = scenario;
  const reconciliation = new Reconciliation(wanted, { startedAt: 0, deadline, existing });
  const states: [at: number, permitted: ReadonlySet<string>][] = [
    [-3_600 * SECOND, new Set(scenario.before)],
  ];
  const permittedAt = (at: number) => states.filter(([from]) => from <= at).at(-1)?.[1] as Set<string>;
  const meanwhile = [...(scenario.meanwhile ?? [])];
  const steps: string[] = [];
  let now = 0;
  let calls = 0;
  let reads = 0;

  const change = (at: number, account: string, allow: boolean) => {
    const permitted = new Set(permittedAt(at));
    permitted[allow ? 'add' : 'delete'](account);
    states.push([at, permitted]);
  };
  const pass = (milliseconds: number) => {
    now += milliseconds;
    while (meanwhile[0] && meanwhile[0][0] <= now) {
      change(...(meanwhile.shift() as [number, string, boolean]));
    }
  };
  const perform = (action: Action) => {
    switch (action.type) {
      case 'ask':
        reconciliation.told(settle);
        break;
      case 'read': {
        reads++;
        pass(10);
        const error = scenario.readFault?.(reads, now);
        steps.push('read');
        if (error) {
          reconciliation.readFailed(error, now);
        } else {
          reconciliation.read(permittedAt(now - (scenario.readLag?.(reads) ?? 0)), now);
        }
        break;
      }
      case 'call':
        pass(100);
        for (const account of action.accounts) {
          const name = `${action.allow ? '+' : '-'}${account}`;
          const error = scenario.fault?.(++calls, name, now);
          steps.push(name);
          if (!error) {
            change(now, account, action.allow);
          }
          reconciliation.called(account, action.allow, now, error);
        }
        break;
      case 'wait':
        pass(action.milliseconds);
        break;
    }
  };

  for (;;) {
    const action = reconciliation.next(now);
    if (action.type === 'done' || action.type === 'fail') {
      const error = action.type === 'fail' ? action.error : undefined;
      return { reconciliation, steps, now, error, permitted: [...permittedAt(now)].sort() };
    }
    perform(action);
  }
}

describe('declared changes', () => {
  test.each([
    ['that are missing', [B]],
    ['that a read shows already', [A]],
  ])('are called for, grants first, if the permissions are those %s', (_, before) => {
    const { steps, permitted, error } = play(goal({ grant: [A], revoke: [B] }), { before });
    expect(steps).toEqual([`+${A}`, `-${B}`, 'read']);
    expect(permitted).toEqual([A]);
    expect(error).toBeUndefined();
  });

  test('are sent five at a time', () => {
    const many = Array.from({ length: 12 }, (_, n) => String(n).padStart(12, '0'));
    expect(play(goal({ grant: many })).now).toBe(3 * 100 + 10);
  });

  test('are revoked by a Delete although reads run backwards to when no account had permission', () => {
    const { permitted } = play(goal({ revoke: [A] }), { before: [A], readLag: () => 4_000 * SECOND });
    expect(permitted).toEqual([]);
  });

  test('are done when a read shows them, which may lag behind', () => {
    const { steps, now } = play(goal({ grant: [A] }), { readLag: () => 2 * SECOND });
    expect(steps[0]).toBe(`+${A}`);
    expect(now).toBeGreaterThan(2 * SECOND);
    expect(now).toBeLessThan(5 * SECOND);
  });

  test('are sent again if reads do not show them', () => {
    const { steps, permitted } = play(goal({ grant: [A] }), { meanwhile: [[105, A, false]] });
    expect(steps.filter((step) => step === `+${A}`)).toHaveLength(2);
    expect(permitted).toEqual([A]);
  });

  test('of more accounts than an invocation can revoke are called for as far as reads show them, and settle', () => {
    const many = Array.from({ length: ACCOUNTS_PER_DEPLOYMENT + 1 }, (_, n) => String(n).padStart(12, '0'));
    const { steps, permitted, now } = play(goal({ grant: [A], revoke: many }), { before: many.slice(-2) });
    expect(steps.filter((step) => step !== 'read')).toEqual([`+${A}`, `-${many.at(-2)}`, `-${many.at(-1)}`]);
    expect(permitted).toEqual([A]);
    expect(now).toBeGreaterThanOrEqual(15_000);
  });

  test('have a minute to show after the last call, however long the calls take', () => {
    const many = Array.from({ length: 4_000 }, (_, n) => String(n).padStart(12, '0'));
    expect(play(goal({ keep: many }), { readLag: () => 3 * SECOND }).error).toBeUndefined();
  });

  test('fail if no read shows them within a minute', () => {
    const { error, now } = play(goal({ grant: [A], revoke: [B] }), {
      before: [B],
      readLag: () => 3_000 * SECOND,
    });
    expect(error).toEqual(new NotVisible([A, B]));
    expect((error as NotVisible).accounts).toEqual([A, B]);
    expect(now).toBeGreaterThanOrEqual(60 * SECOND);
    expect(now).toBeLessThan(66 * SECOND);
  });
});

describe('accounts that the event does not change', () => {
  test('are granted only if a read shows them missing', () => {
    expect(play(goal({ grant: [A], keep: [B] }), { before: [B] }).steps).toEqual([`+${A}`, 'read']);
    expect(play(goal({ grant: [A], keep: [B] })).steps).toEqual([`+${A}`, 'read', `+${B}`, 'read']);
  });

  test('are left alone if they are not named, and known', () => {
    const { permitted, reconciliation } = play(goal({ revoke: [A] }), { before: [A, BYSTANDER] });
    expect(permitted).toEqual([BYSTANDER]);
    expect(reconciliation.others).toEqual([BYSTANDER]);
  });
});

describe('a refused call', () => {
  test('ends a forward event, after five seconds in which reads could have shown the state', () => {
    const refuse = (_: number, change: string) => (change === `+${B}` ? REFUSED : undefined);
    const { steps, error, now, permitted } = play(goal({ grant: [A, B], revoke: [C] }), {
      before: [C],
      fault: refuse,
    });
    expect(error).toBeInstanceOf(CallsRefused);
    expect([...(error as CallsRefused).refusals]).toEqual([[B, { allow: true, error: REFUSED }]]);
    expect(steps).not.toContain(`-${C}`);
    expect(permitted).toEqual([A, C]);
    expect(now).toBeGreaterThanOrEqual(5_100);
    expect(now).toBeLessThan(7_000);
  });

  test('is a success if a read shows the state it asked for', () => {
    const { error, steps } = play(goal({ grant: [A], revoke: [B] }), {
      before: [A],
      fault: () => REFUSED,
    });
    expect(error).toBeUndefined();
    expect(steps).toEqual([`+${A}`, 'read', `-${B}`, 'read']);
  });

  test.each([
    ['a Delete', goal({ revoke: [A, B, C] }), false],
    ['an event that settles', goal({ grant: [A], revoke: [B, C] }), true],
  ])('does not keep %s from the other calls', (_, wanted, settle) => {
    const refuse = (_: number, change: string) => (change.endsWith(A) ? REFUSED : undefined);
    const before = wanted.revoke as string[];
    const { error, permitted } = play(wanted, { before, settle, fault: refuse });
    expect(error).toBeInstanceOf(CallsRefused);
    expect(permitted.filter((account) => account !== A)).toEqual([]);
  });
});

describe('a call that failed for the moment', () => {
  test('is repeated at once if it was throttled, since the SDK keeps the pace', () => {
    const { now, error } = play(goal({ grant: [A] }), { fault: (nth) => (nth < 4 ? THROTTLED : undefined) });
    expect(error).toBeUndefined();
    expect(now).toBe(4 * 100 + 10);
  });

  test('is repeated after a pause that doubles', () => {
    const { now } = play(goal({ grant: [A] }), { fault: (nth) => (nth < 4 ? BROKEN : undefined) });
    expect(now).toBe(4 * 100 + 250 + 500 + 1_000 + 10);
  });

  test('is repeated for 30 seconds if it was denied: a new policy takes time to reach every host', () => {
    const denied = serviceError('AccessDeniedException');
    const until = (end: number) => (_: number, __: string, now: number) => (now < end ? denied : undefined);
    expect(play(goal({ grant: [A] }), { fault: until(25 * SECOND) }).error).toBeUndefined();
    const { error, now } = play(goal({ grant: [A] }), { fault: until(60 * SECOND) });
    expect(error).toBeInstanceOf(CallsRefused);
    expect(now).toBeLessThan(44 * SECOND);
  });

  test('is given up at the deadline, with the last error', () => {
    const { error, now } = play(goal({ grant: [A] }), { fault: () => BROKEN, deadline: 20 * SECOND });
    expect(error).toBeInstanceOf(OutOfTime);
    expect((error as OutOfTime).last).toBe(BROKEN);
    expect(now).toBeLessThan(25 * SECOND);
  });

  test('is not why there is no time left, if later calls succeeded', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(12, '0'));
    const fault = (nth: number) => (nth === 1 ? BROKEN : undefined);
    const { error } = play(goal({ grant: many }), { fault, deadline: 10 * SECOND });
    expect(error).toEqual(new OutOfTime());
    expect((error as OutOfTime).last).toBeUndefined();
  });

  test('without a response makes the goal settle, since it may be carried out later', () => {
    const reconciliation = new Reconciliation(goal({ grant: [A] }), {
      startedAt: 0,
      deadline: 800 * SECOND,
      existing: 'ignore',
    });
    reconciliation.told(false);
    reconciliation.uncertain(A, true, false, 5_000);
    expect([...reconciliation.granted]).toEqual([A]);
    reconciliation.called(A, true, 5_100);
    reconciliation.read(new Set([A]), 5_200);
    expect(reconciliation.next(5_200)).toEqual({ type: 'wait', milliseconds: 2_000 });
    reconciliation.read(new Set([A]), 20_200);
    expect(reconciliation.next(20_200)).toEqual({ type: 'done' });
  });
});

test('only accounts that may have been granted permission count as granted', () => {
  const refuse = (_: number, change: string) => (change === `+${B}` ? REFUSED : undefined);
  expect([...play(goal({ grant: [A, B] }), { fault: refuse }).reconciliation.granted]).toEqual([A]);
});

describe('a read', () => {
  test('is repeated if it fails for the moment', () => {
    const { error, steps } = play(goal({ grant: [A] }), {
      readFault: (nth) => [THROTTLED, BROKEN][nth - 1],
    });
    expect(error).toBeUndefined();
    expect(steps).toEqual([`+${A}`, 'read', 'read', 'read']);
  });

  test('that is refused ends the event', () => {
    const { error } = play(goal({ grant: [A] }), { readFault: () => REFUSED });
    expect(error).toBeInstanceOf(ReadRefused);
    expect((error as ReadRefused).reason).toBe(REFUSED);
  });
});

describe('an image that is gone', () => {
  const gone = serviceError('ResourceNotFoundException');

  test('has no permissions: a Delete succeeds', () => {
    const { error } = play(goal({ revoke: [A] }), { before: [A], fault: () => gone, readFault: () => gone });
    expect(error).toBeUndefined();
  });

  test('is not gone because a call responds so: there may be no permission to revoke', () => {
    const { error } = play(goal({ revoke: [A] }), { before: [A], fault: () => gone });
    expect(error).toBeInstanceOf(CallsRefused);
  });

  test('cannot be shared', () => {
    expect(play(goal({ keep: [A] }), { readFault: () => gone }).error).toBeInstanceOf(ReadRefused);
    expect(play(goal({ grant: [A] }), { fault: () => gone }).error).toBeInstanceOf(CallsRefused);
  });
});

describe('permissions that exist before a Create', () => {
  test('are refused after 21 seconds, before any call', () => {
    const { error, steps, now } = play(goal({ grant: [A, B] }), { existing: 'refuse', before: [B] });
    expect((error as AlreadyShared).accounts).toEqual([B]);
    expect(new Set(steps)).toEqual(new Set(['read']));
    expect(now).toBeGreaterThanOrEqual(21_000);
    expect(now).toBeLessThan(24_000);
  });

  test('are watched for another minute if there are more and more: a duplicate delivery grants them', () => {
    const { error, now } = play(goal({ grant: [A, B] }), {
      existing: 'refuse',
      before: [A],
      meanwhile: [[2_000, B, true]],
    });
    expect((error as AlreadyShared).accounts).toEqual([A, B]);
    expect(now).toBeGreaterThan(62_000);
    expect(now).toBeLessThan(65_000);
  });

  test('are adopted if that is declared, and known', () => {
    const { error, steps, reconciliation } = play(goal({ grant: [A, B] }), {
      existing: 'adopt',
      before: [B],
    });
    expect(error).toBeUndefined();
    expect(steps).toEqual(['read', `+${A}`, `+${B}`, 'read']);
    expect(reconciliation.found).toEqual([B]);
    expect([...reconciliation.granted]).toEqual([A, B]);
  });

  test('are no concern if they are of other accounts', () => {
    const { steps } = play(goal({ grant: [A] }), { existing: 'refuse', before: [BYSTANDER] });
    expect(steps).toEqual(['read', `+${A}`, 'read']);
  });
});

describe('an event that settles', () => {
  test('is done when reads have shown the goal for 15 seconds', () => {
    const { now, steps } = play(goal({ revoke: [A] }), { before: [A], settle: true });
    expect(now).toBeGreaterThanOrEqual(15_000);
    expect(now).toBeLessThan(18_000);
    expect(steps.filter((step) => step === 'read').length).toBeLessThan(10);
  });

  test('revokes again what another invocation grants in that time', () => {
    const { permitted, now } = play(goal({ revoke: [A] }), {
      before: [A],
      settle: true,
      meanwhile: [[9_000, A, true]],
    });
    expect(permitted).toEqual([]);
    expect(now).toBeGreaterThan(24_000);
  });

  test.each([
    ['the old list: nothing runs concurrently that has written yet', [A, C], [A]],
    ['anything else', [A, B, C], [A]],
    ['less', [A], [A]],
  ])('unless unchanged does so by what the first read shows: %s', (_, before, keep) => {
    const isUnchanged = before.length === 2;
    const { now, steps } = play(goal({ grant: [B], keep, revoke: [C] }), {
      before,
      settle: 'unless unchanged',
    });
    expect(steps.slice(0, 3)).toEqual(['read', `+${B}`, `-${C}`]);
    expect(now < 1_000).toBe(isUnchanged);
  });
});
