/** @import { Explanation } from '../src/explain/explain-edge.ts' */
import { ask, html, withCommands } from './dom.js';

/**
 * Why a caller may or may not call a receiver, and what would change it.
 *
 * @param {HTMLElement} place
 */
export function explanationView(place) {
  /** Of several that were asked for, the last is shown. */
  let newest = 0;
  return {
    /**
     * @param {string} caller
     * @param {string} receiver
     */
    async show(caller, receiver) {
      newest += 1;
      const asked = newest;
      const query = new URLSearchParams({ caller, receiver });
      try {
        const explained = await ask(`explanations?${query}`);
        if (asked === newest) place.replaceChildren(render(explained));
      } catch (error) {
        if (asked === newest) place.replaceChildren(html('p', { class: 'alert' }, String(error)));
      }
    },
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
      ...term(caller, identity ?? 'nobody: it sends no token'),
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
