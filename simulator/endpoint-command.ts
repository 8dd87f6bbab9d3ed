import { parseArgs } from 'node:util';
import { imageIdProblems } from '../lib/validation';
import { type Call, WorkspacesEndpoint, type WorkspacesEndpointOptions } from './workspaces-endpoint';

export const ENDPOINT_HELP = `Usage: cdk-workspace-image-share endpoint [options]

Start a WorkSpaces endpoint on loopback, for an AWS CLI or SDK to talk to.

Options:
  --port <number>    the port to listen on; 0 takes a free one (default: 0)
  --image <id>       an image that exists; may be repeated (default: wsi-8t4x2k9p7)
  --latency <ms>     how long each call takes
  --read-lag <ms>    how long it takes until a read shows a change
  --rate <number>    calls a second; those beyond are throttled
  --burst <number>   calls that may come at once, with --rate (default: the rate)
  --fail-every <n>   answer HTTP 500 to every n-th call, and change nothing
  -h, --help         display this help`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  image: { type: 'string', multiple: true },
  latency: { type: 'string' },
  'read-lag': { type: 'string' },
  rate: { type: 'string' },
  burst: { type: 'string' },
  'fail-every': { type: 'string' },
} as const;

/**
 * Runs the WorkSpaces endpoint alone, until SIGINT or SIGTERM.
 *
 * @throws Error with a sentence, where an option is not what it takes
 */
export async function endpointCommand(args: readonly string[]): Promise<void> {
  const options = endpointOptions(parseArgs({ args: [...args], options: OPTIONS }).values);
  const endpoint = await started(options);
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  console.log(
    greeting(
      endpoint.url,
      options.images.map(({ imageId }) => imageId),
    ),
  );
  await stopped;
  await endpoint.close();
}

async function started(options: WorkspacesEndpointOptions): Promise<WorkspacesEndpoint> {
  try {
    return await WorkspacesEndpoint.start(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'EADDRINUSE':
        throw new Error(`Port ${options.port} is in use: give another --port, or 0 for a free one.`);
      case 'EACCES':
        throw new Error(`Port ${options.port} needs more rights than you have: give a --port above 1023.`);
      default:
        throw new Error(`The endpoint could not be started: ${message}`);
    }
  }
}

type Flags = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function endpointOptions(flags: Flags) {
  const images = [...new Set(flags.image ?? ['wsi-8t4x2k9p7'])];
  const [problem] = images.flatMap(imageIdProblems);
  if (problem !== undefined) {
    throw new Error(problem);
  }
  const perSecond = number('--rate', flags.rate, 1);
  const burst = number('--burst', flags.burst, 1);
  if (burst !== undefined && perSecond === undefined) {
    throw new Error('--burst says nothing without --rate: give both.');
  }
  const failEvery = number('--fail-every', flags['fail-every'], 1);
  let calls = 0;
  return {
    port: number('--port', flags.port, 0, 65_535),
    images: images.map((imageId) => ({ imageId })),
    latency: number('--latency', flags.latency, 0),
    readLag: number('--read-lag', flags['read-lag'], 0),
    rate: perSecond === undefined ? undefined : { perSecond, burst: burst ?? perSecond },
    onCall: () =>
      failEvery !== undefined && ++calls % failEvery === 0
        ? ({ kind: 'error', name: 'InternalServerException', status: 500 } as const)
        : undefined,
    onResponse: (call: Call) => console.log(line(call)),
  } satisfies WorkspacesEndpointOptions;
}

function number(
  option: string,
  text: string | undefined,
  least: number,
  most = 1_000_000,
): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Error(`${option} takes a whole number from ${least} to ${most}, and not "${text}".`);
  }
  return value;
}

function greeting(url: string, images: readonly string[]): string {
  const aws = 'AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 aws workspaces';
  const rest = `--image-id ${images[0]} --endpoint-url ${url}`;
  return `WorkSpaces listens on ${url} and has ${images.join(', ')}. Ctrl+C stops it.

Try it from another terminal, with credentials that only have to be there:

${aws} update-workspace-image-permission --shared-account-id 111122223333 --allow-copy-image ${rest}
${aws} describe-workspace-image-permissions ${rest}
`;
}

function line({ operation, imageId, accountId, allow, at, status, error }: Call): string {
  const change = accountId === undefined ? [] : [allow ? 'grant' : 'revoke', accountId];
  const outcome = [status === 0 ? 'cut' : status, error];
  return [new Date(at).toISOString(), operation || 'no operation', imageId, ...change, ...outcome]
    .filter((word) => word !== undefined)
    .join(' ');
}
