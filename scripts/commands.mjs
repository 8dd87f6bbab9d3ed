// Commands of other programs: silent while they work, with all that they said when they do not.
import { spawn } from 'node:child_process';

// What jsii says of Node 20 is known: development is on Node 20 or newer.
process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = '20';

/** @returns what the command printed; ends the script with a sentence where the command fails */
export async function run(purpose, command, args, options) {
  const { ending, printed, said } = await start(command, args, options);
  if (ending) {
    fail(
      `Could not ${purpose}: "${[command, ...args].join(' ')}" ${ending} and said:\n\n${said.trim() || 'nothing'}`,
    );
  }
  return printed;
}

/** Whether a program is there and does what it is asked. */
export async function works(command, args) {
  const { ending } = await start(command, args);
  return ending === undefined;
}

export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Says what is done now, does it, and says how long it took. */
export async function timed(what, action) {
  const begin = performance.now();
  console.log(`${what} …`);
  const result = await action();
  console.log(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

/** @returns how it ended, where that was not well; what it printed; and that with its complaints */
function start(command, args, { env, ...options } = {}) {
  return new Promise((resolve) => {
    let printed = '';
    let said = '';
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
      env: { ...process.env, ...env },
    });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    child.on('error', ({ message }) => resolve({ ending: `did not start (${message})`, printed, said }));
    child.on('close', (code, signal) =>
      resolve({ ending: code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`, printed, said }),
    );
  });
}
