/** @import { Decision } from '../src/decisions/decision-log.ts' */
import { decisionsView } from './decisions.js';
import { ask, byId } from './dom.js';
import { explanationView } from './explanation.js';
import { graphView } from './graph.js';
import { inspector } from './inspector.js';
import { matrixView } from './matrix.js';

/** How often policies and services are looked at again, in milliseconds. */
const REFRESH_MS = 3000;

const connection = byId('connection', HTMLParagraphElement);
const graph = graphView(byId('graph', HTMLDivElement));
const explanation = explanationView(byId('explanation', HTMLDivElement));
const matrix = matrixView(byId('matrix', HTMLDivElement), explanation.show);
const decisions = decisionsView();
inspector();

const { id, region } = await ask('project');
byId('project', HTMLParagraphElement).textContent = `${id}, ${region}`;

let drawn = '';

/** Draws graph and table again where something changed: gcloud grants and deploys while the page is open. */
async function refresh() {
  if (document.hidden) return;
  try {
    const [picture, { edges }] = await Promise.all([ask('graph'), ask('edges')]);
    const now = JSON.stringify([picture, edges]);
    if (now === drawn) return;
    drawn = now;
    graph.show(picture);
    matrix.show(edges);
  } catch {
    // The stream says that the emulator is gone, and comes back with it.
  }
}

await refresh();
setInterval(refresh, REFRESH_MS);
document.addEventListener('visibilitychange', refresh);
follow();

/** Shows what was decided, and what is being decided. The browser connects again by itself. */
function follow() {
  const stream = new EventSource('/run-edges/v1/decisions?follow=1');
  /** @type {Decision[] | undefined} what comes while the ones before are being fetched */
  let early;

  stream.addEventListener('open', async () => {
    early = [];
    const before = await ask('decisions');
    const known = new Set(before.decisions.map(keyOf));
    decisions.start(before.decisions);
    const missed = early.filter((decision) => !known.has(keyOf(decision)));
    early = undefined;
    for (const decision of missed) see(decision);
    connection.textContent = 'live';
    connection.className = 'live';
  });
  stream.addEventListener('error', () => {
    connection.textContent = 'the emulator does not answer; trying again';
    connection.className = 'gone';
  });
  stream.addEventListener('message', ({ data }) => {
    const decision = JSON.parse(data);
    if (early === undefined) see(decision);
    else early.push(decision);
  });
}

/** @param {Decision} decision */
function see(decision) {
  decisions.add(decision);
  matrix.see(decision);
  graph.see(decision);
}

/** @param {Decision} decision */
function keyOf({ time, trace, receiver, path }) {
  return `${time} ${trace} ${receiver} ${path}`;
}
