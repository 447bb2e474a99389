import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs the command with a watcher beside it, both in a process group of their own. The watcher waits on a pipe whose
 * other end only this process holds: when this process dies, even by SIGKILL, the watcher ends the group. The trap
 * keeps the shell until the command has ended by itself, so that its exit code is the command's.
 */
const GUARDED = `(trap '' TERM; read -r _ <&3; kill -TERM 0; sleep 10; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-
trap : TERM
`;

export interface ProcessGroup {
  readonly child: ChildProcess;
  /** Resolves when the command has ended: its exit code, or 128 + signal as a shell says it. */
  readonly ended: Promise<number>;
  /** SIGTERM, then SIGKILL after the grace period in milliseconds. */
  stop(grace: number): Promise<void>;
}

export function startProcessGroup(command: string, cwd: string, env: Record<string, string>): ProcessGroup {
  const child = spawn('/bin/sh', ['-c', `${GUARDED}${command}`], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  const ended = once(child, 'exit').then(
    ([code, by]) => {
      signal('SIGKILL'); // the watcher, and whatever the command left behind
      return typeof code === 'number' ? code : 128 + (by === 'SIGKILL' ? 9 : 15);
    },
    () => 127,
  );
  return {
    child,
    ended,
    async stop(grace) {
      const kill = setTimeout(() => signal('SIGKILL'), grace);
      signal('SIGTERM');
      await ended;
      clearTimeout(kill);
    },
  };
}
