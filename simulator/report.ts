import { enumerate } from '../lib/workspaces/validation';
import type { StackReport, StepReport } from './lifecycle/step-report';
import { rendered } from './report/layout';
import { counted, paint, type ReportOptions, type Style, wrap } from './report/text';

export type { ReportOptions } from './report/text';

export interface SimulationReport {
  /** The directory of the synthesized app. */
  readonly directory: string;
  readonly speed: number;
  readonly stacks: readonly StackReport[];
  /** The construct paths of shares that were not simulated, because they are in nested stacks. */
  readonly skippedShares: readonly string[];
  /** The construct paths of copies that were not simulated, because they are in nested stacks. */
  readonly skippedCopies: readonly string[];
}

const LIMITS_OF_COPIES =
  'Not simulated: the time that AWS takes to copy an image (here less than a minute), copies that end in the state ERROR, quotas, IAM permissions, and that "cdk deploy" skips a stack whose template has not changed.';

/** Renders the report as text. */
export function report(simulation: SimulationReport, options: ReportOptions): string {
  const { directory, speed, stacks, skippedShares, skippedCopies } = simulation;
  const copies = stacks.some(hasCopies);
  const count = counted(stacks.length, 'stack');
  const functions = copies ? 'functions' : 'function';
  const skipped = [...skippedShares, ...skippedCopies];
  const assumptions = [...new Set(stacks.flatMap((stack) => stack.assumptions))];
  const parts = [
    wrapped(`Simulated ${count} of "${directory}" with the real ${functions}, without AWS.`, options),
    ...stacks.flatMap((stack) => [
      paint(heading(stack), 'bold', options),
      ...rendered(stack.steps, hasCopies(stack), options),
      ...stack.steps.filter(({ ok }) => !ok).map((step) => explanation(step, options)),
    ]),
    ...(assumptions.length > 0
      ? [['Assumed:', ...assumptions.flatMap((text) => indented(text, options))].join('\n')]
      : []),
    ...(skipped.length > 0
      ? [['Not simulated, because they are in nested stacks:', ...skipped].join('\n  ')]
      : []),
    ...(copies ? [wrapped(LIMITS_OF_COPIES, options, 'dim')] : []),
    ...(speed === 1
      ? []
      : [
          paint(
            `The times are simulated: the clock ran up to ${speed} times faster (--speed).`,
            'dim',
            options,
          ),
        ]),
    summary(simulation, options),
  ];
  return parts.join('\n\n');
}

/** Renders the report as JSON. */
export function jsonReport({ speed, stacks, skippedShares, skippedCopies }: SimulationReport): string {
  const ok = stacks.every((stack) => stack.ok);
  return JSON.stringify({ ok, speed, skippedShares, skippedCopies, stacks }, undefined, 2);
}

function heading({ stack, dependencies }: StackReport): string {
  return `Stack ${stack}${dependencies.length > 0 ? `, after ${enumerate(dependencies)}` : ''}`;
}

function hasCopies({ steps }: StackReport): boolean {
  return steps.some(({ events }) => events.some(({ copy }) => copy !== undefined));
}

function summary(simulation: SimulationReport, options: ReportOptions): string {
  const steps = simulation.stacks.flatMap((stack) => stack.steps);
  const failed = steps.filter(({ ok }) => !ok).length;
  if (failed > 0) {
    const text = `${counted(failed, 'step')} FAILED. The remaining steps of the stack were not run.`;
    return wrapped(text, options, 'red');
  }
  const limits = skippedText(simulation);
  const text = `All ${steps.length} steps succeeded. After each step, ${proven(simulation)}${limits}.`;
  return wrapped(text, options, limits === '' ? 'green' : 'yellow');
}

/** What was checked after each step. */
function proven({ stacks, skippedShares }: SimulationReport): string {
  const isShared = stacks.some(({ steps }) =>
    steps.some(({ shares }) => Object.values(shares).flat().length > 0),
  );
  const images = skippedShares.length > 0 ? ' to the images of the simulated shares' : '';
  return [
    ...(isShared ? [`exactly the declared accounts had access${images}`] : []),
    ...(stacks.some(hasCopies) ? ['exactly the declared copies existed'] : []),
  ].join(', and ');
}

function skippedText({ skippedShares, skippedCopies }: SimulationReport): string {
  const parts = [
    ...(skippedShares.length > 0 ? [counted(skippedShares.length, 'share')] : []),
    ...(skippedCopies.length > 0 ? [counted(skippedCopies.length, 'copy', 'copies')] : []),
  ];
  const verb = skippedShares.length + skippedCopies.length === 1 ? 'was' : 'were';
  return parts.length > 0 ? `, but ${enumerate(parts)} in nested stacks ${verb} not simulated` : '';
}

function explanation({ step, problems, log }: StepReport, options: ReportOptions): string {
  return [
    paint(`Step "${step}" FAILED:`, 'red', options),
    ...problems.flatMap((problem) => indented(problem, options)),
    ...(log.length > 0
      ? ['', 'Function log:', ...log.map((line) => `  ${paint(line, 'dim', options)}`)]
      : []),
  ].join('\n');
}

function indented(text: string, { width }: ReportOptions): string[] {
  return wrap(text, width - 2).map((line) => `  ${line}`);
}

function wrapped(text: string, options: ReportOptions, style?: Style): string {
  return wrap(text, options.width)
    .map((line) => paint(line, style, options))
    .join('\n');
}
