/**
 * The candidate that a writer most likely meant by `word`, or undefined when none is near.
 * Near is at most one slip per three characters, capitals aside.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = word.toLowerCase();
  let limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - wanted.length) > limit) continue;
    const slips = distance(wanted, candidate.toLowerCase());
    if (slips > limit || (best !== undefined && slips === limit)) continue;
    best = candidate;
    limit = slips;
  }
  return best;
}

/** The same as a question to the writer: `Did you mean "search"?` */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const likely = nearest(word, candidates);
  return likely === undefined ? undefined : `Did you mean "${likely}"?`;
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        cell(above, column) + 1,
        cell(current, column - 1) + 1,
        cell(above, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, cell(older, column - 2) + 1);
      }
      current.push(least);
    }
    older = above;
    above = current;
  }
  return cell(above, b.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
