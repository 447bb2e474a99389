import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ContainerCloudOptions, containerCloud, plainApp } from './container-cloud.ts';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

/** Ample: a machine may be slow. */
const soon = { timeout: 25_000, interval: 10 };
const up = (options?: ContainerCloudOptions) => containerCloud(plainApp, options);
const told = ({ body }: { body: string }) => JSON.parse(body) as { id: string; env: Record<string, string> };

/** A program that does `then` from its second start on. */
const secondTime = (then: string) => `
import { existsSync, writeFileSync } from 'node:fs';
const mark = process.env.STATE_DIR + '/started';
const again = existsSync(mark);
writeFileSync(mark, '');
if (again) { ${then} }
else { await import('data:text/javascript,' + encodeURIComponent(${JSON.stringify(plainApp)})); }
`;

describe('the environment of a container', () => {
  verifies('container:port', 'and the gate finds it there', async () => {
    const app = await up();
    const { env } = told(await app.get());
    expect(env.PORT).toBe(new URL(app.cloud.service('app').containerUrl ?? '').port);
  });

  verifies('container:k-variables', 'as in the name of a revision', async () => {
    const { env } = told(await (await up()).get());
    expect(env).toMatchObject({
      K_SERVICE: 'app',
      K_CONFIGURATION: 'app',
      K_REVISION: expect.stringMatching(/^app-00001-[a-z0-9]{3}$/),
    });
  });

  verifies('container:own-environment', 'with the variables that its declaration names', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/home/me/key.json');
    vi.stubEnv('SECRET_OF_MINE', 'secret');
    const app = await up({ service: ', env: { MINE: one }', env: { app: { YOURS: 'two' } } });
    vi.unstubAllEnvs();
    const { env } = told(await app.get());
    expect(env).toMatchObject({
      MINE: 'one',
      YOURS: 'two',
      GCE_METADATA_HOST: app.cloud.service('app').listed().metadataHost,
    });
    expect(Object.keys(env)).not.toContain('GOOGLE_APPLICATION_CREDENTIALS');
    expect(Object.keys(env)).not.toContain('SECRET_OF_MINE');
    expect(env.HOME).not.toBe(process.env.HOME);
  });

  verifies('container:port-8080', 'in every container', async () => {
    expect(told(await (await up()).get()).env.PORT).toBe('8080');
  });
});

