import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { type Answer, emailOf, knative, namespace, project, v1, v2 } from './admin-cloud.ts';

/** Mounts need a namespace where this user is root; containers often forbid it. */
const mounts = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt']).status === 0;
if (!mounts) console.log('disk full: left out, for nothing can be mounted here (unshare -Urm)');

const DEVELOPER = 'the-developer-of-a-small-disk-here';
const accounts = `/v1/projects/${project}/serviceAccounts`;
const pools = `/v1/projects/${project}/locations/global/workloadIdentityPools`;
const provider = {
  oidc: { issuerUri: 'https://issuer.example' },
  attributeMapping: { 'google.subject': 'assertion.sub' },
};
const search = emailOf('search-run');
const knativeService = (name: string, concurrency: number) =>
  knative(name, { serviceAccountName: search, containerConcurrency: concurrency });
const serviceV2 = { template: { serviceAccount: search, containers: [{ image: 'other' }] } };
const grant = { policy: { bindings: [{ role: 'roles/run.invoker', members: ['user:ada@example.com'] }] } };
const projectPolicy = {
  policy: {
    bindings: [
      { role: 'roles/owner', members: ['user:developer@example.com'] },
      { role: 'roles/run.viewer', members: ['user:ada@example.com'] },
    ],
  },
};

/** Every write that the APIs know, in an order in which each has what it needs. */
const writes: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['POST', `${v1}/services/search:setIamPolicy`, grant],
  ['POST', `${v2}/services/login:setIamPolicy`, grant],
  ['POST', `/v1/projects/${project}:setIamPolicy`, projectPolicy],
  ['POST', `${accounts}/${search}:setIamPolicy`, grant],
  ['POST', accounts, { accountId: 'mailer' }],
  ['PATCH', `${accounts}/${emailOf('mailer')}`, { serviceAccount: { displayName: 'Mailer' } }],
  ['POST', `${accounts}/${emailOf('mailer')}/keys`, {}],
  ['DELETE', `${accounts}/${emailOf('mailer')}`],
  ['POST', `/v1/projects/${project}/services/secretmanager.googleapis.com:enable`, {}],
  ['POST', `/v1/projects/${project}/services:batchEnable`, { serviceIds: ['a.googleapis.com', 'b.googleapis.com'] }],
  ['POST', `/v1/projects/${project}/services/secretmanager.googleapis.com:disable`, {}],
  ['POST', `${pools}?workloadIdentityPoolId=pool`, {}],
  ['PATCH', `${pools}/pool`, { displayName: 'Pool' }],
  ['POST', `${pools}/pool/providers?workloadIdentityPoolProviderId=provider`, provider],
  ['PATCH', `${pools}/pool/providers/provider`, { displayName: 'Provider' }],
  ['DELETE', `${pools}/pool/providers/provider`],
  ['DELETE', `${pools}/pool`],
  ['POST', `${namespace}/services`, knativeService('other', 10)],
  ['PUT', `${namespace}/services/other`, knativeService('other', 20)],
  ['DELETE', `${namespace}/services/other`],
  ['POST', `${v2}/services?serviceId=other`, serviceV2],
  ['PATCH', `${v2}/services/other?updateMask=labels`, { labels: { a: 'b' } }],
  ['DELETE', `${v2}/services/other`],
  ['POST', '/run-edges/v1/keys/rotate', {}],
  ['POST', '/run-edges/v1/keys/rotate', { withdraw: true }],
];

interface State {
  readonly answers: readonly Answer[];
  readonly services: readonly { readonly name: string }[];
}

/** What is told of everything that can be written. */
const told = [
  ['POST', `${v1}/services/search:getIamPolicy`],
  ['POST', `${v1}/services/login:getIamPolicy`],
  ['POST', `/v1/projects/${project}:getIamPolicy`],
  ['POST', `${accounts}/${search}:getIamPolicy`],
  ['GET', accounts],
  ['GET', `${accounts}/${emailOf('mailer')}/keys`],
  ['GET', `/v1/projects/${project}/services`],
  ['GET', pools],
  ['GET', `${pools}/pool/providers`],
  ['GET', '/oauth2/v3/certs'],
  ['GET', '/run-edges/v1/edges'],
] as const;

