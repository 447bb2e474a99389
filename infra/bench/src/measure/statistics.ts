/** The middle of the figures, or the mean of the two in the middle. NaN for none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + high) / 2 : high;
}

/** The figure below which so great a part of the figures is (nearest rank). NaN for none. */
export function percentile(figures: readonly number[], part: number): number {
  return figures.toSorted((a, b) => a - b)[Math.ceil(part * figures.length) - 1] ?? Number.NaN;
}

/**
 * How many times as good a subject is as its baseline: the median of the ratios of each round, whose two figures were
 * taken one after the other. What slows the machine for a while slows both, and goes out of the ratio.
 */
export function pairedRatio(
  subject: readonly number[],
  baseline: readonly number[],
  better: 'higher' | 'lower',
): number {
  if (subject.length !== baseline.length) throw new RangeError('A ratio needs as many rounds of either.');
  const ratios = subject.map((figure, round) => figure / (baseline[round] ?? Number.NaN));
  return median(better === 'higher' ? ratios : ratios.map((ratio) => 1 / ratio));
}
