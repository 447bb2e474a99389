import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Program {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** All that the program sees. Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** Milliseconds until it is ended. Default 60,000. */
  readonly timeout?: number;
}

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without standing in the way of the emulator, which is in this process.
 * @throws when the program cannot be started
 */
export async function runProgram(program: Program): Promise<Output> {
  const { command, args = [], cwd, env = process.env, stdin = '', timeout = 60_000 } = program;
  const child = spawn(command, args, { cwd, env: { ...env }, timeout, killSignal: 'SIGKILL' });
  // It may end before it has read what it is told.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
