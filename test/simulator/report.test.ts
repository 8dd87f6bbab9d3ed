import { stripVTControlCharacters } from 'node:util';
import type { StepReport } from '../../simulator/lifecycle/step-report';
import { jsonReport, type ReportOptions, report } from '../../simulator/report';

const event = (requestType: string, outcome: string) => ({
  requestType,
  outcome,
  share: 'Images/Share',
  logicalId: 'Share',
});

const PASSED: StepReport = {
  step: 'deploy',
  ok: true,
  status: 'CREATE_COMPLETE',
  events: [event('Create', 'succeeded')],
  calls: { reads: 1, grants: 2, revokes: 0, imagesDeleted: 0, refused: 1 },
  access: { 'wsi-8t4x2k9p7': ['111122223333', '444455556666'], 'wsi-000000001': [] },
  declared: {},
  milliseconds: 1249,
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
  problems: ['The function did not respond.'],
  log: ['{"message":"received"}'],
};

function rendered(steps: StepReport[], options: Partial<ReportOptions> = {}): string {
  const stacks = [{ stack: 'Images', ok: steps.every(({ ok }) => ok), steps }];
  return report(stacks, { speed: 1, framed: false, colored: false, ...options });
}

test('a plain report is a table without trailing spaces', () => {
  expect(rendered([PASSED])).toBe(`Stack Images

    Step               Events            API calls          Accounts with access             Duration
ok  deploy             Create            1 read             wsi-8t4x2k9p7: 111122223333 and     1.2 s
                                         2 grants           444455556666
                                         (1 failed)         wsi-000000001: none

All 1 steps succeeded. After each step, exactly the declared accounts had access.`);
});

test('a failed step is explained below the table', () => {
  const text = rendered([PASSED, FAILED]);
  expect(
    text.slice(text.indexOf('NO')),
  ).toBe(`NO  delete the stack   Delete timed out  1 revoke           (no images)                         1.2 s
                                         2 image deletions

Step "delete the stack" failed:
  The function did not respond.

Function log:
  {"message":"received"}

1 step failed. The remaining steps of the stack were not run.`);
  expect(rendered([FAILED, { ...FAILED, log: [] }])).toMatch(/\n2 steps failed\./);
  expect(rendered([{ ...FAILED, log: [] }])).not.toContain('Function log');
});

test('a framed table is at most 110 characters wide, with or without colors', () => {
  const plain = rendered([PASSED, FAILED], { framed: true, speed: 20 });
  const widths = plain.split('\n').flatMap((line) => (/^[┌│├└]/.test(line) ? line.length : []));
  expect(new Set(widths)).toEqual(new Set([110]));
  expect(plain).toContain('│ ✓  │ deploy');
  expect(plain).toContain('│ ✗  │ delete the stack');
  expect(plain).toContain("The function's clock ran 20 times faster");

  const colored = rendered([PASSED, FAILED], { framed: true, speed: 20, colored: true });
  expect(colored).toContain('\x1b[32m✓\x1b[39m');
  expect(colored).toContain('\x1b[33mDelete timed out\x1b[39m');
  expect(stripVTControlCharacters(colored)).toBe(plain);
});

test('a word that is wider than its column is not split', () => {
  const image = `wsi-${'a'.repeat(63)}`;
  expect(rendered([{ ...PASSED, access: { [image]: ['111122223333'] } }])).toContain(`${image}:`);
});

test('the JSON report contains all steps', () => {
  const stacks = [{ stack: 'Images', ok: false, steps: [PASSED, FAILED] }];
  expect(JSON.parse(jsonReport(stacks, { speed: 20 }))).toEqual({ ok: false, speed: 20, stacks });
});
