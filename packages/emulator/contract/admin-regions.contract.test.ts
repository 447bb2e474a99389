import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { startEmulator } from '../src/index.ts';
import {
  type AdminCloud,
  condition,
  deployed,
  emailOf,
  isReady,
  knative,
  preparedCloud,
  project,
  v1,
  v2,
} from './admin-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const west = (path: string) => path.replace('us-central1', 'europe-west9');
const invoker = (id: string) => ({ role: 'roles/run.invoker', members: [`serviceAccount:${emailOf(id)}`] });

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
  await deployed(admin, 'login');
  await deployed(admin, 'search');
  await admin.call('POST', `${west(v1)}/services`, knative('search'));
  await admin.until(`${west(v1)}/services/search`, isReady);
});
afterAll(() => admin[Symbol.asyncDispose]());

/** The status that login gets in a region with a token for this audience. */
async function called(service: string, audience: string): Promise<number> {
  const authorization = `Bearer ${await admin.cloud.idToken('login', audience)}`;
  return (await fetch(admin.cloud.service(service).url, { headers: { authorization } })).status;
}

describe('a service of the same name in two regions', () => {
  verifies('run:regions', 'is two: each with its URL, its revisions and its label', async () => {
    const { body: there } = await admin.call('GET', `${west(v1)}/services/search`);
    const { body: here } = await admin.call('GET', `${v1}/services/search`);
    expect(there.metadata.labels['cloud.googleapis.com/location']).toBe('europe-west9');
    expect(here.metadata.labels['cloud.googleapis.com/location']).toBe('us-central1');
    expect(there.metadata.uid).not.toBe(here.metadata.uid);
    expect(there.status.url).not.toBe(here.status.url);
    expect(there.metadata.annotations['run.googleapis.com/urls']).toContain(
      'https://search-100000000001.europe-west9.run.app',
    );
    const { body } = await admin.call('GET', `${west(v2)}/services/search`);
    expect(body.name).toBe(`projects/${project}/locations/europe-west9/services/search`);
    expect(body.uri).toBe(there.status.url);
  });

  verifies('run:regions', 'is listed where it is, and everywhere by a hyphen', async () => {
    const names = async (path: string) =>
      ((await admin.call('GET', path)).body.services ?? []).map(({ name }: { name: string }) => name);
    expect(await names(`${west(v2)}/services`)).toEqual([`projects/${project}/locations/europe-west9/services/search`]);
    expect(await names(v2.replace('us-central1', 'us-east1').concat('/services'))).toEqual([]);
    expect(await names(v2.replace('us-central1', '-').concat('/services'))).toEqual([
      `projects/${project}/locations/us-central1/services/login`,
      `projects/${project}/locations/us-central1/services/search`,
      `projects/${project}/locations/europe-west9/services/search`,
    ]);
    const { items } = (await admin.call('GET', `${west(v1)}/revisions`)).body;
    expect(items).toHaveLength(1);
    expect((await admin.call('GET', `/v1/projects/${project}/locations`)).body.locations).toHaveLength(2);
  });

  verifies(
    'run:regions',
    'has a policy and an audience in each, and what is granted in one opens no other',
    async () => {
      const [here, there] = ['search', 'europe-west9/search'].map((name) => admin.cloud.service(name).url) as [
        string,
        string,
      ];
      await admin.call('POST', `${west(v1)}/services/search:setIamPolicy`, {
        policy: { bindings: [invoker('login-run')] },
      });
      expect((await admin.call('GET', `${v1}/services/search:getIamPolicy`)).body.bindings).toBeUndefined();
      expect((await admin.call('GET', `${west(v1)}/services/search:getIamPolicy`)).body.bindings).toEqual([
        invoker('login-run'),
      ]);
      expect(await called('europe-west9/search', there)).toBe(200);
      expect(await called('europe-west9/search', 'https://search-100000000001.europe-west9.run.app')).toBe(200);
      expect(await called('search', here)).toBe(403);
      for (const wrong of [here, 'https://search-100000000001.us-central1.run.app'])
        expect(await called('europe-west9/search', wrong)).toBe(401);
      expect(await called('search', there)).toBe(401);
    },
  );

  verifies('run:regions', 'meets conditions on the name of its resource in its region', async () => {
    const expression = `resource.name == 'projects/${project}/locations/europe-west9/services/search'`;
    const bindings = [{ ...invoker('login-run'), condition: { title: 'there', expression } }];
    for (const base of [v1, west(v1)])
      await admin.call('POST', `${base}/services/search:setIamPolicy`, { policy: { bindings, version: 3 } });
    expect(await called('europe-west9/search', admin.cloud.service('europe-west9/search').url)).toBe(200);
    expect(await called('search', admin.cloud.service('search').url)).toBe(403);
  });

  verifies('run:regions', 'is told how to let somebody in by a command for its region', async () => {
    await admin.call('POST', `${west(v1)}/services/search:setIamPolicy`, { policy: { bindings: [] } });
    expect(await called('europe-west9/search', admin.cloud.service('europe-west9/search').url)).toBe(403);
    expect(admin.cloud.decisions.list().at(-1)?.mend).toContain(
      'gcloud run services add-iam-policy-binding search --region=europe-west9 ',
    );
  });

  verifies('run:regions', 'goes in one, and stays in the other', async () => {
    await admin.call(
      'POST',
      `${west(v1)}/services`,
      knative('other', { image: 'other', serviceAccountName: emailOf('login-run') }),
    );
    await admin.until(`${west(v1)}/services/other`, isReady);
    const { body } = await admin.call('DELETE', `${west(v2)}/services/other`);
    expect(body.name).toMatch(`projects/${project}/locations/europe-west9/operations/`);
    expect((await admin.call('GET', `${west(v1)}/services/other`)).status).toBe(404);
    expect((await admin.call('DELETE', `${v1}/services/other`)).status).toBe(404);
    expect(condition((await admin.call('GET', `${west(v1)}/services/search`)).body).status).toBe('True');
  });
});

