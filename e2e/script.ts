import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from './processes';

/**
 * Runs a script with processes and a directory of its own, and removes both at the end. If the script fails, the
 * directory is kept.
 */
export function script(
  name: string,
  play: (processes: Processes, directory: string) => Promise<boolean>,
): void {
  const processes = new Processes();
  const directory = mkdtempSync(join(tmpdir(), `${name}-`));
  let ended = false;
  const end = async (well: boolean, problem?: unknown) => {
    if (ended) {
      return;
    }
    ended = true;
    if (problem !== undefined) {
      console.error(problem instanceof Error ? problem.message : problem);
    }
    await processes.stop();
    if (well) {
      rmSync(directory, { recursive: true, force: true });
    } else {
      console.error(`The files of this run are in ${directory}.`);
    }
    process.exit(well ? 0 : 1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => end(false, `Stopped by ${signal}.`));
  }
  play(processes, directory).then(
    (well) => end(well),
    (error) => end(false, error),
  );
}
