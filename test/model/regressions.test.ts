import { type Declared, type Life, play, type Step } from './scenario';

/** Lives that the model found, each as small as it shrank. */

const SHARE: Declared = {
  image: 0,
  accounts: [0],
  byParameter: false,
  adoptExisting: false,
  retain: false,
};

function deploy(more: Partial<Extract<Step, { kind: 'deploy' }>>): Step {
  return { kind: 'deploy', stack: 0, declared: SHARE, calls: {}, events: {}, ...more };
}

/** Something else is deployed meanwhile. */
const SECONDS_PASS = deploy({ stack: 1, declared: { ...SHARE, accounts: [3] } });

const LIVES: Record<string, Life> = {
  'a write that nothing came back to does not land after the Delete that follows': {
    steps: [deploy({ fails: 'after', calls: { 2: 'slow' } }), SECONDS_PASS],
    readLag: 0,
    latency: 400,
  },
  'a Create that is slow to begin does not grant after the Delete of its cancellation': {
    steps: [deploy({ fails: 20, calls: { 1: 'slow', 6: 'throttled' } })],
    readLag: 3_000,
    latency: 400,
  },
  'an Update that is slow to begin does not grant after the Update of its rollback': {
    steps: [
      deploy({}),
      deploy({
        declared: { ...SHARE, accounts: [0, 1] },
        fails: 20,
        calls: { 1: 'slow', 6: 'throttled' },
      }),
    ],
    readLag: 3_000,
    latency: 400,
  },
  'a revoke that nothing came back to does not land after the Create of the next deployment': {
    steps: [
      deploy({}),
      // Minutes pass: an event of another stack is dropped, and waited for.
      deploy({ stack: 1, declared: { ...SHARE, accounts: [3] }, events: { 0: { late: 65_000 } } }),
      { kind: 'destroy', stack: 0, calls: { 2: 'slow' }, events: {} },
      deploy({}),
      SECONDS_PASS,
    ],
    readLag: 0,
    latency: 400,
  },
  'a second delivery of a Create that arrives during the Delete of its rollback leaves nothing behind': {
    steps: [deploy({ fails: 'after', events: { 0: { twice: 300 } } })],
    readLag: 0,
    latency: 50,
  },
  'a Create that is cancelled before its refusal leaves nobody in doubt but the accounts that two shares name':
    {
      steps: [deploy({}), deploy({ declared: { ...SHARE, byParameter: true }, fails: 1 })],
      readLag: 0,
      latency: 0,
    },
  'a Create whose grants no read shows yet takes them back when another grant is refused': {
    steps: [deploy({ declared: { ...SHARE, accounts: [0, 1] }, calls: { 3: 'refused' } })],
    readLag: 15_000,
    latency: 0,
  },
  'an Update that adopts and is throttled on the way to a new image names whom it could not revoke again': {
    steps: [
      deploy({ declared: { ...SHARE, byParameter: true } }),
      deploy({
        declared: { ...SHARE, byParameter: true, image: 1, accounts: [2], adoptExisting: true },
        throttledFrom: 3,
      }),
    ],
    readLag: 0,
    latency: 0,
  },
};

test.each(Object.entries(LIVES))('%s', async (_, life) => {
  await play(life);
});
