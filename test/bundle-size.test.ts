import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUNDLE = join(__dirname, '..', 'build', 'share', 'index.js');

test('the handler is one file of at most 210 kB, 67 kB gzipped', () => {
  const bundle = readFileSync(BUNDLE);
  expect(bundle.length).toBeLessThanOrEqual(210_000);
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(67_000);
});

test('the handler requires only modules that are built into Node.js', () => {
  const foreign = readFileSync(BUNDLE, 'utf8').match(/(?<![\w$.])(require|import)\((?!"node:[\w/]+"\))/g);
  expect(foreign).toBeNull();
});

test('the handler loads without a home directory and node_modules', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'bundle-size-'));
  copyFileSync(BUNDLE, join(cwd, 'index.js'));
  const program = 'process.stdout.write(typeof require("./index.js").handler)';
  const loaded = spawnSync(process.execPath, ['-e', program], {
    cwd,
    encoding: 'utf8',
    env: { HOME: cwd, AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' },
  });
  expect(loaded).toMatchObject({ status: 0, stdout: 'function', stderr: '' });
});
