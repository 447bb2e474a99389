import { printable, readDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, startEmulator } from '@run-edges/emulator';
import { type EmulatorFlags, emulatorOptions } from '../commands/emulator-options.ts';
import { fromWhereCalled } from '../npm/called-from.ts';
import { reportFaults, reportLog, reportState, reportWarning } from '../terminal/live-log.ts';
import { tell } from '../terminal/output.ts';
import { severalOf, startProgress } from '../terminal/progress.ts';
import { findCommand } from './find-command.ts';
import type { LeftBehind } from './left-behind.ts';
import { runCommand } from './run-command.ts';
import type { Signals } from './signals.ts';
import { testEnvironment } from './test-environment.ts';

export interface UpFlags extends EmulatorFlags {
  readonly edges: string;
  readonly logs: boolean;
}

/** Starts everything, uses it, and stops it again. @param more options of the emulator that no flag sets */
export async function whileUp<T>(
  flags: UpFlags,
  { first }: Signals,
  use: (cloud: Cloud) => Promise<T>,
  more: Pick<EmulatorOptions, 'learn'> = {},
): Promise<T> {
  const declaration = readDeclaration(flags.edges);
  const names = [...declaration.services, ...(declaration.workerPools ?? [])].map(({ name }) => name);
  const progress = startProgress(`Starting ${severalOf(names)}`);
  let up = false;
  const cloud = await startEmulator({
    ...emulatorOptions(flags),
    ...more,
    edges: declaration,
    signal: first,
    onLog: (log) => reportLog(log, flags.logs),
    onFaults: reportFaults,
    onWarning: reportWarning,
    onState: ({ service, state }) => up && !first.aborted && reportState(service, state),
  }).catch((error: unknown) => {
    progress.fail('Not started');
    throw error;
  });
  try {
    first.throwIfAborted();
    progress.succeed('Everything is up');
    up = true;
    return await use(cloud);
  } finally {
    up = false;
    await cloud.stop();
  }
}

/** Before anything is started for it. @throws CommandError when there is no such command, or it cannot be run */
export function checkCommand([file = '']: readonly string[]): void {
  findCommand(file, fromWhereCalled('.'), process.env);
}

/** Runs a command with the environment of a test, and ends what it leaves behind. Its exit code. @throws CommandError */
export async function runInCloud(command: readonly string[], cloud: Cloud, signals: Signals): Promise<number> {
  const env = { ...process.env, ...testEnvironment(cloud) };
  const { exitCode, leftBehind, staying } = await runCommand(command, { cwd: fromWhereCalled('.'), env, signals });
  const ended = leftBehind.filter(({ pid }) => !staying.some((one) => one.pid === pid));
  if (ended.length > 0) tell(`run-edges: ended what the command left behind: ${named(ended)}`);
  if (staying.length > 0)
    tell(
      `run-edges: what the command left behind stays, though it was sent SIGKILL: ${named(staying)}. Look at what it waits for: ps -o pid,stat,wchan,args -p ${staying.map(({ pid }) => pid).join(',')}`,
    );
  return exitCode;
}

function named(processes: readonly LeftBehind[]): string {
  return printable(processes.map(({ pid, name }) => `${name} (${pid})`).join(', '));
}
