import { play } from './play';
import { type Deployment, deploy, NO_SHARE, type Scenario, SHARE, type Step } from './scenario';

const A_AND_B = { ...SHARE, accounts: [0, 1] };

/** Deploys another stack. */
const A_MINUTE_PASSES = deploy({ ...SHARE, accounts: [3] }, { stack: 1, events: { 0: { late: 60_000 } } });
const NEXT_IMAGE = { ...SHARE, byParameter: true, image: 1 };

/** An event of the step is delivered again, after the steps that follow have begun. */
function again(twice: number, index = 0): Partial<Deployment> {
  return { overlaps: true, events: { [index]: { twice } } };
}

interface Regression extends Partial<Scenario> {
  readonly steps: readonly Step[];
}

const DELIVERIES: Record<string, Regression> = {
  'a Create is delivered twice, the second time while it grants': {
    steps: [NO_SHARE, deploy(A_AND_B, { events: { 0: { twice: 70 } } })],
  },
  'a duplicate of a Create arrives while the Create settles': {
    steps: [
      NO_SHARE,
      deploy(SHARE, { fails: 'after' }),
      deploy(A_AND_B, { events: { 0: { twice: 9_000 } } }),
    ],
  },
  'a duplicate of a Create arrives during the Delete of its rollback': {
    steps: [NO_SHARE, deploy(SHARE, { fails: 'after', events: { 0: { twice: 2_300 } } })],
  },
  'a duplicate of a Create arrives after the share was removed': {
    steps: [NO_SHARE, deploy(SHARE, again(60_000)), NO_SHARE],
  },
  'a duplicate of a Create arrives while the share is created anew with other accounts': {
    steps: [NO_SHARE, deploy(A_AND_B, again(20_000)), NO_SHARE, deploy({ ...SHARE, accounts: [2] })],
  },
  'a duplicate of a Create arrives while the share is created anew with the same accounts': {
    steps: [NO_SHARE, deploy(A_AND_B, again(30_000)), NO_SHARE, deploy(A_AND_B)],
  },
  'a duplicate of a Create arrives while the Create settles without an answer from CloudFormation': {
    steps: [NO_SHARE, deploy(SHARE, { events: { 0: { twice: 9_000 } } })],
    cloudFormation: { stale: true },
    latency: 400,
    seed: 25,
  },
  'an Update whose parameters are not shown is cancelled, and rolled back': {
    steps: [
      deploy({ ...A_AND_B, byParameter: true, noEcho: true }),
      deploy(
        { ...SHARE, byParameter: true, noEcho: true, accounts: [0, 2] },
        { fails: 120, events: { 0: { late: 500 } } },
      ),
    ],
  },
  'a Create is delivered after it was cancelled': {
    steps: [NO_SHARE, deploy(SHARE, { fails: 20, events: { 0: { late: 60_000 } } })],
  },
  'a duplicate of an adopting Update to another image arrives after the cleanup': {
    steps: [
      deploy({ ...SHARE, byParameter: true }),
      deploy({ ...NEXT_IMAGE, accounts: [1], adoptExisting: true }, { events: { 0: { twice: 300 } } }),
    ],
    latency: 400,
  },
  'a duplicate of an Update arrives during its rollback': {
    steps: [deploy(SHARE), deploy(A_AND_B, { fails: 'after', events: { 0: { twice: 2_300 } } })],
  },
  'a duplicate of an Update arrives after its rollback': {
    steps: [deploy(SHARE), deploy(A_AND_B, { fails: 'after', events: { 0: { twice: 60_000 } } })],
  },
  'an Update is delivered late, concurrently with its rollback': {
    steps: [
      deploy(A_AND_B),
      deploy({ ...SHARE, accounts: [0, 2] }, { fails: 120, events: { 0: { late: 2_300 } } }),
    ],
  },
  'an Update is delivered after its rollback': {
    steps: [
      deploy(A_AND_B),
      deploy({ ...SHARE, accounts: [0, 2] }, { fails: 20, events: { 0: { late: 60_000 } } }),
    ],
  },
  'a duplicate of an Update arrives after the next Update': {
    steps: [deploy(SHARE), deploy(A_AND_B, again(60_000)), deploy(SHARE)],
  },
  'a duplicate of a replacement arrives after the next one': {
    steps: [
      deploy({ ...SHARE, byParameter: true }),
      deploy(NEXT_IMAGE, again(60_000)),
      deploy({ ...SHARE, byParameter: true }),
    ],
  },
  'a duplicate of a Delete arrives after the share was created anew': {
    steps: [deploy(SHARE), deploy(undefined, again(60_000)), deploy(SHARE)],
  },
  'a duplicate of a Delete that failed arrives after the share was created anew': {
    steps: [
      deploy({ ...SHARE, byParameter: true }),
      A_MINUTE_PASSES,
      deploy(
        { ...NEXT_IMAGE, accounts: [1] },
        { ...again(60_000, 1), calls: { 3: 'refused', 4: 'refused' } },
      ),
      deploy({ ...SHARE, byParameter: true }),
    ],
  },
};

