import { mayCall, readDeclaration } from '@run-edges/edges';
import { edgesFile } from '../../support/repository.ts';
import { monotonic } from './protocol.ts';

/** What a gate has to decide about a call of one service to another: nothing certain while a change is on its way. */
export type Expected = 'allowed' | 'refused' | 'either';

/** Who may call whom, as a test has it changed. */
export interface Policy {
  /** A change begins; what is returned is called when it is acknowledged, and it counts `delay` milliseconds later. */
  change(caller: string, receiver: string, allowed: boolean, delay: number): () => void;
  /** What is right for a call between these moments on `monotonic`. */
  expected(caller: string, receiver: string, from: number, to: number): Expected;
}

interface Change {
  readonly edge: string;
  readonly allowed: boolean;
  readonly begun: number;
  /** From when on nothing else is right. */
  counts: number;
}

export function startingPolicy(): Policy {
  const declaration = readDeclaration(edgesFile);
  const changes: Change[] = [];
  return {
    change(caller, receiver, allowed, delay) {
      const change = { edge: `${caller} ${receiver}`, allowed, begun: monotonic(), counts: Number.POSITIVE_INFINITY };
      changes.push(change);
      return () => {
        change.counts = monotonic() + delay;
      };
    },
    expected(caller, receiver, from, to) {
      const edge = `${caller} ${receiver}`;
      const ofEdge = changes.filter((change) => change.edge === edge);
      if (ofEdge.some(({ begun, counts }) => begun <= to && counts > from)) return 'either';
      const newest = ofEdge.findLast(({ counts }) => counts <= from);
      return (newest?.allowed ?? mayCall(declaration, caller, receiver)) ? 'allowed' : 'refused';
    },
  };
}
