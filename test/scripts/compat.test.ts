import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(__dirname, '../..');

test.each(['0.0.0', '0.0.0-stage'])(
  'the placeholder %s on npm is not a release to compare with',
  (version) => {
    expect(compatWith(`echo '"${version}"'`)).toMatchObject({
      status: 0,
      stdout: 'cdk-workspace-image-share has no release yet to compare with.\n',
    });
  },
);

test('a package that npm does not have has no release to compare with', () => {
  expect(compatWith(`echo '{ "error": { "code": "E404" } }'; exit 1`)).toMatchObject({
    status: 0,
    stdout: 'cdk-workspace-image-share has no release yet to compare with.\n',
  });
});

test('the comparison fails if npm cannot say which version is the last', () => {
  expect(
    compatWith(`echo '{ "error": { "code": "E500", "summary": "Out of order" } }'; exit 1`),
  ).toMatchObject({
    status: 1,
    stderr: 'Could not look up the last release of cdk-workspace-image-share: Out of order.\n',
  });
});

/** Compares with what an npm of this script says. */
function compatWith(script: string) {
  const commands = mkdtempSync(join(tmpdir(), 'npm-'));
  writeFileSync(join(commands, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return spawnSync(process.execPath, ['scripts/compat.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: [commands, process.env.PATH].join(delimiter) },
  });
}
