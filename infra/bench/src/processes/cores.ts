import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process is for: what is measured has a core to itself, what measures it has the others. */
export type Role = 'subject' | 'helper';

export type Cores = Readonly<Record<Role, readonly number[]>>;

/** The cores of each role, or undefined where processes cannot be bound to cores (not Linux, no `taskset`, one core). */
export function findCores(): Cores | undefined {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) return undefined;
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return shareCores(parseCoreList(allowed ?? ''));
}

/** The kernel's list format: `0-3,8` is 0, 1, 2, 3 and 8. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map((text) => Number.parseInt(text, 10));
    return Number.isInteger(first) && last >= first
      ? Array.from({ length: last - first + 1 }, (_, index) => first + index)
      : [];
  });
}

/** The last core for what is measured: the first is the one that kernels use for interrupts. */
export function shareCores(cores: readonly number[]): Cores | undefined {
  return cores.length < 2 ? undefined : { subject: cores.slice(-1), helper: cores.slice(0, -1) };
}
