import { parseArgs } from 'node:util';
import { createColors } from 'picocolors';
import { Assembly } from './assembly';
import { ENDPOINT_HELP, endpointCommand } from './endpoint-command';
import { type SimulationOptions, simulate } from './lifecycle';
import { jsonReport, report } from './report';

/** Replaced by the build. */
declare const PACKAGE_VERSION: string;

const HELP = `Usage: cdk-workspace-image-share <command> [options]

Simulate the life of a stack that shares WorkSpaces images, without an AWS account.

Commands:
  simulate [directory]   play deployment, updates, a rollback and the teardown of every stack that holds a share
  endpoint               start a WorkSpaces endpoint on loopback, for an AWS CLI or SDK to talk to

Options:
  -h, --help             display this help, or that of a command
  -V, --version          display the version`;

const SIMULATE_HELP = `Usage: cdk-workspace-image-share simulate [options] [directory]

Play deployment, updates, a rollback and the teardown of every stack that holds a share.

Arguments:
  directory                  the synthesized app (default: cdk.out)

Options:
  --parameter <Name=value>   a value for a parameter of the stacks; may be repeated
  --json                     print one JSON document instead of a table
  --real-time                let the function's clock run as it does
  --speed <times>            how many times faster the function's clock runs (default: 20)
  -h, --help                 display this help`;

const SIMULATE_OPTIONS = {
  parameter: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  'real-time': { type: 'boolean' },
  speed: { type: 'string', default: '20' },
} as const;

interface Flags {
  readonly parameters: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly speed: number;
}

/** @returns the exit code */
async function main([command, ...args]: readonly string[]): Promise<number> {
  const wantsHelp = args.includes('--help') || args.includes('-h');
  switch (command) {
    case 'simulate':
      if (wantsHelp) {
        console.log(SIMULATE_HELP);
        return 0;
      }
      return simulateCommand(args);
    case 'endpoint':
      if (wantsHelp) {
        console.log(ENDPOINT_HELP);
      } else {
        await endpointCommand(args);
        // An answer that is still delayed must not hold the process.
        process.exit(0);
      }
      return 0;
    case '--version':
    case '-V':
      console.log(PACKAGE_VERSION);
      return 0;
    case '--help':
    case '-h':
    case 'help':
      console.log(HELP);
      return 0;
    case undefined:
      console.error(HELP);
      return 1;
    default:
      throw new Error(`There is no command "${command}": use simulate or endpoint, or --help.`);
  }
}

async function simulateCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: SIMULATE_OPTIONS,
    allowPositionals: true,
  });
  if (positionals.length > 1) {
    throw new Error(`One directory at a time, and not ${positionals.length}: ${positionals.join(', ')}.`);
  }
  const ok = await simulateDirectory(positionals[0] ?? 'cdk.out', {
    parameters: Object.fromEntries((values.parameter ?? []).map(parameter)),
    json: values.json === true,
    speed: values['real-time'] ? 1 : times(values.speed),
  });
  return ok ? 0 : 1;
}

/** @returns whether every state was the declared one */
async function simulateDirectory(directory: string, flags: Flags): Promise<boolean> {
  const { parameters, speed } = flags;
  const assembly = new Assembly(directory);
  for (const share of assembly.nestedShares) {
    console.error(
      `${share} stands in a nested stack and is not simulated: nested stacks only count as created.`,
    );
  }
  const progress = flags.json ? undefined : progressLine();
  const stacks = await simulate(assembly, { parameters, speed, onProgress: progress?.show });
  progress?.clear();
  if (stacks.length === 0) {
    throw new Error(`No stack in "${directory}" holds a WorkspaceImageShare: there is nothing to simulate.`);
  }
  if (flags.json) {
    console.log(jsonReport(stacks, { speed }));
  } else {
    const onTerminal = process.stdout.isTTY === true;
    const colours = createColors(onTerminal && !process.env.NO_COLOR);
    console.log(report(stacks, { speed }, { colours, framed: onTerminal }));
  }
  return stacks.every(({ ok }) => ok);
}

/** One line on a terminal that is written over and goes when all is done. */
function progressLine(): { show: NonNullable<SimulationOptions['onProgress']>; clear(): void } | undefined {
  const { stderr } = process;
  if (!stderr.isTTY || !process.stdout.isTTY) {
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
    throw new Error(`--parameter takes Name=value, and not "${text}".`);
  }
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function times(text: string): number {
  const number = Number(text);
  if (!(number >= 1 && number <= 100)) {
    throw new Error(`--speed takes a number from 1 to 100, and not "${text}".`);
  }
  return number;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
