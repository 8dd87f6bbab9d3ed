import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Assembly } from '../../simulator/assembly';
import { simulate } from '../../simulator/lifecycle';

jest.mock('cdk-workspace-image-share', () => require('../../lib/index'), { virtual: true });

const [OCTOBER, NOVEMBER] = ['2026-10', '2026-11'];
const STACKS = ['Images', 'Development', 'Sales', 'Support'];

/** The steps of the rollout in docs/rollout.md. */
const before = synthesized({ stable: OCTOBER, canary: OCTOBER });
const canary = synthesized({ stable: OCTOBER, canary: NOVEMBER });
const all = synthesized({ stable: NOVEMBER, canary: NOVEMBER });

test('a canary changes the stacks of the images and of the canary, so that the others are skipped', () => {
  expect(changedStacks(before, canary)).toEqual(['Images', 'Development']);
  expect(sharesIn(canary)).toEqual({
    'wsi-8t4x2k9p7': ['444455556666', '555566667777'],
    'wsi-1a2b3c4d5': ['222233334444'],
  });
});

test('the other recipients follow, and the share of the former version is removed', () => {
  expect(changedStacks(canary, all)).toEqual(['Images', 'Sales', 'Support']);
  expect(sharesIn(all)).toEqual({ 'wsi-1a2b3c4d5': ['222233334444', '444455556666', '555566667777'] });
});

test('without context, the example is in the step of the canary', () => {
  expect(changedStacks(synthesized({}), canary)).toEqual([]);
});

test('simulated as docs/rollout.md does, each step copies for the recipients that move, and skips the others', async () => {
  const versions = { canary: new Assembly(canary), all: new Assembly(all), back: new Assembly(before) };
  const { ok, steps } = await simulate(new Assembly(before), { versions });
  const resultsOf = (step: (typeof steps)[number]) =>
    Object.fromEntries(step.stacks.map(({ stack, result }) => [stack, result]));
  expect(steps.flatMap(({ problems }) => problems)).toEqual([]);
  expect(steps.map(resultsOf)).toMatchObject([
    { Images: 'created', Development: 'created', Sales: 'created', Support: 'created' },
    { Images: 'updated', Development: 'updated', Sales: 'skipped', Support: 'skipped' },
    { Images: 'updated', Development: 'skipped', Sales: 'updated', Support: 'updated' },
    { Images: 'updated', Development: 'updated', Sales: 'updated', Support: 'updated' },
    { Images: 'deleted', Development: 'deleted', Sales: 'deleted', Support: 'deleted' },
  ]);
  expect(ok).toBe(true);
});

/** Synthesizes the example with what `cdk synth --context` passes, and returns the directory. */
function synthesized(context: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'rollout-'));
  Object.assign(process.env, { CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) });
  jest.isolateModules(() => {
    require('../../examples/typescript/rollout');
  });
  // The app is synthesized when the process has nothing else to do.
  process.emit('beforeExit', 0);
  delete process.env.CDK_OUTDIR;
  delete process.env.CDK_CONTEXT_JSON;
  return directory;
}

function changedStacks(from: string, to: string): string[] {
  return STACKS.filter((stack) => templateOf(from, stack) !== templateOf(to, stack));
}

/** The shared images, each with the accounts in the list of its share. */
function sharesIn(directory: string): Record<string, string[]> {
  const { Resources } = JSON.parse(templateOf(directory, 'Images'));
  const resources: { Type: string; Properties: Record<string, string[]> }[] = Object.values(Resources);
  const shares = resources.filter(({ Type }) => Type === 'Custom::WorkspaceImageShare');
  return Object.fromEntries(shares.map(({ Properties }) => [Properties.ImageId, Properties.AccountIds]));
}

function templateOf(directory: string, stack: string): string {
  return readFileSync(join(directory, `${stack}.template.json`), 'utf8');
}
