import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';

const ROOT = join(__dirname, '..');
const BUNDLE = readFileSync(join(ROOT, 'build/share/index.js'));
const ZIP = readFileSync(join(ROOT, 'build/share.zip'));

/** Packs the bundle in a process of its own. */
const PACK = `
process.umask(0o077);
import('./scripts/handler-zip.mjs').then(({ handlerZip }) => {
  process.stdout.write(handlerZip(require('node:fs').readFileSync('build/share/index.js')));
});
`;

test.each(['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati'])(
  'the build in the time zone %s, with umask 077, makes the same zip file',
  (TZ) => {
    const { stdout } = spawnSync(process.execPath, ['-e', PACK], { cwd: ROOT, env: { ...process.env, TZ } });
    expect(stdout.equals(ZIP)).toBe(true);
  },
);

test('the zip file contains the bundle only', () => {
  const entries = unzipSync(ZIP);
  expect(Object.keys(entries)).toEqual(['index.js']);
  expect(BUNDLE.equals(entries['index.js'])).toBe(true);
});

test('everybody can read the entry of the zip file', () => {
  // The last 22 bytes have the offset of the list of entries.
  const entry = ZIP.subarray(ZIP.readUInt32LE(ZIP.length - 6));
  expect(entry.toString('latin1', 0, 4)).toBe('PK\x01\x02');
  expect((entry.readUInt32LE(38) >>> 16).toString(8)).toBe('100644');
});
