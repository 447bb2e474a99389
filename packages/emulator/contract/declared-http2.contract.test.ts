import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { type GateCloud, type GateCloudOptions, gateCloud } from './gate-cloud.ts';
import { verifies } from './verifies.ts';

const speaking: Readonly<Record<'h2c' | 'http1', () => Server>> = {
  h2c: () => createHttp2Server((request, response) => response.end(request.httpVersion)) as unknown as Server,
  http1: () => createServer((request, response) => response.end(request.httpVersion)),
};

const declared = (http2: string) => `services: { open: { public: true, calls: [closed]${http2} }, closed: {} }`;

async function before(app: keyof typeof speaking, http2: string, options: GateCloudOptions = {}): Promise<GateCloud> {
  const gates = await gateCloud({ edges: declared(http2), server: speaking[app](), ...options });
  onTestFinished(() => gates[Symbol.asyncDispose]());
  return gates;
}

async function asked(url: string): Promise<string> {
  const answer = await fetch(url);
  return `${answer.status} ${await answer.text()}`;
}

async function askedInHttp2(url: string): Promise<string> {
  const session = connect(url);
  const stream = session.request({ ':path': '/' });
  const [{ ':status': status }] = await once(stream, 'response');
  const body = await text(stream);
  session.close();
  return `${status} ${body}`;
}

describe('http2 in the declaration', () => {
  verifies('gate:http2', 'of callers of either protocol', async () => {
    const { url, cloud } = await before('h2c', ', http2: true');
    expect(await asked(url('open'))).toBe('200 2.0');
    expect(await askedInHttp2(url('open'))).toBe('200 2.0');
    expect(cloud.service('open').frontEnd.http2).toBe(true);
    expect(cloud.service('closed').frontEnd.http2).toBe(false);
  });

  verifies('gate:caller-http2', 'where it is false, or nothing is said', async () => {
    for (const http2 of [', http2: false', '']) {
      const { url } = await before('http1', http2);
      expect(await asked(url('open')), http2).toBe('200 1.1');
      expect(await askedInHttp2(url('open')), http2).toBe('200 1.1');
    }
  });

  verifies('gate:protocol-mismatch', 'and the mend names the file', async () => {
    for (const [app, http2, mend] of [
      ['http1', ', http2: true', /--no-use-http2, and http2 for it in edges\.yaml/],
      ['h2c', ', http2: false', /--use-http2, and http2: true for it in edges\.yaml/],
      ['h2c', '', /--use-http2, and http2: true for it in edges\.yaml/],
    ] as const) {
      const { url, newest } = await before(app, http2);
      expect(await asked(url('open')), app).toBe('503 Service Unavailable');
      expect(newest()).toMatchObject({ rule: 'container-failed', mend: expect.stringMatching(mend) });
    }
  });

  test('opens no gate: who may not call is refused before the container is asked', async () => {
    const { url, bearer, newest } = await before('h2c', '', {
      edges: 'services: { open: { public: true }, closed: { http2: true } }',
    });
    expect((await fetch(url('closed'))).status).toBe(403);
    const [, authorization = ''] = await bearer('open', 'closed');
    expect((await fetch(url('closed'), { headers: { authorization } })).status).toBe(403);
    expect(newest()).toMatchObject({ caller: 'open', rule: 'not-an-invoker' });
  });

  test('the gate’s own setting is stronger, either way', async () => {
    const off = await before('http1', ', http2: true', { gate: { services: { open: { http2: false } } } });
    expect(await asked(off.url('open'))).toBe('200 1.1');
    const on = await before('h2c', ', http2: false', { gate: { services: { open: { http2: true } } } });
    expect(await asked(on.url('open'))).toBe('200 2.0');
  });

  test('is the name of the port by both admin APIs; the others’ ports are as ever', async () => {
    const { cloud } = await before('h2c', ', http2: true');
    const authorization = `Bearer ${await developer(cloud)}`;
    const get = async (path: string) =>
      JSON.stringify(await (await fetch(`${cloud.url}${path}`, { headers: { authorization } })).json());
    const v1 = '/apis/serving.knative.dev/v1/namespaces/run-edges-local/services/';
    const v2 = '/v2/projects/run-edges-local/locations/us-central1/services/';
    for (const path of [v1, v2]) {
      expect(await get(`${path}open`)).toContain('"ports":[{"name":"h2c","containerPort":8080}]');
      expect(await get(`${path}closed`)).toContain('"ports":[{"name":"http1","containerPort":8080}]');
    }
  });

  test('is followed when the file changes, to the next revision of a running app', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'run-edges-http2-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const program = `
      const { createServer } = await import(process.env.SPEAKS);
      createServer((request, response) => response.end(request.httpVersion)).listen(process.env.PORT);`;
    const scripts = { start: `${process.execPath} app.js` };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts }));
    await writeFile(join(folder, 'app.js'), program);
    const edges = (settings: object) =>
      parseDeclaration(JSON.stringify({ services: { app: { public: true, source: folder, ...settings } } }), 'e.yaml');
    const h2c = { http2: true, env: { SPEAKS: 'node:http2' } };
    const http1 = { env: { SPEAKS: 'node:http' } };
    const cloud = await startEmulator({ edges: edges(h2c), isolation: 'none', startTimeout: 120_000 });
    onTestFinished(() => cloud.stop());
    const { url } = cloud.service('app');
    expect(await asked(url)).toBe('200 2.0');
    expect(await (await cloud.declare(edges(http1))).settled).toEqual([]);
    expect(await asked(url)).toBe('200 1.1');
    expect(await (await cloud.declare(edges(h2c))).settled).toEqual([]);
    expect(await asked(url)).toBe('200 2.0');
  });
});

async function developer({ url, userCredentials }: GateCloud['cloud']): Promise<string> {
  const body = new URLSearchParams({
    ...(await userCredentials('developer@example.com')),
    grant_type: 'refresh_token',
  });
  const given = await fetch(`${url}/token`, { method: 'POST', body });
  return ((await given.json()) as { access_token: string }).access_token;
}
