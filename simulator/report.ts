import type { createColors } from 'picocolors';
import { few } from '../lib/validation';
import type { Access, EventReport, StackReport, StepReport } from './lifecycle';

export interface ReportStyle {
  readonly colours: ReturnType<typeof createColors>;
  /** With lines around its cells, for a terminal. */
  readonly framed: boolean;
}

export interface ReportOptions {
  readonly speed: number;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: true;
}

/** Together no wider than 110 characters with the lines between them. */
const COLUMNS: readonly Column[] = [
  { title: '', width: 2 },
  { title: 'step', width: 19 },
  { title: 'events', width: 16 },
  { title: 'calls', width: 17 },
  { title: 'who has access after it', width: 31 },
  { title: 'ms', width: 6, right: true },
];

type Paint = (text: string) => string;

interface Cell {
  readonly lines: readonly string[];
  readonly paint?: Paint;
}

/** The simulation for a person. */
export function report(stacks: readonly StackReport[], { speed }: ReportOptions, style: ReportStyle): string {
  const parts = stacks.flatMap((stack) => [
    style.colours.bold(`Stack ${stack.stack}`),
    table(stack.steps, style),
    ...stack.steps.filter(({ ok }) => !ok).map((step) => explanation(step, style)),
  ]);
  if (speed !== 1) {
    parts.push(
      style.colours.dim(
        `The function's clock ran ${speed} times faster, to shorten the waits it makes on purpose; --real-time does without.`,
      ),
    );
  }
  parts.push(verdict(stacks, style));
  return parts.join('\n\n');
}

/** The simulation for a program. */
export function jsonReport(stacks: readonly StackReport[], { speed }: ReportOptions): string {
  return JSON.stringify({ ok: stacks.every(({ ok }) => ok), speed, stacks }, undefined, 2);
}

function verdict(stacks: readonly StackReport[], { colours }: ReportStyle): string {
  const steps = stacks.flatMap((stack) => stack.steps);
  const wrong = steps.filter(({ ok }) => !ok).length;
  return wrong === 0
    ? colours.green(`After each of ${steps.length} steps, exactly the declared accounts had access.`)
    : colours.red(`${wrong} of ${steps.length} steps did not end as declared.`);
}

function table(steps: readonly StepReport[], { colours, framed }: ReportStyle): string {
  const head = COLUMNS.map(({ title }) => ({ lines: [title], paint: colours.bold }));
  const rows = [head, ...steps.map((step) => cells(step, colours, framed))].map((row) => drawn(row, framed));
  if (!framed) {
    return rows.join('\n');
  }
  const line = (left: string, middle: string, right: string) =>
    left + COLUMNS.map(({ width }) => '─'.repeat(width + 2)).join(middle) + right;
  return [line('┌', '┬', '┐'), rows.join(`\n${line('├', '┼', '┤')}\n`), line('└', '┴', '┘')].join('\n');
}

function cells(step: StepReport, colours: ReportStyle['colours'], framed: boolean): Cell[] {
  const [right, wrong] = framed ? ['✓', '✗'] : ['ok', 'NO'];
  const asExpected = step.events.every(({ outcome }) => outcome === 'succeeded');
  return [
    { lines: [step.ok ? right : wrong], paint: step.ok ? colours.green : colours.red },
    { lines: [step.step] },
    { lines: step.events.map(eventLine), paint: asExpected ? undefined : colours.yellow },
    { lines: callLines(step.calls) },
    { lines: accessLines(step) },
    { lines: [String(step.milliseconds)], paint: colours.dim },
  ];
}

/** A row of the table, as many lines high as its highest cell. */
function drawn(row: readonly Cell[], framed: boolean): string {
  const wrapped = row.map(({ lines }, column) => lines.flatMap((line) => wrap(line, COLUMNS[column].width)));
  const height = Math.max(...wrapped.map(({ length }) => length));
  const [start, between, end] = framed ? ['│ ', ' │ ', ' │'] : ['', '  ', ''];
  return Array.from({ length: height }, (_, n) => {
    const parts = row.map(({ paint = String }, column) => {
      const { width, right } = COLUMNS[column];
      const text = wrapped[column][n] ?? '';
      const space = ' '.repeat(Math.max(0, width - text.length));
      const painted = text && paint(text);
      return right ? space + painted : painted + space;
    });
    return framed ? start + parts.join(between) + end : parts.join(between).trimEnd();
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
  const counted: [number, string][] = [
    [calls.reads, 'read'],
    [calls.grants, 'grant'],
    [calls.revokes, 'revoke'],
    [calls.imagesDeleted, 'image deletion'],
  ];
  const lines = counted
    .filter(([times]) => times > 0)
    .map(([times, what]) => `${times} ${what}${times > 1 ? 's' : ''}`);
  return calls.refused > 0 ? [...lines, `(${calls.refused} refused)`] : lines;
}

function accessLines({ access }: StepReport): string[] {
  const images = Object.keys(access);
  return images.length === 0 ? ['no image left'] : images.map((image) => accessLine(access, image));
}

function accessLine(access: Access, image: string): string {
  return `${image}: ${access[image].length === 0 ? 'nobody' : few(access[image])}`;
}

function explanation({ step, problems, log }: StepReport, { colours }: ReportStyle): string {
  return [
    colours.red(`What went wrong in "${step}":`),
    ...problems.map((problem) => `  ${problem}`),
    ...(log.length > 0
      ? ['', 'What the function logged:', ...log.map((line) => `  ${colours.dim(line)}`)]
      : []),
  ].join('\n');
}
