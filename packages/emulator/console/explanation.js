/** @import { Explanation } from '../src/watch/explain/explain-edge.ts' */
import { ask, byId, failure, html, withCommands } from './dom.js';

/** Between what was chosen and what is said of it, and to the borders of the window, in pixels. */
const GAP = 8;

/** Why a caller may or may not call a receiver, and what would change it: beside what was chosen. */
export function explanationView() {
  const popover = byId('explanation', HTMLDivElement);
  const place = byId('why', HTMLDivElement);
  /** What was asked for last: a late answer to another is not shown. */
  let chosen = '';

  popover.addEventListener('toggle', ({ newState }) => {
    if (newState === 'closed') chosen = '';
  });

  async function refresh() {
    const asked = chosen;
    if (asked === '') return false;
    const shown = await ask(`explanations?${asked}`).then(render, failure);
    if (asked !== chosen) return false;
    place.replaceChildren(shown);
    return true;
  }

  return {
    /**
     * @param {string} caller
     * @param {string} receiver
     * @param {Element} source what was chosen
     * @param {DOMRect} at where, in the window
     */
    async show(caller, receiver, source, at) {
      chosen = String(new URLSearchParams({ caller, receiver }));
      if (!(await refresh())) return;
      popover.showPopover(source instanceof HTMLElement ? { source } : {});
      placeBeside(popover, at);
    },
    /** Asks again: policies have changed. */
    refresh,
  };
}

/**
 * Below what was chosen, or above it where there is more room; never beyond the window. It moves with the page.
 *
 * @param {HTMLElement} element
 * @param {DOMRect} at
 */
function placeBeside(element, { left, top, bottom }) {
  const { clientWidth, clientHeight } = document.documentElement;
  const { width, height } = element.getBoundingClientRect();
  const below = bottom + GAP;
  const above = top - GAP - height;
  const y = below + height + GAP <= clientHeight || above < GAP ? below : above;
  element.style.left = `${scrollX + within(left, GAP, clientWidth - width - GAP)}px`;
  element.style.top = `${scrollY + within(y, GAP, clientHeight - height - GAP)}px`;
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const within = (value, least, most) => Math.max(least, Math.min(value, most));

/** @param {Explanation} explanation */
function render({ caller, receiver, verdict, status, reason, identity, invokers, mend, audiences }) {
  return html(
    'div',
    { class: `note ${verdict}` },
    html('h3', {}, `${caller} → ${receiver}: ${verdict}, ${status}`),
    html('p', {}, `${reason}.`),
    html('p', {}, ...withCommands(mend)),
    html(
      'dl',
      {},
      ...term(`${caller} runs as`, identity ?? 'nobody: it sends no token'),
      ...term(`${receiver} lets in`, invokers.length === 0 ? 'nobody' : invokers.join(', ')),
      ...term('Audiences', audiences.join(', ')),
    ),
  );
}

/**
 * @param {string} name
 * @param {string} value
 */
const term = (name, value) => [html('dt', {}, name), html('dd', {}, value)];
