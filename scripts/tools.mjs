// Tools with a manifest and a lock file of their own in tools/: installed when they are first used, so that `npm ci`
// stays small, and updated by Dependabot.
//   node scripts/tools.mjs <name>...  installs them now
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, WINDOWS } from './commands.mjs';

const TOOLS = fileURLToPath(new URL('../tools', import.meta.url));

const installs = new Map();

/**
 * Installs a tool as its lock file says, unless it is installed.
 *
 * @returns its directory
 */
export function installTool(name) {
  if (!installs.has(name)) {
    installs.set(name, install(join(TOOLS, name)));
  }
  return installs.get(name);
}

/** @returns the path of the Node.js binary of the version that Lambda runs */
export function lambdaNode() {
  return nodeOf('node');
}

/** @returns the path of the Node.js binary that a tool contains */
export async function nodeOf(name) {
  const directory = await installTool(name);
  return join(directory, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node');
}

async function install(directory) {
  const locked = readFileSync(join(directory, 'package-lock.json'), 'utf8');
  const installed = join(directory, 'node_modules', '.installed-lock.json');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== locked) {
    console.log(`Installing ${directory} …`);
    // The package `node` gets its binary from an install script.
    const args = ['ci', '--ignore-scripts=false', '--no-audit', '--no-fund'];
    await run(`install ${directory}`, 'npm', args, { cwd: directory });
    writeFileSync(installed, locked);
  }
  return directory;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv.slice(2)) {
    await installTool(name);
  }
}