describe.skipIf(!mounts)('on a disk that is full', () => {
  const app = createServer((_request, response) => void response.end('from the app'));
  let child: ChildProcessWithoutNullStreams;
  let lines: AsyncIterator<string>;
  let api = '';
  let gate = '';
  let metadata = '';
  let owner = '';

  async function listen(): Promise<void> {
    const { value } = await lines.next();
    [api = '', gate = '', metadata = ''] = `${value}`.split(' ');
  }
  async function ask(command: 'fill' | 'free' | 'restart'): Promise<void> {
    child.stdin.write(`${command}\n`);
    await listen();
    if (command === 'restart') await signIn();
  }
  async function signIn(): Promise<void> {
    const { body } = await call('POST', '/run-edges/v1/credentials', {});
    const form = new URLSearchParams({ ...body.credentials, grant_type: 'refresh_token' });
    const response = await fetch(`${api}/token`, { method: 'POST', body: form });
    owner = ((await response.json()) as { access_token: string }).access_token;
  }
  async function call(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(api + path, {
      method,
      headers: {
        authorization: `Bearer ${path.startsWith('/run-edges/') ? DEVELOPER : owner}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
  /** Everything that is told, but for what changes by itself. */
  async function state(): Promise<State> {
    const answers = await Promise.all(
      told.map(([method, path]) => call(method, path, method === 'POST' ? {} : undefined)),
    );
    const { body } = await call('GET', `${namespace}/services`);
    const services = body.items.map(({ metadata: { name, uid, generation }, spec }: Answer['body']) => ({
      name,
      uid,
      generation,
      spec,
    }));
    return { answers, services };
  }
  async function loginAtSearch(): Promise<number> {
    const path = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${gate}`;
    const token = await (await fetch(`http://${metadata}${path}`, { headers: { 'Metadata-Flavor': 'Google' } })).text();
    return (await fetch(`${gate}/x`, { headers: { authorization: `Bearer ${token}` } })).status;
  }

  beforeAll(async () => {
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    const program = new URL('small-disk.ts', import.meta.url).pathname;
    const mount =
      'mount -t tmpfs -o size=512k tmpfs /mnt && exec "$0" --conditions=run-edges-source "$1" /mnt "$2" "$3"';
    child = spawn('unshare', ['-Urm', 'sh', '-c', mount, process.execPath, program, url, DEVELOPER]);
    child.stderr.pipe(process.stderr);
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await listen();
    await signIn();
  }, 60_000);
  afterAll(() => {
    child.stdin.end();
    child.kill('SIGKILL');
    app.closeAllConnections();
    app.close();
  });

  test('a revocation that cannot be saved is refused, and nobody is told that it holds', async () => {
    const member = `serviceAccount:${emailOf('login-run')}`;
    const path = `${v1}/services/search`;
    const revoked = { policy: { bindings: [] } };
    expect(await loginAtSearch()).toBe(200);
    await ask('fill');
    const refused = await call('POST', `${path}:setIamPolicy`, revoked);
    expect(refused).toMatchObject({
      status: 503,
      body: {
        error: { code: 503, status: 'UNAVAILABLE', message: expect.stringMatching(/The change is undone.*ENOSPC/) },
      },
    });
    expect((await call('GET', `${path}:getIamPolicy`)).body.bindings[0].members).toEqual([member]);
    expect(await loginAtSearch()).toBe(200);
    await ask('free');
    expect((await call('POST', `${path}:setIamPolicy`, revoked)).status).toBe(200);
    expect(await loginAtSearch()).toBe(403);
    await ask('restart');
    expect(await loginAtSearch()).toBe(403);
    const granted = { policy: { bindings: [{ role: 'roles/run.invoker', members: [member] }] } };
    expect((await call('POST', `${path}:setIamPolicy`, granted)).status).toBe(200);
  }, 60_000);

  test.each(writes.map(([method, path, body], index) => [index, method, path, body] as const))(
    '%i: %s %s is refused with the old state told, and good when there is room',
    async (_index, method, path, body) => {
      const before = await state();
      await ask('fill');
      const refused = await call(method, path, body);
      expect(refused).toMatchObject({ status: 503, body: { error: { code: 503, status: 'UNAVAILABLE' } } });
      // A service that was taken away comes up again.
      await expect.poll(state, { timeout: 20_000 }).toEqual(before);
      // What reads goes on.
      expect((await call('POST', `/v1/projects/${project}:testIamPermissions`, { permissions: [] })).status).toBe(200);
      await ask('free');
      expect(await state()).toEqual(before);
      const { status } = await call(method, path, body);
      expect(status).toBe(200);
      // A new key signs, and the tokens of a withdrawn one are worth nothing.
      await signIn();
      const after = await state();
      expect(after).not.toEqual(before);
      await ask('restart');
      expect(overRestarts(await state())).toEqual(overRestarts(after));
    },
    60_000,
  );

  test('a message that cannot be kept is not acknowledged, and one that was is there after a restart', async () => {
    const base = `/v1/projects/${project}`;
    const pull = `${base}/subscriptions/kept-pull:pull`;
    const publish = (text: string) =>
      call('POST', `${base}/topics/kept:publish`, { messages: [{ data: Buffer.from(text).toString('base64') }] });
    expect((await call('PUT', `${base}/topics/kept`, {})).status).toBe(200);
    const topic = `projects/${project}/topics/kept`;
    expect((await call('PUT', `${base}/subscriptions/kept-pull`, { topic })).status).toBe(200);
    expect((await publish('before')).status).toBe(200);
    await ask('fill');
    const refused = await publish('x'.repeat(200_000));
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 503, status: 'UNAVAILABLE' } } });
    await ask('free');
    expect((await publish('after')).status).toBe(200);
    await ask('restart');
    const { body } = await call('POST', pull, { maxMessages: 10 });
    const texts = body.receivedMessages.map((one: { message: { data: string } }) => atob(one.message.data));
    expect(texts).toEqual(['before', 'after']);
  }, 60_000);

  test('a revision whose deletion cannot be saved is there, and can be deleted when there is room', async () => {
    const path = `${namespace}/services/search`;
    const ready = async () => {
      const { body } = await call('GET', path);
      return body.status.conditions.find(({ type }: { type: string }) => type === 'Ready').status;
    };
    const { body: service } = await call('GET', path);
    const { latestReadyRevisionName: old } = service.status;
    const { template } = service.spec;
    const changed = { ...template, spec: { ...template.spec, timeoutSeconds: 77 } };
    expect((await call('PUT', path, { ...service, spec: { ...service.spec, template: changed } })).status).toBe(200);
    await expect.poll(ready, { timeout: 20_000 }).toBe('True');
    await ask('fill');
    expect((await call('DELETE', `${namespace}/revisions/${old}`)).status).toBe(503);
    expect((await call('GET', `${namespace}/revisions/${old}`)).status).toBe(200);
    await ask('free');
    expect((await call('DELETE', `${namespace}/revisions/${old}`)).status).toBe(200);
    expect((await call('GET', `${namespace}/revisions/${old}`)).status).toBe(404);
  }, 60_000);

  test('several writes at once are each kept or refused, and none is half there', async () => {
    await ask('fill');
    const ids = Array.from({ length: 8 }, (_, index) => `account-${index}`);
    const refused = await Promise.all(ids.map((accountId) => call('POST', accounts, { accountId })));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    await ask('free');
    const made = await Promise.all(ids.map((accountId) => call('POST', accounts, { accountId })));
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([200]));
    await ask('restart');
    const { body } = await call('GET', accounts);
    expect(body.accounts.map(({ email }: { email: string }) => email)).toEqual(
      expect.arrayContaining(ids.map(emailOf)),
    );
  }, 60_000);
});

