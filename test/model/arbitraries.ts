import * as fc from 'fast-check';
import type { CallFault, Declared, EventFault, Life, OtherFailure, Spelling, Step } from './scenario';

const CALL_FAULTS: CallFault[] = [
  'throttled',
  'broken',
  'refused',
  'cut',
  'cut after the change',
  'broken after the change',
  'slow',
  'killed before the change',
  'killed after the change',
];

const sometimes = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 3 });
const seldom = <T>(some: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });

/** The accounts of two stacks are apart: what becomes of common ones is said in the README, and tested by example. */
const declared = (stack: number): fc.Arbitrary<Declared> =>
  fc.record({
    spelling: seldom(fc.constantFrom<Spelling>('earlier', 'later', 'malformed')),
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
  fc.record({ twice: fc.constantFrom(0, 1, 300, 2_000), oneAfterTheOther: fc.boolean() }),
  fc.record({ late: fc.constantFrom(500, 2_000, 65_000) }),
  fc.record({ unanswered: fc.integer({ min: 1, max: 5 }) }),
);

const events: fc.Arbitrary<Record<number, EventFault>> = fc
  .array(fc.tuple(fc.nat(3), event), { maxLength: 2 })
  .map((faults) => Object.fromEntries(faults));

const fails: fc.Arbitrary<OtherFailure> = fc.oneof(
  fc.constantFrom('before' as const, 'after' as const),
  fc.constantFrom(1, 20, 120, 700, 3_000, 9_000),
);

const throttledFrom = seldom(fc.integer({ min: 1, max: 14 }));

const step: fc.Arbitrary<Step> = fc.nat(1).chain((stack) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('deploy' as const),
        stack: fc.constant(stack),
        declared: declared(stack),
        fails: sometimes(fails),
        throttledFrom,
        calls,
        events,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('destroy' as const),
        stack: fc.constant(stack),
        throttledFrom,
        calls,
        events,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('by hand' as const),
        image: fc.nat(1),
        account: fc.nat(4),
        allow: fc.boolean(),
      }),
    },
  ),
);

const REFUSALS = ['InvalidParameterValuesException', 'ResourceNotFoundException', 'SomethingNewException'];

export const lives: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  readLag: fc.constantFrom(0, 0, 300, 3_000),
  latency: fc.constantFrom(0, 50, 400),
  grantingGranted: sometimes(fc.constantFrom(...REFUSALS)),
  revokingMissing: sometimes(fc.constantFrom(...REFUSALS)),
});
