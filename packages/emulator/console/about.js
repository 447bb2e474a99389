import { byId, html } from './dom.js';

/**
 * Whom graph, table and decisions are about: everybody, or those whose name holds a text, with whom they call and who
 * calls them.
 *
 * @param {() => void} onChange
 */
export function aboutView(onChange) {
  const field = byId('about', HTMLInputElement);
  const names = byId('names', HTMLDataListElement);
  const said = byId('graph-said', HTMLParagraphElement);

  field.addEventListener('input', onChange);

  return {
    text: () => field.value.trim(),

    /** @param {string} name of one; whoever is chosen a second time is chosen no longer */
    choose(name) {
      field.value = field.value === name ? '' : name;
      onChange();
    },

    /**
     * @param {readonly string[]} all
     * @param {number} shown
     */
    show(all, shown) {
      names.replaceChildren(...all.map((name) => html('option', { value: name })));
      said.textContent = inWords(field.value.trim(), shown);
    },
  };
}

/**
 * @param {string} text
 * @param {number} shown
 */
function inWords(text, shown) {
  if (text === '') return '';
  if (shown === 0) return `Nobody has a name with “${text}” in it.`;
  return `“${text}” with its callers and receivers: ${shown} boxes. Empty the field to see all.`;
}
