import { parseArgs } from 'node:util';
import { imageIdProblems } from '../lib/workspaces/validation';
import { backgroundClock } from './clock';
import { DEFAULT_ACCOUNT } from './default-account';
import type { HostProcess, Output } from './host-process';
import { type Call, WorkspacesEndpoint, type WorkspacesEndpointOptions } from './workspaces-endpoint';

export const ENDPOINT_HELP = `Usage: cdk-workspace-image-share endpoint [options]

Start a local WorkSpaces endpoint for the AWS CLI and SDKs. It supports
UpdateWorkspaceImagePermission, DescribeWorkspaceImagePermissions,
CopyWorkspaceImage, DescribeWorkspaceImages and DeleteWorkspaceImage, and logs
each call.

Credentials are not verified. The account of a caller is the 12 digits in the
access key, such as 111122223333, or ${DEFAULT_ACCOUNT} if there are none. Its Region
is the one that the request is signed for. The existing images belong to
${DEFAULT_ACCOUNT}, in every Region.

Options:
  --port <port>      port to listen on (default: a free port)
  --image <id>       ID of an existing image; can be repeated
                     (default: wsi-8t4x2k9p7)
  --copy-time <s>    seconds until a copy is AVAILABLE (default: 20)
  --latency <ms>     duration of each call (default: 0)
  --read-lag <ms>    time until reads show a change (default: 0)
  --rate <number>    calls per second that are not throttled (default: all)
  --burst <number>   burst of calls that --rate allows (default: the rate)
  --fail-every <n>   fail every n-th call with HTTP 500
  -h, --help         show this help`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  image: { type: 'string', multiple: true },
  'copy-time': { type: 'string' },
  latency: { type: 'string' },
  'read-lag': { type: 'string' },
  rate: { type: 'string' },
  burst: { type: 'string' },
  'fail-every': { type: 'string' },
} as const;

/**
 * Runs a WorkSpaces endpoint until SIGINT or SIGTERM.
 *
 * @returns the exit code
 * @throws Error if an option is invalid or the endpoint cannot be started
 */
export async function endpointCommand(args: readonly string[], host: HostProcess): Promise<number> {
  const options = endpointOptions(parseArgs({ args: [...args], options: OPTIONS }).values, host.stdout);
  const endpoint = await started(options);
  const stopped = new Promise<void>((resolve) => {
    host.once('SIGINT', resolve);
    host.once('SIGTERM', resolve);
  });
  const imageIds = options.images.map(({ imageId }) => imageId);
  host.stdout.write(`${greeting(endpoint.url, imageIds)}\n`);
  await stopped;
  await endpoint.close();
  return 0;
}

async function started(options: WorkspacesEndpointOptions): Promise<WorkspacesEndpoint> {
  try {
    return await WorkspacesEndpoint.start(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'EADDRINUSE':
        throw new Error(
          `Port ${options.port} is in use. Specify another --port, or omit it to use a free port.`,
        );
      case 'EACCES':
        throw new Error(`You are not allowed to use port ${options.port}. Specify a --port above 1023.`);
      default:
        throw new Error(`The endpoint cannot be started: ${message}`);
    }
  }
}

type Flags = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function endpointOptions(flags: Flags, stdout: Output) {
  const images = [...new Set(flags.image ?? ['wsi-8t4x2k9p7'])];
  const [problem] = images.flatMap(imageIdProblems);
  if (problem !== undefined) {
    throw new Error(problem);
  }
  const perSecond = number('--rate', flags.rate, 1);
  const burst = number('--burst', flags.burst, 1);
  if (burst !== undefined && perSecond === undefined) {
    throw new Error('--burst requires --rate.');
  }
  const failEvery = number('--fail-every', flags['fail-every'], 1);
  let calls = 0;
  return {
    // A call that is still delayed must not keep the process running.
    clock: backgroundClock,
    port: number('--port', flags.port, 0, 65_535),
    images: images.map((imageId) => ({ imageId })),
    copyTime: 1_000 * (number('--copy-time', flags['copy-time'], 0) ?? 20),
    latency: number('--latency', flags.latency, 0),
    readLag: number('--read-lag', flags['read-lag'], 0),
    rate: perSecond === undefined ? undefined : { perSecond, burst: burst ?? perSecond },
    onCall: () =>
      failEvery !== undefined && ++calls % failEvery === 0
        ? ({ kind: 'error', name: 'InternalServerException', status: 500 } as const)
        : undefined,
    onResponse: (call: Call) => stdout.write(`${line(call)}\n`),
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
    throw new Error(`${option} must be an integer from ${least} to ${most}, but is "${text}".`);
  }
  return value;
}

function greeting(url: string, images: readonly string[]): string {
  const [image] = images;
  const endpoint = `--endpoint-url ${url}`;
  const as = (accessKey: string) =>
    `AWS_ACCESS_KEY_ID=${accessKey} AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 aws workspaces`;
  const [owner, recipient] = [as('any'), as('111122223333')];
  return `The WorkSpaces endpoint is listening on ${url}.
Images of account ${DEFAULT_ACCOUNT}: ${images.join(', ')}

Try it in another terminal. Any credentials work:

  ${owner} update-workspace-image-permission --shared-account-id 111122223333 --allow-copy-image --image-id ${image} ${endpoint}

  ${owner} describe-workspace-image-permissions --image-id ${image} ${endpoint}

  ${owner} describe-workspace-images ${endpoint}

The account of a caller is the 12 digits in the access key, if it has any:

  ${recipient} copy-workspace-image --name copy --source-region us-east-1 --source-image-id ${image} ${endpoint}

  ${recipient} describe-workspace-images ${endpoint}

Press Ctrl+C to stop.
`;
}

function line({ operation, imageId, sourceImageId, accountId, allow, at, status, error }: Call): string {
  const change = accountId === undefined ? [] : [allow ? 'grant' : 'revoke', accountId];
  const source = sourceImageId === undefined ? [] : ['from', sourceImageId];
  const outcome = [status, error];
  return [
    new Date(at).toISOString(),
    operation || '(no operation)',
    imageId,
    ...source,
    ...change,
    ...outcome,
  ]
    .filter((word) => word !== undefined)
    .join(' ');
}
