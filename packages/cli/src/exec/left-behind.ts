import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** The variable by which everything that a command starts is known, whatever session or parent it has by then. */
export const MARK = 'RUN_EDGES_EXEC';

/** Milliseconds between SIGTERM and SIGKILL for what a command has left behind. */
const GRACE_MS = 2000;
/** Milliseconds after the first SIGKILL: a process that waits for a device, or for a drive that is gone, stays. */
const PATIENCE_MS = 2000;
const LOOK_AGAIN_MS = 20;

export interface LeftBehind {
  readonly pid: number;
  readonly name: string;
}

/**
 * The processes that have this mark in their environment, as they got it. A group or a session would not find who left it,
 * nor a parent who was left by his.
 * @see proc_pid_environ(5)
 */
export function markedWith(mark: string): LeftBehind[] {
  // Elsewhere nobody says what environment others have.
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      if (!environment.split('\0').includes(`${MARK}=${mark}`)) return [];
      return [{ pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }];
    } catch {
      // Gone, or of another user.
      return [];
    }
  });
}

/** Who was still there, and is by now: what SIGKILL does not end either. */
export interface Endings {
  readonly leftBehind: readonly LeftBehind[];
  readonly staying: readonly LeftBehind[];
}

/**
 * Ends what is still there: SIGTERM, and SIGKILL for whoever does not heed it. Nothing takes no time, and no more than four
 * seconds are taken.
 * @param look gives who is there
 */
export async function endLeftBehind(look: () => readonly LeftBehind[]): Promise<Endings> {
  const asked = new Map<number, LeftBehind>();
  const killAt = Date.now() + GRACE_MS;
  let left = look();
  while (left.length > 0 && Date.now() < killAt + PATIENCE_MS) {
    // Once is enough for each; who comes later was started by one of them.
    const unasked = left.filter(({ pid }) => !asked.has(pid));
    for (const one of unasked) asked.set(one.pid, one);
    if (Date.now() < killAt) signal(unasked, 'SIGTERM');
    else signal(left, 'SIGKILL');
    await pause(LOOK_AGAIN_MS);
    left = look();
  }
  return { leftBehind: [...asked.values()], staying: left };
}

export function signal(processes: readonly LeftBehind[], name: NodeJS.Signals): void {
  for (const { pid } of processes)
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
}
