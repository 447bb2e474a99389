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

/** What figures are compared with. */
export interface Against {
  /** The name of the subject that it is compared with: its own when it is a baseline. */
  readonly baseline: string;
  readonly target?: number;
}

/** Something that is measured. */
export interface Subject extends Against {
  readonly name: string;
  /** Further baselines: each makes another row of the same figures. */
  readonly also?: readonly Against[];
}

export interface Comparison {
  readonly bench: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

/** The report of figures taken in interleaved rounds. */
export function toRows<S extends Subject>(comparison: Comparison, samples: ReadonlyMap<S, readonly number[]>): Row[] {
  const byName = new Map([...samples].map(([{ name }, figures]) => [name, figures]));
  return [...samples].flatMap(([subject, figures]) =>
    [subject, ...(subject.also ?? [])].map(({ baseline, target = null }) => {
      const others = byName.get(baseline);
      if (others === undefined) throw new Error(`${subject.name}: there is no baseline ${baseline}.`);
      const ratio = pairedRatio(figures, others, comparison.better);
      return {
        bench: comparison.bench,
        subject: subject.name,
        unit: comparison.unit,
        median: rounded(median(figures), 4),
        min: rounded(Math.min(...figures), 4),
        max: rounded(Math.max(...figures), 4),
        ratio: rounded(ratio, 4),
        baseline,
        target,
        met: target === null ? null : ratio >= target,
      };
    }),
  );
}

/** What a row is about. */
type About = Pick<Row, 'bench' | 'subject' | 'unit'>;

/** The report of figures that have a limit instead of a baseline; the ratio says how often they fit into it. */
export function atMost(limit: number, about: About, figures: readonly number[]): Row {
  return limited(about, figures, `at most ${limit}`, limit / median(figures));
}

/** The same for figures that must reach something. */
export function atLeast(least: number, about: About, figures: readonly number[]): Row {
  return limited(about, figures, `at least ${least}`, median(figures) / least);
}

function limited({ bench, subject, unit }: About, figures: readonly number[], baseline: string, ratio: number): Row {
  return {
    bench,
    subject,
    unit,
    median: rounded(median(figures), 4),
    min: rounded(Math.min(...figures), 4),
    max: rounded(Math.max(...figures), 4),
    ratio: rounded(ratio, 4),
    baseline,
    target: 1,
    met: ratio >= 1,
  };
}

/** As many significant digits as a noisy machine can answer for. */
function rounded(figure: number, digits: number): number {
  return Number(figure.toPrecision(digits));
}
