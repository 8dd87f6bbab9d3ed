import { styleText } from 'node:util';
import { enumerate } from '../lib/workspaces/validation';
import type { EventReport, StackReport, StepReport } from './lifecycle/step-report';

export interface SimulationReport {
  /** The directory of the synthesized app. */
  readonly directory: string;
  readonly speed: number;
  readonly stacks: readonly StackReport[];
  /** The construct paths of shares that were not simulated, because they are in nested stacks. */
  readonly skippedShares: readonly string[];
}

export interface ReportOptions {
  /** The number of columns of the terminal. */
  readonly width: number;
  readonly colored: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** The narrowest terminal on which each stack is a table. On others, each step is a block of lines. */
const TABLE_WIDTH = 100;

/** Renders the report as text. */
export function report(simulation: SimulationReport, options: ReportOptions): string {
  const { directory, speed, stacks, skippedShares } = simulation;
  const count = counted(stacks.length, 'stack');
  const parts = [
    wrap(`Simulated ${count} of "${directory}" with the real function, without AWS.`, options.width).join(
      '\n',
    ),
    ...stacks.flatMap(({ stack, dependencies, steps }) => [
      paint(
        `Stack ${stack}${dependencies.length > 0 ? `, after ${enumerate(dependencies)}` : ''}`,
        'bold',
        options,
      ),
      ...(options.width >= TABLE_WIDTH ? [table(steps, options)] : steps.map((step) => block(step, options))),
      ...steps.filter(({ ok }) => !ok).map((step) => explanation(step, options)),
    ]),
    ...(skippedShares.length > 0
      ? [['Not simulated, because they are in nested stacks:', ...skippedShares].join('\n  ')]
      : []),
    ...(speed === 1
      ? []
      : [paint(`The times are simulated: the clock ran ${speed} times faster (--speed).`, 'dim', options)]),
    summary(simulation, options),
  ];
  return parts.join('\n\n');
}

/** Renders the report as JSON. */
export function jsonReport({ speed, stacks, skippedShares }: SimulationReport): string {
  return JSON.stringify({ ok: stacks.every(({ ok }) => ok), speed, skippedShares, stacks }, undefined, 2);
}

function paint(text: string, style: Style | undefined, { colored }: ReportOptions): string {
  // The caller has decided about colors, not the standard output of this process.
  return colored && style !== undefined && text !== ''
    ? styleText(style, text, { validateStream: false })
    : text;
}

function summary({ stacks, skippedShares }: SimulationReport, options: ReportOptions): string {
  const steps = stacks.flatMap((stack) => stack.steps);
  const failed = steps.filter(({ ok }) => !ok).length;
  const skipped = counted(skippedShares.length, 'share');
  const [text, style]: [string, Style] =
    failed > 0
      ? [`${counted(failed, 'step')} FAILED. The remaining steps of the stack were not run.`, 'red']
      : skippedShares.length > 0
        ? [
            `All ${steps.length} steps succeeded. After each step, exactly the declared accounts had access to the images of the simulated shares, but ${skipped} in nested stacks ${skippedShares.length === 1 ? 'was' : 'were'} not simulated.`,
            'yellow',
          ]
        : [
            `All ${steps.length} steps succeeded. After each step, exactly the declared accounts had access.`,
            'green',
          ];
  return wrap(text, options.width)
    .map((line) => paint(line, style, options))
    .join('\n');
}

/** The part of a step that is about one share. */
interface ShareLines {
  readonly title: string;
  readonly asExpected: boolean;
  readonly access: readonly string[];
}

function shareLines({ events, access, retained, shares }: StepReport): ShareLines[] {
  const paths = new Set([...events.map(({ share }) => share), ...Object.values(shares).flat()]);
  return [...paths].map((path) => {
    const own = events.filter(({ share }) => share === path);
    const images = Object.keys(access).filter((image) => shares[image]?.includes(path));
    return {
      title: own.length > 0 ? `${path}: ${own.map(eventText).join(', ')}` : path,
      asExpected: own.every(({ outcome }) => outcome === 'succeeded'),
      access:
        images.length > 0 ? images.flatMap((image) => accessLines(image, access, retained)) : ['no image'],
    };
  });
}

function eventText({ requestType, outcome }: EventReport): string {
  return outcome === 'succeeded' ? requestType : `${requestType} ${outcome}`;
}

function accessLines(
  image: string,
  { [image]: accounts }: StepReport['access'],
  { [image]: retained }: StepReport['retained'],
): string[] {
  const others = accounts.filter((account) => !retained.includes(account));
  return [
    ...(others.length > 0 ? [`${image}: ${enumerate(others)}`] : []),
    ...(retained.length > 0 ? [`${image}: ${enumerate(retained)} (retained)`] : []),
    ...(accounts.length === 0 ? [`${image}: no account`] : []),
  ];
}

function callTexts(calls: StepReport['calls']): string[] {
  const counts: [number, string][] = [
    [calls.reads, 'read'],
    [calls.grants, 'grant'],
    [calls.revokes, 'revoke'],
    [calls.imagesDeleted, 'deletion'],
  ];
  const texts = counts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun));
  return calls.refused > 0 ? [...texts, `(${calls.refused} failed)`] : texts;
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
    rows.map((row) => rendered(row, widths, options)).join('\n'),
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
function rendered(row: readonly Cell[], widths: readonly number[], options: ReportOptions): string {
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

/** Breaks a text at spaces, after the slashes of a path, and inside of words that are wider than a line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  const words = text.split(/(?<=[ /])/).flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
  for (const word of words) {
    const last = lines.length - 1;
    if (lines[last] === '' || (lines[last] + word.trimEnd()).length <= width) {
      lines[last] += word;
    } else {
      lines.push(word);
    }
  }
  return lines.map((line) => line.trimEnd());
}

function outcome(ok: boolean): string {
  return ok ? 'succeeded' : 'FAILED';
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function explanation({ step, problems, log }: StepReport, options: ReportOptions): string {
  return [
    paint(`Step "${step}" FAILED:`, 'red', options),
    ...problems.flatMap((problem) => wrap(problem, options.width - 2).map((line) => `  ${line}`)),
    ...(log.length > 0
      ? ['', 'Function log:', ...log.map((line) => `  ${paint(line, 'dim', options)}`)]
      : []),
  ].join('\n');
}
