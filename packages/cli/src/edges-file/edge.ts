import type { EdgeLimit } from '@run-edges/edges';
import type { DraftEdge } from './draft.ts';

export function edgeTo(edge: DraftEdge): string {
  return typeof edge === 'string' ? edge : edge.to;
}

export function edgeOf(to: string, limit: EdgeLimit | undefined): DraftEdge {
  if (limit === undefined) return to;
  return { to, ...(limit.paths.length > 0 && { paths: limit.paths }), ...(limit.until && { until: limit.until }) };
}
