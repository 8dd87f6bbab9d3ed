import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpdateWorkspaceImagePermissionCommand, WorkSpacesClient } from '@aws-sdk/client-workspaces';
import { Host, run } from './fixtures/host';

const IMAGE = 'wsi-8t4x2k9p7';
const OTHER_IMAGE = 'wsi-0000000001';
const ACCOUNT = '111122223333';

/** Starts the command, and stops it with a signal. */
async function start(...args: string[]) {
  const host = new Host();
  const ended = run(['endpoint', ...args], host);
  const greeting = await host.printed(/Ctrl\+C/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(greeting)?.[0] as string;
  const client = new WorkSpacesClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  const change = (AllowCopyImage: boolean, ImageId = IMAGE) =>
    client.send(
      new UpdateWorkspaceImagePermissionCommand({ ImageId, SharedAccountId: ACCOUNT, AllowCopyImage }),
    );
  const stop = (signal: string) => {
    client.destroy();
    host.emit(signal);
    return ended;
  };
  return { host, greeting, url, change, stop };
}

test('prints its URL and two commands to try', async () => {
  const { greeting, url, stop } = await start('--image', OTHER_IMAGE, '--image', IMAGE);
  const commands = greeting.split('\n').filter((line) => line.includes(' aws workspaces '));
  expect(greeting).toContain(`Images: ${OTHER_IMAGE}, ${IMAGE}\n`);
  expect(commands).toEqual([
    expect.stringMatching(/ update-workspace-image-permission .*--allow-copy-image/),
    expect.stringContaining(' describe-workspace-image-permissions '),
  ]);
  for (const command of commands) {
    expect(command).toMatch(
      /^ {2}AWS_ACCESS_KEY_ID=\w+ AWS_SECRET_ACCESS_KEY=\w+ AWS_DEFAULT_REGION=\S+ aws /,
    );
    expect(command).toContain(`--image-id ${OTHER_IMAGE} --endpoint-url ${url}`);
  }
  expect(await stop('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
});

test('logs each call, and fails every n-th one', async () => {
  const { change, stop } = await start('--fail-every', '3', '--port', '0');
  await change(true);
  await change(false);
  await expect(change(true)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  const { code, stdout } = await stop('SIGINT');
  expect(code).toBe(0);
  expect(stdout.trim().split('\n').slice(-3)).toEqual([
    expect.stringMatching(/^\d{4}-\S+Z UpdateWorkspaceImagePermission wsi-8t4x2k9p7 grant 111122223333 200$/),
    expect.stringMatching(/ revoke 111122223333 200$/),
    expect.stringMatching(/ grant 111122223333 500 InternalServerException$/),
  ]);
});

test.each([[['--burst', '1']], [[]]])('throttles with --rate 1 %j', async (burst) => {
  const { change, url, stop } = await start('--rate', '1', ...burst, '--latency', '1', '--read-lag', '1');
  const calls = await Promise.allSettled([change(true), change(true)]);
  expect(calls.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await fetch(url)).status).toBe(404);
  expect((await stop('SIGINT')).stdout).toMatch(/\(no operation\) 404 UnknownOperationException\n$/);
});

test.each([
  ['--image', 'ami-123', '"ami-123" is not a WorkSpaces image ID'],
  ['--port', '99999', '--port must be an integer from 0 to 65535, but is "99999".'],
  ['--latency', 'slow', '--latency must be an integer'],
  ['--burst', '5', '--burst requires --rate.'],
])('rejects %s %s with one sentence', async (option, value, sentence) => {
  const { code, stderr } = await run(['endpoint', option, value]);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('reports a port that is in use', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await run(['endpoint', '--port', String(port)]);
  await new Promise((resolve) => server.close(resolve));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Port ${port} is in use. Specify another --port, or omit it to use a free port.\n`,
  });
});
