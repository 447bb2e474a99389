/** Lines of a file, the first and the last, beginning with 1. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** A generator of numbers from 0 to below 1 that gives the same ones for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some of a list, in the list's order. */
export function pick<T>(from: readonly T[], count: number, random: () => number): T[] {
  const drawn = from.map((item, index) => ({ item, index, draw: random() }));
  return drawn
    .sort((one, other) => one.draw - other.draw)
    .slice(0, count)
    .sort((one, other) => one.index - other.index)
    .map(({ item }) => item);
}

/** The lines of a source on which there is something to break. */
export function codeLines(source: string): Place[] {
  return source.split('\n').flatMap((line, index) => {
    const code = line.trim();
    const nothing = /^(?:$|\/\/|\/?\*|import |export (?:interface|type) |readonly |[)\]}]+[;,]?$)/.test(code);
    return nothing ? [] : [{ from: index + 1, to: index + 1 }];
  });
}
