/** @import { Decision } from '../src/run/gate/decision.ts' */
/** @import { ListedEdge } from '../src/watch/routes/edge-routes.ts' */
/** @import { DrawnGraph } from '../src/watch/console/data-routes.ts' */
import { aboutView } from './about.js';
import { decisionsView } from './decisions.js';
import { ask, byId, failure } from './dom.js';
import { explanationView } from './explanation.js';
import { graphView } from './graph.js';
import { inspector } from './inspector.js';
import { matrixView } from './matrix.js';
import { permissionsView } from './permissions.js';

/** How often policies and services are looked at again where nobody says that they have changed, in milliseconds. */
const REFRESH_MS = 3000;
/** More receivers than these want the whole width of the page. */
const MANY = 8;

const connection = byId('connection', HTMLParagraphElement);
const about = aboutView(refresh);
const explanation = explanationView();
const graph = graphView(byId('graph', HTMLDivElement), { box: about.choose, line: explanation.show });
const matrix = matrixView(byId('matrix', HTMLDivElement), explanation.show);
const decisions = decisionsView();
inspector();

const project = await ask('project');
byId('project', HTMLParagraphElement).textContent = `${project.id}, ${project.region}`;
const permissions = permissionsView(project, refresh);

const trouble = byId('trouble', HTMLDivElement);
let drawn = '';
let asked = 0;

/** Draws graph and table again where something changed: gcloud grants and deploys while the page is open. */
async function refresh() {
  if (document.hidden) return;
  const text = about.text();
  const mine = ++asked;
  try {
    const [picture, { edges }] = await Promise.all([
      ask(`graph?${new URLSearchParams({ about: text })}`),
      ask('edges'),
    ]);
    // A late answer about something else, or about what was before, is not shown.
    if (text !== about.text() || mine !== asked) return;
    const now = JSON.stringify([text, picture, edges]);
    if (now === drawn) return;
    draw(picture, edges);
    trouble.replaceChildren();
    await Promise.all([explanation.refresh(), permissions.show([...new Set(edges.map(receiverOf))])]);
    drawn = now;
  } catch (error) {
    // A fetch that finds nobody is a TypeError: the stream says so, and goes on when somebody is there again.
    if (!(error instanceof TypeError)) trouble.replaceChildren(failure(error));
  }
}

/**
 * @param {DrawnGraph} picture
 * @param {readonly ListedEdge[]} edges
 */
function draw(picture, edges) {
  const names = new Set(picture.nodes.map(({ name }) => name));
  const text = about.text();
  const chosen = edges.filter(({ caller, receiver }) => text === '' || (names.has(caller) && names.has(receiver)));
  document.body.classList.toggle('many', new Set(edges.map(receiverOf)).size > MANY);
  about.show([...new Set(edges.flatMap(({ caller, receiver }) => [caller, receiver]))], names.size);
  graph.show(picture, text);
  matrix.show(chosen, picture.edges, new Map(Object.entries(picture.kinds)));
  decisions.only(text);
}

await refresh();
setInterval(refresh, REFRESH_MS);
document.addEventListener('visibilitychange', refresh);
follow();

/** Shows what was decided, and what is being decided. The browser connects again by itself. */
function follow() {
  const stream = new EventSource('/run-edges/v1/decisions?follow=1&changes=1');
  /** @type {Decision[]} what came while the ones before it were being fetched */
  let early = [];
  let caughtUp = false;

  stream.addEventListener('open', async () => {
    early = [];
    caughtUp = false;
    try {
      const { decisions: before } = await ask('decisions');
      const known = new Set(before.map(keyOf));
      decisions.start(before);
      matrix.restart();
      await explanation.refresh();
      for (const decision of early) see(decision, known.has(keyOf(decision)));
      say('live', 'live');
    } catch {
      say('the emulator does not answer', 'gone');
    }
    early = [];
    caughtUp = true;
  });
  stream.addEventListener('changed', refresh);
  stream.addEventListener('error', () => say('the emulator does not answer; trying again', 'gone'));
  stream.addEventListener('message', ({ data }) => {
    const decision = JSON.parse(data);
    if (caughtUp) see(decision);
    else early.push(decision);
  });
}

/**
 * @param {string} text
 * @param {'live' | 'gone'} kind
 */
function say(text, kind) {
  connection.textContent = text;
  connection.className = kind;
}

/**
 * @param {Decision} decision
 * @param {boolean} [listed] whether the list has it already
 */
function see(decision, listed = false) {
  if (!listed) decisions.add(decision);
  // Services that share an account are told apart by nobody: the call is each one's.
  for (const caller of decision.caller.split(' or ')) {
    matrix.see({ ...decision, caller });
    graph.see({ ...decision, caller });
  }
}

/** @param {ListedEdge} edge */
function receiverOf({ receiver }) {
  return receiver;
}

/** @param {Decision} decision */
function keyOf({ time, trace, receiver, path }) {
  return `${time} ${trace} ${receiver} ${path}`;
}
