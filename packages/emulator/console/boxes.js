/** @import { PlacedNode } from '../src/watch/console/layout.ts' */
import { svg } from './dom.js';
import { kindInWords } from './kinds.js';

/** How far the corners of a shape are cut, and the second sheet of a worker pool lies, in units of the picture. */
const CUT = 12;
const SHEET = 5;

/**
 * What is drawn of a caller or a receiver: its shape says of which kind it is, and so does a word in it.
 *
 * @param {PlacedNode} node
 */
export function box(node) {
  const { name, label, kind, x, y } = node;
  const centred = { x, 'text-anchor': 'middle', 'dominant-baseline': 'central' };
  const texts =
    kind === undefined
      ? [svg('text', { ...centred, y }, label)]
      : [
          svg('text', { ...centred, y: y - 7 }, label),
          svg('text', { ...centred, y: y + 12, class: 'kind' }, kindInWords(kind)),
        ];
  return [svg('title', {}, name), ...shape(node), ...texts];
}

/** @param {PlacedNode} node */
function shape({ name, kind, x, y, width, height }) {
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  const rect = { x: left, y: top, width, height };
  switch (kind) {
    case 'job':
      return [
        polygon(
          [left, y],
          [left + CUT, top],
          [right - CUT, top],
          [right, y],
          [right - CUT, bottom],
          [left + CUT, bottom],
        ),
      ];
    case 'workerPool':
      return [
        svg('rect', { ...rect, x: left + SHEET, y: top - SHEET, rx: 8, class: 'shape' }),
        svg('rect', { ...rect, rx: 8, class: 'shape' }),
      ];
    case 'external':
      return [polygon([left, top], [right - CUT, top], [right, top + CUT], [right, bottom], [left, bottom])];
    case 'principal':
      return [svg('rect', { ...rect, rx: height / 2, class: 'shape' })];
    // A flag that points to whom it calls.
    case 'sender':
      return [polygon([left, top], [right - CUT, top], [right, y], [right - CUT, bottom], [left, bottom])];
    default: {
      const outside = name === 'anonymous' || name === 'stranger';
      return [svg('rect', { ...rect, rx: outside ? height / 2 : 8, class: 'shape' })];
    }
  }
}

/** @param {...readonly [x: number, y: number]} points */
function polygon(...points) {
  return svg('polygon', { points: points.map((point) => point.join(',')).join(' '), class: 'shape' });
}
