// Whether the API is still what the last release promised: what changed, and whether the new version may change it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fail } from './commands.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { name, version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));

const released = lastRelease();
if (released) {
  compare(released);
} else {
  console.log(`${name} is not published yet: there is no release that this one could break.`);
}

function lastRelease() {
  const { status, stdout } = spawnSync('npm', ['view', name, 'version', '--json'], { encoding: 'utf8' });
  const answer = JSON.parse(stdout || '{}');
  if (status !== 0 && answer.error?.code !== 'E404') {
    fail(`Could not ask for the last release of ${name}: ${answer.error?.summary ?? 'npm did not say why'}.`);
  }
  return status === 0 ? answer : undefined;
}

function compare(last) {
  const mayBreak = promise(last) !== promise(version);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      `${ROOT}/node_modules/jsii-diff/bin/jsii-diff`,
      ...['--keys', '--default-stability', 'stable', '--error-on', mayBreak ? 'prod' : 'all'],
      ...[`npm:${name}@${last}`, ROOT],
    ],
    { encoding: 'utf8' },
  );
  const report = `${stdout}${stderr}`.trim();
  if (status !== 0) {
    fail(
      `${version} does not take all that ${last} took, and its number does not say so: take the change back, or raise the version.\n\n${report}`,
    );
  }
  console.log(report || `${version} takes all that ${last} took.`);
}

/** What a caret range holds on to: the first part of a version that is not zero, and those before it. */
function promise(of) {
  return of.match(/^(0\.)*[1-9]\d*/)?.[0];
}
