/** @import { Decision } from '../src/run/gate/decision.ts' */
/** @import { Picture, PlacedEdge, PlacedNode, Point } from '../src/watch/console/layout.ts' */
import { svg } from './dom.js';
import { isRefused } from './refused.js';

/** How long a refused call stays drawn, and how long a call takes to be shown, in milliseconds. */
const REFUSED_MS = 4000;
const CALL_MS = 700;
/** Room beside the boxes for refused calls, in units of the picture. */
const ROUND = 56;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The call graph as a picture in `place`, on which calls are seen as they are decided.
 *
 * @param {HTMLElement} place
 */
export function graphView(place) {
  /** @type {Picture} */
  let picture = { width: 0, height: 0, nodes: [], edges: [] };
  /** @type {Map<string, SVGPathElement>} */
  const lines = new Map();
  const calls = svg('g', { class: 'calls' });
  /** @type {Set<string>} */
  const moving = new Set();

  return {
    /** @param {Picture} next */
    show(next) {
      picture = next;
      lines.clear();
      const { width, height, nodes, edges } = picture;
      const label = `Who may call whom: ${edges.map(inWords).join('; ') || 'nobody may call anybody'}.`;
      const drawing = svg('svg', {
        viewBox: `${-ROUND} 0 ${width + 2 * ROUND} ${height}`,
        role: 'img',
        'aria-label': label,
      });
      drawing.style.maxWidth = `${(width + 2 * ROUND) * 1.25}px`;
      drawing.append(svg('defs', {}, arrow('declared'), arrow('undeclared'), arrow('missing'), arrow('refused')));
      for (const edge of edges) {
        const kind = kindOf(edge);
        const line = svg('path', { d: curve(edge.points), class: `edge ${kind}`, 'marker-end': `url(#${kind})` });
        lines.set(key(edge), line);
        drawing.append(line);
      }
      drawing.append(...nodes.map(box), calls);
      place.replaceChildren(drawing);
    },

    /** @param {Decision} decision */
    see(decision) {
      // Whoever may call because everybody may has no line of its own.
      const line = lines.get(key(decision)) ?? lines.get(key({ ...decision, caller: 'anonymous' }));
      if (isRefused(decision)) drawRefused(decision);
      else if (line !== undefined) follow(line, decision);
    },
  };

  /**
   * A dot that runs along a line; one at a time, however many calls there are.
   *
   * @param {SVGPathElement} line
   * @param {Decision} decision
   */
  function follow(line, decision) {
    const name = key(decision);
    if (moving.has(name) || document.hidden) return;
    moving.add(name);
    const dot = svg('circle', { r: 5, class: 'call' });
    line.classList.add('hot');
    const end = () => {
      moving.delete(name);
      dot.remove();
      line.classList.remove('hot');
    };
    if (STILL.matches) {
      setTimeout(end, CALL_MS);
      return;
    }
    dot.style.offsetPath = `path("${line.getAttribute('d')}")`;
    calls.append(dot);
    dot.animate([{ offsetDistance: '0%' }, { offsetDistance: '100%' }], {
      duration: CALL_MS,
      easing: 'ease-in-out',
    }).onfinish = end;
  }

  /**
   * A line that is not in the graph, for a moment: round the boxes, or in from the side where the caller has none.
   *
   * @param {Decision} decision
   */
  function drawRefused(decision) {
    const name = `refused ${key(decision)}`;
    const to = picture.nodes.find((node) => node.name === decision.receiver);
    if (to === undefined || moving.has(name) || document.hidden) return;
    moving.add(name);
    const from = picture.nodes.find((node) => node.name === decision.caller);
    const line = svg('path', {
      d: from === undefined || from === to ? fromOutside(to) : around(from, to, picture.width + ROUND),
      class: 'edge refused',
      'marker-end': 'url(#refused)',
    });
    calls.append(line);
    setTimeout(() => {
      line.remove();
      moving.delete(name);
    }, REFUSED_MS);
  }
}

/** @param {{ caller: string, receiver: string }} edge */
const key = ({ caller, receiver }) => `${caller} ${receiver}`;

/** @param {PlacedEdge} edge */
function kindOf({ declared, granted }) {
  if (!granted) return 'missing';
  return declared ? 'declared' : 'undeclared';
}

/** @param {PlacedEdge} edge */
function inWords(edge) {
  const but = { declared: '', missing: ', declared but not granted', undeclared: ', granted but not declared' };
  return `${edge.caller} to ${edge.receiver}${but[kindOf(edge)]}`;
}

/** @param {PlacedNode} node */
function box({ name, x, y, width, height }) {
  return svg(
    'g',
    { class: name === 'anonymous' ? 'node outside' : 'node' },
    svg('rect', { x: x - width / 2, y: y - height / 2, width, height, rx: name === 'anonymous' ? height / 2 : 8 }),
    svg('text', { x, y, 'text-anchor': 'middle', 'dominant-baseline': 'central' }, name),
  );
}

/** @param {string} kind */
function arrow(kind) {
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
function curve(points) {
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
function around(from, to, x) {
  return `M${from.x + from.width / 2},${from.y}C${x},${from.y} ${x},${to.y} ${to.x + to.width / 2},${to.y}`;
}

/** @param {PlacedNode} to */
function fromOutside({ x, y, width }) {
  return `M${-ROUND},${y}L${x - width / 2},${y}`;
}
