import { ANONYMOUS, type Declaration, findService, invokersOf, STRANGER } from '@run-edges/edges';
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
  // Whoever comes from outside stands at the top, and only where somebody lets them in.
  const outside = drawn.map(({ caller }) => caller).filter((caller) => caller === ANONYMOUS || caller === STRANGER);
  return { nodes: [...new Set([...outside, ...edges.map(({ receiver }) => receiver)])], edges: drawn };
}
