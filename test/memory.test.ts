import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ResponseServer } from '../simulator/response-server';
import { WorkspacesEndpoint } from '../simulator/workspaces-endpoint';
import { run } from './support/handler-build';
import { IMAGE } from './support/lambda-world';

const ACCOUNTS = Array.from({ length: 2_000 }, (_, index) => String(100_000_000_000 + index));

/** Runs the bundle as Lambda does, and says how much memory the process had at most. */
const PROGRAM = `
const { handler } = require(${JSON.stringify(resolve(__dirname, '../build/handler'))});
const context = {
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
  getRemainingTimeInMillis: () => 900_000,
};
// Not resourceUsage().maxRSS: on Linux, that begins with what the process had that started this one.
let most = 0;
const look = () => { most = Math.max(most, process.memoryUsage.rss()); };
setInterval(look, 10).unref();
process.once('message', (event) =>
  handler(event, context).then(() => {
    look();
    process.send({ mebibytes: most / 1_048_576 });
    process.disconnect();
  }),
);
`;

test('a function clears up as it goes: thousands of accounts take about a third of its 256 MiB', async () => {
  const endpoint = await WorkspacesEndpoint.start({ images: [{ imageId: IMAGE }] });
  const responses = await ResponseServer.start();
  try {
    const child = spawn(process.execPath, ['--no-warnings', '-e', PROGRAM], {
      env: {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_ENDPOINT_URL_WORKSPACES: endpoint.url,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let mebibytes = 0;
    child.on('message', (said: { mebibytes: number }) => {
      mebibytes = said.mebibytes;
    });
    child.send({
      RequestType: 'Create',
      RequestId: 'request',
      ResponseURL: responses.open().url,
      StackId: 'stack',
      LogicalResourceId: 'Share',
      ResourceProperties: { ImageId: IMAGE, AccountIds: ACCOUNTS },
    });
    expect(await run(child)).toMatchObject({ code: 0, stderr: '' });
    expect(endpoint.accounts(IMAGE)).toHaveLength(ACCOUNTS.length);
    expect(mebibytes).toBeGreaterThan(0);
    expect(mebibytes).toBeLessThan(90);
  } finally {
    await responses.close();
    await endpoint.close();
  }
});
