import type { Problem } from '../declaration-error.ts';
import { printable } from '../text.ts';

/** A problem before it is printed. The mend is made late, because looking for what was meant costs time. */
export interface Finding {
  /** Index into the text, in UTF-16 units. */
  readonly offset: number;
  readonly message: string;
  readonly mend: () => string;
}

/** More than this nobody reads, and a hostile file could ask for a million. */
const shownAtMost = 100;

/** Findings in the order of the file, with lines and columns. */
export function toProblems(
  findings: readonly Finding[],
  file: string,
  place: (offset: number) => { line: number; column: number },
): readonly Problem[] {
  const sorted = findings.toSorted((a, b) => a.offset - b.offset);
  const problems = sorted
    .slice(0, shownAtMost)
    .map(({ offset, message, mend }) => ({ file, ...place(offset), message, mend: mend() }));
  const next = sorted[shownAtMost];
  if (next !== undefined) {
    const message = `${sorted.length - shownAtMost} more problems from here on`;
    problems.push({ file, ...place(next.offset), message, mend: 'Mend those above and read the file again.' });
  }
  return problems;
}

/** Text from the file in double quotes, short, and without characters that could steer a terminal. */
export function quote(text: string, atMost = 60): string {
  const short = text.length > atMost ? `${text.slice(0, atMost - 3)}...` : text;
  return printable(JSON.stringify(short));
}

/** `a, b, c`, cut short when there are many. */
export function list(words: Iterable<string>): string {
  const all = [...words];
  const shown = all.slice(0, 12).map(unquoteWhenPlain).join(', ');
  return all.length > 12 ? `${shown} and ${all.length - 12} more` : shown;
}

/** A service's name as it reads best: plain when it is a valid one, else quoted. */
export function unquoteWhenPlain(name: string): string {
  return /^[A-Za-z][-\w]{0,48}$/.test(name) ? name : quote(name);
}
