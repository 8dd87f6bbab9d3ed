import { type Command, InvalidArgumentError } from 'commander';
import { imageIdProblems } from '../lib/workspaces/validation';
import { backgroundClock } from './clock';
import { DEFAULT_ACCOUNT } from './default-account';
import type { HostProcess, Output } from './host-process';
import { type Call, WorkspacesEndpoint, type WorkspacesEndpointOptions } from './workspaces-endpoint';

const DESCRIPTION = `Start a local WorkSpaces endpoint for the AWS CLI and SDKs. It supports UpdateWorkspaceImagePermission, \
DescribeWorkspaceImagePermissions, CopyWorkspaceImage, DescribeWorkspaceImages and DeleteWorkspaceImage, \
CreateWorkspaceBundle, UpdateWorkspaceBundle, DescribeWorkspaceBundles and DeleteWorkspaceBundle, and logs each call.

Credentials are not verified. The account of a caller is the 12 digits in the access key, such as 111122223333, or \
${DEFAULT_ACCOUNT} if there are none. Its Region is the one that the request is signed for. The existing images belong to \
${DEFAULT_ACCOUNT}, in every Region.`;

const DEFAULT_IMAGE = 'wsi-8t4x2k9p7';

interface EndpointOptions {
  readonly port?: number;
  readonly image?: string[];
  readonly copyTime: number;
  readonly latency: number;
  readonly readLag: number;
  readonly rate?: number;
  readonly burst?: number;
  readonly failEvery?: number;
}

/** Adds a command that runs a WorkSpaces endpoint until SIGINT or SIGTERM. */
export function addEndpointCommand(program: Command, host: HostProcess): void {
  program
    .command('endpoint')
    .summary('start a WorkSpaces endpoint for the AWS CLI and SDKs')
    .description(DESCRIPTION)
    .option('--port <port>', 'port to listen on (default: a free port)', integer(0, 65_535))
    .option('--image <id>', `ID of an existing image; can be repeated (default: ${DEFAULT_IMAGE})`, image)
    .option('--copy-time <seconds>', 'time until a copy is AVAILABLE', integer(0), 20)
    .option('--latency <ms>', 'duration of each call', integer(0), 0)
    .option('--read-lag <ms>', 'time until reads show a change', integer(0), 0)
    .option('--rate <number>', 'calls per second that are not throttled (default: all)', integer(1))
    .option('--burst <number>', 'burst of calls that --rate allows (default: the rate)', integer(1))
    .option('--fail-every <n>', 'fail every n-th call with HTTP 500', integer(1))
    .action((options: EndpointOptions) => run(options, host));
}

async function run(options: EndpointOptions, host: HostProcess): Promise<void> {
  const images = [...new Set(options.image ?? [DEFAULT_IMAGE])];
  const endpoint = await started(endpointOptions(options, images, host.stdout));
  const stopped = new Promise<void>((resolve) => {
    host.once('SIGINT', resolve);
    host.once('SIGTERM', resolve);
  });
  host.stdout.write(`${greeting(endpoint.url, images)}\n`);
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

function endpointOptions(
  { port, copyTime, latency, readLag, rate, burst, failEvery }: EndpointOptions,
  images: readonly string[],
  stdout: Output,
): WorkspacesEndpointOptions {
  if (burst !== undefined && rate === undefined) {
    throw new Error('--burst requires --rate.');
  }
  let calls = 0;
  return {
    // A call that is still delayed must not keep the process running.
    clock: backgroundClock,
    port,
    images: images.map((imageId) => ({ imageId })),
    copyTime: 1_000 * copyTime,
    latency,
    readLag,
    rate: rate === undefined ? undefined : { perSecond: rate, burst: burst ?? rate },
    onCall: () =>
      failEvery !== undefined && ++calls % failEvery === 0
        ? { kind: 'error', name: 'InternalServerException', status: 500 }
        : undefined,
    onResponse: (call: Call) => stdout.write(`${line(call)}\n`),
  };
}

function image(id: string, before: string[] = []): string[] {
  const [problem] = imageIdProblems(id);
  if (problem !== undefined) {
    throw new InvalidArgumentError(problem);
  }
  return [...before, id];
}

function integer(least: number, most = 1_000_000): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`);
    }
    return value;
  };
}

function greeting(url: string, images: readonly string[]): string {
  const [first] = images;
  return `The WorkSpaces endpoint is listening on ${url}.
Images of account ${DEFAULT_ACCOUNT}: ${images.join(', ')}

Try it in another terminal:

  export AWS_ENDPOINT_URL_WORKSPACES=${url}
  export AWS_ACCESS_KEY_ID=${DEFAULT_ACCOUNT}
  export AWS_SECRET_ACCESS_KEY=any
  export AWS_DEFAULT_REGION=us-east-1

  aws workspaces update-workspace-image-permission --image-id ${first} \\
    --shared-account-id 111122223333 --allow-copy-image
  aws workspaces describe-workspace-image-permissions --image-id ${first}
  aws workspaces describe-workspace-images
  aws workspaces create-workspace-bundle --bundle-name bundle \\
    --bundle-description test --image-id ${first} \\
    --compute-type Name=STANDARD --user-storage Capacity=50
  aws workspaces describe-workspace-bundles

The account of a caller is the 12 digits in the access key. As the recipient:

  export AWS_ACCESS_KEY_ID=111122223333
  aws workspaces copy-workspace-image --name copy \\
    --source-image-id ${first} --source-region us-east-1
  aws workspaces describe-workspace-images

Press Ctrl+C to stop.
`;
}

function line({ account, region, operation, ...call }: Call): string {
  const { bundleId, imageId, sourceImageId, accountId } = call;
  return [
    new Date(call.at).toISOString(),
    account,
    region,
    operation || '(no operation)',
    bundleId,
    ...(bundleId === undefined || imageId === undefined ? [] : ['with']),
    imageId,
    ...(sourceImageId === undefined ? [] : ['from', sourceImageId]),
    ...(accountId === undefined ? [] : [call.allow ? 'grant' : 'revoke', accountId]),
    call.status,
    call.error,
  ]
    .filter((word) => word !== undefined)
    .join(' ');
}
