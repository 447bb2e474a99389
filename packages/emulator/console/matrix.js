/** @import { Decision } from '../src/run/gate/decision.ts' */
/** @import { ListedEdge } from '../src/watch/routes/edge-routes.ts' */
/** @import { Kind } from '../src/watch/console/call-graph.ts' */
/** @import { PlacedEdge } from '../src/watch/console/layout.ts' */
import { byId, html } from './dom.js';
import { kindInWords } from './kinds.js';
import { isRefused } from './refused.js';
import { roving } from './roving.js';

/** More receivers than these stand beside each other as marks, not as words. */
const MOST_IN_WORDS = 8;

/**
 * @typedef {object} Cell
 * @property {HTMLButtonElement} button
 * @property {(edge: ListedEdge | undefined, drawn: PlacedEdge | undefined) => void} show
 * @property {(count: Count | undefined) => void} count
 */
/** @typedef {{ letIn: number, refused: number }} Count */

/**
 * Every caller and every receiver in a table, with how often each call was let in and refused since the page is open.
 *
 * @param {HTMLElement} place
 * @param {(caller: string, receiver: string, source: Element, at: DOMRect) => void} onChoose
 */
export function matrixView(place, onChoose) {
  const marks = byId('marks', HTMLUListElement);
  /** @type {Map<string, Cell>} */
  const cells = new Map();
  /** @type {Map<string, Count>} */
  const counts = new Map();
  /** @type {ReturnType<typeof roving<HTMLButtonElement>>} */
  const stop = roving();
  let laidOut = '';

  place.addEventListener('keydown', move);
  for (const event of ['focusin', 'pointerover'])
    place.addEventListener(event, ({ target }) => {
      if (target instanceof HTMLButtonElement) pointOut(target, event === 'focusin');
    });

  return {
    /** Counts from here on. */
    restart() {
      counts.clear();
      for (const cell of cells.values()) cell.count(undefined);
    },

    /**
     * @param {readonly ListedEdge[]} edges
     * @param {readonly PlacedEdge[]} drawn what of them is declared
     * @param {ReadonlyMap<string, Kind>} kinds
     */
    show(edges, drawn, kinds) {
      const receivers = [...new Set(edges.map(({ receiver }) => receiver))];
      const callers = [...new Set(edges.map(({ caller }) => caller))];
      const names = JSON.stringify([callers, receivers, ...kinds]);
      if (names !== laidOut) layOut(callers, receivers, kinds);
      laidOut = names;
      const listed = new Map(edges.map((edge) => [key(edge), edge]));
      const declared = new Map(drawn.map((edge) => [key(edge), edge]));
      for (const [name, cell] of cells) cell.show(listed.get(name), declared.get(name));
    },

    /** @param {Decision} decision */
    see(decision) {
      const name = key(decision);
      const count = counts.get(name) ?? { letIn: 0, refused: 0 };
      const cell = cells.get(name);
      // Callers name hosts and accounts as they like: what has no cell is not counted.
      if (cell === undefined) return;
      counts.set(name, count);
      if (isRefused(decision)) count.refused += 1;
      else count.letIn += 1;
      cell.count(count);
    },
  };

  /**
   * @param {readonly string[]} callers
   * @param {readonly string[]} receivers
   * @param {ReadonlyMap<string, Kind>} kinds
   */
  function layOut(callers, receivers, kinds) {
    const inWords = receivers.length <= MOST_IN_WORDS;
    const focused = place.contains(document.activeElement) ? document.activeElement?.id : undefined;
    cells.clear();
    const head = html('tr', {}, html('th', { scope: 'col' }, 'caller'), ...receivers.map(column));
    const rows = callers.map((caller) =>
      html(
        'tr',
        {},
        rowHeader(caller, kinds.get(caller)),
        ...receivers.map((receiver) => td(caller, receiver, inWords)),
      ),
    );
    marks.hidden = inWords;
    const look = inWords ? 'matrix' : 'matrix marks';
    place.replaceChildren(html('table', { class: look }, html('thead', {}, head), html('tbody', {}, ...rows)));
    place.scrollTo(0, 0);
    const again = focused === undefined ? null : document.getElementById(focused);
    stop.turnTo(again instanceof HTMLButtonElement ? again : cells.values().next().value?.button);
    again?.focus();
  }

  /**
   * @param {string} caller
   * @param {string} receiver
   * @param {boolean} inWords
   */
  function td(caller, receiver, inWords) {
    const cell = (inWords ? cellInWords : cellAsMark)(caller, receiver);
    cells.set(key({ caller, receiver }), cell);
    cell.count(counts.get(key({ caller, receiver })));
    const { button } = cell;
    button.addEventListener('click', () => onChoose(caller, receiver, button, button.getBoundingClientRect()));
    return html('td', {}, button);
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const at = event.target instanceof HTMLButtonElement ? event.target.closest('td') : null;
    const row = at?.closest('tr');
    const table = at?.closest('table');
    if (!at || !row || !table) return;
    const [down, right] = steps[event.key] ?? [0, 0];
    const column = within(at.cellIndex + right, 1, row.cells.length - 1);
    const next = table.rows[within(row.rowIndex + down, 1, table.rows.length - 1)]?.cells[column];
    if (down === 0 && right === 0) return;
    event.preventDefault();
    next?.querySelector('button')?.focus();
  }

  /**
   * Which row and which column it is, where names are far away.
   *
   * @param {HTMLButtonElement} button
   * @param {boolean} focused
   */
  function pointOut(button, focused) {
    if (focused) stop.turnTo(button);
    const at = button.closest('td');
    const table = at?.closest('table');
    if (!at || !table) return;
    for (const header of table.querySelectorAll('.at')) header.classList.remove('at');
    table.rows[0]?.cells[at.cellIndex]?.classList.add('at');
    at.closest('tr')?.cells[0]?.classList.add('at');
  }
}

