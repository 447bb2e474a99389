import { median, pairedRatio } from './statistics.ts';

/** One line of the report; `--json` prints an array of these. */
export interface Row {
  readonly bench: string;
  readonly subject: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many times as good as the baseline, which is another subject of the same bench or the subject itself. */
  readonly ratio: number;
  readonly baseline: string;
  /** The least ratio asked for, where one is. */
  readonly target: number | null;
  readonly met: boolean | null;
}

/** Something that is measured. */
export interface Subject {
  readonly name: string;
  /** The name of the subject that it is compared with: its own when it is a baseline. */
  readonly baseline: string;
  readonly target?: number;
}

export interface Comparison {
  readonly bench: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

/** The report of figures taken in interleaved rounds. */
export function toRows<S extends Subject>(comparison: Comparison, samples: ReadonlyMap<S, readonly number[]>): Row[] {
  const byName = new Map([...samples].map(([{ name }, figures]) => [name, figures]));
  return [...samples].map(([subject, figures]) => {
    const baseline = byName.get(subject.baseline);
    if (baseline === undefined) throw new Error(`${subject.name}: there is no baseline ${subject.baseline}.`);
    const ratio = pairedRatio(figures, baseline, comparison.better);
    const target = subject.target ?? null;
    return {
      bench: comparison.bench,
      subject: subject.name,
      unit: comparison.unit,
      median: rounded(median(figures), 4),
      min: rounded(Math.min(...figures), 4),
      max: rounded(Math.max(...figures), 4),
      ratio: rounded(ratio, 4),
      baseline: subject.baseline,
      target,
      met: target === null ? null : ratio >= target,
    };
  });
}

/** The report of figures that are compared with a limit, not with another subject: the ratio says how often they fit. */
export function atMost(
  limit: number,
  about: { readonly bench: string; readonly subject: string; readonly unit: string },
  figures: readonly number[],
): Row {
  return {
    ...about,
    median: rounded(median(figures), 4),
    min: rounded(Math.min(...figures), 4),
    max: rounded(Math.max(...figures), 4),
    ratio: rounded(limit / median(figures), 4),
    baseline: `at most ${limit}`,
    target: 1,
    met: median(figures) <= limit,
  };
}

/** As many significant digits as a noisy machine can answer for. */
function rounded(figure: number, digits: number): number {
  return Number(figure.toPrecision(digits));
}
