import { spawnSync } from 'node:child_process';
import { parseDeclaration } from '@run-edges/edges';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import {
  type AdminCloud,
  emailOf,
  isReady,
  isSettled,
  knative,
  namespace,
  preparedCloud,
  project,
  v1,
  v2,
} from './admin-cloud.ts';

/** What every object of JavaScript has, and what a prototype is reached by. */
const odd = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'name', 'then'];
const front = 'http://127.0.0.1:9';

describe('names that JavaScript has for things of its own', () => {
  let admin: AdminCloud;
  beforeAll(async () => {
    admin = await preparedCloud();
  });
  afterAll(() => admin[Symbol.asyncDispose]());

  const accounts = `/v1/projects/${project}/serviceAccounts`;
  const pools = `/v1/projects/${project}/locations/global/workloadIdentityPools`;
  const asked: readonly (readonly [string, (name: string) => string, object?])[] = [
    ['GET', (name) => `${namespace}/services/${name}`],
    ['PUT', (name) => `${namespace}/services/${name}`, {}],
    ['DELETE', (name) => `${namespace}/services/${name}`],
    ['GET', (name) => `${namespace}/revisions/${name}`],
    ['DELETE', (name) => `${namespace}/revisions/${name}`],
    ['GET', (name) => `${v1}/services/${name}`],
    ['GET', (name) => `${v1}/services/${name}:getIamPolicy`],
    ['POST', (name) => `${v1}/services/${name}:setIamPolicy`, { policy: {} }],
    ['POST', (name) => `${v1}/services/${name}:testIamPermissions`, { permissions: [] }],
    ['GET', (name) => `${v2}/services/${name}`],
    ['PATCH', (name) => `${v2}/services/${name}`, {}],
    ['DELETE', (name) => `${v2}/services/${name}`],
    ['GET', (name) => `${v2}/services/${name}/revisions`],
    ['GET', (name) => `${v2}/operations/${name}`],
    ['POST', (name) => `${v2}/operations/${name}:wait`, {}],
    ['GET', (name) => `${accounts}/${name}`],
    ['PATCH', (name) => `${accounts}/${name}`, {}],
    ['DELETE', (name) => `${accounts}/${name}`],
    ['POST', (name) => `${accounts}/${name}:getIamPolicy`, {}],
    ['POST', (name) => `${accounts}/${name}/keys`, {}],
    ['DELETE', (name) => `${accounts}/${emailOf('search-run')}/keys/${name}`],
    ['GET', (name) => `${pools}/${name}`],
    ['PATCH', (name) => `${pools}/${name}`, {}],
    ['DELETE', (name) => `${pools}/${name}`],
    ['GET', (name) => `${pools}/${name}/providers`],
    ['GET', (name) => `/v1/projects/${name}`],
    ['GET', (name) => `/v1/projects/${project}/services/${name}`],
    ['GET', (name) => `/run-edges/v1/explanations?caller=${name}&receiver=${name}`],
    ['POST', (name) => `${v1}/services/search:${name}`, {}],
    ['GET', (name) => `/run-edges/console/${name}`],
    ['GET', (name) => `/${name}`],
    ['POST', () => '/token', { grant_type: 'constructor' }],
  ];

  test.each(odd)('%s is nobody and nothing, as any other unknown name is', async (name) => {
    for (const [method, path, body] of asked) {
      const nothing = await admin.call(method, path('nobody-here'), body);
      expect(nothing.status).toBeLessThan(500);
      const answer = await admin.call(method, path(name), body);
      expect(answer.status, `${method} ${path(name)}`).toBe(nothing.status);
      expect(Object.keys(answer.body)).toEqual(Object.keys(nothing.body));
    }
  });

  test('a permission, a role, an API, a header or a field of theirs is none', async () => {
    for (const name of odd) {
      const permissions = [name];
      const owned = await admin.call('POST', `/v1/projects/${project}:testIamPermissions`, { permissions });
      expect(owned.status, name).toBe(400);
      const bindings = [{ role: name, members: ['allUsers'] }];
      const granted = await admin.call('POST', `${accounts}/${emailOf('search-run')}:setIamPolicy`, {
        policy: { bindings },
      });
      expect(granted.status, name).toBe(400);
      const faults = await admin.call('PATCH', '/run-edges/v1/faults', JSON.stringify({ [name]: true }), {
        bearer: admin.cloud.developerToken,
        headers: { 'content-type': 'application/json' },
      });
      expect(faults.status, name).toBe(400);
    }
    for (const json of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'])
      for (const [method, path] of asked)
        await admin.call(method, path('nobody-here'), method === 'GET' ? undefined : json);
    expect('polluted' in {}).toBe(false);
  });

  test('a service, an account and a pool of that name are such', async () => {
    const id = 'constructor';
    expect((await admin.call('POST', accounts, { accountId: id })).body.email).toBe(emailOf(id));
    const service = knative(id, {
      image: 'search',
      serviceAccountName: emailOf(id),
      env: [...odd].map((name) => ({ name, value: name })),
    });
    expect((await admin.call('POST', `${namespace}/services`, service)).status).toBe(200);
    await admin.until(`${namespace}/services/${id}`, isReady);
    expect(admin.cloud.service(id).env).toMatchObject({ constructor: 'constructor', toString: 'toString' });
    expect(await admin.gateStatus(undefined, id)).toBe(403);
    expect(await admin.gateStatus(id, id)).toBe(403);
    const bindings = [{ role: 'roles/run.invoker', members: [`serviceAccount:${emailOf(id)}`] }];
    expect((await admin.call('POST', `${v1}/services/${id}:setIamPolicy`, { policy: { bindings } })).status).toBe(200);
    expect(await admin.gateStatus(id, id)).toBe(200);
    const labelled = { labels: { constructor: 'a' } };
    await admin.call('PATCH', `${v2}/services/${id}?updateMask=labels`, labelled);
    const found = await admin.call('GET', `${namespace}/services?labelSelector=constructor=a`);
    expect(found.body.items).toHaveLength(1);
    await admin.until(`${namespace}/services/${id}`, isSettled);
    await admin.call('DELETE', `${namespace}/services/${id}`);
    expect((await admin.call('POST', `${pools}?workloadIdentityPoolId=${id}`, {})).status).toBe(200);
    const attributeMapping = Object.fromEntries([
      ['google.subject', 'assertion.sub'],
      ...['constructor', '__proto__', 'has_own_property'].map((name) => [`attribute.${name}`, `assertion.${name}`]),
    ]);
    const provider = { oidc: { issuerUri: 'https://issuer.example' }, attributeMapping };
    const made = await admin.call(
      'POST',
      `${pools}/${id}/providers?workloadIdentityPoolProviderId=prototype`,
      provider,
    );
    expect(made.status).toBe(200);
    const shown = await admin.call('GET', `${pools}/${id}/providers/prototype`);
    expect(shown.body.attributeMapping).toEqual(attributeMapping);
  });
});

test('a declaration of any names allows what it says and nothing else', {
  tags: 'slow',
  timeout: 120_000,
}, async () => {
  const name = fc.oneof(
    fc.constantFrom(
      'constructor',
      'prototype',
      'valueof',
      'name',
      'length',
      'then',
      'project',
      'anonymous1',
      'default',
    ),
    fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat({ max: 3 })),
      async (names, picks) => {
        const edges = Object.fromEntries(
          names.map((caller, index) => [
            caller,
            {
              serviceAccount: `account-${index}`,
              calls: names.filter((other, at) => other !== caller && picks.includes(at)),
            },
          ]),
        );
        await using cloud = await startEmulator({
          edges: parseDeclaration(JSON.stringify({ services: edges }), 'edges.yaml'),
          fronts: Object.fromEntries(names.map((one) => [one, front])),
        });
        for (const receiver of names) {
          const { url } = cloud.service(receiver);
          for (const caller of [...names, 'stranger', undefined]) {
            const headers = caller === undefined ? {} : { authorization: `Bearer ${await cloud.idToken(caller, url)}` };
            const { status } = await fetch(url, { headers });
            const allowed = caller !== undefined && (edges[caller]?.calls.includes(receiver) ?? false);
            // Behind the gate nobody listens.
            expect(status === 403, `${caller} -> ${receiver}`).toBe(!allowed);
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

/** What a library with such a hole would do to all objects; names that decide something here. */
const program = `
import { parseDeclaration } from '@run-edges/edges';
import { startEmulator } from '@run-edges/emulator';
const edges = parseDeclaration('services: { login: { calls: [search] }, search: {}, other: {} }', 'edges.yaml');
const fronts = { login: '${front}', search: '${front}', other: '${front}' };
const cloud = await startEmulator({ edges, fronts });
const names = ['login', 'search', 'other', 'stranger'];
const tokens = await Promise.all(names.flatMap((caller) => ['login', 'search', 'other'].map(async (receiver) =>
  [caller, receiver, await cloud.idToken(caller, cloud.service(receiver).url)])));
const verdicts = async () => {
  const all = await Promise.all([...tokens, ...names.slice(0, 3).map((receiver) => ['anonymous', receiver, ''])].map(async ([caller, receiver, token]) => {
    const headers = token === '' ? {} : { authorization: 'Bearer ' + token };
    return [caller, receiver, (await fetch(cloud.service(receiver).url + '/x', { headers })).status === 403 ? 'refused' : 'let in'].join(' ');
  }));
  const foreign = await fetch(cloud.url + '/run-edges/v1/keys/rotate', { method: 'POST', headers: { origin: 'http://evil.example' } });
  const nobody = await fetch(cloud.url + '/v1/projects/run-edges-local:getIamPolicy', { method: 'POST' });
  return JSON.stringify([all, foreign.status, nobody.status]);
};
const before = await verdicts();
for (const name of ['public', 'invokerIamDisabled', 'anyOrigin', 'by', 'granted', 'calls', 'members', 'role', 'condition', 'disabled', 'login', 'search', 'other', 'stranger', 'allUsers', 'anonymous', 'services/other', 'project', 'refusal', 'claims', 'email', 'email_verified', 'repository', 'sets', 'caller'])
  Object.defineProperty(Object.prototype, name, { value: true, writable: true, configurable: true });
const after = await verdicts();
console.log(before);
console.log(after);
process.exit(0);
`;

test('a prototype that is polluted opens nothing', () => {
  const here = new URL('.', import.meta.url).pathname;
  const args = ['--conditions=run-edges-source', '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8', timeout: 60_000 });
  const [before, after] = stdout.trim().split('\n');
  expect(before, stderr).toContain('login search let in');
  expect(after, stderr).toBe(before);
}, 90_000);
