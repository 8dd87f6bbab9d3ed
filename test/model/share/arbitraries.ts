import * as fc from 'fast-check';
import type { CallFault, Declared, EventFault, OtherFailure, Scenario, Spelling, Step } from './scenario';

const CALL_FAULTS: CallFault[] = [
  'throttled',
  'broken',
  'refused',
  'cut',
  'cut after the change',
  'cut in the body',
  'broken after the change',
  'html',
  'too many',
  'slow',
  'stalled',
  'killed before the change',
  'killed after the change',
];

/** A value in one of so many cases, and nothing in the others. */
const oneIn = <T>(times: number, value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** Two stacks have no accounts in common: the README documents what happens to common ones. */
const declared = (stack: number): fc.Arbitrary<Declared> =>
  fc.record({
    spelling: oneIn(10, fc.constantFrom<Spelling>('later', 'malformed')),
    noEcho: oneIn(10, fc.constant(true)),
    image: fc.nat(1),
    accounts: fc.subarray(stack === 0 ? [0, 1, 2] : [3, 4]),
    byParameter: fc.boolean(),
    adoptExisting: fc.boolean(),
    retain: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  });

const calls: fc.Arbitrary<Record<number, CallFault>> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.constantFrom(...CALL_FAULTS)), { maxLength: 3 })
  .map((faults) => Object.fromEntries(faults));

const event: fc.Arbitrary<EventFault> = fc.oneof(
  fc.record({
    twice: fc.constantFrom(0, 1, 300, 2_300, 9_000, 27_000, 60_000, 200_000),
    oneAfterTheOther: fc.boolean(),
  }),
  fc.record({ late: fc.constantFrom(500, 2_300, 27_000, 310_000) }),
  fc.record({ unanswered: fc.integer({ min: 1, max: 5 }) }),
);

const events: fc.Arbitrary<Record<number, EventFault>> = fc
  .array(fc.tuple(fc.nat(3), event), { maxLength: 2 })
  .map((faults) => Object.fromEntries(faults));

const fails: fc.Arbitrary<OtherFailure> = fc.oneof(
  fc.constantFrom('before' as const, 'after' as const),
  fc.constantFrom(1, 20, 120, 700, 3_000, 9_000),
);

/** Rarer, because the function repeats its calls until it times out. */
const throttledFrom = oneIn(40, fc.integer({ min: 1, max: 14 }));

const step: fc.Arbitrary<Step> = fc.nat(1).chain((stack) =>
  fc.oneof(
    {
      weight: 24,
      arbitrary: fc.record({
        kind: fc.constant('deploy' as const),
        stack: fc.constant(stack),
        overlaps: fc.boolean(),
        declared: fc.option(declared(stack), { nil: undefined, freq: 9 }),
        more: oneIn(10, fc.integer({ min: 1, max: 4 })),
        fails: oneIn(2, fails),
        throttledFrom,
        calls,
        events,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('destroy' as const),
        stack: fc.constant(stack),
        overlaps: fc.boolean(),
        throttledFrom,
        calls,
        events,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('by hand' as const),
        image: fc.nat(1),
        account: fc.nat(4),
        allow: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('close account' as const), account: fc.nat(4) }),
    },
  ),
);

const REFUSALS = ['InvalidParameterValuesException', 'ResourceNotFoundException', 'SomethingNewException'];

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  between: fc.constantFrom(0, 60_000),
  readLag: fc.constantFrom(0, 0, 300, 3_000),
  backwards: fc.boolean(),
  stackEventLag: fc.constantFrom(0, 500, 2_000),
  cannotAsk: oneIn(10, fc.constantFrom('denied' as const, 'unreachable' as const)),
  cloudFormation: fc.record({
    throttled: oneIn(10, fc.constant(true)),
    slow: oneIn(10, fc.constant(true)),
    stale: oneIn(10, fc.constant(true)),
  }),
  cold: fc.boolean(),
  seed: fc.integer(),
  latency: fc.constantFrom(0, 50, 400),
  rate: oneIn(10, fc.constantFrom({ perSecond: 2, burst: 5 }, { perSecond: 10, burst: 10 })),
  grantingGranted: oneIn(2, fc.constantFrom(...REFUSALS)),
  revokingMissing: oneIn(2, fc.constantFrom(...REFUSALS)),
});
