/** @import { Decision } from '../src/run/gate/decision.ts' */
/** @import { ListedEdge } from '../src/watch/routes/edge-routes.ts' */
import { decisionsView } from './decisions.js';
import { ask, byId, failure } from './dom.js';
import { explanationView } from './explanation.js';
import { graphView } from './graph.js';
import { inspector } from './inspector.js';
import { matrixView } from './matrix.js';
import { permissionsView } from './permissions.js';

/** How often policies and services are looked at again, in milliseconds. */
const REFRESH_MS = 3000;

const connection = byId('connection', HTMLParagraphElement);
const graph = graphView(byId('graph', HTMLDivElement));
const explanation = explanationView(byId('explanation', HTMLDivElement));
const matrix = matrixView(byId('matrix', HTMLDivElement), explanation.show);
const decisions = decisionsView();
inspector();

const project = await ask('project');
byId('project', HTMLParagraphElement).textContent = `${project.id}, ${project.region}`;
const permissions = permissionsView(project, refresh);

let drawn = '';

/** Draws graph and table again where something changed: gcloud grants and deploys while the page is open. */
async function refresh() {
  if (document.hidden) return;
  try {
    const [picture, { edges }] = await Promise.all([ask('graph'), ask('edges')]);
    const now = JSON.stringify([picture, edges]);
    if (now === drawn) return;
    graph.show(picture);
    matrix.show(edges, picture);
    await Promise.all([explanation.refresh(), permissions.show([...new Set(edges.map(receiverOf))])]);
    drawn = now;
  } catch (error) {
    // A fetch that finds nobody is a TypeError: the stream says so, and goes on when somebody is there again.
    if (!(error instanceof TypeError)) byId('explanation', HTMLDivElement).replaceChildren(failure(error));
  }
}

await refresh();
setInterval(refresh, REFRESH_MS);
document.addEventListener('visibilitychange', refresh);
follow();

/** Shows what was decided, and what is being decided. The browser connects again by itself. */
function follow() {
  const stream = new EventSource('/run-edges/v1/decisions?follow=1');
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
