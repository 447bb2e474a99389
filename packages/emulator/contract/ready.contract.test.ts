import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cloud, type EmulatorOptions, type Readiness, startEmulator } from '../src/index.ts';
import { plainApp } from './container-cloud.ts';
import { freePorts } from './free-ports.ts';
import { appFolder } from './job-cloud.ts';

async function ask(api: string, init?: RequestInit): Promise<{ status: number; body: Readiness }> {
  const answer = await fetch(`${api}/run-edges/v1/ready`, init);
  return { status: answer.status, body: (await answer.json()) as Readiness };
}

/** Asks until the answer is one of these. */
async function until(
  api: string,
  wanted: (answer: Readiness) => boolean,
): Promise<{ status: number; body: Readiness }> {
  for (;;) {
    const answer = await ask(api).catch(() => undefined);
    if (answer !== undefined && wanted(answer.body)) return answer;
  }
}

const forEver = 'setInterval(() => undefined, 1000);';

async function start(text: string, options: Partial<EmulatorOptions> = {}): Promise<Cloud> {
  const cloud = await startEmulator({ edges: parseDeclaration(text, 'edges.yaml'), ...options });
  onTestFinished(() => cloud.stop());
  return cloud;
}

describe('whether everything is up', () => {
  test('is no, with what is missing, from the moment the API listens until it is; and yes from then on, unasked who asks', async () => {
    const port = await freePorts(4);
    const api = `http://127.0.0.1:${port}`;
    const open = Promise.withResolvers<void>();
    const gate = createServer((_request, response) => void open.promise.then(() => response.end()));
    gate.listen(0, '127.0.0.1');
    await new Promise((resolve) => gate.once('listening', resolve));
    onTestFinished(() => void gate.close());
    const { port: gatePort } = gate.address() as AddressInfo;
    // It listens as soon as it is let.
    const waiting = await appFolder(`await fetch('http://127.0.0.1:${gatePort}'); ${plainApp}`);
    const quick = await appFolder(plainApp);
    const pool = await appFolder(forEver);
    const starting = start(
      `services: { quick: { source: "${quick}" }, late: { source: "${waiting}" } }
workerPools: { mailer: { source: "${pool}" } }
jobs: { nightly: { source: "${pool}" } }
principals: { ada: { member: "user:ada@example.com" } }
external: { payments: { url: https://payments-1.europe-west1.run.app } }`,
      { port },
    );
    const early = await until(api, ({ missing }) => missing.length === 1 && missing[0]?.name === 'late');
    expect(early).toEqual({
      status: 503,
      body: { ready: false, missing: [{ name: 'late', kind: 'service', state: 'starting' }] },
    });
    open.resolve();
    const cloud = await starting;
    expect(await ask(cloud.url)).toEqual({ status: 200, body: { ready: true, missing: [] } });
    const head = await fetch(`${cloud.url}/run-edges/v1/ready`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('cache-control')).toBe('no-store');
  });

  test('names each kind that is missing, and is never yes before', async () => {
    const port = await freePorts(4);
    const api = `http://127.0.0.1:${port}`;
    const source = await appFolder('setInterval(() => undefined, 1000);');
    const text = `services: { never: { source: "${source}" } }
workerPools: { mailer: { source: "${source}" } }
jobs: { nightly: { source: "${source}" } }`;
    const ended = new AbortController();
    const starting = start(text, { port, signal: ended.signal });
    const seen: Readiness[] = [];
    await until(api, (answer) => seen.push(answer) > 0 && answer.missing.length === 1);
    ended.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    expect(seen.every(({ ready }) => !ready)).toBe(true);
    expect(seen.at(-1)?.missing).toEqual([{ name: 'never', kind: 'service', state: 'starting' }]);
    const kinds = { never: 'service', mailer: 'workerPool', nightly: 'job' };
    for (const { name, kind } of seen.flatMap(({ missing }) => missing))
      expect({ [name]: kind }).toEqual({ [name]: kinds[name as keyof typeof kinds] });
  });

  test('is no where a service or a worker pool has crashed, and yes again when it is back', async () => {
    const source = await appFolder(plainApp);
    const marker = await appFolder('');
    // Dies with the first, and comes back once a file says so.
    const pool = await appFolder(`import { existsSync, rmSync } from 'node:fs';
if (existsSync('${marker}/app.js')) { setTimeout(() => { rmSync('${marker}/app.js'); process.exit(1); }, 500); } else ${forEver}`);
    const cloud = await start(
      `services: { app: { public: true, source: "${source}" } }\nworkerPools: { mailer: { source: "${pool}" } }`,
    );
    expect((await ask(cloud.url)).status).toBe(200);
    await until(cloud.url, ({ missing }) =>
      missing.some(({ kind, state }) => kind === 'workerPool' && state === 'crashed'),
    );
    await until(cloud.url, ({ ready }) => ready);
    await fetch(`${cloud.service('app').url}/crash`).catch(() => undefined);
    const down = await until(cloud.url, ({ missing }) => missing.some(({ state }) => state === 'crashed'));
    expect(down).toEqual({
      status: 503,
      body: { ready: false, missing: [{ name: 'app', kind: 'service', state: 'crashed' }] },
    });
    expect((await until(cloud.url, ({ ready }) => ready)).status).toBe(200);
  });

  test('is yes while a service sleeps: the next request wakes it', async () => {
    const source = await appFolder(plainApp);
    const asleep = Promise.withResolvers<void>();
    const cloud = await start(`services: { app: { public: true, source: "${source}" } }`, {
      scaleToZero: 1,
      onState: ({ state }) => state === 'stopped' && asleep.resolve(),
    });
    await asleep.promise;
    expect(cloud.service('app').state).toBe('stopped');
    expect(await ask(cloud.url)).toEqual({ status: 200, body: { ready: true, missing: [] } });
  });

  test('is yes in an empty project, and asked by a web page of elsewhere it is nothing', async () => {
    const cloud = await start('services: { app: {} }', { deployed: false });
    expect((await ask(cloud.url)).body).toEqual({ ready: true, missing: [] });
    expect((await ask(cloud.url, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await ask(cloud.url, { method: 'POST' })).status).toBe(404);
  });
});
