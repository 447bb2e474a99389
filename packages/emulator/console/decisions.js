/** @import { Decision } from '../src/run/gate/decision.ts' */
import { byId, html, withCommands } from './dom.js';
import { isRefused } from './refused.js';

/** The newest that are kept on the page. */
const MOST = 200;

/** The stream of decisions, the newest first. */
export function decisionsView() {
  const list = byId('decisions', HTMLOListElement);
  const summary = byId('decisions-summary', HTMLParagraphElement);
  const refusedOnly = byId('refused-only', HTMLInputElement);
  const pause = byId('pause', HTMLButtonElement);
  /** @type {Decision[]} newest last */
  let kept = [];
  /** @type {Decision[]} came since the last frame, or while the list stands still; the newest of them */
  let waiting = [];
  let came = 0;
  let frame = 0;

  const paused = () => pause.getAttribute('aria-pressed') === 'true';
  let about = '';
  const shown = (/** @type {Decision} */ decision) =>
    (!refusedOnly.checked || isRefused(decision)) &&
    [decision.caller, decision.receiver].some((name) => name.includes(about));

  refusedOnly.addEventListener('change', () => redraw());
  pause.addEventListener('click', () => {
    pause.setAttribute('aria-pressed', String(!paused()));
    pause.textContent = paused() ? 'Go on' : 'Pause';
    later();
  });

  return {
    /** @param {readonly Decision[]} decisions all that the emulator remembers, newest last */
    start(decisions) {
      kept = decisions.slice(-MOST);
      waiting = [];
      came = 0;
      redraw();
    },
    /** @param {string} text that the caller or the receiver has in its name */
    only(text) {
      if (text === about) return;
      about = text;
      redraw();
    },
    /** @param {Decision} decision */
    add(decision) {
      came += 1;
      waiting.push(decision);
      if (waiting.length > MOST) waiting.shift();
      later();
    },
  };

  function later() {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (!paused()) takeIn();
      say();
    });
  }

  function takeIn() {
    const added = waiting;
    waiting = [];
    came = 0;
    kept = [...kept, ...added].slice(-MOST);
    list.prepend(...added.filter(shown).reverse().map(item));
    while (list.childElementCount > MOST) list.lastElementChild?.remove();
  }

  function redraw() {
    list.replaceChildren(...kept.filter(shown).reverse().map(item));
    say();
  }

  function say() {
    if (kept.length === 0 && waiting.length === 0) summary.textContent = 'No request has come yet.';
    else if (paused()) summary.textContent = `Paused; ${came} came since.`;
    else if (list.childElementCount === 0) summary.textContent = `None of the newest ${kept.length} is of these.`;
    else summary.textContent = `The newest ${list.childElementCount}, newest first. Open one to see why.`;
  }
}

/** @param {Decision} decision */
function item(decision) {
  const { time, caller, receiver, method, path, status, rule, reason, mend, log, trace } = decision;
  const summary = html(
    'summary',
    {},
    html('span', { class: 'status' }, String(status)),
    html('span', { class: 'who' }, `${caller} → ${receiver}`),
    html('span', { class: 'what' }, `${method} ${path}`),
    html('span', { class: 'rule' }, rule),
    html('time', { datetime: time }, new Date(time).toLocaleTimeString()),
  );
  const details = html('details', {}, summary, html('p', {}, `${reason}.`));
  if (mend !== '') details.append(html('p', {}, ...withCommands(mend)));
  if (!isRefused(decision) && status >= 400 && rule !== 'caller-gone')
    details.append(html('p', {}, `The gate let it in; ${receiver} itself answered ${status}: its log says why.`));
  if (log !== '') details.append(html('p', { class: 'quiet' }, `Cloud Run's log would say: ${log}`));
  details.append(html('p', { class: 'quiet' }, `Trace ${trace}`));
  return html('li', { class: isRefused(decision) ? 'refused' : 'let-in' }, details);
}
