import { stripVTControlCharacters } from 'node:util';
import type { StepReport } from '../../simulator/lifecycle/step-report';
import { jsonReport, type ReportOptions, report, type SimulationReport } from '../../simulator/report';

const SHARE = 'Production/Images/Share';
const event = (requestType: string, outcome = 'succeeded') => ({
  requestType,
  outcome,
  share: SHARE,
  logicalId: 'Share',
});

const PASSED: StepReport = {
  step: 'replace the image',
  ok: true,
  status: 'UPDATE_COMPLETE',
  events: [event('Update')],
  calls: { reads: 1, grants: 2, revokes: 0, imagesDeleted: 0, refused: 1 },
  access: {
    'wsi-8t4x2k9p7': ['111122223333', '444455556666'],
    'wsi-000000001': [],
    'wsi-000000002': ['777788889999'],
  },
  retained: { 'wsi-8t4x2k9p7': ['444455556666'], 'wsi-000000001': [], 'wsi-000000002': [] },
  shares: { 'wsi-8t4x2k9p7': [SHARE], 'wsi-000000001': [SHARE], 'wsi-000000002': ['Images/Other'] },
  declared: {},
  milliseconds: 12_490,
  problems: [],
  log: [],
};
const FAILED: StepReport = {
  ...PASSED,
  step: 'delete the stack',
  ok: false,
  events: [event('Delete', 'timed out')],
  calls: { reads: 0, grants: 0, revokes: 1, imagesDeleted: 2, refused: 0 },
  access: {},
  retained: {},
  shares: {},
  problems: ['The function did not respond.'],
  log: ['{"message":"received"}'],
};

function simulationOf(steps: StepReport[], skippedShares: string[] = []): SimulationReport {
  const stacks = [{ stack: 'Images', dependencies: [], ok: steps.every(({ ok }) => ok), steps }];
  return { directory: 'cdk.out', speed: 20, stacks, skippedShares };
}

function rendered(steps: StepReport[], options: Partial<ReportOptions> = {}, skipped?: string[]): string {
  return report(simulationOf(steps, skipped), { width: 80, colored: false, ...options });
}

test('below 100 columns, each step is a block in which each line belongs to a share', () => {
  const text = rendered([PASSED]);
  expect(text).toBe(`Simulated 1 stack of "cdk.out" with the real function, without AWS.

Stack Images

replace the image: succeeded, 12.5 s
  Production/Images/Share: Update
    wsi-8t4x2k9p7: 111122223333
    wsi-8t4x2k9p7: 444455556666 (retained)
    wsi-000000001: no account
  Images/Other
    wsi-000000002: 777788889999
  API calls: 1 read, 2 grants, (1 failed)

The times are simulated: the clock ran 20 times faster (--speed).

All 1 steps succeeded. After each step, exactly the declared accounts had
access.`);
});

test('a failed step says FAILED, and is explained below', () => {
  const text = rendered([PASSED, FAILED]);
  expect(text.slice(text.indexOf('delete'))).toBe(`delete the stack: FAILED, 12.5 s
  Production/Images/Share: Delete timed out
    no image
  API calls: 1 revoke, 2 deletions

Step "delete the stack" FAILED:
  The function did not respond.

Function log:
  {"message":"received"}

The times are simulated: the clock ran 20 times faster (--speed).

1 step FAILED. The remaining steps of the stack were not run.`);
  expect(rendered([FAILED, { ...FAILED, log: [] }])).toMatch(/\n2 steps FAILED\./);
  expect(rendered([{ ...FAILED, log: [] }])).not.toContain('Function log');
});

test('the names of the stacks that were deployed before are in the heading', () => {
  const simulation = simulationOf([PASSED]);
  const stacks = [{ ...simulation.stacks[0], dependencies: ['Network', 'Golden'] }];
  const text = report({ ...simulation, speed: 1, stacks }, { width: 80, colored: false });
  expect(text).toContain('Stack Images, after Network and Golden\n');
  expect(text).not.toContain('--speed');
});

