import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repository } from './repository.ts';

const cli = join(repository, 'packages', 'cli', 'bin', 'run-edges.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What stands on standard error so far. */
  told(): string;
  /** Resolves when standard output holds the text; rejects when the command ends before. */
  printed(text: string): Promise<string>;
}

/** Starts the built `run-edges` command as a user would, in a process group of its own where that is asked for. */
export function runEdges(
  args: readonly string[],
  cwd: string = repository,
  { env = {}, detached = false }: { env?: Readonly<Record<string, string | undefined>>; detached?: boolean } = {},
): Running {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    detached,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    child,
    ended,
    told: () => stderr,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => stdout.includes(text) && resolve(stdout);
        look();
        child.stdout.on('data', look);
        void ended.then(({ code }) =>
          reject(new Error(`ended with ${code} before it printed "${text}":\n${stdout}\n${stderr}`)),
        );
      }),
  };
}