/** Etags, the ids of declared services, and Google's own keys are made anew at each start; changed services come first. */
function overRestarts({ answers, services }: State): unknown {
  const sorted = services.toSorted((one, other) => one.name.localeCompare(other.name));
  const anew = ['etag', 'uid'];
  const lasting = (key: string, value: unknown) => {
    if (key === 'keys' && Array.isArray(value)) return value.filter(({ keyType }) => keyType !== 'SYSTEM_MANAGED');
    return anew.includes(key) ? undefined : value;
  };
  return JSON.parse(JSON.stringify({ answers, sorted }, lasting));
}

describe('what was left by who was killed while it wrote', () => {
  const edges = parseDeclaration('services: { search: {} }', 'edges.yaml');
  const fronts = { search: 'http://127.0.0.1:9' };

  test('holds keys, and is gone at the next start; what users put beside it stays', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'run-edges-state-'));
    onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
    const first = await startEmulator({ edges, fronts, stateDir });
    await first.stop();
    const left = ['emulator.json.1234567890', 'emulator.json.new'];
    const theirs = ['emulator.json.bak', 'notes.new', 'emulator.jsonx.1'];
    for (const name of [...left, ...theirs]) writeFileSync(join(stateDir, name), '{"keys":', { mode: 0o644 });
    await using cloud = await startEmulator({ edges, fronts, stateDir });
    cloud.policies.grant('services/search', 'roles/run.invoker', 'allUsers');
    await cloud.serviceAccountKey('search');
    const there = readdirSync(stateDir).filter((name) => name !== 'search');
    expect(there.toSorted()).toEqual(['emulator.json', ...theirs].toSorted());
    expect(statSync(join(stateDir, 'emulator.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(stateDir, 'emulator.json'), 'utf8')).policies).toHaveLength(1);
  });
});
