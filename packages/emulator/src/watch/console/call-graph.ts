import {
  ANONYMOUS,
  type CallerKind,
  callersOf,
  type Declaration,
  findService,
  invokersOf,
  type Receiver,
  receiversOf,
  STRANGER,
} from '@run-edges/edges';
import { isEverybody, type ListedEdge } from '../routes/edge-routes.ts';

/** One call that is declared, or that the policies allow. */
export interface GraphEdge {
  readonly caller: string;
  readonly receiver: string;
  /** Whether `edges.yaml` allows it. */
  readonly declared: boolean;
  /** Whether the policies allow it by now. */
  readonly granted: boolean;
}

export interface CallGraph {
  /** The receivers, and whoever else may call one of them. */
  readonly nodes: readonly string[];
  readonly edges: readonly GraphEdge[];
}

/** Of a caller or a receiver that is no service. */
export type Kind = Exclude<CallerKind | Receiver['kind'], 'service'>;

/**
 * Who may call whom, as one would draw it. What is open to everybody has an edge from `anonymous`, and none from callers
 * whom no other binding names: that they may call it as well goes without saying.
 */
export function callGraph(declaration: Declaration, edges: readonly ListedEdge[]): CallGraph {
  const drawn = edges.flatMap(({ caller, receiver, by }): GraphEdge[] => {
    if (isEverybody(by) && caller !== ANONYMOUS) return [];
    const declared =
      caller === ANONYMOUS
        ? findService(declaration, receiver)?.public === true
        : invokersOf(declaration, receiver).includes(caller);
    const granted = by !== null;
    return declared || granted ? [{ caller, receiver, declared, granted }] : [];
  });
  // Whoever comes from outside stands at the top, and only where somebody lets them in; then who calls and is called by nobody.
  const callers = drawn.map(({ caller }) => caller);
  const outside = callers.filter((caller) => caller === ANONYMOUS || caller === STRANGER);
  const receivers = new Set(edges.map(({ receiver }) => receiver));
  const alone = callers.filter((caller) => !receivers.has(caller));
  return { nodes: [...new Set([...outside, ...alone, ...receivers])], edges: drawn };
}

/** The part of a graph about whoever has this name, or else has the text in it: they, their callers and receivers. */
export function about(graph: CallGraph, text: string): CallGraph {
  const { nodes, edges } = graph;
  const meant = new Set(nodes.includes(text) ? [text] : nodes.filter((name) => name.includes(text)));
  const ends = edges.map(({ caller, receiver }) => [caller, receiver]);
  const near = new Set([...meant, ...ends.filter((pair) => pair.some((name) => meant.has(name))).flat()]);
  return {
    nodes: nodes.filter((name) => near.has(name)),
    edges: edges.filter(({ caller, receiver }) => near.has(caller) && near.has(receiver)),
  };
}

/** Every declared caller and receiver that is no service. */
export function kindsOf(declaration: Declaration): ReadonlyMap<string, Kind> {
  const named = [...callersOf(declaration), ...receiversOf(declaration)];
  return new Map(named.flatMap(({ name, kind }): [string, Kind][] => (kind === 'service' ? [] : [[name, kind]])));
}
