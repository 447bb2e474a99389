/** @import { GateAnswer, InspectedToken } from '../src/watch/console/inspect-token.ts' */
import { ask, byId, failure, html, withCommands } from './dom.js';

/** What a pasted token says, and what each gate would say to it. */
export function inspector() {
  const form = byId('inspector', HTMLFormElement);
  const field = byId('token', HTMLTextAreaElement);
  const place = byId('inspected', HTMLDivElement);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const token = field.value;
    const headers = { 'content-type': 'application/json' };
    const asked = ask('tokens/inspect', { method: 'POST', headers, body: JSON.stringify({ token }) });
    const shown = await asked.then(render, (error) => [failure(error)]);
    // A late answer to another token is not shown.
    if (token === field.value) place.replaceChildren(...shown);
  });
}

/** @param {InspectedToken} inspected */
function render({ header, claims, signature, gates }) {
  return [
    ...(claims === undefined ? [html('p', {}, 'This is no JSON Web Token.')] : []),
    html('ul', {}, ...facts(claims, signature).map((fact) => html('li', {}, fact))),
    html('h3', {}, 'What each gate says to it'),
    html('ul', { class: 'gates' }, ...gates.toSorted(letInFirst).map(answer)),
    ...part('Header', header),
    ...part('Claims', claims),
  ];
}

/**
 * @param {Record<string, unknown> | undefined} claims
 * @param {string | null} signature
 */
function facts(claims, signature) {
  if (claims === undefined) return [];
  const { exp, aud, email, sub } = claims;
  return [
    `It says that ${email ?? sub ?? 'nobody'} calls ${Array.isArray(aud) ? aud.join(', ') : aud}.`,
    typeof exp === 'number' ? `It ${lifetime(exp)}.` : 'It says no time of expiry.',
    signature === null ? 'Its signature is good.' : `It proves nothing: ${signature}.`,
  ];
}

/** @param {number} exp seconds since the epoch */
function lifetime(exp) {
  const seconds = exp - Date.now() / 1000;
  const minutes = Math.round(Math.abs(seconds) / 60);
  const at = new Date(exp * 1000).toLocaleTimeString();
  return seconds > 0 ? `expires in ${minutes} min, at ${at}` : `expired ${minutes} min ago, at ${at}`;
}

/**
 * Of forty gates, those that let it in are few.
 *
 * @param {GateAnswer} one
 * @param {GateAnswer} other
 */
const letInFirst = (one, other) => Number(other.status === 200) - Number(one.status === 200);

/** @param {GateAnswer} answer */
function answer({ receiver, status, reason, mend }) {
  return html(
    'li',
    { class: `note ${status === 200 ? 'allowed' : 'forbidden'}` },
    html('strong', {}, `${receiver}: ${status === 200 ? 'let in' : status}`),
    html('p', {}, `${reason}.`),
    ...(mend === '' ? [] : [html('p', {}, ...withCommands(mend))]),
  );
}

/**
 * @param {string} title
 * @param {unknown} value
 */
function part(title, value) {
  if (value === undefined) return [];
  return [html('h3', {}, title), html('pre', { tabindex: '0' }, JSON.stringify(value, null, 2))];
}
