import { Graph, layout as place } from '@dagrejs/dagre';
import type { CallGraph, GraphEdge } from './call-graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box with its middle at x and y. Lengths are in the units of the picture. */
export interface PlacedNode extends Point {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge extends GraphEdge {
  /** From the edge of one box to that of the other. */
  readonly points: readonly Point[];
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

const LETTER = 8.5;
const PADDING = 32;
const HEIGHT = 44;

/** Callers above those whom they call. @see https://github.com/dagrejs/dagre/wiki */
export function layout({ nodes, edges }: CallGraph): Picture {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 56, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of nodes) graph.setNode(name, { width: name.length * LETTER + PADDING, height: HEIGHT });
  for (const { caller, receiver } of edges) graph.setEdge(caller, receiver);
  place(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map((name) => {
      const { x = 0, y = 0, width = 0, height = 0 } = graph.node(name);
      return { name, x, y, width, height };
    }),
    edges: edges.map((edge) => ({ ...edge, points: graph.edge(edge.caller, edge.receiver).points ?? [] })),
  };
}
