import { printable } from '@run-edges/edges';
import ora from 'ora';
import { tell } from './output.ts';

/** One line that says what is being done. */
export interface Progress {
  update(text: string): void;
  succeed(text: string): void;
  fail(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

/**
 * Shows a line that moves on a terminal, and plain lines elsewhere: in a file, and on a terminal that says that it has no
 * columns.
 */
export function startProgress(text: string): Progress {
  if (!process.stderr.isTTY || !process.stderr.columns) return plainLines(text);
  const spinner = ora({ text: printable(text), ...HEARING_CTRL_C }).start();
  return {
    update(next) {
      spinner.text = printable(next);
    },
    succeed: (last) => void spinner.succeed(printable(last)),
    fail: (last) => void spinner.fail(printable(last)),
    stop: () => void spinner.stop(),
  };
}

/** By default ora reads the keyboard, and with it the Ctrl-C that would have interrupted this process. */
export const HEARING_CTRL_C = { discardStdin: false } as const;

function plainLines(first: string): Progress {
  const say = (line: string) => tell(printable(line));
  say(`- ${first}`);
  return {
    update: say,
    succeed: (last) => say(`✔ ${last}`),
    fail: (last) => say(`✖ ${last}`),
    stop: () => undefined,
  };
}

/** Most names that one line holds. */
const MOST_NAMES = 8;

/** The services by name, or how many they are. */
export function severalOf(names: readonly string[]): string {
  return names.length > MOST_NAMES ? `${names.length} services` : names.join(', ');
}
