import { Command, InvalidArgumentError } from 'commander';
import { createColors } from 'picocolors';
import { Assembly } from './assembly';
import { addEndpointCommand } from './endpoint-command';
import { type RehearsalOptions, rehearse } from './rehearse';
import { jsonReport, report } from './report';

/** Replaced by the build. */
declare const PACKAGE_VERSION: string;

interface Flags {
  readonly parameter?: Record<string, string>;
  readonly json?: boolean;
  readonly realTime?: boolean;
  readonly speed: number;
}

const program = new Command('cdk-workspace-image-share')
  .description('Rehearse the life of a stack that shares WorkSpaces images, without an AWS account.')
  .version(PACKAGE_VERSION);

const rehearseCommand = program
  .command('rehearse')
  .description('play deployment, updates, a rollback and the teardown of every stack that holds a share')
  .argument('[directory]', 'the synthesized app', 'cdk.out')
  .option('--parameter <Name=value>', 'a value for a parameter of the stacks; may be repeated', parameter)
  .option('--json', 'print one JSON document instead of a table')
  .option('--real-time', "let the function's clock run as it does")
  .option('--speed <times>', "how many times faster the function's clock runs", times, 20)
  .action(async (directory: string, flags: Flags) => {
    try {
      process.exitCode = (await rehearseDirectory(directory, flags)) ? 0 : 1;
    } catch (error) {
      rehearseCommand.error((error as Error).message);
    }
  });

addEndpointCommand(program);

/** @returns whether every state was the declared one */
async function rehearseDirectory(directory: string, flags: Flags): Promise<boolean> {
  const speed = flags.realTime ? 1 : flags.speed;
  const assembly = new Assembly(directory);
  for (const share of assembly.nestedShares) {
    console.error(
      `${share} stands in a nested stack and is not rehearsed: nested stacks only count as created.`,
    );
  }
  const progress = flags.json ? undefined : progressLine();
  const stacks = await rehearse(assembly, { parameters: flags.parameter, speed, onProgress: progress?.show });
  progress?.clear();
  if (stacks.length === 0) {
    throw new Error(`No stack in "${directory}" holds a WorkspaceImageShare: there is nothing to rehearse.`);
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
function progressLine(): { show: NonNullable<RehearsalOptions['onProgress']>; clear(): void } | undefined {
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

function parameter(value: string, before: Record<string, string> = {}): Record<string, string> {
  const equals = value.indexOf('=');
  if (equals < 1) {
    throw new InvalidArgumentError('Write it as Name=value.');
  }
  return { ...before, [value.slice(0, equals)]: value.slice(equals + 1) };
}

function times(value: string): number {
  const number = Number(value);
  if (!(number >= 1 && number <= 100)) {
    throw new InvalidArgumentError('Give a number from 1 to 100.');
  }
  return number;
}

void program.parseAsync();
