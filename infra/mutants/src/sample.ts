import { createHash } from 'node:crypto';

/** Lines of a file, the first and the last, beginning with 1. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** Some of a list, in the list's order: for the same seed the same ones. */
export function pick<T>(from: readonly T[], count: number, seed: string): T[] {
  const drawn = from.map((item, index) => ({ item, index, draw: digest(`${seed} ${index}`) }));
  return drawn
    .sort((one, other) => (one.draw < other.draw ? -1 : 1))
    .slice(0, count)
    .sort((one, other) => one.index - other.index)
    .map(({ item }) => item);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The lines of a source on which there is something to break. */
export function codeLines(source: string): Place[] {
  return source.split('\n').flatMap((line, index) => {
    const code = line.trim();
    const nothing = /^(?:$|\/\/|\/?\*|import |export (?:interface|type) |readonly |[)\]}]+[;,]?$)/.test(code);
    return nothing ? [] : [{ from: index + 1, to: index + 1 }];
  });
}
