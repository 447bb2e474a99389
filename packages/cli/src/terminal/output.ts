import { printable } from '@run-edges/edges';

/** Writes a line, or several, to standard output. All that the command prints goes through here, {@link pass} or {@link tell}. */
export function print(text: string): void {
  process.stdout.write(`${harmless(text)}\n`);
}

/** Writes what is not ours, such as an answer: to a file or a program as it is, to a terminal so that it steers nothing. */
export function pass(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `${harmless(text.replace(/\r?\n$/, ''))}\n` : text);
}

/** Writes a line, or several, to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${harmless(text)}\n`);
}

/**
 * A net below those who print: whatever they forgot, nothing but line breaks and colours steers the terminal. A line
 * break in foreign text would still begin a line of its own: that is for `printable` where the text is put in.
 */
export function harmless(text: string): string {
  return printable(text, {
    keep: (character, at) => character === '\n' || isColour(character, text.slice(at + 1, at + 5)),
  });
}

function isColour(character: string, next: string): boolean {
  return character === '\u001b' && /^\[\d{1,2}m/.test(next);
}

/** A reader who has seen enough, such as `head`, is no reason to fail. */
export function bearClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
