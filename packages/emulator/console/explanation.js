/** @import { Explanation } from '../src/watch/explain/explain-edge.ts' */
import { ask, failure, html, withCommands } from './dom.js';

/**
 * Why a caller may or may not call a receiver, and what would change it.
 *
 * @param {HTMLElement} place
 */
export function explanationView(place) {
  /** What was asked for last: a late answer to another is not shown. */
  let chosen = '';

  async function refresh() {
    const asked = chosen;
    if (asked === '') return;
    const shown = await ask(`explanations?${asked}`).then(render, failure);
    if (asked === chosen) place.replaceChildren(shown);
  }

  return {
    /**
     * @param {string} caller
     * @param {string} receiver
     */
    show(caller, receiver) {
      chosen = String(new URLSearchParams({ caller, receiver }));
      return refresh();
    },
    /** Asks again: policies have changed. */
    refresh,
  };
}

/** @param {Explanation} explanation */
function render({ caller, receiver, verdict, status, reason, identity, invokers, mend, audiences }) {
  return html(
    'div',
    { class: `note ${verdict}` },
    html('h3', {}, `${caller} → ${receiver}: ${verdict}, ${status}`),
    html('p', {}, `${reason}.`),
    html(
      'dl',
      {},
      ...term(`${caller} runs as`, identity ?? 'nobody: it sends no token'),
      ...term(`${receiver} lets in`, invokers.length === 0 ? 'nobody' : invokers.join(', ')),
      ...term('Audiences', audiences.join(', ')),
    ),
    html('p', {}, ...withCommands(mend)),
  );
}

/**
 * @param {string} name
 * @param {string} value
 */
const term = (name, value) => [html('dt', {}, name), html('dd', {}, value)];
