import { enumerate } from '../lib/workspaces/validation';
import type { StackEventRecord } from './cloudformation';
import { COPY_SECONDS } from './lifecycle';
import type { Listener } from './lifecycle/app-lifecycle';
import type { AppReport, Problem, StackStep, StackSummary, StepReport } from './lifecycle/step-report';
import { type Entry, folded, nounOf, title } from './report/fold';
import { outcomeText, remainders, stackEntry } from './report/step-lines';
import { counted, paint, type ReportOptions, type Style, wrap } from './report/text';

export type { ReportOptions } from './report/text';

export interface SimulationReport extends AppReport {
  /** The directory of the synthesized app. */
  readonly directory: string;
  readonly speed: number;
  /** The construct paths of the shares, copies and bundles that were not simulated, because they are in nested stacks. */
  readonly skipped: readonly string[];
}

const LIMITS =
  'Not simulated: the time of a copy, copies that end in the state ERROR, quotas, and IAM permissions. Times are simulated.';
const LIMITS_WITH_BUNDLES = 'Not simulated: times and errors of copies and bundles, quotas, IAM permissions.';
const ADDED = ' Accounts and images that are not in the app were added by the simulation.';
/** The last lines of a log that are shown. */
const LOG_LINES = 5;

/** Prints the report while the simulation runs: each stack when it is done, alike ones together. */
export class TextReport implements Listener {
  private stacks: readonly StackSummary[] = [];
  private steps = 0;
  private first?: StepReport;
  /** What the current step has done with stacks that are not printed yet. */
  private waiting: StackStep[] = [];

  constructor(
    private readonly directory: string,
    private readonly print: (line: string) => void,
    private readonly options: ReportOptions,
  ) {}

  onEvent({ stack, logicalId, status }: StackEventRecord): void {
    this.options.progress?.(`${stack}: ${logicalId} ${status}`);
  }

  onStart(stacks: readonly StackSummary[]): void {
    this.stacks = stacks;
    this.line(
      `Deploying ${counted(stacks.length, 'stack')} of "${this.directory}" with the real functions, without AWS, as "cdk deploy --all" does: in order, and only those that have changed.`,
    );
  }

  onStep(step: string, newImages: StepReport['newImages']): void {
    this.steps++;
    this.print('');
    const replaced = [...new Set(Object.values(newImages))].map((to) => {
      const former = Object.keys(newImages).filter((from) => newImages[from] === to);
      return { subject: to, text: `instead of ${enumerate(former)}` };
    });
    const images = this.imageLines(replaced, '');
    this.line(`${this.steps}. ${step}${images.length === 1 ? `: ${images}` : ''}`, 0, 'bold');
    this.lines(images.length > 1 ? images : [], 3);
  }

  onStack(step: StackStep): void {
    this.waiting.push(step);
    const own = this.alike(step.stack);
    const done = own.flatMap(({ stack }) => this.waiting.filter((each) => each.stack === stack));
    if (done.length < own.length) {
      return;
    }
    this.waiting = this.waiting.filter((each) => !done.includes(each));
    const isFirst = this.first === undefined;
    const entries = done.map((each, n): Entry => {
      const { account, region } = own[n];
      const entry = stackEntry(each);
      return isFirst
        ? { ...entry, where: `${account}, ${region}`, text: `${what(own[n])}: ${entry.text}` }
        : entry;
    });
    const changed = entries.filter((_, n) => done[n].result !== 'skipped');
    const all = this.stacks.map(({ stack }) => stack);
    for (const group of folded(changed)) {
      this.line(`${title(group, all)}${isFirst ? ' ' : ': '}${group.text}`, 3);
      this.lines(this.imageLines(group.lines, ': '), 5);
    }
  }

  onReport(step: StepReport): void {
    this.first ??= step;
    this.lines(this.imageLines(remainders(step, this.first), ': '), 3);
    this.line(outcomeText(step, COPY_SECONDS), 3, step.ok ? 'green' : 'red');
    this.lines(sentences(step.notes.map((note) => `Note: ${note}`)), 5, 'yellow');
    this.problems(step.problems);
  }

