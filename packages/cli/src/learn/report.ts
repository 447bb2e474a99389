import { printable } from '@run-edges/edges';
import type { Patched } from './patch.ts';
import type { Apart, Calls, Edge, Learned } from './record.ts';

/** What was learned, a line each: above a patch it is passed over by those who apply it. */
export function reportLearned({ edges }: Learned): string[] {
  return edges.toSorted(byName).map((edge) => `# ${edge.declared ? 'declared' : 'learned '} ${lineOf(edge)}`);
}

/** What makes no patch, for people. */
export function remarksOn({ outside, apart, unused }: Learned, { refused }: Pick<Patched, 'refused'>): string[] {
  return [
    ...section(
      'Declared, and never used',
      unused.map(({ caller, receiver }) => `${caller} -> ${receiver}`),
    ),
    ...section(
      'Declared, and called where the edge is not good: look at its paths and its last day',
      outside.map(lineOf),
    ),
    ...section(
      'Learned, and not for this file',
      refused.map(({ caller, receiver, why }) => `${caller} -> ${receiver}: ${why}`),
    ),
    ...section('No edges, since no token proved a declared caller', apart.toSorted(byName).map(apartLine)),
  ].map((line) => printable(line));
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function lineOf({ caller, receiver, count, first, last }: Calls): string {
  return `${caller} -> ${receiver}: ${count} ${count === 1 ? 'call' : 'calls'}, first ${first}, last ${last}`;
}

function apartLine(one: Apart): string {
  return `${lineOf(one)} (${one.rule})${HINTS[one.rule] === undefined ? '' : `: ${HINTS[one.rule]}`}`;
}

const HINTS: Readonly<Record<string, string>> = {
  'no-credentials': 'attach an ID token, or declare it public: true if everybody may call it',
  'wrong-audience': 'ask for a token for the receiver',
  'not-an-invoker': 'declare it as a principal if it may call',
};

function byName(a: Calls, b: Calls): number {
  return a.caller.localeCompare(b.caller) || a.receiver.localeCompare(b.receiver);
}

/** For programs. */
export function learnedJson(
  { edges, outside, apart, unused }: Learned,
  { added, refused }: Patched,
  patch: string,
): object {
  const sorted = (list: readonly Edge[]) => list.toSorted(byName);
  return { edges: sorted(edges), outside, apart, unused, added, refused, patch };
}