const STALE_READS: Record<string, Regression> = {
  'a Delete revokes permissions that its reads do not show yet': {
    steps: [deploy(A_AND_B), { kind: 'destroy', stack: 0, calls: {}, events: {} }],
  },
  'an Update that is cancelled keeps what both lists contain': {
    steps: [
      deploy(A_AND_B),
      deploy({ ...SHARE, accounts: [0, 1, 2, 3] }, { fails: 700, calls: { 4: 'slow' } }),
    ],
  },
};

const OTHERS: Record<string, Regression> = {
  'a Create that is slow to begin does not grant after the Delete of its cancellation': {
    steps: [NO_SHARE, deploy(SHARE, { fails: 20, calls: { 1: 'slow', 6: 'throttled' } })],
    readLag: 3_000,
    latency: 400,
  },
  'an Update that is slow to begin does not grant after the Update of its rollback': {
    steps: [deploy(SHARE), deploy(A_AND_B, { fails: 20, calls: { 1: 'slow', 6: 'throttled' } })],
    readLag: 3_000,
    latency: 400,
  },
  'a Create whose grants no read shows yet revokes them if another grant is refused': {
    steps: [deploy(A_AND_B, { calls: { 3: 'refused' } })],
    readLag: 15_000,
  },
  'a replacement that adopts and is throttled reports what it could not revoke': {
    steps: [
      deploy({ ...SHARE, byParameter: true }),
      deploy({ ...NEXT_IMAGE, accounts: [2], adoptExisting: true }, { throttledFrom: 3 }),
    ],
  },
  'an Update and its rollback keep an account that was closed': {
    steps: [
      deploy(A_AND_B),
      { kind: 'close account', account: 1 },
      deploy({ ...A_AND_B, accounts: [0, 1, 2] }, { fails: 'after' }),
    ],
  },
};

const BASE = { readLag: 0, latency: 50, cold: true };

test.each(Object.entries(DELIVERIES))('the permissions are right if %s', async (_, scenario) => {
  const { retriedRollbacks } = await play({ ...BASE, ...scenario });
  expect(retriedRollbacks).toEqual([]);
});

test.each(Object.entries(STALE_READS))('with reads that run backwards, %s', async (_, scenario) => {
  for (let seed = 1; seed <= 5; seed++) {
    const { retriedRollbacks } = await play({ ...BASE, readLag: 3_000, backwards: true, seed, ...scenario });
    expect(retriedRollbacks).toEqual([]);
  }
});

test.each(Object.entries(OTHERS))('%s', async (_, scenario) => {
  await play({ ...BASE, ...scenario });
});

const HICCUPS = ['throttled', 'slow', 'stale'] as const;

const WITH_HICCUPS: Record<string, readonly Step[]> = {
  'an Update succeeds, and so does the rollback of the next one': [
    deploy(SHARE),
    deploy(A_AND_B),
    deploy({ ...SHARE, accounts: [2] }, { fails: 'after' }),
  ],
  'a duplicate of a Create does not grant after the rollback': [
    NO_SHARE,
    deploy(A_AND_B, { fails: 'after', events: { 0: { twice: 60_000 } } }),
  ],
  'a Create that is cancelled does not compete with its Delete': [
    NO_SHARE,
    deploy({ ...SHARE, accounts: [0, 1, 2] }, { fails: 700 }),
  ],
};

test.each(
  Object.entries(WITH_HICCUPS).flatMap(([name, steps]) =>
    HICCUPS.map((hiccup) => [name, hiccup, steps] as const),
  ),
)('%s, with occasional %s answers from CloudFormation', async (_, hiccup, steps) => {
  for (let seed = 1; seed <= 8; seed++) {
    const services = {
      between: 60_000,
      latency: 400,
      seed: seed * 7_919,
      cloudFormation: { [hiccup]: true },
    };
    const { retriedRollbacks } = await play({ ...BASE, ...services, steps });
    expect(retriedRollbacks).toEqual([]);
  }
});

test('ten lists are updated at once in at most 1.2 times what three calls each take', async () => {
  const { seconds } = await play({
    ...BASE,
    rate: { perSecond: 2, burst: 5 },
    steps: [deploy(SHARE, { more: 9 }), A_MINUTE_PASSES, deploy(A_AND_B, { more: 9 })],
  });
  // A grant and two reads each, of which five calls are the burst.
  expect(seconds[2]).toBeLessThan(1.2 * ((30 - 5) / 2));
});
