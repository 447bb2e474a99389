/** @import { Decision } from '../src/run/gate/decision.ts' */
/** @import { Picture, PlacedEdge, PlacedNode } from '../src/watch/console/layout.ts' */
import { box } from './boxes.js';
import { svg } from './dom.js';
import { around, arrow, curve, fromOutside, ROUND } from './lines.js';
import { isRefused } from './refused.js';
import { roving } from './roving.js';
import { zoomView } from './zoom.js';

/** How long a refused call stays drawn, and how long a call takes to be shown, in milliseconds. */
const REFUSED_MS = 4000;
const CALL_MS = 700;
/** Calls that one sentence names. */
const MOST_IN_WORDS = 20;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The call graph as a picture in `place`, on which calls are seen as they are decided.
 *
 * @param {HTMLElement} place
 * @param {object} on
 * @param {(name: string) => void} on.box a caller or a receiver was chosen
 * @param {(caller: string, receiver: string, source: Element, at: DOMRect) => void} on.line a call was
 */
export function graphView(place, on) {
  /** @type {Picture} */
  let picture = { width: 0, height: 0, nodes: [], edges: [] };
  /** @type {Map<string, SVGPathElement>} */
  const lines = new Map();
  const calls = svg('g', { class: 'calls' });
  /** @type {Set<string>} */
  const moving = new Set();
  const zoom = zoomView(place);
  /** @type {ReturnType<typeof roving<SVGGElement>>} */
  const stop = roving();
  /** @type {SVGGElement[]} every box, each with the lines that leave it after it */
  let order = [];

  place.addEventListener('keydown', move);
  place.addEventListener('focusin', ({ target }) => target instanceof SVGGElement && stop.turnTo(target));

  return {
    /**
     * @param {Picture} next
     * @param {string} chosen the name of the box that was chosen, if one was
     */
    show(next, chosen) {
      const focused = place.contains(document.activeElement) ? stop.current?.id : undefined;
      picture = next;
      lines.clear();
      const { width, height, nodes, edges } = picture;
      const drawing = svg('svg', {
        viewBox: `${-ROUND} 0 ${width + 2 * ROUND} ${height}`,
        role: 'group',
        'aria-label': `Who may call whom: ${inWords(edges)}.`,
      });
      drawing.append(svg('defs', {}, arrow('declared'), arrow('undeclared'), arrow('missing'), arrow('refused')));
      const drawn = edges.map(line);
      const boxes = nodes.map((node) => button({ id: `box-${node.name}`, class: classOf(node, chosen) }, ...box(node)));
      for (const [at, each] of boxes.entries()) each.addEventListener('click', () => on.box(nodes[at]?.name ?? ''));
      drawing.append(...drawn, ...boxes, calls);
      order = nodes.flatMap(({ name }, at) => [
        ...boxes.slice(at, at + 1),
        ...drawn.filter((_, index) => edges[index]?.caller === name),
      ]);
      place.replaceChildren(drawing);
      zoom.show(drawing, width + 2 * ROUND);
      const again = order.find(({ id }) => id === focused);
      stop.turnTo(again ?? order[0]);
      again?.focus();
    },

    /** @param {Decision} decision */
    see(decision) {
      // Whoever may call because everybody may has no line of its own.
      const line = lines.get(key(decision)) ?? lines.get(key({ ...decision, caller: 'anonymous' }));
      if (isRefused(decision)) drawRefused(decision);
      else if (line !== undefined) follow(line, decision);
    },
  };

  /** @param {PlacedEdge} edge */
  function line(edge) {
    const { caller, receiver, points } = edge;
    const kind = kindOf(edge);
    const d = curve(points);
    const path = svg('path', { d, class: `edge ${kind}`, 'marker-end': `url(#${kind})` });
    lines.set(key(edge), path);
    const group = button(
      { id: `line-${key(edge)}`, class: 'line-to', 'aria-label': edgeInWords(edge) },
      // As wide as a finger.
      svg('path', { d, class: 'hit' }),
      path,
    );
    group.addEventListener('click', (event) => {
      const at = event.detail === 0 ? path.getBoundingClientRect() : new DOMRect(event.clientX, event.clientY, 0, 0);
      on.line(caller, receiver, group, at);
    });
    return group;
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const at = stop.current === undefined ? -1 : order.indexOf(stop.current);
    if (at < 0) return;
    const isBox = (/** @type {Element | undefined} */ one) => one?.classList.contains('node');
    if (event.key === 'Enter' || event.key === ' ')
      order[at]?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    else if (event.key === 'ArrowRight') order[at + 1]?.focus();
    else if (event.key === 'ArrowLeft') order[at - 1]?.focus();
    else if (event.key === 'ArrowDown')
      order
        .slice(at + 1)
        .find(isBox)
        ?.focus();
    else if (event.key === 'ArrowUp') order.slice(0, at).findLast(isBox)?.focus();
    else return;
    event.preventDefault();
  }

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

/**
 * @param {Readonly<Record<string, string>>} attributes
 * @param {...Node} children
 */
const button = (attributes, ...children) => svg('g', { role: 'button', tabindex: -1, ...attributes }, ...children);

/**
 * @param {PlacedNode} node
 * @param {string} chosen
 */
function classOf({ name, kind }, chosen) {
  const outside = name === 'anonymous' || name === 'stranger' || kind === 'external';
  return ['node', outside ? 'outside' : '', name === chosen ? 'chosen' : ''].join(' ');
}

/** @param {PlacedEdge} edge */
function kindOf({ declared, granted }) {
  if (!granted) return 'missing';
  return declared ? 'declared' : 'undeclared';
}

/** @param {readonly PlacedEdge[]} edges */
function inWords(edges) {
  if (edges.length > MOST_IN_WORDS) return `${edges.length} calls`;
  return edges.map(edgeInWords).join('; ') || 'nobody may call anybody';
}

/** @param {PlacedEdge} edge */
function edgeInWords(edge) {
  const but = { declared: '', missing: ', declared but not granted', undeclared: ', granted but not declared' };
  return `${edge.caller} to ${edge.receiver}${but[kindOf(edge)]}`;
}
