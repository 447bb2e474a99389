const SVG = 'http://www.w3.org/2000/svg';

/**
 * An HTML element. What it holds is text or elements, never markup: names, paths and reasons come from anybody.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {...(string | Node)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | number>>} [attributes]
 * @param {...(string | Node)} children
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * The element of the page with this id.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no #${id}.`);
  return element;
}

/**
 * Text in which commands stand out: from `gcloud` to the end of the command.
 *
 * @param {string} text
 * @returns {(string | Node)[]}
 */
export function withCommands(text) {
  return text
    .split(/(gcloud (?:auth|iam|projects|run) [^()]*[^()\s.])/)
    .map((part, index) => (index % 2 === 1 ? html('code', {}, part) : part));
}

/**
 * An error in words.
 *
 * @param {unknown} error
 */
export function failure(error) {
  return html('p', { class: 'alert' }, error instanceof Error ? error.message : String(error));
}

/**
 * Asks run-edges' own API.
 *
 * @param {string} path below `/run-edges/v1/`
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
export function ask(path, init) {
  return request(`/run-edges/v1/${path}`, init);
}

/**
 * Asks any API of the emulator for JSON. An error that it answers has the status as its cause.
 *
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
export async function request(path, init) {
  const response = await fetch(path, init).catch(() => {
    throw new TypeError('The emulator does not answer.');
  });
  const body = await response.json();
  if (response.ok) return body;
  throw new Error(body.error?.message ?? `The emulator answers ${response.status}.`, { cause: response.status });
}
