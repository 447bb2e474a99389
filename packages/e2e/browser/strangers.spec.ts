import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';

const REBOUND = 'evil.example';
const METADATA = '/computeMetadata/v1/instance/service-accounts/default';
/** What a page must not come to know: of the API, and of a metadata server. */
const SECRETS = ['/run-edges/v1/decisions', '/run-edges/v1/services', '/run-edges/v1/faults', '/run-edges/v1/calls'];
const TOKENS = [`${METADATA}/token`, `${METADATA}/identity?audience=a`, `${METADATA}/email`];
const WITHDRAW = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"withdraw":true}' };

const script = readFileSync(new URL('evil-page.js', import.meta.url), 'utf8');
const evilPage = `<!doctype html><title>evil</title><body><script>${script}</script>`;

let app: Server;
let evil: Server;
let cloud: Cloud;
let context: BrowserContext;
let page: Page;

test.skip(({ isMobile }) => isMobile, 'the size of the window is no matter');

const portOf = (server: Server) => (server.address() as AddressInfo).port;

test.beforeAll(async ({ playwright, launchOptions }) => {
  app = createServer((_request, response) => void response.end('from the app')).listen(0, '127.0.0.1');
  evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(evilPage);
  }).listen(0, '127.0.0.1');
  await Promise.all([once(app, 'listening'), once(evil, 'listening')]);
  const front = `http://127.0.0.1:${portOf(app)}`;
  cloud = await startEmulator({
    edges: parseDeclaration('services: { login: { public: true, calls: [search] }, search: {} }', 'edges.yaml'),
    fronts: { login: front, search: front },
  });
  const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`];
  const browser = await playwright.chromium.launch({ ...launchOptions, args });
  // The attacker's page has no policy of ours, wherever it stands.
  context = await browser.newContext({ bypassCSP: true });
});
test.afterAll(async () => {
  await context?.browser()?.close();
  await cloud?.stop();
  for (const server of [app, evil]) {
    server?.closeAllConnections();
    server?.close();
  }
});
test.beforeEach(async () => {
  page = await context.newPage();
});
// Of a test that is skipped there is none.
test.afterEach(async () => page?.close());

const ports = () => [cloud.url, ...cloud.principals.map(({ metadataHost }) => `http://${metadataHost}`)];

/** What a page that attacks leaves behind, if it can: other keys, other faults, calls that were answered. */
async function traces(): Promise<unknown> {
  const read = async (path: string) => (await fetch(cloud.url + path)).json();
  const { calls } = (await read('/run-edges/v1/calls')) as { calls: { status: number }[] };
  const answered = calls.filter(({ status }) => status < 400);
  return [await read('/oauth2/v3/certs'), await read('/run-edges/v1/faults'), answered];
}

/** Calls one of the page's own functions. */
function attack<T>(name: string, ...given: readonly unknown[]): Promise<T> {
  return page.evaluate(`evil.${name}(${given.map((one) => JSON.stringify(one)).join(', ')})`) as Promise<T>;
}

test('the console’s own page reads what no page below may, so that they can fail', async () => {
  await page.goto(cloud.url);
  await page.addScriptTag({ content: script });
  for (const path of SECRETS) expect(await attack('read', cloud.url + path), path).not.toBe('');
  expect(await attack('open', cloud.url)).toEqual(
    expect.arrayContaining([`stream ${cloud.url}`, `script ${cloud.url}`]),
  );
});

for (const host of ['127.0.0.1', 'localhost', REBOUND])
  test.describe(`a page at ${host}, on another port`, () => {
    test.beforeEach(async () => {
      await page.goto(`http://${host}:${portOf(evil)}/`);
    });

    test('reads nothing, with or without headers of its own', async () => {
      for (const base of ports())
        for (const path of [...SECRETS, ...TOKENS])
          for (const init of [
            {},
            { credentials: 'include' },
            { mode: 'no-cors' },
            { headers: { 'Metadata-Flavor': 'Google' } },
            { headers: { authorization: `Bearer ${cloud.developerToken}` } },
          ])
            expect(await attack('read', base + path, init), base + path).toBe('');
    });

    test('changes nothing by what a browser sends without asking', async () => {
      const before = await traces();
      for (const path of ['/run-edges/v1/keys/rotate', '/run-edges/v1/faults', '/run-edges/v1/credentials', '/token'])
        await attack('sendSimple', cloud.url + path);
      expect(await traces()).toEqual(before);
    });

    test('changes nothing by forms, whatever they are encoded as', async () => {
      const before = await traces();
      for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
        const answered = page.waitForResponse((response) => response.url().endsWith('/keys/rotate'));
        await attack('submit', `${cloud.url}/run-edges/v1/keys/rotate`, enctype);
        expect((await answered).status(), enctype).toBe(403);
        await page.waitForURL(/keys\/rotate$/);
        await page.goto(`http://${host}:${portOf(evil)}/`);
      }
      expect(await traces()).toEqual(before);
    });

    test('changes nothing by what a preflight would have to allow', async () => {
      const before = await traces();
      const authorization = `Bearer ${cloud.developerToken}`;
      const service = '/apis/serving.knative.dev/v1/namespaces/run-edges-local/services/search';
      for (const [method, path] of [
        ['PATCH', '/run-edges/v1/faults'],
        ['POST', '/run-edges/v1/keys/rotate'],
        ['PUT', service],
        ['DELETE', service],
      ]) {
        const init = {
          method,
          headers: { 'content-type': 'application/json', authorization },
          body: '{"certsDown":true}',
        };
        expect(await attack('read', cloud.url + path, init)).toBe('');
      }
      expect(await traces()).toEqual(before);
    });

    test('follows no stream, opens no WebSocket, and shows nothing as a script, a picture or a frame', async () => {
      for (const base of ports()) expect(await attack('open', base)).toEqual([]);
      await attack('frame', `${cloud.url}/run-edges/console/`);
      for (const frame of page.frames()) expect(await frame.title()).not.toBe('run-edges console');
    });

    test('has no hold of a console that it opens', async () => {
      const opening = page.waitForEvent('popup');
      await attack('popup', `${cloud.url}/run-edges/console/`);
      const popup = await opening;
      await expect(popup).toHaveTitle('run-edges console');
      expect(await attack('titleOfPopup')).toBe('');
      await popup.close();
    });
  });

test('a page whose name is rebound to this machine is of one origin with every port, and is answered by none', async () => {
  const before = await traces();
  for (const base of ports()) {
    const origin = `http://${REBOUND}:${new URL(base).port}`;
    // Whatever a page of that origin is: here what refuses it, with the attacker's script in it.
    expect((await page.goto(origin + SECRETS[0]))?.status()).toBe(421);
    await page.addScriptTag({ content: script });
    const init = { headers: { 'Metadata-Flavor': 'Google', authorization: `Bearer ${cloud.developerToken}` } };
    for (const path of [...SECRETS, ...TOKENS, '/oauth2/v3/certs', '/run-edges/console/'])
      expect(await attack('statusOf', origin + path, init), origin + path).toBe(421);
    expect(await attack('statusOf', `${origin}/run-edges/v1/keys/rotate`, WITHDRAW)).toBe(421);
    expect(await attack('open', origin)).toEqual([]);
  }
  expect(await traces()).toEqual(before);
});
