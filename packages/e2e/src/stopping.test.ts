import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runEdges } from './support/command-line.ts';

const TOKEN = 'the-token-of-a-developer-who-stops-things';
/** Cloud Run gives a container so long, and a machine that is busy takes more. */
const LONGEST_MS = 10_000 + 5000;
const seed = Number(process.env.RUN_EDGES_SEED ?? 20_261_130);
const moments = fc.sample(fc.record({ services: fc.integer({ min: 1, max: 4 }), after: fc.nat(250) }), {
  seed,
  numRuns: Number(process.env.RUN_EDGES_STORIES ?? 4),
});

let app: string;
beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'run-edges-app-'));
  const scripts = { start: `exec ${process.execPath} app.js` };
  await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(
    join(app, 'app.js'),
    "import { createServer } from 'node:http'; createServer((_, response) => response.end()).listen(process.env.PORT, '0.0.0.0');",
  );
});
afterAll(() => rm(app, { recursive: true, force: true }));

/** The processes whose temporary folder this is: the command, containers, and what watches over them. */
async function processesIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`TMPDIR=${folder}`) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** An access token of the project's owner. */
async function signIn(api: string): Promise<string> {
  const signedIn = await fetch(`${api}/run-edges/v1/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const { credentials } = (await signedIn.json()) as { credentials: Record<string, string> };
  const body = new URLSearchParams({ ...credentials, grant_type: 'refresh_token' });
  const token = await fetch(`${api}/token`, { method: 'POST', body });
  return ((await token.json()) as { access_token: string }).access_token;
}

test.for(moments)('a SIGTERM soon after a deployment ends all of it: %j', { timeout: 120_000 }, async (moment) => {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-stopping-'));
  const up = runEdges(['up', '--empty', '--port', '0', '--map', `app=${app}`], undefined, {
    env: { TMPDIR: folder, HOME: folder, RUN_EDGES_TOKEN: TOKEN },
  });
  const printed = await up.printed('Press Ctrl-C to stop.');
  const [, api = ''] = /--target (http:\S+?)\)"/.exec(printed) ?? [];
  const headers = { authorization: `Bearer ${await signIn(api)}`, 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    fetch(`${api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const project = '/v1/projects/run-edges-local';
  const serviceIds = ['run.googleapis.com', 'iam.googleapis.com'];
  expect((await post(`${project}/services:batchEnable`, { serviceIds })).status).toBe(200);
  const created = Array.from({ length: moment.services }, (_, index) =>
    post('/apis/serving.knative.dev/v1/namespaces/run-edges-local/services', {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: `service-${index}` },
      spec: { template: { spec: { containers: [{ image: 'app' }] } } },
    }).catch(() => undefined),
  );
  await delay(moment.after);
  const since = performance.now();
  up.child.kill('SIGTERM');
  await Promise.all([up.ended, ...created]);
  expect(performance.now() - since).toBeLessThan(LONGEST_MS);
  expect(await processesIn(folder)).toEqual([]);
  expect((await readdir(folder)).filter((name) => name.startsWith('run-edges'))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});
