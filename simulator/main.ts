import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Assembly } from './assembly';
import { addEndpointCommand } from './endpoint-command';
import type { HostProcess } from './host-process';
import { simulate } from './lifecycle';
import { jsonReport, TextReport } from './report';

const SIMULATE = `Deploy a synthesized app as "cdk deploy --all" does, with the real functions and without AWS: a deployment, \
one more account, one less, a new image, updates that fail, and the deletion of all stacks. After each step, check that \
exactly the declared accounts have access to the images, and that exactly the declared copies and bundles exist.

With several directories, deploy these versions of the app one after the other instead: a rollout.

Images and accounts that the app takes from SSM, other apps or attributes of resources are added by the simulation, and so \
are images that other apps share. Shares, copies and bundles in nested stacks are listed, but not simulated.`;

interface SimulateOptions {
  readonly stack?: string[];
  readonly parameter?: [string, string][];
  readonly speed: number;
  readonly json?: boolean;
}

/** @returns the exit code */
export async function main(args: readonly string[], host: HostProcess, version: string): Promise<number> {
  let code = 0;
  const program = new Command('cdk-workspace-image-share')
    .description(
      'Test stacks that share and copy WorkSpaces images and have bundles, without an AWS account.',
    )
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      getOutHelpWidth: () => host.stdout.columns || 80,
      getErrHelpWidth: () => host.stderr.columns || 80,
    });
  program
    .command('simulate')
    .summary('simulate deployments of a synthesized app')
    .description(SIMULATE)
    .argument('[directories...]', 'output directories of "cdk synth" (default: cdk.out)')
    .option(
      '--stack <pattern>',
      'stacks to deploy, with those that they depend on; can be repeated',
      collected,
    )
    .option('--parameter <Name=value>', 'value of a stack parameter; can be repeated', parameter)
    .option(
      '--speed <factor>',
      'how many times faster than real time the clock runs at most',
      speedFactor,
      100,
    )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nThe exit code is 1 if a step fails.')
    .action(async (directories: string[], options: SimulateOptions) => {
      code = await simulateCommand(directories, options, host);
    });
  addEndpointCommand(program, host);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode;
    }
    host.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

async function simulateCommand(
  [directory = 'cdk.out', ...later]: readonly string[],
  { json, speed, stack, parameter }: SimulateOptions,
  host: HostProcess,
): Promise<number> {
  const assembly = new Assembly(directory);
  const versions = Object.fromEntries(later.map((each) => [each, new Assembly(each)]));
  const assemblies = [assembly, ...Object.values(versions)];
  const skipped = [...new Set(assemblies.flatMap(({ nested }) => nested))];
  const text = json ? undefined : textReport(directory, host);
  const app = await simulate(assembly, {
    listener: text,
    parameters: Object.fromEntries(parameter ?? []),
    speed,
    stacks: stack,
    versions,
  });
  if (app.stacks.length === 0) {
    const names = skipped.join(', ');
    const found =
      names && ` The simulator does not support shares, copies and bundles in nested stacks: ${names}.`;
    throw new Error(
      `There is no stack with a WorkspaceImageShare, WorkspaceImageCopy or WorkspaceBundle in "${directory}".${found}`,
    );
  }
  const simulation = { directory, speed, ...app, skipped };
  if (text) {
    text.end(simulation);
  } else {
    host.stdout.write(`${jsonReport(simulation)}\n`);
  }
  return app.ok ? 0 : 1;
}

/** Prints the report, and on a terminal the current stack event below it. */
function textReport(directory: string, { stdout, stderr, env }: HostProcess): TextReport {
  const isTerminal = stdout.isTTY === true;
  const progress = (text: string) =>
    isTerminal && stderr.isTTY && stderr.write(`\r\x1b[K${text.slice(0, (stderr.columns || 80) - 1)}`);
  const print = (line: string) => {
    progress('');
    stdout.write(`${line}\n`);
  };
  const options = { width: stdout.columns || 80, colored: isTerminal && !env.NO_COLOR, progress };
  return new TextReport(directory, print, options);
}

function collected(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function parameter(text: string, before: [string, string][] = []): [string, string][] {
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw new InvalidArgumentError('It must have the form Name=value.');
  }
  return [...before, [text.slice(0, equals), text.slice(equals + 1)]];
}

function speedFactor(text: string): number {
  const number = Number(text);
  if (!(number >= 1 && number <= 100)) {
    throw new InvalidArgumentError('It must be a number from 1 to 100.');
  }
  return number;
}
