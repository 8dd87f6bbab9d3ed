import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

/** Unpacks the code of functions, as Lambda does. */
export class FunctionCode {
  private readonly unpacked = new Map<string, string>();

  /** The directory with the files of an asset, which is a directory or a zip file. */
  directory(asset?: string): string {
    if (asset === undefined) {
      throw new Error(
        'The cloud assembly has no asset with the code of a function. Synthesize the app again.',
      );
    }
    if (statSync(asset).isDirectory()) {
      return asset;
    }
    const directory = this.unpacked.get(asset) ?? unpack(asset);
    this.unpacked.set(asset, directory);
    return directory;
  }

  /** Deletes the unpacked files. */
  delete(): void {
    for (const directory of this.unpacked.values()) {
      rmSync(directory, { recursive: true, force: true });
    }
    this.unpacked.clear();
  }
}

function unpack(zip: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'function-code-'));
  for (const [name, contents] of Object.entries(unzipSync(readFileSync(zip)))) {
    const path = join(directory, name);
    // The entry of a directory ends with a slash.
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) {
      writeFileSync(path, contents);
    }
  }
  return directory;
}
