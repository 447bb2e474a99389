import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { SAME_SIGNAL_MS } from '../terminal/same-signal.ts';

type Heard = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What asks this process to end, from when it is made on. */
export interface Signals {
  /** Aborted by the first. */
  readonly first: AbortSignal;
  /** 128 + the number of the first. */
  exitCode(): number;
  /** From now on the first is passed on to this one; the second is `atOnce`, and this process ends. */
  passTo(child: { kill(signal: Heard): unknown }, atOnce: () => void): void;
}

export function hearSignals(): Signals {
  const first = new AbortController();
  let heard: { readonly name: Heard; readonly at: number } | undefined;
  let pass: (name: Heard) => void = () => undefined;
  let end: () => void = () => undefined;
  const exitCode = () => 128 + constants.signals[heard?.name ?? 'SIGTERM'];
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (heard === undefined) {
        heard = { name, at: Date.now() };
        pass(name);
        first.abort();
      } else if (Date.now() - heard.at > SAME_SIGNAL_MS) {
        end();
        process.exit(exitCode());
      }
    });
  return {
    first: first.signal,
    exitCode,
    passTo(child, atOnce) {
      end = atOnce;
      pass = (name) => {
        // The terminal has told the command, too: twice is not once for every program.
        if (name !== 'SIGINT' || !inForeground()) child.kill(name);
      };
    },
  };
}

/**
 * Whether a Ctrl-C of the terminal reaches everybody in this process group.
 * @see proc_pid_stat(5)
 */
function inForeground(): boolean {
  if (process.platform !== 'linux') return process.stdin.isTTY === true;
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return terminal !== '0' && group === foreground;
  } catch {
    return false;
  }
}
