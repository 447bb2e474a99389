import { DeclarationError, printable } from '@run-edges/edges';
import { tell } from './output.ts';

/** Says what is wrong and what mends it, without a stack trace; `RUN_EDGES_DEBUG=1` adds the trace. */
export function reportError(error: unknown): void {
  const mend = error instanceof Error && 'mend' in error && typeof error.mend === 'string' ? error.mend : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const said = `${message}${mend === undefined ? '' : ` ${mend}`}`;
  // One line, whatever an error quotes; a declaration's has one for each problem, and quotes by itself.
  tell(`run-edges: ${error instanceof DeclarationError ? said : printable(said, { atMost: LONGEST })}`);
  if (process.env.RUN_EDGES_DEBUG === '1' && error instanceof Error) tell(`${error.stack}`);
}

/** UTF-16 units. What needs more is no message. */
const LONGEST = 4000;
