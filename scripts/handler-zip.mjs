// Packs the handler into the zip file that Lambda unpacks.
import { zipSync } from 'fflate';

/**
 * Returns the zip file with the handler's bundle as its only entry. Its bytes depend on the bundle only: not on the
 * time, the time zone, the umask, or the compression library of Node.js.
 */
export function handlerZip(bundle) {
  return zipSync(
    { 'index.js': bundle },
    {
      level: 9,
      // A time in a zip file has no time zone: it is the local time that this date has everywhere.
      mtime: new Date(1980, 0, 1, 12),
      // A regular file on Unix that everybody can read: Lambda runs the code as another user.
      os: 3,
      attrs: 0o100644 << 16,
    },
  );
}
