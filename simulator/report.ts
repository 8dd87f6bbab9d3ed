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
}

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
      ...rendered(steps, options),
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

function explanation({ step, problems, log }: StepReport, options: ReportOptions): string {
  return [
    paint(`Step "${step}" FAILED:`, 'red', options),
    ...problems.flatMap((problem) => wrap(problem, options.width - 2).map((line) => `  ${line}`)),
    ...(log.length > 0
      ? ['', 'Function log:', ...log.map((line) => `  ${paint(line, 'dim', options)}`)]
      : []),
  ].join('\n');
}
