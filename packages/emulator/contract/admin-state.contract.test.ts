import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  adminCloud,
  condition,
  emailOf,
  isReady,
  isSettled,
  knative,
  namespace,
  preparedCloud,
  project,
  v1,
} from './admin-cloud.ts';

const services = `${namespace}/services`;
const accounts = `/v1/projects/${project}/serviceAccounts`;
const invoker = (member: string) => ({ policy: { bindings: [{ role: 'roles/run.invoker', members: [member] }] } });

async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('what the admin APIs changed', () => {
  test('survives a restart: services that run, policies, accounts, APIs and pools', async () => {
    const stateDir = await stateFolder();
    const before = await preparedCloud({ stateDir });
    await before.call('POST', services, knative('search', { env: [{ name: 'A', value: 'b' }] }));
    const deployed = await before.until(`${services}/search`, isReady);
    await before.call('POST', services, knative('never', { image: 'nothing', serviceAccountName: '' }));
    await before.until(`${services}/never`, isSettled);
    await before.call('POST', `${v1}/services/search:setIamPolicy`, invoker(`serviceAccount:${emailOf('search-run')}`));
    await before.call('DELETE', `${accounts}/${emailOf('login-run')}`);
    await before.call(
      'POST',
      `/v1/projects/${project}/locations/global/workloadIdentityPools?workloadIdentityPoolId=pool`,
      {},
    );
    await before[Symbol.asyncDispose]();

    // The apps that the images stand for are at other addresses now.
    await using after = await adminCloud({ stateDir });
    const { body } = await after.call('GET', `${services}/search`);
    expect(isReady(body)).toBe(true);
    expect(body.metadata.uid).toBe(deployed.metadata.uid);
    expect(body.status.url).toBe(after.cloud.service('search').url);
    expect(JSON.parse(body.metadata.annotations['run.googleapis.com/urls'])[0]).toBe(body.status.url);
    expect(after.cloud.service('search').env).toMatchObject({ A: 'b' });
    expect(await after.gateStatus('search', 'search')).toBe(200);
    expect(await after.gateStatus(undefined, 'search')).toBe(403);
    expect(condition((await after.call('GET', `${services}/never`)).body).status).toBe('False');
    expect((await after.call('GET', `${accounts}/${emailOf('login-run')}`)).status).toBe(404);
    expect((await after.call('GET', `${accounts}/${emailOf('search-run')}`)).status).toBe(200);
    const pool = `/v1/projects/${project}/locations/global/workloadIdentityPools/pool`;
    expect((await after.call('GET', pool)).status).toBe(200);
  });

  test('changes and deletions of declared services survive, until the declaration says otherwise', async () => {
    const stateDir = await stateFolder();
    const before = await adminCloud({ stateDir, deployed: true });
    expect(before.cloud.services.map(({ name }) => name)).toEqual(['login', 'search']);
    const { body: search } = await before.call('GET', `${services}/search`);
    const { spec } = knative('search', { env: [{ name: 'CHANGED', value: 'yes' }] }) as { spec: object };
    expect((await before.call('PUT', `${services}/search`, { ...search, spec })).status).toBe(200);
    await before.until(`${services}/search`, isReady);
    await before.call('DELETE', `${services}/login`);
    await before[Symbol.asyncDispose]();

    const again = await adminCloud({ stateDir, deployed: true });
    expect(again.cloud.services.map(({ name }) => name)).toEqual(['search']);
    expect(again.cloud.service('search').env).toMatchObject({ CHANGED: 'yes' });
    await again.call('POST', services, knative('login'));
    await again.until(`${services}/login`, isReady);
    expect(await again.gateStatus(undefined, 'login')).toBe(403);
    await again[Symbol.asyncDispose]();

    const edges = parseDeclaration('services: { login: { public: true }, search: { calls: [login] } }', 'edges.yaml');
    await using redeclared = await adminCloud({ stateDir, deployed: true, edges });
    expect(redeclared.cloud.services.map(({ name }) => name)).toEqual(['login', 'search']);
    expect(redeclared.cloud.service('search').env).not.toHaveProperty('CHANGED');
    expect(redeclared.cloud.service('search').env.LOGIN_URL).toBe(redeclared.cloud.service('login').url);
  });

  test('an untouched declaration leaves nothing of its services in the state', async () => {
    const stateDir = await stateFolder();
    const before = await adminCloud({ stateDir, deployed: true });
    await before[Symbol.asyncDispose]();
    await using after = await adminCloud({ stateDir, deployed: false });
    expect(after.cloud.services).toEqual([]);
  });

  test('survives a restart: a revision that was deleted is gone, and the others are there', async () => {
    const stateDir = await stateFolder();
    const before = await preparedCloud({ stateDir });
    await before.call('POST', services, knative('search'));
    const first = (await before.until(`${services}/search`, isReady)).status.latestReadyRevisionName;
    await before.call('PUT', `${services}/search`, knative('search', { env: [{ name: 'A', value: 'b' }] }));
    const second = (await before.until(`${services}/search`, isReady)).status.latestReadyRevisionName;
    expect(second).not.toBe(first);
    expect((await before.call('DELETE', `${namespace}/revisions/${first}`)).status).toBe(200);
    await before[Symbol.asyncDispose]();

    await using after = await adminCloud({ stateDir });
    expect((await after.call('GET', `${namespace}/revisions/${first}`)).status).toBe(404);
    expect((await after.call('GET', `${namespace}/revisions/${second}`)).status).toBe(200);
    expect(isReady((await after.call('GET', `${services}/search`)).body)).toBe(true);
  });
});

describe('the emulator’s own API', () => {
  test('keeps a record of admin calls, which says who asked for a change', async () => {
    await using admin = await preparedCloud();
    await admin.call('GET', `${services}/search?key=secret`);
    await admin.call('POST', services, knative('search'));
    await admin.call('POST', `${v1}/services/search:testIamPermissions`, { permissions: [] });
    await admin.call('DELETE', `${services}/nobody`, undefined, { bearer: '' });
    const { calls } = (await admin.call('GET', '/run-edges/v1/calls')).body;
    expect(calls.slice(-4)).toMatchObject([
      { method: 'GET', path: `${services}/search`, mutating: false, caller: 'developer@example.com', status: 404 },
      { method: 'POST', path: services, mutating: true, caller: 'developer@example.com', status: 200 },
      { method: 'POST', path: `${v1}/services/search:testIamPermissions`, mutating: false, status: 200 },
      { method: 'DELETE', path: `${services}/nobody`, mutating: true, caller: '', status: 401 },
    ]);
    expect(JSON.stringify(calls)).not.toContain('secret');
    expect(calls.every(({ path }: { path: string }) => !path.startsWith('/run-edges'))).toBe(true);
  });

  test('gives credentials to the developer alone', async () => {
    await using admin = await adminCloud();
    const ask = (sent: unknown = {}) =>
      admin.call('POST', '/run-edges/v1/credentials', sent, { bearer: admin.cloud.developerToken });
    const given = await ask();
    expect(given.body).toMatchObject({ email: 'developer@example.com', credentials: { type: 'authorized_user' } });
    expect((await ask({ email: 'ada@example.com' })).body.email).toBe('ada@example.com');
    for (const email of [emailOf('search-run'), 'x', '@', 'a b@c', 7])
      expect((await ask({ email })).status, `${email}`).toBe(400);
    expect((await admin.call('GET', '/run-edges/v1/credentials')).status).toBe(404);
    expect((await admin.call('GET', '/run-edges/v1/project')).body).toEqual({
      id: project,
      number: '100000000001',
      region: 'us-central1',
    });
  });
});
