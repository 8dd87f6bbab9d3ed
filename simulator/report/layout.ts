import type { StepReport } from '../lifecycle/step-report';
import { callTexts, shareLines } from './step-lines';
import { outcome, paint, type ReportOptions, type Style, seconds, wrap } from './text';

/** The narrowest terminal on which each stack is a table. On others, each step is a block of lines. */
const TABLE_WIDTH = 100;

/** Renders the steps of a stack: as a table, or a block each. */
export function rendered(steps: readonly StepReport[], options: ReportOptions): string[] {
  return options.width >= TABLE_WIDTH ? [table(steps, options)] : steps.map((step) => block(step, options));
}

function block(step: StepReport, options: ReportOptions): string {
  const { ok, milliseconds, calls } = step;
  const indented = (text: string, indent: number) =>
    wrap(text, options.width - indent - 2).map((line, n) => ' '.repeat(n === 0 ? indent : indent + 2) + line);
  return [
    paint(`${step.step}: ${outcome(ok)}, ${seconds(milliseconds)}`, ok ? 'green' : 'red', options),
    ...shareLines(step).flatMap(({ title, asExpected, access }) => [
      ...indented(title, 2).map((line) => paint(line, asExpected ? undefined : 'yellow', options)),
      ...access.flatMap((line) => indented(line, 4)),
    ]),
    ...indented(`API calls: ${callTexts(calls).join(', ') || 'none'}`, 2),
  ].join('\n');
}

interface Cell {
  readonly lines: readonly string[];
  readonly style?: Style;
}

function table(steps: readonly StepReport[], options: ReportOptions): string {
  const widths = [17, 17 + Math.min(options.width - TABLE_WIDTH, 15), 31, 11, 8];
  const titles = ['Step', 'Share: events', 'Accounts with access', 'API calls', 'Time'];
  const head = [titles.map((title): Cell => ({ lines: [title], style: 'bold' }))];
  const groups = [head, ...steps.map(rowsOf)].map((rows) =>
    rows.map((row) => renderedRow(row, widths, options)).join('\n'),
  );
  const line = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  return [line('┌', '┬', '┐'), groups.join(`\n${line('├', '┼', '┤')}\n`), line('└', '┴', '┘')].join('\n');
}

/** A row for each share. The first one is about the step, too. */
function rowsOf(step: StepReport): Cell[][] {
  const none: Cell = { lines: [] };
  const shares = shareLines(step);
  return (shares.length > 0 ? shares : [undefined]).map((share, n) => [
    n > 0 ? none : { lines: [step.step, outcome(step.ok)], style: step.ok ? 'green' : 'red' },
    share ? { lines: [share.title], style: share.asExpected ? undefined : 'yellow' } : none,
    share ? { lines: share.access } : none,
    n > 0 ? none : { lines: callTexts(step.calls) },
    n > 0 ? none : { lines: [seconds(step.milliseconds)], style: 'dim' },
  ]);
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
