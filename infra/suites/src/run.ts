import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';

/** A program of PATH and its arguments. */
export type Command = readonly [string, ...string[]];

/** Runs a command whose output is seen as it comes. @returns its exit code */
export function run([program, ...args]: Command): Promise<number> {
  return ended(spawn(program, args, { stdio: 'inherit' }));
}

/** Runs a command beside others: its output is seen in one piece, when it ends. @returns its exit code */
export async function runBeside([program, ...args]: Command): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, stdout, stderr] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)]);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

/** What ends this process ends the command first. */
async function ended(child: ChildProcess): Promise<number> {
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  for (const one of signals) process.off(one, pass);
  return code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
}