describe('the start of a container', () => {
  verifies('container:startup-probe', 'and one that listens elsewhere is ended', async () => {
    const deaf = "import { createServer } from 'node:http'; createServer().listen(0);";
    await expect(containerCloud(deaf, { startTimeout: 500 })).rejects.toMatchObject({
      code: 'START_TIMEOUT',
      message: expect.stringContaining('within 0.5 s'),
      mend: expect.stringContaining('PORT'),
    });
  });

  verifies('container:ends-at-start', 'and its last line', async () => {
    await expect(containerCloud('console.error("no database"); process.exit(7);')).rejects.toMatchObject({
      code: 'CRASHED_AT_START',
      message: 'app ended at start with exit code 7: no database.',
    });
  });

  verifies('container:all-addresses', 'so that it does not come up', async () => {
    const shy = "import { createServer } from 'node:http'; createServer().listen(process.env.PORT, '127.0.0.1');";
    await expect(containerCloud(shy, { startTimeout: 20_000 })).rejects.toMatchObject({ code: 'START_TIMEOUT' });
  });

  verifies('container:runs-already', 'with every rule of the gate', async () => {
    const server = createServer((_request, response) => response.end('elsewhere')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const app = await up({ fronts: { app: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } });
    expect(await app.get()).toEqual({ status: 200, body: 'elsewhere' });
    expect((await app.get('/healthz')).status).toBe(404);
    expect(app.states).toEqual(['ready']);
  });
});

describe('the end of a container', () => {
  verifies('container:crash', 'and again, while the gate goes on', async () => {
    const app = await up();
    const ids = new Set<string>();
    for (let count = 0; count < 3; count++) {
      ids.add(told(await app.get()).id);
      expect((await app.get('/crash')).status).toBe(503);
      await vi.waitFor(() => expect(app.states.filter((state) => state === 'ready')).toHaveLength(count + 2), soon);
    }
    expect(ids.size).toBe(3);
    expect((await app.get()).status).toBe(200);
    expect(app.cloud.decisions.list().filter(({ rule }) => rule === 'container-failed')).toHaveLength(3);
  });

  verifies('container:sigterm', 'so that it can tidy up', async () => {
    const tidy = `${plainApp} process.removeAllListeners('SIGTERM').on('SIGTERM', async () => {
      console.log('heard SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log('tidied up');
      process.exit(0);
    });`;
    const app = await containerCloud(tidy);
    await app.cloud.stop();
    expect(app.logs).toEqual(['heard SIGTERM', 'tidied up']);
  });

  verifies(
    'container:sigkill',
    'after 10 seconds and not before',
    async () => {
      const app = await containerCloud(`${plainApp} process.removeAllListeners('SIGTERM').on('SIGTERM', () => {});`);
      const { containerUrl = '' } = app.cloud.service('app');
      expect((await fetch(containerUrl)).status).toBe(200);
      const since = performance.now();
      await app.cloud.stop();
      expect(performance.now() - since).toBeGreaterThan(9900);
      await expect(fetch(containerUrl)).rejects.toThrow();
    },
    60_000,
  );
});

describe('scaling', () => {
  const asleep = (app: Awaited<ReturnType<typeof up>>) =>
    vi.waitFor(() => expect(app.cloud.service('app').state).toBe('stopped'), soon);

  verifies('container:to-zero', 'told by SIGTERM, and not while an answer is under way', async () => {
    const app = await up({ scaleToZero: 1 });
    await asleep(app);
    const holding = await fetch(`${app.url}/hold`);
    await delay(100);
    expect(app.cloud.service('app').state).toBe('ready');
    await holding.body?.cancel();
    await asleep(app);
    await vi.waitFor(() => expect(app.logs).toEqual(['heard SIGTERM', 'heard SIGTERM']), soon);
  });

  test('who was turned away with 429 does not keep the container up', async () => {
    const app = await up({ scaleToZero: 1, service: ', concurrency: 1, maxInstances: 1', gate: { queueWait: 20 } });
    await app.get();
    const holding = await fetch(`${app.url}/hold`);
    expect((await app.get()).status).toBe(429);
    await holding.body?.cancel();
    await asleep(app);
  });

  verifies('container:from-zero', 'one start for all of them', async () => {
    // They are not all heard at once, and nobody may go between.
    const app = await up({ scaleToZero: 2000 });
    await asleep(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.get()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => told(answer).id)).size).toBe(1);
    expect(app.states.slice(0, 5)).toEqual(['starting', 'ready', 'stopped', 'starting', 'ready']);
    const posted = async () => {
      await asleep(app);
      return (await fetch(app.url, { method: 'POST', body: 'x'.repeat(100_000) })).status;
    };
    expect(await posted()).toBe(200);
  });

  verifies('container:from-zero-failed', 'and its log says why', async () => {
    const app = await containerCloud(secondTime('console.error("no luck"); process.exit(1);'), { scaleToZero: 1 });
    await asleep(app);
    for (let count = 0; count < 2; count++) expect((await app.get()).status).toBe(503);
    expect(app.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'container-failed', status: 503 });
    expect(app.logs).toContain('app did not come up: app ended at start with exit code 1: no luck.');
  });

  verifies('container:queue-wait', 'and who leaves the queue is not waited for', async () => {
    const app = await containerCloud(secondTime('setInterval(() => {}, 1000);'), {
      scaleToZero: 1,
      gate: { queueWait: 50 },
    });
    await asleep(app);
    await expect(fetch(app.url, { signal: AbortSignal.timeout(10) })).rejects.toThrow();
    expect(await app.get()).toEqual({ status: 429, body: 'Rate exceeded.' });
    expect(app.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'no-instance' });
  });

  verifies('container:min-instances', 'whatever the option says', async () => {
    const app = await up({ scaleToZero: 1, service: ', minInstances: 1' });
    await app.get();
    await delay(100);
    expect(app.states).toEqual(['starting', 'ready']);
  });

  verifies('container:second-instance', 'while the first holds all that it takes', async () => {
    const app = await up({ service: ', concurrency: 1, maxInstances: 2' });
    const first = await fetch(`${app.url}/hold`);
    const { value } = (await first.body?.getReader().read()) ?? {};
    expect(told(await app.get()).id).not.toBe(told({ body: Buffer.from(value ?? '').toString() }).id);
  });

  verifies('container:defaults', 'which the declaration or the gate’s settings change', async () => {
    const edges = 'services: { usual: { public: true }, other: { concurrency: 3, maxInstances: 2 } }';
    await using gates = await gateCloud({ edges, gate: { services: { other: { requestTimeout: 5000 } } } });
    const usual = { concurrency: 80, maxInstances: 100, requestTimeout: 300_000 };
    expect(gates.cloud.service('usual').frontEnd).toMatchObject(usual);
    const changed = { concurrency: 3, maxInstances: 2, requestTimeout: 5000 };
    expect(gates.cloud.service('other').frontEnd).toMatchObject(changed);
  });

  verifies('container:longest-timeout', 'and a longer one is refused', async () => {
    const app = (_request: unknown, response: { end(): unknown }) => void response.end();
    await using gates = await gateCloud({ app, gate: { requestTimeout: 3_600_000 } });
    expect((await rawRequest(gates.url('open'))).status).toBe(200);
    await expect(gateCloud({ app, gate: { requestTimeout: 3_600_001 } })).rejects.toMatchObject({
      code: 'SETTING_INVALID',
    });
  });
});
