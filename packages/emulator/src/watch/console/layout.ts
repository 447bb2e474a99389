import { Graph, layout as place } from '@dagrejs/dagre';
import type { CallGraph, GraphEdge, Kind } from './call-graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box with its middle at x and y. Lengths are in the units of the picture. */
export interface PlacedNode extends Point {
  readonly name: string;
  /** The name, or the two ends of a long one. */
  readonly label: string;
  /** Absent: a service, or whoever has no name. */
  readonly kind?: Kind;
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

const LETTER = 9.5;
const PADDING = 32;
const HEIGHT = 44;
/** Letters that a box holds. */
const MOST_LETTERS = 28;
/** More boxes stand from left to right: names are wider than they are high. */
const MOST_DOWN = 12;

/** How far a call to itself reaches beside a box. */
const LOOP = 36;

/** Callers above those whom they call, or to the left of them. @see https://github.com/dagrejs/dagre/wiki */
export function layout({ nodes, edges }: CallGraph, kinds: ReadonlyMap<string, Kind> = new Map()): Picture {
  const graph = new Graph();
  const direction =
    nodes.length > MOST_DOWN
      ? { rankdir: 'LR', nodesep: 14, ranksep: 40 }
      : { rankdir: 'TB', nodesep: 36, ranksep: 56 };
  graph.setGraph({ ...direction, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of nodes)
    graph.setNode(idOf(name), { width: labelOf(name).length * LETTER + PADDING, height: HEIGHT });
  const between = edges.filter(({ caller, receiver }) => caller !== receiver);
  for (const { caller, receiver } of between) graph.setEdge(idOf(caller), idOf(receiver));
  place(graph);
  const { width = 0, height = 0 } = graph.graph();
  const placed = nodes.map((name): PlacedNode => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(idOf(name));
    const kind = kinds.get(name);
    return { name, label: labelOf(name), ...(kind !== undefined && { kind }), x, y, width, height };
  });
  const pointsOf = ({ caller, receiver }: GraphEdge) =>
    caller === receiver
      ? placed.filter(({ name }) => name === caller).flatMap(loop)
      : (graph.edge(idOf(caller), idOf(receiver)).points ?? []);
  return {
    width: width + (between.length < edges.length ? LOOP : 0),
    height,
    nodes: placed,
    edges: edges.map((edge) => ({ ...edge, points: pointsOf(edge) })),
  };
}

function labelOf(name: string): string {
  if (name.length <= MOST_LETTERS) return name;
  const end = (MOST_LETTERS - 2) / 2;
  return `${name.slice(0, end + 1)}…${name.slice(-end)}`;
}

/** dagre keeps nodes in plain objects, where `constructor` is no free name. */
const idOf = (name: string) => `node ${name}`;

/** Out of the right side of a box and back. */
function loop({ x, y, width, height }: PlacedNode): Point[] {
  const side = x + width / 2;
  const up = height / 4;
  return [
    { x: side, y: y - up },
    { x: side + LOOP, y: y - up },
    { x: side + LOOP, y: y + up },
    { x: side, y: y + up },
  ];
}