/** @type {Readonly<Record<string, readonly [down: number, right: number] | undefined>>} What keys do, in cells. */
const steps = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-Infinity, 0],
  PageDown: [Infinity, 0],
};

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const within = (value, least, most) => Math.max(least, Math.min(value, most));

/**
 * @param {string} caller
 * @param {string} receiver
 */
function buttonOf(caller, receiver) {
  return html('button', { type: 'button', id: `edge-${caller}-${receiver}`, tabindex: '-1' });
}

/**
 * @param {string} caller
 * @param {string} receiver
 * @returns {Cell}
 */
function cellInWords(caller, receiver) {
  const button = buttonOf(caller, receiver);
  const verdict = html('span');
  const odd = html('small', { class: 'drift' });
  const counter = html('small');
  button.append(html('span', { class: 'unseen' }, `${caller} to ${receiver}: `), verdict, odd, counter);
  return {
    button,
    show(edge, drawn) {
      button.className = classOf(edge);
      verdict.textContent = verdictOf(edge);
      odd.textContent = drift(drawn);
    },
    count(count) {
      counter.textContent = inWords(count);
    },
  };
}

/**
 * @param {string} caller
 * @param {string} receiver
 * @returns {Cell}
 */
function cellAsMark(caller, receiver) {
  const button = buttonOf(caller, receiver);
  /** @type {Parameters<Cell['show']>} */
  let shown = [undefined, undefined];
  /** @type {Count | undefined} */
  let counted;

  function say() {
    const [edge, drawn] = shown;
    const odd = drift(drawn);
    button.className = ['mark', classOf(edge), odd === '' ? '' : 'odd', counted === undefined ? '' : 'seen'].join(' ');
    const said = [verdictOf(edge), odd, inWords(counted)].filter((part) => part !== '').join(', ');
    button.ariaLabel = `${caller} to ${receiver}: ${said}`;
    button.title = `${caller} → ${receiver}: ${said}`;
  }

  return {
    button,
    show(...given) {
      shown = given;
      say();
    },
    count(count) {
      counted = count;
      say();
    },
  };
}

/** @param {{ caller: string, receiver: string }} edge */
const key = ({ caller, receiver }) => `${caller} ${receiver}`;

/** @param {ListedEdge | undefined} edge */
const isAllowed = (edge) => edge !== undefined && edge.by !== null;

/** @param {ListedEdge | undefined} edge */
const classOf = (edge) => (isAllowed(edge) ? 'allowed' : 'forbidden');

/** @param {ListedEdge | undefined} edge */
const verdictOf = (edge) => (isAllowed(edge) ? 'allowed' : '403');

/** @param {PlacedEdge} [drawn] */
function drift(drawn) {
  if (drawn === undefined || drawn.declared === drawn.granted) return '';
  return drawn.declared ? 'declared, not granted' : 'not declared';
}

/** @param {string} receiver */
const column = (receiver) => html('th', { scope: 'col', title: receiver }, html('span', {}, receiver));

/**
 * @param {string} caller
 * @param {Kind | undefined} kind
 */
function rowHeader(caller, kind) {
  const words = kind === undefined ? [] : [html('small', { class: 'kind' }, kindInWords(kind))];
  return html('th', { scope: 'row', title: caller }, html('span', {}, caller), ...words);
}

/** @param {Count} [count] */
function inWords(count) {
  if (count === undefined) return '';
  const parts = [count.letIn > 0 ? `${count.letIn} let in` : '', count.refused > 0 ? `${count.refused} refused` : ''];
  return parts.filter((part) => part !== '').join(', ');
}
