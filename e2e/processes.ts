import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type Environment = Readonly<Record<string, string>>;

/** Processes that end with the run, each with its children: it leads a process group of its own. */
export class Processes {
  private readonly running = new Set<ChildProcess>();
  private stopped = false;

  /** Starts a server and waits until its address answers. */
  async serve(
    command: string,
    args: readonly string[],
    env: Environment,
    log: string,
    ready: string,
  ): Promise<void> {
    const child = this.start(command, args, env);
    const file = createWriteStream(log);
    child.stdout?.pipe(file, { end: false });
    child.stderr?.pipe(file, { end: false });
    const deadline = Date.now() + 60_000;
    while (!(await answers(ready))) {
      if (!this.running.has(child)) {
        throw new Error(`${command} ended before it was ready; its log is ${log}.`);
      }
      if (Date.now() > deadline) {
        throw new Error(`${command} was not ready within a minute; its log is ${log}.`);
      }
      await pause(100);
    }
  }

  /** Runs a command to its end. */
  run(
    command: string,
    args: readonly string[],
    env: Environment,
    cwd?: string,
  ): Promise<{ code: number; output: string }> {
    const child = this.start(command, args, env, cwd);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) =>
        resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }),
      );
    });
  }

  /** Ends all of them, with a few seconds to do it in good order. */
  async stop(): Promise<void> {
    this.stopped = true;
    const ends = [...this.running].map(async (child) => {
      const end = new Promise((resolve) => child.once('close', resolve));
      signal(child, 'SIGTERM');
      await Promise.race([end, pause(3_000, undefined, { ref: false })]);
      // What the process left behind of its group.
      signal(child, 'SIGKILL');
      await end;
    });
    await Promise.all(ends);
  }

  private start(command: string, args: readonly string[], env: Environment, cwd?: string): ChildProcess {
    if (this.stopped) {
      throw new Error(`${command} was not started, because the run is being stopped.`);
    }
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.running.add(child);
    const gone = () => this.running.delete(child);
    child.once('close', gone);
    child.once('error', gone);
    return child;
  }
}

/** @throws Error with what the command said, where it failed */
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

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-(pid as number), name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
