import { printable } from '@run-edges/edges';
import type { Decision } from '@run-edges/emulator';
import { runOf } from '../matrix/traces.ts';
import { colour } from './colour.ts';
import { print } from './output.ts';

/** UTF-16 units that are shown of each part of a decision. */
const LONGEST = 4000;
/** Milliseconds without another decision of a run until it is told. */
const QUIET_MS = 3000;

/** One line for each refusal and for each claim that nobody verified, with its reason and mend. */
export function reportDecision(decision: Decision, write: (line: string) => void = print): void {
  const { status } = decision;
  if (decision.mend === '') return;
  const [caller, receiver, method, path, reason, mend] = (
    ['caller', 'receiver', 'method', 'path', 'reason', 'mend'] as const
  ).map((part) => printable(decision[part], { atMost: LONGEST }));
  write(
    `${colour(status < 400 ? 'yellow' : 'red', `${status}`)} ${caller} -> ${receiver} ${method} ${path}: ${reason}. ${mend}`,
  );
}

/**
 * The same, but for who tries every edge: most of those are refused, as they should be, and would drown all else. Such a
 * run is one line, with how many it saw refused.
 */
export function decisionLog(write: (line: string) => void = print): (decision: Decision) => void {
  const runs = new Map<string, { refused: number; timer?: NodeJS.Timeout }>();

  function tell(run: string, refused: number): void {
    runs.delete(run);
    const edges = `${refused} ${refused === 1 ? 'request was' : 'requests were'} refused`;
    write(`${colour('yellow', 'check')} every edge was tried, and ${edges}: each is in the console, with its reason`);
  }

  return (decision) => {
    const run = runOf(decision.trace);
    if (run === undefined) return reportDecision(decision, write);
    const isRefused = decision.mend !== '';
    if (!isRefused && !runs.has(run)) return;
    const of = runs.get(run) ?? { refused: 0 };
    if (isRefused) of.refused += 1;
    clearTimeout(of.timer);
    of.timer = setTimeout(() => tell(run, of.refused), QUIET_MS).unref();
    runs.set(run, of);
  };
}
