import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EmulatorOptions } from '../src/index.ts';
import { adminCloud, emailOf, v1, v2 } from './admin-cloud.ts';
import { appFolder } from './job-cloud.ts';

/** Two services that answer in this process, and a worker pool, `mailer`, which may call search alone and runs this program. */
async function poolCloud(program: string, pool = '', options: Partial<EmulatorOptions> = {}) {
  const source = await appFolder(program);
  const logs: string[] = [];
  const states: string[] = [];
  const listeners = new Set<() => void>();
  const edges = parseDeclaration(
    `services: { search: {}, other: {} }\nworkerPools: { mailer: { source: "${source}", calls: [search]${pool} } }`,
    'edges.yaml',
  );
  const admin = await adminCloud({
    edges,
    deployed: true,
    onLog({ line }) {
      logs.push(line);
      for (const listener of listeners) listener();
    },
    onState: ({ service, state }) => service === 'mailer' && states.push(state),
    ...options,
  });
  onTestFinished(() => admin[Symbol.asyncDispose]());
  /** Resolves when this was written so often. */
  const heard = (line: string, times = 1) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (logs.filter((one) => one === line).length < times) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return { ...admin, logs, states, heard };
}

const forEver = 'setInterval(() => undefined, 1000);';

describe('a worker pool', () => {
  test('runs from the start, without a port, and knows who it is', async () => {
    const cloud = await poolCloud(`
      const { CLOUD_RUN_WORKER_POOL, CLOUD_RUN_WORKER_POOL_REVISION, PORT, K_SERVICE } = process.env;
      console.log(CLOUD_RUN_WORKER_POOL, CLOUD_RUN_WORKER_POOL_REVISION.replace(/...$/, 'xyz'), PORT, K_SERVICE); ${forEver}`);
    await cloud.heard('mailer mailer-00001-xyz undefined undefined');
    expect(cloud.cloud.principals.map(({ name }) => name)).toEqual(['search', 'other', 'mailer', 'stranger']);
    expect(cloud.cloud.services.map(({ name }) => name)).toEqual(['search', 'other']);
    expect(cloud.states).toEqual(['starting', 'ready']);
  });

  test('calls with its own identity: 200 where an edge leads, 403 elsewhere, and nothing reaches the container', async () => {
    const cloud = await poolCloud(`
      const { GCE_METADATA_HOST, SEARCH_URL } = process.env;
      const identity = 'http://' + GCE_METADATA_HOST + '/computeMetadata/v1/instance/service-accounts/default/';
      const metadata = async (path) => (await fetch(identity + path, { headers: { 'metadata-flavor': 'Google' } })).text();
      console.log('is', await metadata('email'));
      const status = async (url) =>
        (await fetch(url, { headers: { authorization: 'Bearer ' + (await metadata('identity?audience=' + url)) } })).status;
      console.log('search', await status(SEARCH_URL));
      ${forEver}`);
    await cloud.heard(`is ${emailOf('mailer-run')}`);
    await cloud.heard('search 200');
    const token = await cloud.cloud.idToken('mailer', cloud.cloud.service('other').url);
    const { status } = await fetch(cloud.cloud.service('other').url, { headers: { authorization: `Bearer ${token}` } });
    expect(status).toBe(403);
    expect(cloud.seen.map(({ app }) => app)).toEqual(['search']);
  });

  test('runs as many instances as it says, each of which is started again when it ends, whatever its exit code', async () => {
    const cloud = await poolCloud('console.log("runs"); setTimeout(() => process.exit(0), 50);', ', instances: 2');
    await cloud.heard('runs', 4);
    expect(cloud.states.filter((state) => state === 'crashed').length).toBeGreaterThanOrEqual(2);
  });

  test('hears SIGTERM at the end, and is waited for', async () => {
    const cloud = await poolCloud(
      `process.on('SIGTERM', () => setTimeout(() => { console.log('heard'); process.exit(0); }, 100)); console.log('runs'); ${forEver}`,
    );
    await cloud.heard('runs');
    await cloud.cloud.stop();
    expect(cloud.logs).toEqual(['runs', 'heard']);
    expect(cloud.states.at(-1)).toBe('stopped');
  });

  test('cannot be started where its app is missing, which the start says', async () => {
    const missing = join(await mkdtemp(join(tmpdir(), 'run-edges-none-')), 'app');
    onTestFinished(() => rm(join(missing, '..'), { recursive: true, force: true }));
    const edges = parseDeclaration(
      `services: { search: {} }\nworkerPools: { mailer: { source: "${missing}" } }`,
      'e.yaml',
    );
    await expect(adminCloud({ edges, deployed: true })).rejects.toMatchObject({
      code: 'NO_SOURCE',
      message: expect.stringContaining('mailer has no app: there is no package.json'),
    });
  });

  test('is not there in an empty project', async () => {
    const cloud = await poolCloud(forEver, '', { deployed: false });
    expect(cloud.cloud.principals).toEqual([]);
    expect(cloud.states).toEqual([]);
  });
});

