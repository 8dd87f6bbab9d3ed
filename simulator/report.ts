import { styleText } from 'node:util';
import { few } from '../lib/validation';
import type { EventReport, StackReport, StepReport } from './lifecycle/step-report';

export interface ReportOptions {
  readonly speed: number;
  /** Whether to draw lines around the cells, for a terminal. */
  readonly framed: boolean;
  readonly colored: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: true;
}

/** Together with the lines between them at most 110 characters wide. */
const COLUMNS: readonly Column[] = [
  { title: '', width: 2 },
  { title: 'Step', width: 17 },
  { title: 'Events', width: 16 },
  { title: 'API calls', width: 17 },
  { title: 'Accounts with access', width: 31 },
  { title: 'Duration', width: 8, right: true },
];

type Style = Parameters<typeof styleText>[0];

interface Cell {
  readonly lines: readonly string[];
  readonly style?: Style;
}

/** Renders the reports as tables. */
export function report(stacks: readonly StackReport[], options: ReportOptions): string {
  const { speed } = options;
  const parts = stacks.flatMap((stack) => [
    paint(`Stack ${stack.stack}`, 'bold', options),
    table(stack.steps, options),
    ...stack.steps.filter(({ ok }) => !ok).map((step) => explanation(step, options)),
  ]);
  if (speed !== 1) {
    const note = `The function's clock ran ${speed} times faster than real time. Use --real-time to turn this off.`;
    parts.push(paint(note, 'dim', options));
  }
  parts.push(summary(stacks, options));
  return parts.join('\n\n');
}

/** Renders the reports as JSON. */
export function jsonReport(stacks: readonly StackReport[], { speed }: Pick<ReportOptions, 'speed'>): string {
  return JSON.stringify({ ok: stacks.every(({ ok }) => ok), speed, stacks }, undefined, 2);
}

function paint(text: string, style: Style | undefined, { colored }: ReportOptions): string {
  // The caller has decided about colors, not the standard output of this process.
  return colored && style !== undefined && text !== ''
    ? styleText(style, text, { validateStream: false })
    : text;
}

function summary(stacks: readonly StackReport[], options: ReportOptions): string {
  const steps = stacks.flatMap((stack) => stack.steps);
  const failed = steps.filter(({ ok }) => !ok).length;
  return failed === 0
    ? paint(
        `All ${steps.length} steps succeeded. After each step, exactly the declared accounts had access.`,
        'green',
        options,
      )
    : paint(
        `${counted(failed, 'step')} failed. The remaining steps of the stack were not run.`,
        'red',
        options,
      );
}

function table(steps: readonly StepReport[], options: ReportOptions): string {
  const head: Cell[] = COLUMNS.map(({ title }) => ({ lines: [title], style: 'bold' }));
  const rows = [head, ...steps.map((step) => cells(step, options))].map((row) => rendered(row, options));
  if (!options.framed) {
    return rows.join('\n');
  }
  const line = (left: string, middle: string, right: string) =>
    left + COLUMNS.map(({ width }) => '─'.repeat(width + 2)).join(middle) + right;
  return [line('┌', '┬', '┐'), rows.join(`\n${line('├', '┼', '┤')}\n`), line('└', '┴', '┘')].join('\n');
}

function cells(step: StepReport, { framed }: ReportOptions): Cell[] {
  const [success, failure] = framed ? ['✓', '✗'] : ['ok', 'NO'];
  const asExpected = step.events.every(({ outcome }) => outcome === 'succeeded');
  return [
    { lines: [step.ok ? success : failure], style: step.ok ? 'green' : 'red' },
    { lines: [step.step] },
    { lines: step.events.map(eventLine), style: asExpected ? undefined : 'yellow' },
    { lines: callLines(step.calls) },
    { lines: accessLines(step) },
    { lines: [`${(step.milliseconds / 1000).toFixed(1)} s`], style: 'dim' },
  ];
}

/** A row of the table, as many lines high as its highest cell. */
function rendered(row: readonly Cell[], options: ReportOptions): string {
  const wrapped = row.map(({ lines }, column) => lines.flatMap((line) => wrap(line, COLUMNS[column].width)));
  const height = Math.max(...wrapped.map(({ length }) => length));
  const [start, between, end] = options.framed ? ['│ ', ' │ ', ' │'] : ['', '  ', ''];
  return Array.from({ length: height }, (_, n) => {
    const parts = row.map(({ style }, column) => {
      const { width, right } = COLUMNS[column];
      const text = wrapped[column][n] ?? '';
      const space = ' '.repeat(Math.max(0, width - text.length));
      const painted = paint(text, style, options);
      return right ? space + painted : painted + space;
    });
    return options.framed ? start + parts.join(between) + end : parts.join(between).trimEnd();
  }).join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === '') {
      lines[lines.length - 1] = word;
    } else if (last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

function eventLine({ requestType, outcome }: EventReport): string {
  return outcome === 'succeeded' ? requestType : `${requestType} ${outcome}`;
}

function callLines(calls: StepReport['calls']): string[] {
  const counts: [number, string][] = [
    [calls.reads, 'read'],
    [calls.grants, 'grant'],
    [calls.revokes, 'revoke'],
    [calls.imagesDeleted, 'image deletion'],
  ];
  const lines = counts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun));
  return calls.refused > 0 ? [...lines, `(${calls.refused} failed)`] : lines;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function accessLines({ access }: StepReport): string[] {
  const images = Object.entries(access);
  return images.length === 0
    ? ['(no images)']
    : images.map(([image, accounts]) => `${image}: ${few(accounts) || 'none'}`);
}

function explanation({ step, problems, log }: StepReport, options: ReportOptions): string {
  return [
    paint(`Step "${step}" failed:`, 'red', options),
    ...problems.map((problem) => `  ${problem}`),
    ...(log.length > 0
      ? ['', 'Function log:', ...log.map((line) => `  ${paint(line, 'dim', options)}`)]
      : []),
  ].join('\n');
}
