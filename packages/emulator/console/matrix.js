/** @import { Decision } from '../src/run/gate/decision.ts' */
/** @import { ListedEdge } from '../src/watch/routes/edge-routes.ts' */
/** @import { Picture, PlacedEdge } from '../src/watch/console/layout.ts' */
import { html } from './dom.js';
import { isRefused } from './refused.js';

/**
 * Every caller and every receiver in a table, with how often each call was let in and refused since the page is open.
 *
 * @param {HTMLElement} place
 * @param {(caller: string, receiver: string) => void} onChoose
 */
export function matrixView(place, onChoose) {
  /** @type {Map<string, HTMLElement>} */
  const counters = new Map();
  /** @type {Map<string, { letIn: number, refused: number }>} */
  const counts = new Map();

  return {
    /** Counts from here on. */
    restart() {
      counts.clear();
      for (const counter of counters.values()) counter.textContent = '';
    },

    /**
     * @param {readonly ListedEdge[]} edges
     * @param {Picture} picture what of them is declared
     */
    show(edges, picture) {
      const focused = document.activeElement?.id;
      counters.clear();
      const receivers = [...new Set(edges.map(({ receiver }) => receiver))];
      const callers = [...new Set(edges.map(({ caller }) => caller))];
      const head = html('tr', {}, html('th', { scope: 'col' }, 'caller'), ...receivers.map(column));
      const rows = callers.map((caller) =>
        html(
          'tr',
          {},
          html('th', { scope: 'row' }, caller),
          ...receivers.map((receiver) => {
            const edge = edges.find((one) => one.caller === caller && one.receiver === receiver);
            const drawn = picture.edges.find((one) => one.caller === caller && one.receiver === receiver);
            return html('td', {}, cell(caller, receiver, edge?.by ?? null, drawn));
          }),
        ),
      );
      place.replaceChildren(html('table', { class: 'matrix' }, html('thead', {}, head), html('tbody', {}, ...rows)));
      if (focused) document.getElementById(focused)?.focus();
    },

    /** @param {Decision} decision */
    see(decision) {
      const { caller, receiver } = decision;
      const name = `${caller} ${receiver}`;
      // Callers name hosts and accounts as they like: what has no cell is not counted.
      if (!counters.has(name)) return;
      const count = counts.get(name) ?? { letIn: 0, refused: 0 };
      counts.set(name, count);
      if (isRefused(decision)) count.refused += 1;
      else count.letIn += 1;
      const counter = counters.get(name);
      if (counter !== undefined) counter.textContent = inWords(count);
    },
  };

  /**
   * @param {string} caller
   * @param {string} receiver
   * @param {string | null} by
   * @param {PlacedEdge} [drawn]
   */
  function cell(caller, receiver, by, drawn) {
    const name = `${caller} ${receiver}`;
    const counter = html('small', {}, inWords(counts.get(name)));
    counters.set(name, counter);
    const button = html(
      'button',
      { type: 'button', id: `edge-${caller}-${receiver}`, class: by === null ? 'forbidden' : 'allowed' },
      html('span', { class: 'unseen' }, `${caller} to ${receiver}: `),
      html('span', {}, by === null ? '403' : 'allowed'),
      html('small', { class: 'drift' }, drift(drawn)),
      counter,
    );
    button.addEventListener('click', () => onChoose(caller, receiver));
    return button;
  }
}

/** @param {PlacedEdge} [drawn] */
function drift(drawn) {
  if (drawn === undefined || drawn.declared === drawn.granted) return '';
  return drawn.declared ? 'declared, not granted' : 'not declared';
}

/** @param {string} receiver */
const column = (receiver) => html('th', { scope: 'col' }, receiver);

/** @param {{ letIn: number, refused: number }} [count] */
function inWords(count) {
  if (count === undefined) return '';
  const parts = [count.letIn > 0 ? `${count.letIn} let in` : '', count.refused > 0 ? `${count.refused} refused` : ''];
  return parts.filter((part) => part !== '').join(', ');
}
