import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EmulatorOptions } from '../src/index.ts';
import { adminCloud, emailOf } from './admin-cloud.ts';
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
