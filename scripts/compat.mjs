// Whether the API is still what the last release promised: what changed, and whether the new version may change it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import spawn from 'nano-spawn';
import { fail } from './commands.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { name, version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));

/** What reserves the name on npm is not a release: it has no API. */
const PLACEHOLDER = /^0\.0\.0\b/;

const last = await lastVersion();
if (last === undefined || PLACEHOLDER.test(last)) {
  console.log(`${name} has no release yet to compare with.`);
} else {
  await compare(last);
}

async function lastVersion() {
  try {
    const { stdout } = await spawn('npm', ['view', name, 'version', '--json']);
    return JSON.parse(stdout);
  } catch ({ stdout, message }) {
    const { error } = JSON.parse(stdout || '{}');
    return error?.code === 'E404'
      ? undefined
      : fail(`Could not look up the last release of ${name}: ${error?.summary ?? message}.`);
  }
}

async function compare(last) {
  const mayBreak = significantPart(last) !== significantPart(version);
  try {
    const { output } = await spawn(process.execPath, [
      `${ROOT}/node_modules/jsii-diff/bin/jsii-diff`,
      ...['--keys', '--default-stability', 'stable', '--error-on', mayBreak ? 'prod' : 'all'],
      ...[`npm:${name}@${last}`, ROOT],
    ]);
    console.log(output || `${version} is compatible with ${last}.`);
  } catch ({ message, output }) {
    fail(
      `${version} is not compatible with ${last}, and its number does not say so: undo the change, or raise the version.\n\n${output || message}`,
    );
  }
}

/** The part of a version that a caret range keeps: up to the first number that is not zero. */
function significantPart(of) {
  return of.match(/^(0\.)*[1-9]\d*/)?.[0];
}