  end({ ok, stacks, steps, assumptions, skipped }: SimulationReport): void {
    this.section('Assumed:', sentences(assumptions));
    this.section('Not simulated, because they are in nested stacks:', skipped);
    this.print('');
    const isAdded = JSON.stringify(steps).includes('wsi-simulation');
    const has = (kind: 'shares' | 'copies' | 'bundles') => stacks.some((stack) => stack[kind] > 0);
    const limits = has('bundles') ? LIMITS_WITH_BUNDLES : LIMITS;
    this.line(`${limits}${isAdded ? ADDED : ''}`, 0, 'dim');
    const verb = skipped.length === 1 ? 'was' : 'were';
    const left =
      skipped.length > 0
        ? `, but ${counted(skipped.length, 'construct')} in nested stacks ${verb} not simulated`
        : '';
    if (ok) {
      const items = (['copies', 'bundles'] as const).filter(has);
      const proven = [
        ...(has('shares') ? ['exactly the declared accounts had access'] : []),
        ...(items.length > 0 ? [`exactly the declared ${enumerate(items)} existed`] : []),
      ].join(', and ');
      const text = `All ${steps.length} steps succeeded. After each step, ${proven}${left}.`;
      this.line(text, 0, left ? 'yellow' : 'green');
      return;
    }
    const failed = stacks.filter(({ failedIn }) => failedIn !== undefined);
    const all = stacks.map(({ stack }) => stack);
    const groups = folded(
      failed.map(({ stack, failedIn }) => ({ subject: stack, text: `step "${failedIn}"` })),
    );
    this.lines(
      groups.map((group) => `FAILED: ${title(group, all)}: ${group.text}`),
      0,
      'red',
    );
    const rest = 'Later steps left out what had failed, and the stacks that depend on it';
    const count = steps.filter((step) => !step.ok).length;
    this.line(`${count} of ${counted(steps.length, 'step')} FAILED. ${rest}${left}.`, 0, 'red');
  }

  private problems(problems: readonly Problem[]): void {
    for (const [first, text] of alike(problems)) {
      this.line(text, 5, 'red');
      const log = problems.find((each) => each.text === first)?.log ?? [];
      this.lines(log.length > 0 ? ['End of the log:'] : [], 5);
      this.lines(log.slice(-LOG_LINES), 7, 'dim');
    }
  }

  private section(heading: string, lines: readonly string[]): void {
    if (lines.length > 0) {
      this.print('');
      this.line(heading);
      this.lines(lines, 2);
    }
  }

  /** The stacks that are printed together with a stack if they are alike. */
  private alike(name: string): StackSummary[] {
    const own = this.stacks.find(({ stack }) => stack === name) as StackSummary;
    return this.stacks.filter((each) => what(each) === what(own));
  }

  private imageLines(entries: readonly Entry[], separator: string): string[] {
    return folded(entries).map(
      ({ subjects, text }) =>
        `${subjects.length > 1 ? `${subjects.length} ${nounOf(subjects[0])}` : subjects}${separator || ' '}${text}`,
    );
  }

  private line(text: string, indent = 0, style?: Style): void {
    // The further lines of a paragraph are indented, except at the margin.
    const hanging = indent === 0 ? 0 : indent + 2;
    const { width } = this.options;
    const [first] = wrap(text, width - indent);
    this.print(' '.repeat(indent) + paint(first, style, this.options));
    const rest = text.slice(first.length).trimStart();
    for (const line of rest === '' ? [] : wrap(rest, width - hanging)) {
      this.print(' '.repeat(hanging) + paint(line, style, this.options));
    }
  }

  private lines(texts: readonly string[], indent: number, style?: Style): void {
    for (const text of texts) {
      this.line(text, indent, style);
    }
  }
}

/** Renders the report as JSON. */
export function jsonReport({ directory: _, ...simulation }: SimulationReport): string {
  return JSON.stringify(simulation, undefined, 2);
}

function what({ shares, copies, bundles }: StackSummary): string {
  const parts = [
    ...(shares > 0 ? [`shares ${counted(shares, 'image')}`] : []),
    ...(copies > 0 ? [`copies ${counted(copies, 'image')}`] : []),
    ...(bundles > 0 ? [`has ${counted(bundles, 'bundle')}`] : []),
  ];
  return parts.length > 0 ? enumerate(parts) : 'uses them or is used by them';
}

/** The first sentence of each kind, and the same with the number of the others. */
function alike(sentences: readonly Pick<Problem, 'text' | 'stacks'>[]): [first: string, text: string][] {
  const kinds = folded(sentences.map(({ text, stacks }) => ({ subject: stacks[0] ?? '', text })));
  return kinds.map(({ subjects: { length }, first }) => [
    first,
    length > 1 ? `${first} (and ${length - 1} more like this)` : first,
  ]);
}

function sentences(texts: readonly string[]): string[] {
  return alike(texts.map((text) => ({ text, stacks: [] }))).map(([, text]) => text);
}
