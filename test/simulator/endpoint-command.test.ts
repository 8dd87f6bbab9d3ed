import {
  CopyWorkspaceImageCommand,
  CreateWorkspaceBundleCommand,
  DeleteWorkspaceBundleCommand,
  DeleteWorkspaceImageCommand,
  DescribeWorkspaceBundlesCommand,
  DescribeWorkspaceImagePermissionsCommand,
  DescribeWorkspaceImagesCommand,
  UpdateWorkspaceBundleCommand,
  UpdateWorkspaceImagePermissionCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import { Host, run } from './fixtures/host';

const IMAGE = 'wsi-8t4x2k9p7';
const OTHER_IMAGE = 'wsi-0000000001';

/** Starts the command. It ends when it receives a signal. */
async function start(options = '') {
  const host = new Host();
  const ended = run(['endpoint', ...options.split(' ').filter((arg) => arg !== '')], host);
  const greeting = await host.printed(/Ctrl\+C/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(greeting)?.[0] as string;
  const client = new WorkSpacesClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  const change = (AllowCopyImage: boolean) => {
    const input = { ImageId: IMAGE, SharedAccountId: '111122223333', AllowCopyImage };
    return client.send(new UpdateWorkspaceImagePermissionCommand(input));
  };
  const stop = (signal: string) => {
    client.destroy();
    host.emit(signal);
    return ended;
  };
  return { greeting, url, client, change, stop };
}

test('prints its URL, the variables once, and commands to try', async () => {
  const { greeting, url, stop } = await start(`--image ${OTHER_IMAGE} --image ${IMAGE}`);
  expect(greeting).toContain(`Images of account 123456789012: ${OTHER_IMAGE}, ${IMAGE}\n`);
  const commands = greeting.replaceAll(' \\\n   ', '').split('\n');
  expect(commands.filter((line) => /^ +(export|aws) /.test(line)).map((line) => line.trim())).toEqual([
    `export AWS_ENDPOINT_URL_WORKSPACES=${url}`,
    'export AWS_ACCESS_KEY_ID=123456789012',
    'export AWS_SECRET_ACCESS_KEY=any',
    'export AWS_DEFAULT_REGION=us-east-1',
    `aws workspaces update-workspace-image-permission --image-id ${OTHER_IMAGE} --shared-account-id 111122223333 --allow-copy-image`,
    `aws workspaces describe-workspace-image-permissions --image-id ${OTHER_IMAGE}`,
    'aws workspaces describe-workspace-images',
    `aws workspaces create-workspace-bundle --bundle-name bundle --bundle-description test --image-id ${OTHER_IMAGE} --compute-type Name=STANDARD --user-storage Capacity=50`,
    'aws workspaces describe-workspace-bundles',
    'export AWS_ACCESS_KEY_ID=111122223333',
    `aws workspaces copy-workspace-image --name copy --source-image-id ${OTHER_IMAGE} --source-region us-east-1`,
    'aws workspaces describe-workspace-images',
  ]);
  expect(Math.max(...greeting.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(await stop('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
});

test('logs each call with the account and Region of the caller, and fails every n-th one', async () => {
  const { change, url, stop } = await start('--fail-every 3 --port 0');
  await change(true);
  await change(false);
  await expect(change(true)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  await fetch(url);
  const { code, stdout } = await stop('SIGINT');
  expect(code).toBe(0);
  expect(stdout.trim().split('\n').slice(-4)).toEqual([
    expect.stringMatching(
      /^\d{4}-\S+Z 123456789012 us-east-1 UpdateWorkspaceImagePermission wsi-8t4x2k9p7 grant 111122223333 200$/,
    ),
    expect.stringMatching(/ revoke 111122223333 200$/),
    expect.stringMatching(/ grant 111122223333 500 InternalServerException$/),
    expect.stringMatching(/ us-east-1 \(no operation\) 404 UnknownOperationException$/),
  ]);
});

test.each([
  ['--rate 1', 1],
  ['--rate 1 --burst 2', 2],
])('%s lets a burst of %i calls through', async (options, burst) => {
  const { change, stop } = await start(options);
  const calls = await Promise.allSettled([change(true), change(true), change(true)]);
  expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(burst);
  await stop('SIGINT');
});

test('--latency and --read-lag delay calls and what reads show', async () => {
  const { client, change, stop } = await start('--latency 100 --read-lag 600000');
  const started = performance.now();
  await change(true);
  expect(performance.now() - started).toBeGreaterThan(99);
  const read = await client.send(new DescribeWorkspaceImagePermissionsCommand({ ImageId: IMAGE }));
  expect(read.ImagePermissions).toEqual([]);
  await stop('SIGINT');
});

test.each([
  ['', 'PENDING'],
  ['--copy-time 0', 'AVAILABLE'],
])('with the options "%s", a copy is %s at first', async (options, State) => {
  const { client, stop } = await start(options);
  const copy = { Name: 'copy', SourceImageId: IMAGE, SourceRegion: 'us-east-1' };
  const { ImageId = '' } = await client.send(new CopyWorkspaceImageCommand(copy));
  const { Images } = await client.send(new DescribeWorkspaceImagesCommand({ ImageIds: [ImageId] }));
  expect(Images).toMatchObject([{ Name: 'copy', State, OwnerAccountId: '123456789012' }]);
  await client.send(new DeleteWorkspaceImageCommand({ ImageId })).catch(() => undefined);
  const { stdout } = await stop('SIGINT');
  expect(stdout.trim().split('\n').slice(-3)).toEqual([
    expect.stringMatching(`CopyWorkspaceImage ${ImageId} from ${IMAGE} 200$`),
    expect.stringMatching('DescribeWorkspaceImages 200$'),
    expect.stringMatching(
      `DeleteWorkspaceImage ${ImageId} ${State === 'PENDING' ? '400 InvalidResourceStateException' : '200'}$`,
    ),
  ]);
});

test('a bundle is made, listed, updated and deleted', async () => {
  const { client, stop } = await start(`--image ${IMAGE} --image ${OTHER_IMAGE}`);
  const { WorkspaceBundle } = await client.send(
    new CreateWorkspaceBundleCommand({
      BundleName: 'bundle',
      BundleDescription: 'test',
      ImageId: IMAGE,
      ComputeType: { Name: 'STANDARD' },
      UserStorage: { Capacity: '50' },
    }),
  );
  const BundleId = WorkspaceBundle?.BundleId;
  await client.send(new UpdateWorkspaceBundleCommand({ BundleId, ImageId: OTHER_IMAGE }));
  const { Bundles } = await client.send(new DescribeWorkspaceBundlesCommand({}));
  expect(Bundles).toMatchObject([{ BundleId, ImageId: OTHER_IMAGE, State: 'AVAILABLE' }]);
  await client.send(new DeleteWorkspaceBundleCommand({ BundleId }));
  const { stdout } = await stop('SIGINT');
  expect(stdout.trim().split('\n').slice(-4)).toEqual([
    expect.stringMatching(`CreateWorkspaceBundle ${BundleId} with ${IMAGE} 200$`),
    expect.stringMatching(`UpdateWorkspaceBundle ${BundleId} with ${OTHER_IMAGE} 200$`),
    expect.stringMatching('DescribeWorkspaceBundles 200$'),
    expect.stringMatching(`DeleteWorkspaceBundle ${BundleId} 200$`),
  ]);
});

test.each([
  ['--image ami-123', '"ami-123" is not a WorkSpaces image ID'],
  [
    '--port 99999',
    "option '--port <port>' argument '99999' is invalid. It must be an integer from 0 to 65535.",
  ],
  ['--copy-time 1h', "argument '1h' is invalid. It must be an integer from 0 to 1000000."],
  ['--latency slow', "option '--latency <ms>' argument 'slow' is invalid."],
  ['--read-lag 1.5', "argument '1.5' is invalid. It must be an integer from 0"],
  ['--rate 0', "argument '0' is invalid. It must be an integer from 1"],
  ['--burst 0', "argument '0' is invalid. It must be an integer from 1"],
  ['--fail-every 0', "argument '0' is invalid. It must be an integer from 1"],
  ['--burst 5', '--burst requires --rate.'],
])('rejects %s with one sentence', async (options, sentence) => {
  const { code, stderr } = await run(['endpoint', ...options.split(' ')]);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('listens on the port that is asked for, unless it is in use', async () => {
  const { url, stop } = await start();
  const { port } = new URL(url);
  expect(await run(['endpoint', '--port', port])).toMatchObject({
    code: 1,
    stderr: `Port ${port} is in use. Specify another --port, or omit it to use a free port.\n`,
  });
  await stop('SIGINT');
  const again = await start(`--port ${port}`);
  expect(again.url).toBe(url);
  await again.stop('SIGINT');
});
