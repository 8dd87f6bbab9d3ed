import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';

const ROOT = join(__dirname, '..');

/** Packs the bundle in a process of its own. */
const PACK = `
process.umask(0o077);
import('./scripts/handler-zip.mjs').then(({ handlerZip }) => {
  process.stdout.write(handlerZip(require('node:fs').readFileSync(process.argv[1])));
});
`;

describe.each(['share', 'copy'])('the zip file of the handler in lambda/%s', (handler) => {
  const file = join(ROOT, 'build', handler, 'index.js');
  const bundle = readFileSync(file);
  const zip = readFileSync(join(ROOT, 'build', `${handler}.zip`));

  test.each(['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati'])(
    'is the same if it is built in the time zone %s, with umask 077',
    (TZ) => {
      const env = { ...process.env, TZ };
      const { stdout } = spawnSync(process.execPath, ['-e', PACK, file], { cwd: ROOT, env });
      expect(stdout.equals(zip)).toBe(true);
    },
  );

  test('contains the bundle only', () => {
    const entries = unzipSync(zip);
    expect(Object.keys(entries)).toEqual(['index.js']);
    expect(bundle.equals(entries['index.js'])).toBe(true);
  });

  test('has an entry that everybody can read', () => {
    // The last 22 bytes have the offset of the list of entries.
    const entry = zip.subarray(zip.readUInt32LE(zip.length - 6));
    expect(entry.toString('latin1', 0, 4)).toBe('PK\x01\x02');
    expect((entry.readUInt32LE(38) >>> 16).toString(8)).toBe('100644');
  });
});
