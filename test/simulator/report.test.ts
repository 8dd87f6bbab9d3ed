import { stripVTControlCharacters } from 'node:util';
import { COPY_TYPE, READY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { ImageReport, StepReport } from '../../simulator/lifecycle/step-report';
import { jsonReport, type ReportOptions, report, type SimulationReport } from '../../simulator/report';

const SHARE = 'Production/Images/Share';
const event = (requestType: string, outcome = 'succeeded') => ({
  requestType,
  resourceType: SHARE_TYPE,
  outcome,
  share: SHARE,
  logicalId: 'Share',
});

const PASSED: StepReport = {
  step: 'replace the image',
  ok: true,
  status: 'UPDATE_COMPLETE',
  events: [event('Update')],
  calls: { reads: 1, grants: 2, revokes: 0, copies: 0, imagesDeleted: 0, refused: 1 },
  access: {
    'wsi-8t4x2k9p7': ['111122223333', '444455556666'],
    'wsi-000000001': [],
    'wsi-000000002': ['777788889999'],
  },
  retained: { 'wsi-8t4x2k9p7': ['444455556666'], 'wsi-000000001': [], 'wsi-000000002': [] },
  shares: { 'wsi-8t4x2k9p7': [SHARE], 'wsi-000000001': [SHARE], 'wsi-000000002': ['Images/Other'] },
  declared: {},
  images: [],
  milliseconds: 12_490,
  problems: [],
  log: [],
};
const FAILED: StepReport = {
  ...PASSED,
  step: 'delete the stack',
  ok: false,
  events: [event('Delete', 'timed out')],
  calls: { reads: 0, grants: 0, revokes: 1, copies: 0, imagesDeleted: 2, refused: 0 },
  access: {},
  retained: {},
  shares: {},
  problems: ['The function did not respond.'],
  log: ['{"message":"received"}'],
};

const copied = (requestType: string, outcome = 'succeeded', resourceType = COPY_TYPE) => ({
  requestType,
  resourceType,
  outcome,
  copy: 'Desktops/Copy',
  logicalId: 'Copy',
});
const waited = (requestType: string, outcome?: string) => copied(requestType, outcome, READY_TYPE);

const COPIED: StepReport = {
  ...PASSED,
  step: 'fail while copying',
  events: [
    event('Create'),
    copied('Update'),
    waited('Update'),
    waited('Update', 'cancelled'),
    event('Delete'),
    copied('Update'),
    waited('Update'),
    waited('Update'),
    copied('Delete'),
    waited('Delete'),
  ],
  calls: { reads: 9, grants: 1, revokes: 1, copies: 2, imagesDeleted: 1, refused: 0 },
  access: { 'wsi-8t4x2k9p7': ['444455556666'], 'wsi-copy00002': [], 'wsi-copy00003': [] },
  retained: { 'wsi-8t4x2k9p7': [], 'wsi-copy00002': [], 'wsi-copy00003': [] },
  shares: { 'wsi-8t4x2k9p7': [SHARE], 'wsi-copy00002': [], 'wsi-copy00003': [] },
  images: [
    image('444455556666', 'us-east-1', 'wsi-copy00002', { copyOf: 'wsi-000000001', retained: true }),
    image('111122223333', 'eu-west-1', 'wsi-8t4x2k9p7'),
    image('444455556666', 'us-east-1', 'wsi-copy00003', { copyOf: 'wsi-8t4x2k9p7', state: 'PENDING' }),
  ],
};

function image(
  account: string,
  region: string,
  imageId: string,
  more: Partial<ImageReport> = {},
): ImageReport {
  return { account, region, imageId, name: imageId, state: 'AVAILABLE', ...more };
}

function simulationOf(steps: StepReport[], skippedShares: string[] = []): SimulationReport {
  const stacks = [
    { stack: 'Images', dependencies: [], ok: steps.every(({ ok }) => ok), steps, assumptions: [] },
  ];
  return { directory: 'cdk.out', speed: 20, stacks, skippedShares, skippedCopies: [] };
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

The times are simulated: the clock ran up to 20 times faster (--speed).

All 1 steps succeeded. After each step, exactly the declared accounts had
access.`);
});

test('shares and copies are in the order of their events, and images are listed by account and Region', () => {
  const text = rendered([COPIED]);
  expect(text).toContain('with the real functions');
  expect(
    text.slice(text.indexOf('fail'), text.indexOf('\n\nNot')),
  ).toBe(`fail while copying: succeeded, 12.5 s
  1. Production/Images/Share: Create, Delete
    wsi-8t4x2k9p7: 444455556666
  2. Desktops/Copy: Update, wait cancelled, Update, wait, Delete
  Images
    444455556666 us-east-1: wsi-copy00002 (copy of wsi-000000001, retained)
    444455556666 us-east-1: wsi-copy00003 (copy of wsi-8t4x2k9p7, PENDING)
    111122223333 eu-west-1: wsi-8t4x2k9p7
  API calls: 9 reads, 1 grant, 1 revoke, 2 copies, 1 deletion`);
  const deleted = {
    ...COPIED,
    events: [copied('Delete'), waited('Delete', 'failed')],
    shares: {},
    images: [],
  };
  expect(rendered([deleted])).toContain('\n  Desktops/Copy: Delete, wait failed\n  Images\n    no image\n');
});

test('with copies, the report says what is not simulated, and what is assumed', () => {
  const { stacks, ...simulation } = simulationOf([COPIED]);
  const assumptions = ['The source of Desktops/Copy is an image of 999988887777 in eu-west-1.'];
  const both = [
    { ...stacks[0], assumptions },
    { ...stacks[0], assumptions },
  ];
  const text = report({ ...simulation, stacks: both }, { width: 80, colored: false });
  expect(text).toContain(`\n\nAssumed:
  The source of Desktops/Copy is an image of 999988887777 in eu-west-1.

Not simulated: the time that AWS takes to copy an image (here less than a
minute), copies that`);
  expect(text).toMatch(
    /exactly the declared accounts had\naccess, and exactly the declared copies existed\.$/,
  );
  expect(rendered([PASSED])).not.toMatch(/Assumed|Not simulated|^ +Images$/m);
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

The times are simulated: the clock ran up to 20 times faster (--speed).

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

test('copies that were not simulated are listed, and qualify the result', () => {
  const result = (steps: StepReport[], skippedShares: string[], skippedCopies: string[]) => {
    const simulation = { ...simulationOf(steps, skippedShares), skippedCopies };
    return report(simulation, { width: 1_000, colored: false });
  };
  const onlyCopies = { ...COPIED, shares: {} };
  expect(result([onlyCopies], [], ['Images/Nested/Copy'])).toMatch(
    /\n {2}Images\/Nested\/Copy\n.*After each step, exactly the declared copies existed, but 1 copy in nested stacks was not simulated\.$/s,
  );
  expect(result([COPIED], ['a'], ['b', 'c'])).toMatch(
    /simulated shares, and exactly the declared copies existed, but 1 share and 2 copies in nested stacks were not/,
  );
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
  const lines = rendered([PASSED, COPIED, WIDE], { width }, ['Images/Nested/Share']).split('\n');
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

test('the table of a stack with copies has a row for each copy, and for the images of each account and Region', () => {
  const text = rendered([COPIED, { ...COPIED, events: [copied('Delete')], shares: {}, images: [] }], {
    width: 121,
  });
  expect(text.slice(text.indexOf('┌'), text.indexOf('┘'))).toBe(
    `┌───────────────────┬──────────────────────────────────┬───────────────────────────────────────┬─────────────┬──────────┐
│ Step              │ Share or copy: events            │ Accounts with access, images          │ API calls   │ Time     │
├───────────────────┼──────────────────────────────────┼───────────────────────────────────────┼─────────────┼──────────┤
│ fail while        │ 1. Production/Images/Share:      │ wsi-8t4x2k9p7: 444455556666           │ 9 reads     │ 12.5 s   │
│ copying           │ Create, Delete                   │                                       │ 1 grant     │          │
│ succeeded         │                                  │                                       │ 1 revoke    │          │
│                   │                                  │                                       │ 2 copies    │          │
│                   │                                  │                                       │ 1 deletion  │          │
│                   │ 2. Desktops/Copy: Update, wait   │                                       │             │          │
│                   │ cancelled, Update, wait, Delete  │                                       │             │          │
│                   │ Images in 444455556666 us-east-1 │ wsi-copy00002 (copy of wsi-000000001, │             │          │
│                   │                                  │ retained)                             │             │          │
│                   │                                  │ wsi-copy00003 (copy of wsi-8t4x2k9p7, │             │          │
│                   │                                  │ PENDING)                              │             │          │
│                   │ Images in 111122223333 eu-west-1 │ wsi-8t4x2k9p7                         │             │          │
├───────────────────┼──────────────────────────────────┼───────────────────────────────────────┼─────────────┼──────────┤
│ fail while        │ Desktops/Copy: Delete            │                                       │ 9 reads     │ 12.5 s   │
│ copying           │                                  │                                       │ 1 grant     │          │
│ succeeded         │                                  │                                       │ 1 revoke    │          │
│                   │                                  │                                       │ 2 copies    │          │
│                   │                                  │                                       │ 1 deletion  │          │
│                   │ Images                           │ no image                              │             │          │
└───────────────────┴──────────────────────────────────┴───────────────────────────────────────┴─────────────┴──────────`,
  );
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

test('the JSON report contains all steps, and the shares and copies that were not simulated', () => {
  const skippedCopies = ['Images/Nested/Copy'];
  const simulation = { ...simulationOf([COPIED, FAILED], ['Images/Nested/Share']), skippedCopies };
  const { speed, stacks, skippedShares } = simulation;
  expect(JSON.parse(jsonReport(simulation))).toEqual({
    ok: false,
    speed,
    skippedShares,
    skippedCopies,
    stacks,
  });
});