describe('the v2 API', () => {
  const template = (change: object = {}) => ({
    serviceAccount: emailOf('mailer-run'),
    containers: [{ image: 'mailer', ...change }],
  });
  const said = 'console.log("runs", process.env.A); setInterval(() => undefined, 1000);';

  test('creates, changes and deletes worker pools by operations; what runs changes with them', async () => {
    const cloud = await poolCloud(`process.on('SIGTERM', () => { console.log('heard'); process.exit(0); }); ${said}`);
    await cloud.heard('runs undefined');
    const operation = (name: string) => cloud.until(`/v2/${name}`, ({ done }) => done);
    const body = { template: template({ env: [{ name: 'A', value: 'one' }] }), scaling: { manualInstanceCount: 2 } };
    const created = await cloud.call('POST', `${v2}/workerPools?workerPoolId=sender`, body);
    expect(created.status, JSON.stringify(created.body)).toBe(200);
    const { response } = await operation(created.body.name);
    expect(response).toMatchObject({
      scaling: { manualInstanceCount: 2 },
      instanceSplits: [{ type: 'INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST', percent: 100 }],
      terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
      latestReadyRevision: expect.stringContaining('/workerPools/sender/revisions/sender-00001-'),
    });
    expect(response.template).not.toHaveProperty('timeout');
    await cloud.heard('runs one', 2);
    expect(cloud.cloud.principals.map(({ name }) => name)).toContain('sender');

    const patch = { template: template({ env: [{ name: 'A', value: 'two' }] }), scaling: { manualInstanceCount: 1 } };
    const patched = await cloud.call('PATCH', `${v2}/workerPools/sender`, patch);
    expect((await operation(patched.body.name)).response.generation).toBe('2');
    await cloud.heard('runs two');
    await cloud.heard('heard', 2);
    expect((await cloud.call('GET', `${v2}/workerPools/sender/revisions`)).body.revisions).toHaveLength(2);

    const masked = await cloud.call('PATCH', `${v2}/workerPools/sender?updateMask=description`, { description: 'x' });
    const { response: described } = await operation(masked.body.name);
    expect(described).toMatchObject({ description: 'x', scaling: { manualInstanceCount: 1 } });
    const gone = await cloud.call('DELETE', `${v2}/workerPools/sender`);
    await operation(gone.body.name);
    expect((await cloud.call('GET', `${v2}/workerPools/sender`)).status).toBe(404);
    expect(cloud.cloud.principals.map(({ name }) => name)).not.toContain('sender');
    expect((await cloud.call('GET', `${v2}/workerPools`)).body.workerPools).toHaveLength(1);
  });

  test.for([
    ['a port', { template: template({ ports: [{ containerPort: 8080 }] }) }, 400, 'listens on no port'],
    ['too many instances', { template: template(), scaling: { manualInstanceCount: 1001 } }, 400, 'from 0 to 1000'],
    ['an unknown field', { template: { ...template(), timeout: '3s' } }, 400, 'Unknown name "timeout"'],
    [
      'a reserved variable',
      { template: template({ env: [{ name: 'CLOUD_RUN_WORKER_POOL', value: 'x' }] }) },
      400,
      'reserved',
    ],
    ['another account', { template: { ...template(), serviceAccount: 'a@b.c' } }, 403, 'actAs'],
    [
      'splits to other revisions',
      { template: template(), instanceSplits: [{ type: 2, revision: 'x', percent: 100 }] },
      501,
      'instance_splits',
    ],
  ] as const)('refuses %s', async ([, body, code, message]) => {
    const cloud = await poolCloud(said);
    const { status, body: answer } = await cloud.call('POST', `${v2}/workerPools?workerPoolId=sender`, body);
    expect(status).toBe(code);
    expect(answer.error.message).toContain(message);
    expect((await cloud.call('GET', `${v2}/workerPools/sender`)).status).toBe(404);
  });

  test('one that does not come up says why, and what ran before goes on', async () => {
    const cloud = await poolCloud(said);
    await cloud.heard('runs undefined');
    const patched = await cloud.call('PATCH', `${v2}/workerPools/mailer`, { template: template({ image: 'nothing' }) });
    const { error } = await cloud.until(`/v2/${patched.body.name}`, ({ done }) => done);
    expect(error.message).toContain("Image 'nothing' not found");
    expect(cloud.states.at(-1)).toBe('ready');
    const pool = await cloud.call('GET', `${v2}/workerPools/mailer`);
    expect(pool.body.terminalCondition.state).toBe('CONDITION_FAILED');
    expect(pool.body.latestReadyRevision).toContain('mailer-00001-');
  });

  test('lets nobody change one without the permission on it, and has a policy of its own', async () => {
    const cloud = await poolCloud(said);
    const bearer = await cloud.tokenOf('ada@example.com');
    const paths = ['GET', 'PATCH', 'DELETE'].map((method) => [method, `${v2}/workerPools/mailer`] as const);
    for (const [method, path] of [
      ...paths,
      ['GET', `${v2}/workerPools`],
      ['GET', `${v1}/workerpools/mailer:getIamPolicy`],
    ] as const)
      expect((await cloud.call(method, path, method === 'PATCH' ? {} : undefined, { bearer })).status, path).toBe(403);
    const policy = { bindings: [{ role: 'roles/run.viewer', members: ['user:ada@example.com'] }] };
    expect((await cloud.call('POST', `${v2}/workerPools/mailer:setIamPolicy`, { policy })).status).toBe(200);
    expect((await cloud.call('GET', `${v2}/workerPools/mailer`, undefined, { bearer })).status).toBe(200);
    expect((await cloud.call('DELETE', `${v2}/workerPools/mailer`, undefined, { bearer })).status).toBe(403);
  });

  test('what was changed or deleted is kept over a restart, until the declaration says otherwise', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'run-edges-state-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const before = await poolCloud(said, '', { stateDir });
    const body = { template: template({ env: [{ name: 'A', value: 'kept' }] }) };
    await before.call('POST', `${v2}/workerPools?workerPoolId=sender`, body);
    await before.heard('runs kept');
    await before.call('DELETE', `${v2}/workerPools/mailer`);
    const edges = before.cloud.declaration;
    await before.cloud.stop();
    const again = await poolCloud(said, '', { stateDir, edges });
    await again.heard('runs kept');
    expect(again.cloud.principals.map(({ name }) => name)).toEqual(['search', 'other', 'sender', 'stranger']);
  });
});
