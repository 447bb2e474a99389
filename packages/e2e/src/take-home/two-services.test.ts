import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProject, type Packed, packAll, succeeds } from './packed.ts';

const edges = (calls: string) => `services:
  web: { source: web, public: true, calls: ${calls} }
  people: { source: people }
`;

/** A repository of somebody else: Hono and Express, a test of theirs, and what we pack. Nothing of this repository is near. */

const manifest = {
  private: true,
  type: 'module',
  dependencies: { '@hono/node-server': '^2.1.9', express: '^5.3.0', hono: '^4.13.19' },
  devDependencies: { vitest: '^5.1.1' },
};

const files: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify(manifest),
  'web/package.json': '{ "type": "module", "scripts": { "start": "node server.js" } }',
  'web/server.js': `import { serve } from '@hono/node-server';
import { createServiceClient } from '@run-edges/auth/outbound';
import { Hono } from 'hono';

const people = createServiceClient({ url: process.env.PEOPLE_URL ?? 'http://127.0.0.1:9', header: 'both' });
const app = new Hono();
app.get('/', async (c) => c.text(await (await people.fetch('/whoami')).text()));
serve({ fetch: app.fetch, port: Number(process.env.PORT) });
`,
  'people/package.json': '{ "type": "module", "scripts": { "start": "node server.js" } }',
  'people/server.js': `import { callerAuth } from '@run-edges/auth/express';
import { allowedCallersFrom } from '@run-edges/auth/inbound';
import express from 'express';

const app = express();
app.use(
  callerAuth({
    mode: 'signature',
    audience: process.env.SERVICE_URL,
    allowedCallers: allowedCallersFrom(process.env.ALLOWED_CALLERS),
    jwksUri: process.env.GOOGLE_CERTS_URL,
  }),
);
app.get('/whoami', (request, response) => void response.send(request.caller.email));
app.listen(process.env.PORT);
`,
};

/** What they test of their own later: that the client of one brings its identity to the other. */
const ownTest = `import { expect, test } from 'vitest';

const { PEOPLE_URL, RUN_EDGES_TOKEN, RUN_EDGES_URL, WEB_URL } = process.env;

async function askedBy(caller) {
  const response = await fetch(RUN_EDGES_URL + '/run-edges/v1/callers/' + caller + '/id-token', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + RUN_EDGES_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ audience: PEOPLE_URL }),
  });
  const { token } = await response.json();
  return fetch(PEOPLE_URL + '/whoami', { headers: { authorization: 'Bearer ' + token } });
}

test('web calls people', async () => {
  const response = await fetch(WEB_URL);
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/^web-run@/);
  expect((await askedBy('web')).status).toBe(200);
});

test('nobody else does', async () => {
  expect((await fetch(PEOPLE_URL + '/whoami')).status).toBe(403);
  expect((await askedBy('stranger')).status).toBe(403);
});
`;

let packed: Packed;
let project: string;
beforeAll(async () => {
  packed = await packAll();
  project = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-two-services-')));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
}, 300_000);
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFileSync(join(project, file), text);
const EXEC = ['npx', 'run-edges', 'exec', '--', 'npx', 'vitest', 'run'];

test('three commands after nothing was there, allowed is 200 and forbidden 403', async () => {
  const typed: (readonly string[])[] = [];
  const type = (...command: readonly string[]) => {
    typed.push(command);
    return succeeds(inProject(project, command));
  };
  await type('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...Object.values(packed));
  expect((await type('npx', 'run-edges', 'init')).stdout).toContain('web -> people: guess: PEOPLE_URL is read in web/');
  const { stdout } = await type(...EXEC, '--reporter=verbose');
  expect(stdout).toMatch(/✓ .*web -> people: 200/);
  expect(stdout).toMatch(/✓ .*people -> web: 403/);
  expect(stdout).toMatch(/✓ .*anonymous -> people: 403/);
  expect(typed).toHaveLength(3);
}, 300_000);

test('the client of one brings its identity to the other, and what is declared decides', async () => {
  write('edges.yaml', edges('[people]'));
  write('own.test.js', ownTest);
  const { stdout } = await succeeds(inProject(project, [...EXEC, 'own.test.js']));
  expect(stdout).toMatch(/Tests +2 passed/);

  // Without the edge the same test fails, and its exit code is the command's.
  write('edges.yaml', edges('[]'));
  const without = await inProject(project, [...EXEC, 'own.test.js']);
  expect(without.code, without.stderr).toBe(1);
  expect(without.stdout).toMatch(/Tests +1 failed \| 1 passed/);
}, 300_000);
