import { parseArgs } from 'node:util';
import { Assembly } from './assembly';
import { ENDPOINT_HELP, endpointCommand } from './endpoint-command';
import type { HostProcess } from './host-process';
import { type SimulationOptions, simulate } from './lifecycle';
import { jsonReport, report } from './report';

const HELP = `Usage: cdk-workspace-image-share <command> [options]

Test stacks that share and copy WorkSpaces images, without an AWS account.

Commands:
  simulate [directory]   simulate deployments of a synthesized app
  endpoint               start a WorkSpaces endpoint for the AWS CLI and SDKs

Options:
  -h, --help             show help, also for a command
  -V, --version          show the version`;

const SIMULATE_HELP = `Usage: cdk-workspace-image-share simulate [options] [directory]

Simulate the lifecycle of each stack with a WorkspaceImageShare or a
WorkspaceImageCopy: deployment, updates, rollbacks, one of them while an image
is being copied, and deletion. The stacks that it depends on are deployed
before it and deleted after it. After each step, check that exactly the
declared accounts have access to the images, and that exactly the declared
copies exist.

Images and accounts that the app takes from SSM, other apps or attributes of
resources are invented, and so are images that other apps share. Shares and
copies in nested stacks are listed, but not simulated.

Arguments:
  directory                  output directory of "cdk synth" (default: cdk.out)

Options:
  --parameter <Name=value>   value of a stack parameter; can be repeated
  --speed <factor>           times that the clock runs faster than real time,
                             at most; from 1 to 100 (default: 100)
  --json                     print the report as JSON
  -h, --help                 show this help

The exit code is 1 if a step fails.`;

const SIMULATE_OPTIONS = {
  parameter: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  speed: { type: 'string', default: '100' },
} as const;

/** @returns the exit code */
export async function main(args: readonly string[], host: HostProcess, version: string): Promise<number> {
  try {
    return await runCommand(args, host, version);
  } catch (error) {
    host.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

async function runCommand(
  [command, ...args]: readonly string[],
  host: HostProcess,
  version: string,
): Promise<number> {
  const wantsHelp = args.includes('--help') || args.includes('-h');
  const print = (text: string) => {
    host.stdout.write(`${text}\n`);
    return 0;
  };
  switch (command) {
    case 'simulate':
      return wantsHelp ? print(SIMULATE_HELP) : simulateCommand(args, host);
    case 'endpoint':
      return wantsHelp ? print(ENDPOINT_HELP) : endpointCommand(args, host);
    case '--version':
    case '-V':
      return print(version);
    case '--help':
    case '-h':
    case 'help':
      return print(HELP);
    case undefined:
      throw new Error(HELP);
    default:
      throw new Error(
        `Unknown command "${command}". Run "cdk-workspace-image-share --help" for a list of commands.`,
      );
  }
}

async function simulateCommand(args: readonly string[], host: HostProcess): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: SIMULATE_OPTIONS,
    allowPositionals: true,
  });
  if (positionals.length > 1) {
    throw new Error(`Specify one directory instead of ${positionals.length}: ${positionals.join(', ')}.`);
  }
  const [directory = 'cdk.out'] = positionals;
  const parameters = Object.fromEntries((values.parameter ?? []).map(parameter));
  const speed = speedFactor(values.speed);
  const assembly = new Assembly(directory);
  const { nestedShares: skippedShares, nestedCopies: skippedCopies } = assembly;
  const progress = values.json ? undefined : progressLine(host);
  const stacks = await simulate(assembly, { parameters, speed, onProgress: progress?.show });
  progress?.clear();
  if (stacks.length === 0) {
    const skipped = [...skippedShares, ...skippedCopies].join(', ');
    const found =
      skipped && ` The simulator does not support shares and copies in nested stacks: ${skipped}.`;
    throw new Error(
      `There is no stack with a WorkspaceImageShare or WorkspaceImageCopy in "${directory}".${found}`,
    );
  }
  const simulation = { directory, speed, stacks, skippedShares, skippedCopies };
  const { isTTY, columns } = host.stdout;
  const text = values.json
    ? jsonReport(simulation)
    : report(simulation, { width: columns || 80, colored: isTTY === true && !host.env.NO_COLOR });
  host.stdout.write(`${text}\n`);
  return stacks.every(({ ok }) => ok) ? 0 : 1;
}

/** A line on the terminal that shows the current stack event. */
function progressLine({
  stdout,
  stderr,
}: HostProcess): { show: NonNullable<SimulationOptions['onProgress']>; clear(): void } | undefined {
  if (!stderr.isTTY || !stdout.isTTY) {
    return undefined;
  }
  const write = (text: string) => stderr.write(`\r\x1b[K${text.slice(0, (stderr.columns || 80) - 1)}`);
  return {
    show: (stack, step, { logicalId, status }) => write(`${stack}: ${step}: ${logicalId} ${status}`),
    clear: () => write(''),
  };
}

function parameter(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw new Error(`--parameter must have the form Name=value, but is "${text}".`);
  }
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function speedFactor(text: string): number {
  const number = Number(text);
  if (!(number >= 1 && number <= 100)) {
    throw new Error(`--speed must be a number from 1 to 100, but is "${text}".`);
  }
  return number;
}
