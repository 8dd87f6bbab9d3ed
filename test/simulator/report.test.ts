import { stripVTControlCharacters } from 'node:util';
import { BUNDLE_TYPE, COPY_TYPE, READY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { StackStep, StackSummary, StepReport } from '../../simulator/lifecycle/step-report';
import { jsonReport, type ReportOptions, type SimulationReport, TextReport } from '../../simulator/report';

const IMAGE = 'wsi-8t4x2k9p7';
const NEW = 'wsi-simulation1';

const owner: StackSummary = {
  stack: 'Owner',
  account: '111122223333',
  region: 'eu-west-1',
  shares: 1,
  copies: 0,
  bundles: 0,
};
const recipient = (n: number): StackSummary => ({
  stack: `Recipient${n}`,
  account: `44445555666${n}`,
  region: n % 2 === 0 ? 'eu-west-1' : 'us-east-1',
  shares: 0,
  copies: 1,
  bundles: 0,
});

const event = (stack: string, requestType: string, outcome = 'succeeded', resourceType = SHARE_TYPE) => ({
  requestType,
  resourceType,
  outcome,
  logicalId: 'Golden',
  path: `${stack}/Golden`,
});
const copied = (stack: string, requestType: string) => event(stack, requestType, 'succeeded', COPY_TYPE);
const waited = (stack: string, requestType: string, outcome?: string) =>
  event(stack, requestType, outcome, READY_TYPE);

function stackStep(stack: string, result: StackStep['result'], more: Partial<StackStep> = {}): StackStep {
  return {
    stack,
    result,
    isExpected: true,
    milliseconds: 0,
    events: [],
    shared: [],
    copied: [],
    bundles: [],
    ...more,
  };
}
const created = (n: number) =>
  stackStep(`Recipient${n}`, 'created', {
    events: [copied(`Recipient${n}`, 'Create'), waited(`Recipient${n}`, 'Create')],
    copied: [{ imageId: `wsi-copy0000${n}`, copyOf: IMAGE }],
  });
const shared = (result: StackStep['result'], accounts: string[], before: string[] = []) =>
  stackStep('Owner', result, {
    events: [event('Owner', 'Update')],
    shared: [{ imageId: IMAGE, before, accounts }],
  });

const NO_CALLS = {
  reads: 0,
  grants: 0,
  revokes: 0,
  copies: 0,
  imagesDeleted: 0,
  bundles: 0,
  bundleUpdates: 0,
  bundlesDeleted: 0,
  refused: 0,
};
function stepReport(step: string, stacks: StackStep[], more: Partial<StepReport> = {}): StepReport {
  const state = {
    access: {},
    declared: {},
    retained: {},
    images: [],
    bundles: [],
    problems: [],
    notes: [],
    newImages: {},
  };
  return {
    step,
    ok: true,
    isRollback: false,
    stacks,
    calls: NO_CALLS,
    milliseconds: 12_490,
    ...state,
    ...more,
  };
}

/** Prints the steps of an app, in which stacks are done in the order of a step. */
function printed(stacks: StackSummary[], steps: StepReport[], options: Partial<ReportOptions> = {}) {
  const lines: string[] = [];
  const report = new TextReport('cdk.out', (line) => lines.push(line), {
    width: 80,
    colored: false,
    ...options,
  });
  report.onStart(stacks);
  for (const step of steps) {
    report.onStep(step.step, step.newImages);
    step.stacks.forEach((stack) => void report.onStack(stack));
    report.onReport(step);
  }
  const end = (more: Partial<SimulationReport> = {}) => {
    report.end(simulationOf(stacks, steps, more));
    return lines.join('\n');
  };
  return { lines, report, end, text: () => lines.join('\n') };
}

function simulationOf(
  stacks: StackSummary[],
  steps: StepReport[],
  more: Partial<SimulationReport>,
): SimulationReport {
  return { directory: 'cdk.out', speed: 20, ok: true, stacks, steps, assumptions: [], skipped: [], ...more };
}

test('the first step says what each stack shares or copies, and its result', () => {
  const deploy = stepReport('deploy', [shared('created', ['444455556661', '777788889999']), created(1)], {
    calls: { ...NO_CALLS, reads: 10, grants: 2, copies: 1, refused: 1 },
  });
  expect(
    printed([owner, recipient(1)], [deploy]).end(),
  ).toBe(`Deploying 2 stacks of "cdk.out" with the real functions, without AWS, as "cdk
deploy --all" does: in order, and only those that have changed.

1. deploy
   Owner (111122223333, eu-west-1) shares 1 image: created (Update)
     wsi-8t4x2k9p7: 444455556661 and 777788889999
   Recipient1 (444455556661, us-east-1) copies 1 image: created (Create, wait)
     wsi-copy00001: copy of wsi-8t4x2k9p7
   Succeeded: 12.5 s (copy: 25 s assumed), 10 reads, 2 grants, 1 copy, 1 failed
     call

Not simulated: the time of a copy, copies that end in the state ERROR, quotas,
and IAM permissions. Times are simulated.
All 1 steps succeeded. After each step, exactly the declared accounts had
access, and exactly the declared copies existed.`);
});

describe('alike stacks', () => {
  const many = [1, 2, 3, 4, 5].map(recipient);

  it('are printed together, as soon as all of them are done', () => {
    const { report, lines, text } = printed([owner, ...many], []);
    report.onStep('deploy', {});
    [1, 2, 3, 4].forEach((n) => void report.onStack(created(n)));
    expect(lines.at(-1)).toBe('1. deploy');
    report.onStack(created(5));
    expect(text().split('\n').slice(-3)).toEqual([
      '   Recipient1 to Recipient5 (5 stacks: 5 accounts, eu-west-1 and us-east-1)',
      '     copies 1 image: created (Create, wait)',
      '     5 images: copy of wsi-8t4x2k9p7',
    ]);
  });

  it('do not hide one that is different', () => {
    const failed = stackStep('Recipient2', 'rolled back', { isExpected: false });
    const step = stepReport('deploy', [created(1), failed, created(3), created(4), created(5)]);
    expect(printed([owner, ...many], [step]).text()).toMatch(
      /Recipient1 and others \(4 stacks: .*\n.*created.*\n.*\n {3}Recipient2 \(444455556662, eu-west-1\) copies 1 image: rolled back\n/,
    );
  });

  it('are printed one by one if they are two', () => {
    const step = stepReport('later', [
      stackStep('Recipient1', 'deleted'),
      stackStep('Recipient2', 'deleted'),
    ]);
    const { lines } = printed(
      [recipient(1), recipient(2)],
      [stepReport('deploy', [created(1), created(2)]), step],
    );
    expect(lines).toContain('   Recipient1: deleted');
    expect(lines).toContain('   Recipient2: deleted');
  });
});

test('a step begins with its new images', () => {
  const one = printed([owner], [stepReport('new image', [], { newImages: { [IMAGE]: NEW } })]);
  expect(one.text()).toContain('1. new image: wsi-simulation1 instead of wsi-8t4x2k9p7\n');
  const newImages = { 'wsi-golden001': 'wsi-simulation1', 'wsi-golden002': 'wsi-simulation2' };
  const two = printed([owner], [stepReport('new image', [], { newImages })]);
  expect(two.text()).toContain(
    '1. new image\n   wsi-simulation1 instead of wsi-golden001\n   wsi-simulation2 instead of wsi-golden002\n',
  );
  const merged = { [IMAGE]: NEW, 'wsi-simulation0': NEW };
  expect(printed([owner], [stepReport('new image', [], { newImages: merged })]).text()).toContain(
    'wsi-simulation1 instead of wsi-8t4x2k9p7 and wsi-simulation0',
  );
});

test('a rollback is called one, and is expected', () => {
  const events = ['Update', 'Update'].flatMap((type) => [
    copied('Recipient1', type),
    waited('Recipient1', type),
  ]);
  events[1] = waited('Recipient1', 'Update', 'cancelled');
  events.push(copied('Recipient1', 'Delete'), waited('Recipient1', 'Delete'));
  const failing = stepReport(
    'update that fails while copying',
    [stackStep('Recipient1', 'rolled back', { events })],
    {
      isRollback: true,
    },
  );
  const { lines } = printed([recipient(1)], [stepReport('deploy', [created(1)]), failing]);
  expect(lines.slice(-4)).toEqual([
    '2. update that fails while copying',
    '   Recipient1: rolled back, as expected (Update, wait cancelled, rollback, wait,',
    '     Delete)',
    '   Rolled back, as expected: 12.5 s',
  ]);
});

test('constructs of one stack are counted by their events', () => {
  const events = ['A', 'B', 'C'].map((id) => ({ ...event('Owner', 'Create'), path: `Owner/${id}` }));
  const step = stepReport('deploy', [
    stackStep('Owner', 'created', { events: [...events, event('Owner', 'Delete')] }),
  ]);
  expect(printed([owner], [step], { width: 120 }).text()).toContain('created (3 × Create, 1 × Delete)');
});

describe('a stack with bundles', () => {
  const stack: StackSummary = { ...recipient(1), bundles: 2 };
  const bundled = (id: string, requestType: string, outcome?: string) => ({
    ...event('Recipient1', requestType, outcome, BUNDLE_TYPE),
    path: `Recipient1/${id}`,
  });
  const bundles = ['wsb-bundle00001', 'wsb-bundle00002'].map((bundleId) => ({
    bundleId,
    imageId: 'wsi-copy00001',
  }));

  it('is shown with its bundles and their images, and its events by what they are about', () => {
    const { events, copied } = created(1);
    const deploy = stepReport(
      'deploy',
      [
        stackStep('Recipient1', 'created', {
          events: [...events, bundled('Small', 'Create'), bundled('Large', 'Create')],
          copied,
          bundles,
        }),
      ],
      {
        calls: { ...NO_CALLS, copies: 1, bundles: 2, bundleUpdates: 1, imagesDeleted: 1, bundlesDeleted: 2 },
      },
    );
    const text = printed([stack], [deploy]).end();
    expect(text.slice(text.indexOf('1. deploy'))).toBe(`1. deploy
   Recipient1 (444455556661, us-east-1) copies 1 image and has 2 bundles:
     created (1 × copy: Create, wait; 2 × bundle: Create)
     wsi-copy00001: copy of wsi-8t4x2k9p7
     wsb-bundle00001: bundle with wsi-copy00001
     wsb-bundle00002: bundle with wsi-copy00001
   Succeeded: 12.5 s (copy: 25 s assumed), 1 copy, 2 bundles, 1 bundle update, 3
     deletions

Not simulated: times and errors of copies and bundles, quotas, IAM permissions.
All 1 steps succeeded. After each step, exactly the declared copies and bundles
existed.`);
  });

  it('is printed with alike ones, which count their bundles', () => {
    const stacks = [1, 2, 3].map((n) => ({ ...recipient(n), copies: 0, bundles: 1 }));
    const step = stepReport(
      'deploy',
      stacks.map(({ stack }, n) =>
        stackStep(stack, 'created', {
          bundles: [{ bundleId: `wsb-bundle0000${n}`, imageId: `wsi-copy0000${n}` }],
        }),
      ),
    );
    expect(printed(stacks, [step]).lines).toContain(
      '     3 bundles: bundle with wsi-copy00000, wsi-copy00001 and wsi-copy00002',
    );
  });

  it('can refuse an update, which is rolled back', () => {
    const events = [bundled('Small', 'Update', 'failed'), bundled('Small', 'Update')];
    const step = stepReport('change of hardware', [stackStep('Recipient1', 'rolled back', { events })], {
      isRollback: true,
    });
    const { lines } = printed([stack], [stepReport('deploy', []), step]);
    expect(lines).toContain('   Recipient1: rolled back, as expected (Update failed, rollback)');
  });

  it('can leave retained ones behind', () => {
    const retained = {
      ...bundles[0],
      account: '1',
      region: 'r',
      name: 'x',
      state: 'AVAILABLE' as const,
      computeType: 'STANDARD',
      userVolume: 50,
      rootVolume: 80,
      retained: true,
    };
    const destroy = stepReport('destroy', [stackStep('Recipient1', 'deleted')], { bundles: [retained] });
    expect(printed([stack], [stepReport('deploy', []), destroy]).lines).toContain(
      '   wsb-bundle00001: bundle with wsi-copy00001, retained',
    );
  });
});

test('more than three accounts are counted, with what has changed', () => {
  const accounts = Array.from({ length: 5 }, (_, n) => `10000000000${n}`);
  const text = (now: string[], before: string[]) =>
    printed([owner], [stepReport('x', [shared('updated', now, before)])]).text();
  expect(text(accounts, [])).toContain('wsi-8t4x2k9p7: 5 accounts\n');
  expect(text(accounts, accounts.slice(1))).toContain('wsi-8t4x2k9p7: 5 accounts (+100000000000)\n');
  expect(text(accounts.slice(1), accounts)).toContain('wsi-8t4x2k9p7: 4 accounts (-100000000000)\n');
  expect(text([], accounts)).toContain('wsi-8t4x2k9p7: no account any more\n');
  expect(text([], [])).toContain('wsi-8t4x2k9p7: no account\n');
});

test('a stack that has not changed is not printed, and a step in which nothing has changed says so', () => {
  const step = stepReport('new image', [stackStep('Owner', 'skipped')]);
  expect(printed([owner], [step]).text()).toMatch(/1\. new image\n {3}Nothing has changed: 12\.5 s$/);
});

test('the last step says which images of the app can be deleted, and what is retained', () => {
  const images = [
    { account: '1', region: 'r', imageId: IMAGE, name: 'x', state: 'AVAILABLE' as const },
    { account: '1', region: 'r', imageId: NEW, name: 'x', state: 'AVAILABLE' as const },
    { account: '1', region: 'r', imageId: 'wsi-shared0001', name: 'x', state: 'AVAILABLE' as const },
    {
      account: '2',
      region: 'r',
      imageId: 'wsi-copy00001',
      name: 'x',
      state: 'AVAILABLE' as const,
      copyOf: NEW,
      retained: true,
    },
  ];
  const access = { [IMAGE]: [], [NEW]: [], 'wsi-shared0001': ['777788889999'], 'wsi-copy00001': [] };
  const retained = { 'wsi-shared0001': ['777788889999'], [IMAGE]: [] };
  const destroy = stepReport('destroy', [stackStep('Owner', 'deleted')], { images, access, retained });
  const { lines } = printed([owner], [stepReport('deploy', [], { images: [images[0], images[2]] }), destroy]);
  expect(lines.slice(-4)).toEqual([
    '   wsi-8t4x2k9p7: can be deleted now',
    '   wsi-shared0001: still shared with 777788889999, retained',
    '   wsi-copy00001: copy of wsi-simulation1, retained',
    '   Succeeded: 12.5 s',
  ]);
});

describe('a failed step', () => {
  const stacks = [1, 2, 3].map((n) => ({ ...recipient(n), failedIn: 'deploy' }));
  const failed = stepReport(
    'deploy',
    [1, 2, 3].map((n) => stackStep(`Recipient${n}`, 'rolled back', { isExpected: false })),
    {
      ok: false,
      problems: [1, 2, 3].map((n) => ({
        text: `Recipient${n}/Golden: There is no image wsi-8t4x2k9p7.`,
        stacks: [`Recipient${n}`],
        log: ['1', '2', '3', '4', '5', `{"n":${n}}`],
      })),
    },
  );

  it('has each kind of problem once, with the end of its log', () => {
    const text = printed(stacks, [failed]).text();
    expect(text.slice(text.indexOf('   FAILED'))).toBe(`   FAILED: 12.5 s
     Recipient1/Golden: There is no image wsi-8t4x2k9p7. (and 2 more like this)
     End of the log:
       2
       3
       4
       5
       {"n":1}`);
  });

  it('is repeated at the end, with the stacks that have failed', () => {
    expect(printed(stacks, [failed]).end({ ok: false })).toMatch(
      /\nFAILED: Recipient1 to Recipient3 \(3 stacks\): step "deploy"\n1 of 1 step FAILED\. Later steps left out what had failed, and the stacks that\ndepend on it\.$/,
    );
  });

  it('counts bundles with the same problem', () => {
    const problems = [1, 2, 3].map((n) => ({
      text: `The bundle of Recipient${n}/Standard, wsb-bundle0000${n}, is PENDING instead of AVAILABLE.`,
      stacks: [`Recipient${n}`],
    }));
    expect(printed(stacks, [stepReport('deploy', [], { ok: false, problems })]).text()).toMatch(
      /wsb-bundle00001, is PENDING instead of\s+AVAILABLE\. \(and 2 more like this\)$/,
    );
  });

  it('has no log if there is none', () => {
    const problems = [{ text: 'The status of the stack Owner is X.', stacks: [] }];
    const step = stepReport('deploy', [], { ok: false, problems });
    expect(printed([owner], [step]).text()).toMatch(/The status of the stack Owner is X\.$/);
  });
});

test('what the app warns of is a note', () => {
  const notes = ['Recipient1/Golden is still a copy.', 'Recipient2/Golden is still a copy.'];
  expect(printed([owner], [stepReport('new image', [], { notes })]).text()).toMatch(
    /\n {5}Note: Recipient1\/Golden is still a copy\.\n {5}Note: Recipient2/,
  );
});

test('the end says what was assumed, added, and not simulated', () => {
  const { end } = printed(
    [owner, recipient(1)],
    [stepReport('new image', [], { newImages: { [IMAGE]: NEW } })],
  );
  const more = {
    assumptions: ['The source of Recipient1/Golden is an image of 999988887777 in eu-west-1.'],
    skipped: ['Owner/Nested/Share', 'Owner/Nested/Copy'],
  };
  const text = end(more);
  expect(text).toContain(
    '\n\nAssumed:\n  The source of Recipient1/Golden is an image of 999988887777 in eu-west-1.\n\n',
  );
  expect(text).toContain(
    '\n\nNot simulated, because they are in nested stacks:\n  Owner/Nested/Share\n  Owner/Nested/Copy\n',
  );
  expect(text.replaceAll('\n', ' ')).toContain(
    'Accounts and images that are not in the app were added by the simulation.',
  );
  expect(text.replaceAll('\n', ' ')).toMatch(
    /exactly the declared accounts had access, and exactly the declared copies existed, but 2 constructs in nested stacks were not simulated\.$/,
  );
  const one = printed([recipient(1)], []).end({ skipped: ['a'] });
  expect(one.replaceAll('\n', ' ')).toContain('1 construct in nested stacks was not simulated.');
});

test.each([40, 80, 120])('no line is wider than %i columns', (width) => {
  const accounts = Array.from({ length: 3 }, (_, n) => `10000000000${n}`);
  const long = stackStep('Owner', 'updated', {
    events: [event('Owner', 'Update', 'invalid response'.repeat(9))],
    shared: [{ imageId: `wsi-${'a'.repeat(63)}`, before: [], accounts }],
  });
  const problems = [
    { text: `${'Nested/'.repeat(30)}: ${'no '.repeat(40)}`, stacks: [], log: ['x'.repeat(300)] },
  ];
  const text = printed([owner], [stepReport('deploy', [long], { ok: false, problems })], { width }).end({
    ok: false,
  });
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
});

test('colors change nothing else', () => {
  const steps = [stepReport('deploy', [shared('created', [])]), stepReport('x', [], { ok: false })];
  const colored = printed([owner], steps, { colored: true }).end({ ok: false });
  expect(colored).toContain('\x1b[31mFAILED: 12.5 s\x1b[39m');
  expect(stripVTControlCharacters(colored)).toBe(printed([owner], steps).end({ ok: false }));
});

test('the JSON report has everything', () => {
  const steps = [stepReport('deploy', [shared('created', ['777788889999'])])];
  const { directory: _, ...rest } = simulationOf([owner], steps, {
    assumptions: ['x'],
    skipped: ['y'],
  });
  expect(JSON.parse(jsonReport({ directory: 'cdk.out', ...rest }))).toEqual(rest);
});
