import type { Bench } from './bench.ts';
import { interleave } from './measure/rounds.ts';
import { type Row, toRows } from './measure/row.ts';
import { startProgram } from './processes/start-program.ts';

/** Runs one bench. Every process that it started is ended, whatever happens; aborting the signal ends them at once. */
export async function runBench(
  name: string,
  { run }: Bench,
  onProgress: (phase: string, detail?: string) => void,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<Row[]> {
  await using programs = new AsyncDisposableStack();
  signal.addEventListener('abort', () => void programs.disposeAsync(), { once: true });
  return await run({
    start: (file, options) => {
      signal.throwIfAborted();
      return programs.use(startProgram(file, options));
    },
    use: (resource) => programs.use(resource),
    progress: (phase, detail) => onProgress(`${name}: ${phase}`, detail),
    note,
    compare: async (comparison, subjects, plan) => {
      onProgress(`${name}: warming up ${subjects.length} subjects`);
      const report = (done: number, of: number) => onProgress(`${name}: measuring ${comparison.unit}`, `${done}/${of}`);
      const samples = await interleave(subjects, ({ measure }) => measure, plan, report);
      return toRows({ bench: name, ...comparison }, samples);
    },
  });
}
