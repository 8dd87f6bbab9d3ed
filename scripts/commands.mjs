// Runs other programs, on every operating system.
import spawn from 'nano-spawn';

export const WINDOWS = process.platform === 'win32';

/** Where a virtual environment of Python has its commands. */
export const VENV_COMMANDS = WINDOWS ? 'Scripts' : 'bin';

// jsii warns that Node.js 20 has reached its end of life; it is the oldest version that is supported here.
process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = '20';

/** Runs a command without output; if it fails, ends the script with all that it wrote. */
export async function run(purpose, command, args, options) {
  try {
    const { stdout } = await spawn(command, args, { stdin: 'ignore', ...options });
    return stdout;
  } catch (error) {
    return fail(`Could not ${purpose}. ${error.message}\n\n${error.output || 'There was no output.'}`);
  }
}

/** Runs a command whose output is shown; if it fails, ends the script. */
export async function runVisibly(command, args, options) {
  try {
    await spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  } catch (error) {
    fail(error.message);
  }
}

/** Whether a program is installed and the command succeeds. */
export async function works(command, args) {
  try {
    await spawn(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Prints what is done and how long it took. */
export async function timed(what, action) {
  const start = performance.now();
  console.log(`${what} …`);
  const result = await action();
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
