import { setTimeout as pause } from 'node:timers/promises';
import { readLines } from '../runtime/bounded-lines.ts';
import { containerEnvironment } from '../runtime/container.ts';
import type { StartProcess } from '../runtime/process-group.ts';
import type { Attempt } from './task-run.ts';

export interface AttemptOptions {
  /** The shell's. */
  readonly command: string;
  /** Folder of the app. */
  readonly source: string;
  /** The container's whole environment besides PATH and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that it may take. */
  readonly timeout: number;
  /** Milliseconds between SIGTERM and SIGKILL; Cloud Run gives 10 s. */
  readonly stopGrace: number;
  readonly startProcess: StartProcess;
  readonly cancelled: AbortSignal;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** How long the output of a container that has ended is waited for. */
const PIPES_MS = 1000;

/**
 * Runs a container to its end. One that takes too long, or is cancelled, hears SIGTERM first; with what code it ends then
 * does not count any more.
 * @throws EmulatorError STOPPING
 * @see https://docs.cloud.google.com/run/docs/container-contract
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { command, source, env, timeout, stopGrace, startProcess, cancelled, onLog } = options;
  const group = startProcess(command, { cwd: source, env: containerEnvironment(source, env) });
  const told = (['stdout', 'stderr'] as const).map((stream) => {
    const pipe = group.child[stream] as NodeJS.ReadableStream;
    readLines(pipe, (line) => onLog(line, stream));
    return new Promise<void>((resolve) => pipe.once('close', resolve));
  });
  let stopped: 'timeout' | 'cancelled' | undefined;
  const stop = (why: 'timeout' | 'cancelled') => {
    stopped ??= why;
    void group.stop(stopGrace);
  };
  const cancel = () => stop('cancelled');
  const timer = setTimeout(() => stop('timeout'), timeout);
  cancelled.addEventListener('abort', cancel, { once: true });
  if (cancelled.aborted) cancel();
  const exitCode = await group.ended;
  clearTimeout(timer);
  cancelled.removeEventListener('abort', cancel);
  const why = stopped;
  // What it wrote last belongs to it. What it left behind without namespaces may hold the pipe for ever.
  await Promise.race([Promise.all(told), pause(PIPES_MS)]);
  return why === undefined ? { ended: 'exited', exitCode } : { ended: why };
}
