import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import spawn, { type Options, SubprocessError } from 'nano-spawn';

/** Variables that differ from this process's environment; `undefined` removes one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Processes that end with the run, together with the processes that they start. */
export class Processes {
  private readonly running = new Set<ChildProcess>();
  private stopped = false;

  /** Starts a server and waits until a URL of it responds. */
  async serve(
    command: string,
    args: readonly string[],
    env: Environment,
    log: string,
    readyUrl: string,
  ): Promise<void> {
    const file = await open(log, 'w');
    let failure: Error | undefined;
    this.start(command, args, { env, stdio: ['ignore', file.fd, file.fd] }).then(
      () => {
        failure = new Error(`${command} ended before it was ready; its log is ${log}.`);
      },
      (error) => {
        failure = new Error(`${error.message} Its log is ${log}.`);
      },
    );
    const deadline = Date.now() + 60_000;
    while (!(await responds(readyUrl))) {
      if (failure) {
        throw failure;
      }
      if (Date.now() > deadline) {
        throw new Error(`${command} was not ready within a minute; its log is ${log}.`);
      }
      await pause(100);
    }
    await file.close();
  }

  /** Runs a command to its end. */
  async run(
    command: string,
    args: readonly string[],
    env: Environment,
    cwd?: string,
  ): Promise<{ code: number; output: string }> {
    try {
      const { output } = await this.start(command, args, { env, cwd, stdin: 'ignore' });
      return { code: 0, output };
    } catch (error) {
      if (error instanceof SubprocessError && !(error.cause instanceof Error)) {
        return { code: error.exitCode ?? 1, output: error.output };
      }
      throw error;
    }
  }

  /** Ends all processes; those that do not end by themselves within three seconds are killed. */
  async stop(): Promise<void> {
    this.stopped = true;
    const ends = [...this.running].map(async (child) => {
      const end = new Promise((resolve) => child.once('close', resolve));
      signal(child, 'SIGTERM');
      await Promise.race([end, pause(3_000, undefined, { ref: false })]);
      // Also ends what the process left behind in its group.
      signal(child, 'SIGKILL');
      await end;
    });
    await Promise.all(ends);
  }

  private async start(command: string, args: readonly string[], options: Options) {
    if (this.stopped) {
      throw new Error(`${command} was not started, because the run is being stopped.`);
    }
    const subprocess = spawn(command, args, { ...options, detached: hasProcessGroups });
    const child = await subprocess.nodeChildProcess;
    this.running.add(child);
    if (this.stopped) {
      signal(child, 'SIGKILL');
    }
    return subprocess.finally(() => this.running.delete(child));
  }
}

/** @throws Error with the output, if the command failed */
export async function must(
  running: Promise<{ code: number; output: string }>,
  otherwise: string,
): Promise<string> {
  const { code, output } = await running;
  if (code !== 0) {
    throw new Error(`${otherwise}: ${output.trim()}`);
  }
  return output;
}

async function responds(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

const hasProcessGroups = process.platform !== 'win32';

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (!hasProcessGroups) {
    child.kill(name);
    return;
  }
  try {
    process.kill(-(child.pid as number), name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
