/** Says what is wrong and what mends it, without a stack trace; `RUN_EDGES_DEBUG=1` adds the trace. */
export function reportError(error: unknown): void {
  const mend = error instanceof Error && 'mend' in error && typeof error.mend === 'string' ? error.mend : undefined;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`run-edges: ${message}${mend === undefined ? '' : ` ${mend}`}\n`);
  if (process.env.RUN_EDGES_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
