import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:os';
import { notRun } from './command-error.ts';
import { type Endings, endLeftBehind, MARK, markedWith, signal } from './left-behind.ts';
import type { Signals } from './signals.ts';

export interface Run extends Endings {
  /** The command's, or 128 + the signal that ended it. */
  readonly exitCode: number;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signals: Signals;
}

/**
 * Runs a command without a shell, at this process's terminal, to its end, and ends whatever it leaves behind.
 * @throws CommandError when there is no such command, or it cannot be run
 */
export async function runCommand(command: readonly string[], { cwd, env, signals }: RunOptions): Promise<Run> {
  const [file = '', ...args] = command;
  const mark = randomUUID();
  const child = await started(file, () => spawn(file, args, { cwd, env: { ...env, [MARK]: mark }, stdio: 'inherit' }));
  signals.passTo(child, () => {
    child.kill('SIGKILL');
    signal(markedWith(mark), 'SIGKILL');
  });
  const exitCode = await endOf(child);
  return { exitCode, ...(await endLeftBehind(() => markedWith(mark))) };
}

/** The child once it runs. Some failures are thrown at once, some told later. */
async function started(file: string, start: () => ChildProcess): Promise<ChildProcess> {
  try {
    const child = start();
    if (child.pid === undefined) await once(child, 'spawn');
    return child;
  } catch (error) {
    throw notRun(file, error as NodeJS.ErrnoException);
  }
}

async function endOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 128 + constants.signals[child.signalCode ?? 'SIGKILL'];
}
