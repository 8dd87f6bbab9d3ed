import { join } from 'node:path';
import type { CustomResourceEvent, LambdaFunction } from '../../simulator/cloudformation';
import { callerOf } from '../../simulator/workspaces/caller';
import { VirtualClock } from './virtual-clock';
import { COPY, codeOf, SHARE, WarmFunctions } from './warm-functions';

/** Its handler prints the environment. */
const TELLING = { handler: join(__dirname, '..', 'simulator', 'fixtures', 'handler', 'index.js') };

function lambdaIn(account: string, region: string, name = 'Function'): LambdaFunction {
  return {
    name,
    region,
    arn: `arn:aws:lambda:${region}:${account}:function:${name}`,
    code: {},
    handler: 'index.handler',
    timeoutSeconds: 900,
    memoryMiB: 128,
    environment: {},
  };
}

it("each function runs in its own execution environments, with its account's key and its Region", async () => {
  const clock = new VirtualClock();
  const functions = new WarmFunctions(clock, 'http://127.0.0.1:1', () => TELLING);
  const event = { ResponseURL: 'http://127.0.0.1:2', ResourceProperties: { Do: 'tell' } };
  const tell = async (account: string, region: string) => {
    const lambda = lambdaIn(account, region);
    const end = await clock.run(functions.run(lambda, event as unknown as CustomResourceEvent));
    const { environment, context } = JSON.parse(end.log[0]);
    expect(context.invokedFunctionArn).toBe(lambda.arn);
    expect(environment.AWS_REGION).toBe(region);
    const authorization = `Credential=${environment.AWS_ACCESS_KEY_ID}/20260101/${region}/workspaces`;
    expect(callerOf({ authorization }, '')).toEqual({ account, region });
    return environment.AWS_ACCESS_KEY_ID;
  };
  const keys = [
    await tell('111122223333', 'eu-west-1'),
    await tell('111122223333', 'eu-west-1'),
    await tell('111122223333', 'us-east-1'),
    await tell('444455556666', 'eu-west-1'),
  ];
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
});

it.each([
  ['Stack-WorkspaceImageShareFunction-ABC', SHARE],
  ['Stack-WorkspaceImageCopyFunction-ABC', COPY],
])('%s runs the code that its construct gives to it', (name, code) => {
  expect(codeOf(lambdaIn('111122223333', 'eu-west-1', name))).toBe(code);
});
