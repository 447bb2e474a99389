import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;
const search = '/v1/projects/run-edges-local/locations/us-central1/services/search';
const invoker = { role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('login')}`] };

let echo: EchoCloud;
let developer: string;
beforeAll(async () => {
  echo = await echoCloud();
  developer = await tokenOf('developer@example.com');
});
afterAll(() => echo[Symbol.asyncDispose]());

async function tokenOf(email: string): Promise<string> {
  const user = await echo.cloud.userCredentials(email);
  const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
  const response = await fetch(`${echo.cloud.url}/token`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
type Answer = { status: number; body: any };

async function call(method: 'GET' | 'POST', path: string, body?: object, bearer = developer): Promise<Answer> {
  const response = await fetch(`${echo.cloud.url}${path}`, {
    method,
    headers: {
      ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function gateStatus(): Promise<number> {
  const { url } = echo.cloud.service('search');
  return (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${await echo.cloud.idToken('login', url)}`])).status;
}

describe('the policy API', () => {
  verifies('policy:services', 'at the next request', async () => {
    const { body: before } = await call('GET', `${search}:getIamPolicy?options.requestedPolicyVersion=3`);
    expect(before.bindings).toEqual([
      { role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('user-profiles')}`] },
    ]);
    expect(await gateStatus()).toBe(403);
    const set = await call('POST', `${search}:setIamPolicy`, {
      policy: { ...before, bindings: [...before.bindings, invoker] },
    });
    expect(set.status).toBe(200);
    expect(set.body.bindings[0].members).toHaveLength(2);
    expect(await gateStatus()).toBe(200);
    const v2 = search.replace('/v1/', '/v2/');
    expect((await call('GET', `${v2}:getIamPolicy`)).body).toEqual(set.body);
    expect((await call('POST', `${v2}:getIamPolicy`)).body).toEqual(set.body);
    expect(
      (await call('POST', `${v2}:setIamPolicy`, { policy: before.bindings && { bindings: before.bindings } })).status,
    ).toBe(200);
    expect(await gateStatus()).toBe(403);
  });

  verifies('policy:accounts', 'as one and the same', async () => {
    const account = `serviceAccounts/${emailOf('search')}`;
    const creator = { role: 'roles/iam.serviceAccountTokenCreator', members: ['user:developer@example.com'] };
    await call('POST', `/v1/projects/run-edges-local/${account}:setIamPolicy`, { policy: { bindings: [creator] } });
    expect((await call('POST', `/v1/projects/-/${account}:getIamPolicy`)).body.bindings).toEqual([creator]);
    const token = await call('POST', `/v1/projects/-/${account}:generateIdToken`, { audience: 'a' });
    expect(token.status).toBe(200);
  });

  verifies('policy:project', 'and what it grants is inherited', async () => {
    const { body } = await call('POST', '/v1/projects/run-edges-local:getIamPolicy', {
      options: { requestedPolicyVersion: 3 },
    });
    expect(body.bindings).toEqual([{ role: 'roles/owner', members: ['user:developer@example.com'] }]);
    await call('POST', '/v1/projects/100000000001:setIamPolicy', {
      policy: { ...body, bindings: [...body.bindings, invoker] },
    });
    expect(await gateStatus()).toBe(200);
    await call('POST', '/v1/projects/run-edges-local:setIamPolicy', { policy: { bindings: body.bindings } });
    expect(await gateStatus()).toBe(403);
  });

  verifies('policy:empty', 'both ways', async () => {
    const account = `/v1/projects/-/serviceAccounts/${emailOf('login')}`;
    expect((await call('POST', `${account}:getIamPolicy`)).body).toEqual({ etag: 'ACAB' });
    const { body } = await call('POST', `${account}:setIamPolicy`, { policy: { etag: 'ACAB', version: 3 } });
    expect(body).toEqual({ version: 1, etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) });
  });

  verifies('policy:conflict', 'and nothing is changed', async () => {
    const { body: stale } = await call('GET', `${search}:getIamPolicy`);
    await call('POST', `${search}:setIamPolicy`, { policy: { bindings: stale.bindings } });
    expect(await call('POST', `${search}:setIamPolicy`, { policy: { ...stale, bindings: [] } })).toEqual({
      status: 409,
      body: {
        error: {
          code: 409,
          status: 'ABORTED',
          message:
            'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
        },
      },
    });
    expect((await call('GET', `${search}:getIamPolicy`)).body.bindings).toEqual(stale.bindings);
    const conditional = { ...invoker, condition: { title: 'path', expression: 'request.path == "/x"' } };
    expect(
      (await call('POST', `${search}:setIamPolicy`, { policy: { bindings: [conditional], version: 1 } })).status,
    ).toBe(400);
  });

  verifies('policy:invalid', 'in every part', async () => {
    const set = (policy: unknown) => call('POST', `${search}:setIamPolicy`, { policy });
    const role = 'roles/run.invoker';
    for (const policy of [
      undefined,
      'x',
      { bindings: 'x' },
      { bindings: [null] },
      { bindings: [{ role }, { members: ['allUsers'] }] },
      { bindings: [{ role, members: 'allUsers' }] },
      { bindings: [{ role, members: ['ada@example.com'] }] },
      { bindings: [{ role: 'invoker', members: ['allUsers'] }] },
      { bindings: [{ role, members: ['allUsers'], condition: { title: 'x', expression: 'request.' } }], version: 3 },
      { bindings: [], version: 7 },
      { bindings: [], etag: 7 },
    ])
      expect(await set(policy), JSON.stringify(policy)).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT' } },
      });
    const nobody = 'nobody@run-edges-local.iam.gserviceaccount.com';
    expect((await set({ bindings: [{ role, members: [`serviceAccount:${nobody}`] }] })).body.error.message).toBe(
      `Service account ${nobody} does not exist.`,
    );
    for (const path of [search.replace('search', 'nobody'), `/v1/projects/-/serviceAccounts/${nobody}`])
      expect((await call('POST', `${path}:getIamPolicy`)).status).toBe(404);
    expect((await call('POST', `${search}:nonsense`)).status).toBe(404);
    expect((await call('GET', `${search}:setIamPolicy`)).status).toBe(404);
  });

  verifies('policy:permission', 'of its own project either', async () => {
    for (const bearer of ['', 'rubbish', await echo.cloud.idToken('login', 'a')])
      expect(await call('GET', `${search}:getIamPolicy`, undefined, bearer)).toMatchObject({
        status: 401,
        body: { error: { status: 'UNAUTHENTICATED' } },
      });
    const { metadataHost } = echo.cloud.service('login').listed();
    const response = await fetch(`http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/token`, {
      headers: { 'Metadata-Flavor': 'Google' },
    });
    const login = ((await response.json()) as { access_token: string }).access_token;
    const policy = { bindings: [invoker] };
    expect(await call('POST', `${search}:setIamPolicy`, { policy }, login)).toMatchObject({
      status: 403,
      body: {
        error: {
          status: 'PERMISSION_DENIED',
          message: "Permission 'run.services.setIamPolicy' denied on resource (or it may not exist).",
        },
      },
    });
    for (const path of ['/v1/projects/run-edges-local', `/v1/projects/-/serviceAccounts/${emailOf('login')}`])
      expect((await call('POST', `${path}:setIamPolicy`, { policy }, login)).status).toBe(403);
    expect((await call('GET', `${search.replace('run-edges-local', 'another-project')}:getIamPolicy`)).status).toBe(
      403,
    );
    expect(await gateStatus()).toBe(403);
  });

  verifies('policy:test', 'of those that the caller names', async () => {
    const permissions = ['run.routes.invoke', 'run.jobs.runWithOverrides', 'run.services.setIamPolicy'];
    expect((await call('POST', `${search}:testIamPermissions`, { permissions })).body).toEqual({ permissions });
    const builder = 'user:builder@example.com';
    echo.cloud.policies.grant('services/search', 'roles/run.developer', builder);
    const bearer = await tokenOf('builder@example.com');
    expect((await call('POST', `${search}:testIamPermissions`, { permissions }, bearer)).body).toEqual({
      permissions: permissions.slice(0, 2),
    });
    echo.cloud.policies.revoke('services/search', 'roles/run.developer', builder);
    expect((await call('POST', `${search}:testIamPermissions`, {})).status).toBe(400);
  });

  verifies('policy:test-unknown', 'whatever else is asked for', async () => {
    const account = `/v1/projects/-/serviceAccounts/${emailOf('login')}`;
    const project = '/v1/projects/run-edges-local';
    for (const [resource, ...unknown] of [
      [search, 'run.services.nonsense', 'run.nonsense.get', 'iam.serviceAccounts.get', 'storage.buckets.get', '*'],
      [account, 'iam.serviceAccounts.nonsense', 'run.services.get', 'iam', '', 7, null],
      [project, 'resourcemanager.projects.nonsense', 'run.services.*', 'a b.c.d', '__proto__.a.b.c.d'],
    ] as const)
      for (const name of unknown) {
        const asked = await call('POST', `${resource}:testIamPermissions`, {
          permissions: ['run.services.get', name].slice(resource === account ? 1 : 0),
        });
        expect(asked, `${resource} ${name}`).toMatchObject({
          status: 400,
          body: {
            error: { status: 'INVALID_ARGUMENT', message: `Permission ${name} is not valid for this resource.` },
          },
        });
      }
    const others = await call('POST', `${project}:testIamPermissions`, {
      permissions: ['storage.buckets.list', 'iam.roles.create', 'resourcemanager.projects.get'],
    });
    expect(others.body.permissions).toContain('resourcemanager.projects.get');
    expect(others.body.permissions).not.toContain('storage.buckets.list');
  });

  verifies(
    'policy:test-missing',
    'as gcloud asks before it asks the user, and nothing to who holds nothing',
    async () => {
      const permissions = ['run.services.setIamPolicy', 'run.services.create'];
      for (const version of ['v1', 'v2']) {
        const none = search.replace('/v1/', `/${version}/`).replace(/[^/]+$/, 'none');
        const asked = await call('POST', `${none}:testIamPermissions`, { permissions });
        expect(asked).toEqual({ status: 200, body: { permissions } });
        expect((await call('POST', `${none}:getIamPolicy`, {})).status).toBe(404);
        expect((await call('POST', `${none}:setIamPolicy`, { policy: {} })).status).toBe(404);
      }
      const account = `/v1/projects/run-edges-local/serviceAccounts/${emailOf('never-made')}`;
      const held = { permissions: ['iam.serviceAccounts.get', 'iam.serviceAccounts.actAs'] };
      expect(await call('POST', `${account}:testIamPermissions`, held)).toEqual({ status: 200, body: held });
      expect((await call('POST', `${account}:setIamPolicy`, { policy: {} })).status).toBe(404);
      const none = search.replace(/[^/]+$/, 'none');
      const nobody = await tokenOf('nobody@example.com');
      expect(await call('POST', `${none}:testIamPermissions`, { permissions }, nobody)).toEqual({
        status: 200,
        body: {},
      });
    },
  );
});
