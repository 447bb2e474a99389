import { randomBytes } from 'node:crypto';

/** What the traces of tried edges begin with: `run-edge`, in hex digits. */
const MARK = '72756e2d65646765';
/** Hex digits of the mark and of a run. */
const OF_A_RUN = 24;

/** Trace ids of one run over the edges, each another: by them its decisions are found, and known to be of one run. */
export function tracesOfARun(): () => string {
  const run = `${MARK}${randomBytes(4).toString('hex')}`;
  let made = 0;
  return () => `${run}${(++made).toString(16).padStart(8, '0')}`;
}

/** The run that a trace is of; undefined of any other request. */
export function runOf(trace: string): string | undefined {
  return trace.startsWith(MARK) ? trace.slice(0, OF_A_RUN) : undefined;
}
