import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VERSION = '24.9.0';

/**
 * A Node of the major version that Lambda runs: this one, or one that npm installs into a cache directory. It is no
 * dependency of the project, since npm would then put it before the machine's own wherever a script runs.
 */
export function node24(): string {
  if (process.version.startsWith('v24.')) {
    return process.execPath;
  }
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const directory = resolve(__dirname, `../node_modules/.cache/node-${VERSION}`);
  const binary = join(directory, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    console.log(`Node ${VERSION} is installed for the measurements, into node_modules/.cache.`);
    const options = ['--prefix', directory, '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
    // npm is a script on Windows, which needs a shell.
    execFileSync('npm', ['install', ...options, `${name}@${VERSION}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: platform === 'win',
    });
  }
  return binary;
}
