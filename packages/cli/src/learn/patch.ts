import { type Declaration, DeclarationError, declaredCalls, parseDeclaration } from '@run-edges/edges';
import { createTwoFilesPatch } from 'diff';
import { parseDocument } from 'yaml';
import { addCall } from './add-call.ts';
import type { Calls } from './record.ts';

type Pair = Pick<Calls, 'caller' | 'receiver'>;

export interface Patched {
  readonly text: string;
  readonly added: readonly Pair[];
  /** Edges that the reader does not take, and why. */
  readonly refused: readonly (Pair & { readonly why: string })[];
}

/** Adds edges to the text of a declaration, one after another; whatever else stands in it stays as it is. */
export function withEdges(text: string, file: string, edges: readonly Pair[]): Patched {
  let current = text;
  const added: Pair[] = [];
  const refused: (Pair & { why: string })[] = [];
  for (const { caller, receiver } of edges) {
    const edge = { caller, receiver };
    const next = withEdge(current, file, edge);
    if ('why' in next) refused.push({ ...edge, why: next.why });
    else {
      current = next.text;
      added.push(edge);
    }
  }
  return { text: current, added, refused };
}

function withEdge(text: string, file: string, edge: Pair): { readonly text: string } | { readonly why: string } {
  const { caller, receiver } = edge;
  const before = readAgain(text, file);
  // It was edited meanwhile, and is broken: what was learned is told all the same.
  if (typeof before === 'string') return { why: before };
  for (const next of [addCall(text, caller, receiver), rewritten(text, edge)]) {
    if (next === undefined) continue;
    const read = readAgain(next, file);
    if (typeof read === 'string') return { why: read };
    if (hasOneMore(before, read, edge)) return { text: next };
  }
  return { why: `The file is of a form in which it cannot be written. Add ${receiver} to the calls of ${caller}.` };
}

/** The same by the library, which may write the rest in another form, too. */
function rewritten(text: string, { caller, receiver }: Pair): string | undefined {
  const document = parseDocument(text);
  const part = ['services', 'jobs', 'workerPools', 'principals'].find((one) => document.hasIn([one, caller]));
  try {
    if (part === undefined) return undefined;
    const calls = document.getIn([part, caller, 'calls']);
    if (calls === undefined) document.setIn([part, caller, 'calls'], [receiver]);
    else document.addIn([part, caller, 'calls'], receiver);
    return document.toString({ lineWidth: 0 });
  } catch {
    return undefined;
  }
}

function readAgain(text: string, file: string): Declaration | string {
  try {
    return parseDeclaration(text, file);
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    const [problem] = error.problems;
    return `${problem?.message}. ${problem?.mend}`;
  }
}

/** That nothing else has come or gone with it: an alias would give the edge to others. */
function hasOneMore(before: Declaration, after: Declaration, { caller, receiver }: Pair): boolean {
  const wanted = [...declaredCalls(before), `${caller} ${receiver}`].sort();
  return JSON.stringify(declaredCalls(after)) === JSON.stringify(wanted);
}

/** As `git apply` and `patch -p1` take it; empty where nothing changes. @param file relative to where they are run */
export function patchOf(file: string, before: string, after: string): string {
  if (before === after) return '';
  return createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 }).replace(
    /^=+\n/,
    '',
  );
}
