/** A file with one thing in it broken. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** Whether every test passed all the same. */
  readonly alive: boolean;
  /** The code as it is, and as it became: whole lines, of more than two only the first and the last. */
  readonly is: string;
  readonly becomes: string;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Names a mutant by its code, so that it is known again when lines above it move. Lines and columns begin with 1. */
export function describeMutant(
  source: string,
  { start, end }: { readonly start: Position; readonly end: Position },
  replacement: string,
): Pick<Mutant, 'is' | 'becomes'> {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const before = lines[0]?.slice(0, start.column - 1) ?? '';
  const after = lines.at(-1)?.slice(end.column - 1) ?? '';
  return { is: abridged(lines), becomes: abridged(`${before}${replacement}${after}`.split('\n')) };
}

function abridged(lines: readonly string[]): string {
  const [first = '', ...rest] = lines.map((line) => line.trim());
  const last = rest.at(-1);
  return last === undefined ? first : `${first}${rest.length > 1 ? ' … ' : ' '}${last}`;
}
