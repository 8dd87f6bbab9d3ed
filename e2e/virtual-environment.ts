import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, must, type Processes } from './processes';

const WINDOWS = process.platform === 'win32';

/** Where no linter looks, and a clean installation of the packages begins anew. */
const CACHE = join(__dirname, '..', 'node_modules', '.cache');

/**
 * Installs what a requirements file pins into a virtual environment of its own, unless an earlier run did.
 *
 * @returns the directory of its commands
 */
export async function install(processes: Processes, requirements: string, env: Environment): Promise<string> {
  const directory = join(CACHE, `python-${requirements.replace('.txt', '')}`);
  const file = join(__dirname, requirements);
  const commands = join(directory, WINDOWS ? 'Scripts' : 'bin');
  const stamp = join(directory, 'installed');
  const wanted = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return commands;
  }
  rmSync(directory, { recursive: true, force: true });
  await must(
    processes.run(WINDOWS ? 'python' : 'python3', ['-m', 'venv', directory], env),
    'No virtual environment can be made',
  );
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', file];
  await must(
    processes.run(join(commands, 'python'), pip, env),
    `What ${requirements} names cannot be installed`,
  );
  writeFileSync(stamp, wanted);
  return commands;
}