test('shares that were not simulated are listed, and qualify the result', () => {
  expect(rendered([PASSED], {}, ['Images/Nested/Share'])).toMatch(
    /\n\nNot simulated, because they are in nested stacks:\n {2}Images\/Nested\/Share\n/,
  );
  const result = (skipped: string[]) => rendered([PASSED], { width: 1_000 }, skipped).split('\n').at(-1);
  expect(result(['a'])).toMatch(
    /images of the simulated shares, but 1 share in nested stacks was not simulated\.$/,
  );
  expect(result(['a', 'b'])).toMatch(/but 2 shares in nested stacks were not simulated\.$/);
});

const wide = Array.from({ length: 9 }, (_, n) => String(100_000_000_000 + n));
const WIDE: StepReport = {
  ...PASSED,
  events: [{ ...event('Update', 'invalid response'), share: `${SHARE}/${'Nested'.repeat(20)}` }],
  access: { [`wsi-${'a'.repeat(63)}`]: wide },
  retained: { [`wsi-${'a'.repeat(63)}`]: [] },
  shares: { [`wsi-${'a'.repeat(63)}`]: [SHARE] },
  ok: false,
  problems: [`The stack status is ${'UPDATE_ROLLBACK_COMPLETE '.repeat(5)}.`],
};

test.each([80, 100, 120, 200])('no line is wider than %i columns', (width) => {
  const lines = rendered([PASSED, WIDE], { width }, ['Images/Nested/Share']).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
});

test('from 100 columns on, a stack is a table with a row for each share', () => {
  const text = rendered([PASSED, FAILED], { width: 120 });
  expect(text.slice(text.indexOf('┌'), text.indexOf('┘'))).toBe(
    `┌───────────────────┬──────────────────────────────────┬─────────────────────────────────┬─────────────┬──────────┐
│ Step              │ Share: events                    │ Accounts with access            │ API calls   │ Time     │
├───────────────────┼──────────────────────────────────┼─────────────────────────────────┼─────────────┼──────────┤
│ replace the image │ Production/Images/Share: Update  │ wsi-8t4x2k9p7: 111122223333     │ 1 read      │ 12.5 s   │
│ succeeded         │                                  │ wsi-8t4x2k9p7: 444455556666     │ 2 grants    │          │
│                   │                                  │ (retained)                      │ (1 failed)  │          │
│                   │                                  │ wsi-000000001: no account       │             │          │
│                   │ Images/Other                     │ wsi-000000002: 777788889999     │             │          │
├───────────────────┼──────────────────────────────────┼─────────────────────────────────┼─────────────┼──────────┤
│ delete the stack  │ Production/Images/Share: Delete  │ no image                        │ 1 revoke    │ 12.5 s   │
│ FAILED            │ timed out                        │                                 │ 2 deletions │          │
└───────────────────┴──────────────────────────────────┴─────────────────────────────────┴─────────────┴──────────`,
  );
  expect(rendered([PASSED], { width: 99 })).not.toContain('┌');
  expect(rendered([PASSED], { width: 100 })).toContain('│ succeeded         │ Images/Share:     │');
});

test('colors change nothing else', () => {
  const colored = rendered([PASSED, FAILED], { width: 120, colored: true });
  expect(colored).toContain('\x1b[31mFAILED\x1b[39m');
  expect(colored).toContain('\x1b[33mtimed out\x1b[39m');
  expect(stripVTControlCharacters(colored)).toBe(rendered([PASSED, FAILED], { width: 120 }));
});

test('a step without events and images has a row', () => {
  const empty = { ...FAILED, events: [] };
  expect(rendered([empty], { width: 100 })).toMatch(/│ delete the stack +│ +│ +│ 1 revoke +│ 12\.5 s/);
});

test('the JSON report contains all steps, and the shares that were not simulated', () => {
  const simulation = simulationOf([PASSED, FAILED], ['Images/Nested/Share']);
  const { speed, stacks, skippedShares } = simulation;
  expect(JSON.parse(jsonReport(simulation))).toEqual({ ok: false, speed, skippedShares, stacks });
});
