import type { StepReport } from '../lifecycle/step-report';
import { callTexts, constructLines, imagesByLocation } from './step-lines';
import { outcome, paint, type ReportOptions, type Style, seconds, wrap } from './text';

/** The narrowest terminal on which each stack is a table. On others, each step is a block of lines. */
const TABLE_WIDTH = 100;

/** Renders the steps of a stack: as a table, or a block each. The images are shown if there are copies. */
export function rendered(steps: readonly StepReport[], hasCopies: boolean, options: ReportOptions): string[] {
  return options.width >= TABLE_WIDTH
    ? [table(steps, hasCopies, options)]
    : steps.map((step) => block(step, hasCopies, options));
}

function block(step: StepReport, hasCopies: boolean, options: ReportOptions): string {
  const { ok, milliseconds, calls } = step;
  const indented = (text: string, indent: number) =>
    wrap(text, options.width - indent - 2).map((line, n) => ' '.repeat(n === 0 ? indent : indent + 2) + line);
  return [
    paint(`${step.step}: ${outcome(ok)}, ${seconds(milliseconds)}`, ok ? 'green' : 'red', options),
    ...constructLines(step).flatMap(({ title, asExpected, access }) => [
      ...indented(title, 2).map((line) => paint(line, asExpected ? undefined : 'yellow', options)),
      ...access.flatMap((line) => indented(line, 4)),
    ]),
    ...(hasCopies ? ['  Images', ...imageLines(step).flatMap((line) => indented(line, 4))] : []),
    ...indented(`API calls: ${callTexts(calls).join(', ') || 'none'}`, 2),
  ].join('\n');
}

function imageLines(step: StepReport): string[] {
  const lines = [...imagesByLocation(step)].flatMap(([location, images]) =>
    images.map((image) => `${location}: ${image}`),
  );
  return lines.length > 0 ? lines : ['no image'];
}

interface Cell {
  readonly lines: readonly string[];
  readonly style?: Style;
}

function table(steps: readonly StepReport[], hasCopies: boolean, options: ReportOptions): string {
  const constructs = 17 + Math.min(options.width - TABLE_WIDTH, 15);
  // From 121 columns on, an image and what it is a copy of fit on one line.
  const images = hasCopies ? 31 + Math.min(Math.max(options.width - 115, 0), 15) : 31;
  const widths = [17, constructs, images, 11, 8];
  const titles = hasCopies
    ? ['Step', 'Share or copy: events', 'Accounts with access, images', 'API calls', 'Time']
    : ['Step', 'Share: events', 'Accounts with access', 'API calls', 'Time'];
  const head = [titles.map((title): Cell => ({ lines: [title], style: 'bold' }))];
  const groups = [head, ...steps.map((step) => rowsOf(step, hasCopies))].map((rows) =>
    rows.map((row) => renderedRow(row, widths, options)).join('\n'),
  );
  const line = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  return [line('┌', '┬', '┐'), groups.join(`\n${line('├', '┼', '┤')}\n`), line('└', '┴', '┘')].join('\n');
}

/** A row for each share and copy, and for the images of each account and Region. The first one is about the step, too. */
function rowsOf(step: StepReport, hasCopies: boolean): Cell[][] {
  const none: Cell = { lines: [] };
  const parts = constructLines(step).map(({ title, asExpected, access }): [Cell, Cell] => [
    { lines: [title], style: asExpected ? undefined : 'yellow' },
    { lines: access },
  ]);
  if (hasCopies) {
    parts.push(...imageRows(step));
  }
  return (parts.length > 0 ? parts : [[none, none]]).map((part, n) => [
    n > 0 ? none : { lines: [step.step, outcome(step.ok)], style: step.ok ? 'green' : 'red' },
    ...part,
    n > 0 ? none : { lines: callTexts(step.calls) },
    n > 0 ? none : { lines: [seconds(step.milliseconds)], style: 'dim' },
  ]);
}

function imageRows(step: StepReport): [Cell, Cell][] {
  const rows = [...imagesByLocation(step)].map(([location, images]): [Cell, Cell] => [
    { lines: [`Images in ${location}`] },
    { lines: images },
  ]);
  return rows.length > 0 ? rows : [[{ lines: ['Images'] }, { lines: ['no image'] }]];
}

/** A row of the table, as many lines high as its highest cell. */
function renderedRow(row: readonly Cell[], widths: readonly number[], options: ReportOptions): string {
  const wrapped = row.map(({ lines }, column) => lines.flatMap((line) => wrap(line, widths[column])));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, n) => {
    const parts = row.map(({ style }, column) => {
      const text = wrapped[column][n] ?? '';
      return paint(text, style, options) + ' '.repeat(Math.max(0, widths[column] - text.length));
    });
    return `│ ${parts.join(' │ ')} │`;
  }).join('\n');
}
