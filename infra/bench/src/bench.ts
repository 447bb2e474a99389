import type { Measure, Plan } from './measure/rounds.ts';
import type { Comparison, Row, Subject } from './measure/row.ts';
import type { Handlers } from './processes/serve.ts';
import type { Program, ProgramOptions } from './processes/start-program.ts';

/** A file in `benches/` exports one as `bench`; its name there is what `--only` takes. */
export interface Bench {
  readonly title: string;
  readonly run: (context: BenchContext) => Promise<Row[]>;
}

export interface BenchContext {
  /** Starts a program of this package, given relative to `src/`; it is ended when the bench is over. */
  readonly start: <H extends Handlers>(file: string, options: ProgramOptions) => Program<H>;
  /** Ends something when the bench is over. */
  readonly use: <Resource extends AsyncDisposable>(resource: Resource) => Resource;
  /** Says what is being done and how far it is. */
  readonly progress: (phase: string, detail?: string) => void;
  /** Says a line that belongs to the result: what is not measured here, and why. */
  readonly note: (line: string) => void;
  /** Measures subjects in interleaved rounds, side by side. */
  readonly compare: (
    comparison: Omit<Comparison, 'bench'>,
    subjects: readonly MeasuredSubject[],
    plan: Plan,
  ) => Promise<Row[]>;
}

export interface MeasuredSubject extends Subject {
  readonly measure: Measure;
}
