import { printable, readDeclaration } from '@run-edges/edges';
import { type Cloud, type EmulatorOptions, startEmulator } from '@run-edges/emulator';
import { type EmulatorFlags, emulatorOptions } from '../commands/emulator-options.ts';
import { fromWhereCalled } from '../npm/called-from.ts';
import { reportFaults, reportLog, reportState, reportWarning } from '../terminal/live-log.ts';
import { tell } from '../terminal/output.ts';
import { severalOf, startProgress } from '../terminal/progress.ts';
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

/** Runs a command with the environment of a test, and ends what it leaves behind. Its exit code. @throws CommandError */
export async function runInCloud(command: readonly string[], cloud: Cloud, signals: Signals): Promise<number> {
  const env = { ...process.env, ...testEnvironment(cloud) };
  const { exitCode, leftBehind } = await runCommand(command, { cwd: fromWhereCalled('.'), env, signals });
  if (leftBehind.length > 0) {
    const names = leftBehind.map(({ pid, name }) => `${name} (${pid})`).join(', ');
    tell(`run-edges: ended what the command left behind: ${printable(names)}`);
  }
  return exitCode;
}
