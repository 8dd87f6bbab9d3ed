import assert from 'node:assert/strict';
import { join } from 'node:path';
import { main } from '../simulator/main';
import { type Environment, must, type Processes } from './processes';

/**
 * Runs the commands that `endpoint` prints with the AWS CLI, and then deletes the copy that they have made.
 *
 * @param commands the directory of the AWS CLI
 * @returns the number of commands
 * @throws Error if one of them fails or prints anything unexpected
 */
export async function runPrintedCommands(
  processes: Processes,
  commands: string,
  env: Environment,
): Promise<number> {
  const { greeting, stop } = await startEndpoint();
  const variables: Record<string, string> = {};
  const aws = async (line: string) => {
    const running = processes.run(join(commands, 'aws'), line.split(' ').slice(1), { ...env, ...variables });
    const output = await must(running, `The AWS CLI cannot run "${line}"`);
    return output === '' ? {} : JSON.parse(output);
  };

  // A command can continue in the next line.
  const printed = greeting.replaceAll(/ \\\n */g, ' ').split('\n');
  const outputs = [];
  for (const line of printed.map((each) => each.trim())) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      variables[name] = value;
    } else if (line.startsWith('aws ')) {
      outputs.push(await aws(line));
    }
  }
  const [, permissions, images, created, bundles, copy, imagesOfRecipient] = outputs;
  const original = 'wsi-8t4x2k9p7 AVAILABLE';
  assert.deepEqual(permissions.ImagePermissions, [{ SharedAccountId: '111122223333' }]);
  assert.deepEqual(namesAndStates(images), [original]);
  assert.deepEqual(bundles, { Bundles: [created.WorkspaceBundle] });
  assert.equal(created.WorkspaceBundle.State, 'AVAILABLE');
  assert.deepEqual(namesAndStates(imagesOfRecipient), [original, 'copy AVAILABLE']);

  // The variables are those of the recipient now.
  await aws(`aws workspaces delete-workspace-image --image-id ${copy.ImageId}`);
  assert.deepEqual(namesAndStates(await aws('aws workspaces describe-workspace-images')), [original]);
  await stop();
  return outputs.length + 2;
}

/** Starts the command in this process. Copies are AVAILABLE at once. */
async function startEndpoint(): Promise<{ greeting: string; stop: () => Promise<unknown> }> {
  let signal = () => {};
  let ended: Promise<unknown> = Promise.resolve();
  const greeting = await new Promise<string>((resolve) => {
    const host = {
      stdout: { write: resolve },
      stderr: process.stderr,
      env: {},
      once: (_: string, listener: () => void) => {
        signal = listener;
      },
    };
    ended = main(['endpoint', '--copy-time', '0'], host, '');
  });
  return {
    greeting,
    stop: () => {
      signal();
      return ended;
    },
  };
}

function namesAndStates({ Images }: { Images: { Name: string; State: string }[] }): string[] {
  return Images.map(({ Name, State }) => `${Name} ${State}`);
}
