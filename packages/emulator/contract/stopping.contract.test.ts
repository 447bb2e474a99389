import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AdminCloud, emailOf, knative, namespace, preparedCloud, project } from './admin-cloud.ts';
import { plainApp } from './container-cloud.ts';

const services = `${namespace}/services`;
const accounts = `/v1/projects/${project}/serviceAccounts`;

/** What somebody asks of the admin APIs, and how long they wait before the next. */
const step = fc.record({
  what: fc.constantFrom('create', 'create', 'replace', 'delete', 'account', 'call', 'policy'),
  name: fc.constantFrom('search', 'login', 'one', 'two', 'three'),
  pause: fc.nat(40),
});
/** What is asked for, and after how many milliseconds all is stopped. */
const story = fc.record({ steps: fc.array(step, { minLength: 3, maxLength: 12 }), stopAfter: fc.nat(400) });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(admin: AdminCloud, { what, name }: Step, count: number): Promise<void> {
  const body = knative(name, { image: 'app', serviceAccountName: '', env: [{ name: 'COUNT', value: `${count}` }] });
  if (what === 'create') await admin.call('POST', services, body);
  if (what === 'replace') await admin.call('PUT', `${services}/${name}`, body);
  if (what === 'delete') await admin.call('DELETE', `${services}/${name}`);
  if (what === 'account') {
    await admin.call('POST', accounts, { accountId: `${name}-account` });
    await admin.call('POST', services, knative(name, { image: 'app', serviceAccountName: emailOf(`${name}-account`) }));
  }
  if (what === 'call') {
    const service = admin.cloud.services.find((one) => one.name === name);
    if (service !== undefined) await (await fetch(service.url)).text();
  }
  const policy = { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] };
  const resource = `/v1/projects/${project}/locations/us-central1/services/${name}`;
  if (what === 'policy') await admin.call('POST', `${resource}:setIamPolicy`, { policy });
}

/** The processes whose temporary folder is this one: containers, and what watches over them. */
async function processesIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name) && +name !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`TMPDIR=${folder}`) ? [pid] : [];
    }),
  );
  return found.flat();
}

const openServers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

describe('a stop at any moment', () => {
  let app: string;
  let folder: string;
  let atFirst: number;
  beforeAll(async () => {
    atFirst = openServers();
    app = await mkdtemp(join(tmpdir(), 'run-edges-app-'));
    const scripts = { start: `exec ${process.execPath} app.js` };
    await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module', scripts }));
    await writeFile(join(app, 'app.js'), plainApp);
    folder = await mkdtemp(join(tmpdir(), 'run-edges-stopping-'));
    vi.stubEnv('TMPDIR', folder);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(app, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  const seed = Number(process.env.RUN_EDGES_SEED ?? 20_261_130);
  const stories = fc.sample(story, { seed, numRuns: Number(process.env.RUN_EDGES_STORIES ?? 12) });

  test.for(stories.map((one, index) => [index, one] as const))('leaves nothing, story %i', async ([, told]) => {
    const admin = await preparedCloud({ images: { app } });
    let stopped = false;
    const asking = (async () => {
      for (const [count, one] of told.steps.entries()) {
        if (stopped) return;
        // Each is a user of their own: nobody waits for the answer to another.
        void take(admin, one, count).catch(() => undefined);
        await delay(one.pause);
      }
    })();
    await delay(told.stopAfter);
    const since = performance.now();
    const stopping = admin[Symbol.asyncDispose]();
    stopped = true;
    // What is asked for while all is being stopped is not begun.
    void admin.call('POST', services, knative('late', { image: 'app', serviceAccountName: '' })).catch(() => undefined);
    await Promise.all([stopping, asking]);
    // A container that did not hear its SIGTERM is killed no sooner than this.
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(await processesIn(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    await vi.waitFor(() => expect(openServers()).toBe(atFirst), { timeout: 5000 });
  });

  test('what waits for its turn when it begins is not begun', async () => {
    await using admin = await preparedCloud({ images: { app } });
    // It never listens, so that whatever comes after it waits.
    const deaf = (count: number) => ({
      ...knative('deaf'),
      spec: {
        template: {
          spec: {
            containers: [{ image: 'app', command: ['sleep', '1000'], env: [{ name: 'COUNT', value: `${count}` }] }],
          },
        },
      },
    });
    expect((await admin.call('POST', services, deaf(0))).status).toBe(200);
    await vi.waitFor(async () => expect(await processesIn(folder)).not.toEqual([]), { timeout: 25_000 });
    for (const count of [1, 2]) expect((await admin.call('PUT', `${services}/deaf`, deaf(count))).status).toBe(200);
    await admin.cloud.stop();
    // What would be begun is begun at once, or soon.
    await delay(300);
    expect(await processesIn(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('what is asked for after it began is 503, and is not begun', async () => {
    await using admin = await preparedCloud({ images: { app }, stopGrace: 60_000 });
    const started = admin.call('POST', services, knative('one', { image: 'app', serviceAccountName: '' }));
    expect((await started).status).toBe(200);
    await admin.until(`${services}/one`, (service) => service.status.conditions[0].status === 'True');
    await admin.call('POST', `/v1/projects/${project}/locations/us-central1/services/one:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] },
    });
    const held = await fetch(`${admin.cloud.service('one').url}/hold`);
    const stopping = admin.cloud.stop();
    const late = (name: string) => knative(name, { image: 'app', serviceAccountName: '' });
    for (const [method, path, name] of [
      ['PUT', `${services}/one`, 'one'],
      ['POST', services, 'two'],
    ] as const)
      expect(await admin.call(method, path, late(name))).toMatchObject({
        status: 503,
        body: { error: { status: 'UNAVAILABLE', message: 'run-edges is stopping.' } },
      });
    await held.body?.cancel();
    await stopping;
    expect(await processesIn(folder)).toEqual([]);
  });

  test('a revision that was still coming up is tried again at the next start, and the one before serves', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'state-'));
    const first = await preparedCloud({ images: { app }, stateDir });
    const desired = (env: object[]) => knative('one', { image: 'app', serviceAccountName: '', env });
    await first.call('POST', services, desired([]));
    const ready = (service: { status: { conditions: { status: string }[] } }) =>
      service.status.conditions[0]?.status === 'True';
    await first.until(`${services}/one`, ready);
    expect((await first.call('PUT', `${services}/one`, desired([{ name: 'NEW', value: 'yes' }]))).status).toBe(200);
    await first[Symbol.asyncDispose]();
    await using second = await preparedCloud({ images: { app }, stateDir });
    const service = await second.until(
      `${services}/one`,
      (one) => ready(one) && one.status.latestReadyRevisionName === one.status.latestCreatedRevisionName,
    );
    expect(service.status.latestReadyRevisionName).toMatch(/^one-00002-/);
    expect(second.cloud.service('one').env).toMatchObject({ NEW: 'yes' });
    await second[Symbol.asyncDispose]();
    await rm(stateDir, { recursive: true, force: true });
  });
});
