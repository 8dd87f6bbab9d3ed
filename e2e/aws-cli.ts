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
  const aws = async (line: string) => {
    const [assignments, rest] = line.trim().split(' aws ');
    const variables = Object.fromEntries(assignments.split(' ').map((each) => each.split('=')));
    const running = processes.run(join(commands, 'aws'), rest.split(' '), { ...env, ...variables });
    const output = await must(running, `The AWS CLI cannot run "${line.trim()}"`);
    return output === '' ? {} : JSON.parse(output);
  };

  const printed = greeting.split('\n').filter((line) => line.includes(' aws workspaces '));
  const outputs = [];
  for (const line of printed) {
    outputs.push(await aws(line));
  }
  const [, permissions, images, copy, imagesOfRecipient] = outputs;
  const original = 'wsi-8t4x2k9p7 AVAILABLE';
  assert.deepEqual(permissions.ImagePermissions, [{ SharedAccountId: '111122223333' }]);
  assert.deepEqual(namesAndStates(images), [original]);
  assert.deepEqual(namesAndStates(imagesOfRecipient), [original, 'copy AVAILABLE']);

  const asRecipient = printed[printed.length - 1];
  const list = 'describe-workspace-images';
  await aws(asRecipient.replace(list, `delete-workspace-image --image-id ${copy.ImageId}`));
  assert.deepEqual(namesAndStates(await aws(asRecipient)), [original]);
  await stop();
  return printed.length + 2;
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
