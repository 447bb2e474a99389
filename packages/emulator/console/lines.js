/** @import { PlacedNode, Point } from '../src/watch/console/layout.ts' */
import { svg } from './dom.js';

/** Room beside the boxes for refused calls, in units of the picture. */
export const ROUND = 56;

/** @param {string} kind */
export function arrow(kind) {
  return svg(
    'marker',
    {
      id: kind,
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 12,
      markerHeight: 12,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    svg('path', { d: 'M0,0L10,5L0,10z', class: `head ${kind}` }),
  );
}

/**
 * A smooth line through the points.
 *
 * @param {readonly Point[]} points
 */
export function curve(points) {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const last = rest.pop() ?? first;
  const through = rest.map((point, index) => {
    const next = rest[index + 1] ?? last;
    const middle = index === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x},${point.y} ${middle.x},${middle.y}`;
  });
  return `M${first.x},${first.y}${through.join('') || `L${last.x},${last.y}`}`;
}

/**
 * From the right side of one box to that of another, by way of `x`.
 *
 * @param {PlacedNode} from
 * @param {PlacedNode} to
 * @param {number} x
 */
export function around(from, to, x) {
  return `M${from.x + from.width / 2},${from.y}C${x},${from.y} ${x},${to.y} ${to.x + to.width / 2},${to.y}`;
}

/** @param {PlacedNode} to */
export function fromOutside({ x, y, width }) {
  return `M${-ROUND},${y}L${x - width / 2},${y}`;
}