describe('what is not of the region', () => {
  verifies('run:regions', 'is not found there', async () => {
    for (const [method, path] of [
      ['GET', 'services/login'],
      ['DELETE', 'services/login'],
      ['GET', 'services/login:getIamPolicy'],
      ['GET', 'configurations/login'],
      ['GET', 'routes/login'],
    ] as const) {
      const { status, body } = await admin.call(method, `${west(v1)}/${path}`);
      expect([status, body.error.message], path).toEqual([404, expect.stringContaining("region 'europe-west9'")]);
    }
  });

  verifies('run:regions', 'and a region that Google does not have is none', async () => {
    for (const region of ['moon-west9', 'europe-west99', 'EUROPE-WEST9', 'europe-west9%2Fservices'])
      for (const base of [v1, v2])
        expect(
          (await admin.call('GET', `${base.replace('us-central1', region)}/services`)).status,
          region,
        ).toBeGreaterThan(402);
  });
});

verifies('run:regions', 'what was deployed in another region is there after a restart', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'regions-'));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const image = { search: admin.cloud.service('search').containerUrl ?? '' };
  const first = await preparedCloud({ stateDir });
  await first.call('POST', `${west(v1)}/services`, knative('search'));
  await first.until(`${west(v1)}/services/search`, isReady);
  await first.call('POST', `${west(v1)}/services/search:setIamPolicy`, {
    policy: { bindings: [invoker('login-run')] },
  });
  await first[Symbol.asyncDispose]();
  const again = await preparedCloud({ stateDir, images: image });
  onTestFinished(() => again[Symbol.asyncDispose]());
  expect((await again.until(`${west(v1)}/services/search`, isReady)).metadata.name).toBe('search');
  expect((await again.call('GET', `${west(v1)}/services/search:getIamPolicy`)).body.bindings).toEqual([
    invoker('login-run'),
  ]);
  expect((await again.call('GET', `${v1}/services/search`)).status).toBe(404);
});

verifies('run:regions', 'here one gate answers for all regions of a declared service', async () => {
  const address = admin.cloud.service('search').containerUrl ?? '';
  const edges = parseDeclaration(
    'services: { login: { calls: [search] }, search: { regions: [europe-west9, us-east1] } }',
    'edges.yaml',
  );
  await using cloud = await startEmulator({ edges, fronts: { login: address, search: address } });
  const { url } = cloud.service('search');
  expect(cloud.services.map(({ name }) => name)).toEqual(['login', 'search']);
  const get = async (audience: string, caller = 'login') =>
    (await fetch(url, { headers: { authorization: `Bearer ${await cloud.idToken(caller, audience)}` } })).status;
  for (const region of ['europe-west9', 'us-east1', 'us-central1'])
    expect(await get(`https://search-100000000001.${region}.run.app`), region).toBe(200);
  expect(await get('https://search-100000000001.europe-west9.run.app', 'stranger')).toBe(403);
  for (const wrong of [
    'https://search-100000000001.europe-west1.run.app',
    'https://login-100000000001.europe-west9.run.app',
  ])
    expect(await get(wrong), wrong).toBe(401);
  const authorization = `Bearer ${await cloud.idToken('login', url)}`;
  const byHost = await rawRequest(`${url}/`, [
    'Host',
    'search-100000000001.us-east1.run.app',
    'Authorization',
    authorization,
  ]);
  expect(byHost.status).toBe(200);
});
