import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CommandLine } from './namespaces.ts';

/**
 * A watcher beside the command, in its process group. It waits on a pipe whose other end only this process holds: when
 * this process dies, even by SIGKILL, the watcher ends the group.
 */
const WATCH = `(trap '' TERM; read -r _ <&3; kill -TERM 0; sleep 10; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-
`;

/**
 * The traps keep the shells until the command has ended by itself, so that its exit code is the command's. It is not the
 * first shell that the command may `exec` away: in a PID namespace that one is process 1, to which SIGTERM is nothing
 * before it has a handler, and a program that has just begun has none. What is written to the fourth pipe says that the
 * command begins: until then a SIGTERM would be lost on the way.
 */
const waitingFor = (command: string) => `trap : TERM\n(trap : TERM\necho >&4\nexec 4>&-\n${command}\n)`;

export interface ProcessGroup {
  readonly child: ChildProcess;
  /** Resolves when the command has ended: its exit code, or 128 + signal as a shell says it. */
  readonly ended: Promise<number>;
  /** SIGTERM, then SIGKILL after the grace period in milliseconds; at once where the command has not begun. */
  stop(grace: number): Promise<void>;
}

/** Makes one command line of the watcher, which goes on beside it, and of the command. */
export type Wrap = (parts: { readonly watch: string; readonly command: string }) => CommandLine;

const plainly: Wrap = ({ watch, command }) => ({ file: '/bin/sh', args: ['-c', `${watch}${command}`] });

export interface ProcessSettings {
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

export type StartProcess = (command: string, settings: ProcessSettings) => ProcessGroup;

export interface ProcessGroupOptions extends ProcessSettings {
  /** Default: by a shell alone. */
  readonly wrap?: Wrap;
}

export function startProcessGroup(command: string, { cwd, env, wrap = plainly }: ProcessGroupOptions): ProcessGroup {
  const { file, args } = wrap({ watch: WATCH, command: waitingFor(command) });
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] });
  let begun = false;
  child.stdio[4]
    ?.on('error', () => undefined)
    .once('data', () => {
      begun = true;
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
      signal(begun ? 'SIGTERM' : 'SIGKILL');
      await ended;
      clearTimeout(kill);
    },
  };
}
