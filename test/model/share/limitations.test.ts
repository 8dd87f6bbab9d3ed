import { play } from './play';
import { deploy, NO_SHARE, type Scenario, SHARE, type Step } from './scenario';

/**
 * Cases that docs/known-limitations.md lists, each with a scenario that ends with the wrong permissions. If a scenario ends
 * with the right ones, the limitation is gone: remove it here and there.
 */

const ADOPTING = { ...SHARE, adoptExisting: true };

const LIMITATIONS: Record<string, Partial<Scenario> & { readonly steps: readonly Step[] }> = {
  'a Create is cancelled before its refusal arrives': {
    steps: [
      { kind: 'by hand', image: 0, account: 0, allow: true },
      NO_SHARE,
      deploy(SHARE, { fails: 1_000 }),
    ],
  },
  'a Create is killed after it granted, and its duplicate refuses': {
    steps: [
      NO_SHARE,
      deploy(SHARE, { calls: { 2: 'killed after the change' }, events: { 0: { twice: 2_000 } } }),
    ],
  },
  'an adopting Create is killed after it granted': {
    steps: [NO_SHARE, deploy(ADOPTING, { calls: { 2: 'killed after the change' } })],
  },
  'a Create is delivered twice, and the service refuses a call of one delivery': {
    steps: [
      NO_SHARE,
      deploy({ ...SHARE, accounts: [0, 1] }, { calls: { 2: 'refused' }, events: { 0: { twice: 0 } } }),
    ],
    readLag: 3_000,
  },
  'a duplicate of a Create grants after the failure of the Create was reported': {
    steps: [
      NO_SHARE,
      deploy({ ...SHARE, accounts: [0, 1] }, { calls: { 3: 'refused' }, events: { 0: { twice: 23_000 } } }),
    ],
    latency: 400,
    cold: true,
  },
  'an adopting Create is cancelled while it grants': {
    steps: [NO_SHARE, deploy({ ...ADOPTING, accounts: [0, 1, 2] }, { fails: 700 })],
    latency: 400,
  },
  'a second stack shares the image with the same account before reads show the first': {
    steps: [
      NO_SHARE,
      deploy(undefined, { stack: 1 }),
      deploy(SHARE),
      deploy(SHARE, { stack: 1 }),
      deploy(undefined, { stack: 1 }),
    ],
    readLag: 3_000,
    backwards: true,
  },
  'a duplicate of a Create arrives after its rollback, and CloudFormation cannot be asked': {
    steps: [NO_SHARE, deploy(SHARE, { fails: 'after', events: { 0: { twice: 20_000 } } })],
    cannotAsk: 'denied',
  },
};

test.each(Object.entries(LIMITATIONS))('the permissions are wrong if %s', async (_, limitation) => {
  const scenario = { readLag: 0, latency: 50, ...limitation };
  await expect(play(scenario, true)).rejects.toThrow(/(has|does not have) access to/);
  await play(scenario);
});
