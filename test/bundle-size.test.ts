import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

describe.each(['share', 'copy', 'bundle'])('the handler in lambda/%s', (handler) => {
  const file = join(__dirname, '..', 'build', handler, 'index.js');

  test('is one file of at most 210 kB, 67 kB gzipped', () => {
    const bundle = readFileSync(file);
    expect(bundle.length).toBeLessThanOrEqual(210_000);
    expect(gzipSync(bundle).length).toBeLessThanOrEqual(67_000);
  });

  test('requires only modules that are built into Node.js', () => {
    const foreign = readFileSync(file, 'utf8').match(/(?<![\w$.])(require|import)\((?!"node:[\w/]+"\))/g);
    expect(foreign).toBeNull();
  });

  test('loads without a home directory and node_modules', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'bundle-size-'));
    copyFileSync(file, join(cwd, 'index.js'));
    const program = 'process.stdout.write(typeof require("./index.js").handler)';
    const loaded = spawnSync(process.execPath, ['-e', program], {
      cwd,
      encoding: 'utf8',
      env: { HOME: cwd, AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' },
    });
    expect(loaded).toMatchObject({ status: 0, stdout: 'function', stderr: '' });
  });
});
