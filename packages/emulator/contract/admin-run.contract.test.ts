import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  type AdminCloud,
  type Answer,
  adminCloud,
  condition,
  deployed,
  emailOf,
  isReady,
  isSettled,
  knative,
  namespace,
  preparedCloud,
  project,
  v1,
} from './admin-cloud.ts';
import { proxiedRequest, rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const services = `${namespace}/services`;

const deploy = (name: string, change?: Readonly<Record<string, unknown>>) => deployed(admin, name, change);

describe('Cloud Run services by the v1 API', () => {
  verifies('run:create', 'and what the gate lets through reaches its app', async () => {
    const { status, body } = await admin.call('POST', services, knative('search'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'search', namespace: '100000000001', generation: 1 },
      status: { observedGeneration: 1 },
    });
    expect(condition(body).status).toBe('Unknown');
    const ready = await admin.until(`${services}/search`, isReady);
    for (const stage of ['ConfigurationsReady', 'RoutesReady']) expect(condition(ready, stage).status).toBe('True');
    expect(ready.status.latestReadyRevisionName).toMatch(/^search-00001-[a-z]{3}$/);
    expect(ready.status.traffic).toEqual([
      { latestRevision: true, percent: 100, revisionName: ready.status.latestReadyRevisionName },
    ]);
    expect(ready.metadata.annotations['serving.knative.dev/creator']).toBe('developer@example.com');

    expect(await admin.gateStatus(undefined, 'search')).toBe(403);
    expect(await admin.gateStatus('search', 'search')).toBe(403);
    const binding = { role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('search-run')}`] };
    await admin.call('POST', `${v1}/services/search:setIamPolicy`, { policy: { bindings: [binding] } });
    expect(await admin.gateStatus('search', 'search')).toBe(200);
    expect(admin.seen.at(-1)?.app).toBe('search');
  });

  verifies('run:defaults', 'as gcloud run services replace sends it', async () => {
    const { body } = await admin.call('POST', services, {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'bare' },
      spec: { template: { spec: { containers: [{ image: 'other' }] } } },
    });
    expect(body.spec.template.spec).toMatchObject({
      serviceAccountName: '100000000001-compute@developer.gserviceaccount.com',
      containerConcurrency: 80,
      timeoutSeconds: 300,
    });
    expect(body.spec.template.spec.containers[0]).toMatchObject({ ports: [{ name: 'http1', containerPort: 8080 }] });
    expect(body.spec.traffic).toEqual([{ latestRevision: true, percent: 100 }]);
    expect(body.metadata.annotations['run.googleapis.com/ingress']).toBe('all');
    expect(body.metadata.labels['cloud.googleapis.com/location']).toBe('us-central1');
  });

  verifies('run:urls', 'in Host, as an audience, and in the environment of others', async () => {
    const host = 'search-100000000001.us-central1.run.app';
    const service = await deploy('login', { env: [{ name: 'SEARCH_URL', value: `https://${host}/api` }] });
    const { url, env } = admin.cloud.service('search');
    expect(admin.cloud.service('login').env.SEARCH_URL).toBe(`${url}/api`);
    expect(env.K_SERVICE).toBe('search');
    expect(service.spec.template.spec.containers[0].env[0].value).toBe(`https://${host}/api`);
    const described = (await admin.call('GET', `${services}/search`)).body;
    expect(described.status.url).toBe(url);
    expect(JSON.parse(described.metadata.annotations['run.googleapis.com/urls'])).toEqual([
      url,
      `https://${host}`,
      expect.stringMatching(/^https:\/\/search-[0-9a-f]{10}-uc\.a\.run\.app$/),
    ]);
    const token = await admin.cloud.idToken('search', `https://${host}`);
    const asked = await rawRequest(`${admin.cloud.service('login').url}/`, [
      'Host',
      host,
      'Authorization',
      `Bearer ${token}`,
    ]);
    expect(asked.status).toBe(200);
    expect(admin.seen.at(-1)?.app).toBe('search');
    const unknown = await rawRequest(`${url}/`, ['Host', 'nobody-100000000001.us-central1.run.app']);
    expect(unknown.status).toBe(404);
  });

  verifies('run:exists', 'and the first one stays', async () => {
    expect(await admin.call('POST', services, knative('search', { image: 'other' }))).toMatchObject({
      status: 409,
      body: { error: { code: 409, status: 'ALREADY_EXISTS' } },
    });
    expect((await admin.call('GET', `${services}/search`)).body.metadata.generation).toBe(1);
  });

  verifies('run:not-found', 'for every method', async () => {
    for (const [method, path, body] of [
      ['GET', `${services}/nobody`],
      ['PUT', `${services}/nobody`, knative('nobody', { image: 'other' })],
      ['DELETE', `${services}/nobody`],
      ['GET', `${v1}/services/nobody`],
      ['GET', `${v1}/services/nobody:getIamPolicy`],
    ] as const)
      expect(await admin.call(method, path, body), `${method} ${path}`).toMatchObject({
        status: 404,
        body: {
          error: {
            status: 'NOT_FOUND',
            message: `Resource 'nobody' of kind 'SERVICE' in region 'us-central1' in project '${project}' does not exist.`,
          },
        },
      });
    expect((await admin.call('GET', `${namespace}/revisions/nobody-00001-abc`)).status).toBe(404);
    expect((await admin.call('POST', `${v1}/services/search:nonsense`, {})).status).toBe(404);
  });

  verifies('run:invalid', 'in every part', async () => {
    const spec = { template: { spec: { containers: [{ image: 'search' }] } } };
    const base = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'bad' }, spec };
    const bad: unknown[] = [
      '',
      '[]',
      '"x"',
      '{',
      {},
      { ...base, kind: 'Route' },
      { ...base, apiVersion: 'v1' },
      { ...base, surprise: 1 },
      { ...base, metadata: {} },
      { ...base, metadata: { name: 'Bad_Name' } },
      { ...base, metadata: { name: 'b'.repeat(50) } },
      { ...base, metadata: { name: 'bad', namespace: 'another-project' } },
      { ...base, metadata: { name: 'bad', annotations: { 'run.googleapis.com/ingress': 'sometimes' } } },
      { ...base, metadata: { name: 'bad', annotations: { 'run.googleapis.com/custom-audiences': 'x' } } },
      { ...base, metadata: { name: 'bad', annotations: { 'run.googleapis.com/ingress': 7 } } },
      { ...base, spec: {} },
      { ...base, spec: { template: { spec: { containers: [] } } } },
      { ...base, spec: { template: { spec: { containers: [{}] } } } },
      { ...base, spec: { template: { spec: { containers: [{ image: 'search' }, { image: 'other' }] } } } },
      ...['a b', 'https://x/y', '', 'x@sha256:1'].map((image) => knative('bad', { image, serviceAccountName: '' })),
      ...[
        [{ name: 'PORT', value: '1' }],
        [{ name: 'A=B', value: '1' }],
        [{ name: 'A' }, { name: 'A' }],
        [{ value: '1' }],
        [{ name: 'A', value: 1 }],
        [{ name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: '1' } } }],
      ].map((env) => knative('bad', { image: 'search', serviceAccountName: '', env })),
      ...[
        { containerConcurrency: 1001 },
        { containerConcurrency: -1 },
        { timeoutSeconds: 0 },
        { timeoutSeconds: 3601 },
      ].map((change) => knative('bad', { image: 'search', serviceAccountName: '', ...change })),
      ...[
        [{ latestRevision: true, percent: 50 }],
        [{ percent: 100 }],
        [{ revisionName: 'bad-00009-abc', percent: 100 }],
        [{ latestRevision: true, percent: 100, tag: 'Not A Tag' }],
        [
          { latestRevision: true, percent: 200 },
          { latestRevision: true, percent: -100 },
        ],
      ].map((traffic) => knative('bad', { image: 'search', serviceAccountName: '', traffic })),
      ...['other-1', 'bad-UPPER', 'bad-'].map((revision) =>
        knative('bad', { image: 'search', serviceAccountName: '', revision }),
      ),
    ];
    for (const body of bad)
      expect(await admin.call('POST', services, body), JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringMatching(/\w/) } },
      });
    expect((await admin.call('GET', `${services}/bad`)).status).toBe(404);
    expect((await admin.call('PUT', `${services}/search`, knative('login'))).status).toBe(400);
  });

  verifies('run:revision', 'and the numbers go on', async () => {
    const { body: before } = await admin.call('GET', `${services}/search`);
    const changed = { ...before.metadata.annotations, 'run.googleapis.com/ingress': 'internal' };
    const put = await admin.call('PUT', `${services}/search`, {
      ...before,
      metadata: { ...before.metadata, annotations: changed },
    });
    expect(put.status).toBe(200);
    const after = await admin.until(`${services}/search`, isReady);
    expect(after.metadata.generation).toBe(2);
    expect(after.status.latestReadyRevisionName).toBe(before.status.latestReadyRevisionName);

    const { spec } = knative('search', { env: [{ name: 'A', value: 'b' }] }) as { spec: object };
    await admin.call('PUT', `${services}/search`, { ...after, spec });
    const renewed = await admin.until(`${services}/search`, isReady);
    expect(renewed.status.latestReadyRevisionName).toMatch(/^search-00003-/);
    expect(admin.cloud.service('search').env).toMatchObject({
      A: 'b',
      K_REVISION: renewed.status.latestReadyRevisionName,
    });
    expect(renewed.metadata.uid).toBe(before.metadata.uid);
    await deploy('search');
  });

  verifies('run:failed-revision', 'for an image that nothing here stands for, and a secret', async () => {
    const before = (await admin.call('GET', `${services}/search`)).body;
    const failed = await deploy('search', { image: 'gcr.io/acme/research' });
    expect(condition(failed)).toMatchObject({
      status: 'False',
      message: expect.stringContaining("is not ready and cannot serve traffic. Image 'gcr.io/acme/research' not found"),
    });
    expect(condition(failed).message).toContain('--map gcr.io/acme/research=FOLDER');
    expect(failed.status.latestCreatedRevisionName).toMatch(/^search-00005-/);
    expect(failed.status.latestReadyRevisionName).toBe(before.status.latestReadyRevisionName);
    expect(await admin.gateStatus('search', 'search')).toBe(200);
    const kept = (await admin.call('GET', `${services}/search`)).body;
    const labelled = { ...kept, metadata: { ...kept.metadata, labels: { touched: 'yes' } } };
    expect((await admin.call('PUT', `${services}/search`, labelled)).status).toBe(200);
    const still = await admin.until(`${services}/search`, isSettled);
    expect(condition(still).message).toContain("Image 'gcr.io/acme/research' not found");
    const secret = { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'db', key: 'latest' } } };
    expect(condition(await deploy('search', { env: [secret] })).message).toContain('there is no Secret Manager here');
    expect(await admin.gateStatus('search', 'search')).toBe(200);
    expect(condition(await deploy('search')).status).toBe('True');

    const never = await deploy('never', { image: 'nothing', serviceAccountName: '' });
    expect(condition(never).status).toBe('False');
    expect((await admin.call('DELETE', `${services}/never`)).status).toBe(200);
  });

  verifies('run:conflict', 'and the change of the other writer stays', async () => {
    const { body: read } = await admin.call('GET', `${services}/search`);
    await deploy('search', { env: [{ name: 'WRITER', value: 'first' }] });
    expect(await admin.call('PUT', `${services}/search`, read)).toMatchObject({
      status: 409,
      body: {
        error: { status: 'ABORTED', message: expect.stringContaining("Conflict for resource 'search': version") },
      },
    });
    expect(admin.cloud.service('search').env.WRITER).toBe('first');
  });

  verifies('run:traffic', 'and revisions without any are stopped', async () => {
    const blue = await deploy('search', { revision: 'search-blue' });
    expect(blue.status.latestReadyRevisionName).toBe('search-blue');
    const split = [
      { revisionName: 'search-blue', percent: 50 },
      { latestRevision: true, percent: 50, tag: 'green' },
    ];
    const both = await deploy('search', { revision: 'search-green', image: 'other', traffic: split });
    expect(both.status.traffic).toMatchObject([
      { revisionName: 'search-blue', percent: 50 },
      { revisionName: 'search-green', tag: 'green', url: 'https://green---search-100000000001.us-central1.run.app' },
    ]);
    const from = admin.seen.length;
    for (let tries = 0; tries < 200; tries++) {
      await admin.gateStatus('search', 'search');
      if (new Set(admin.seen.slice(from).map(({ app }) => app)).size === 2) break;
    }
    expect(new Set(admin.seen.slice(from).map(({ app }) => app))).toEqual(new Set(['search', 'other']));

    const { url } = admin.cloud.service('search');
    const authorization = `Bearer ${await admin.cloud.idToken('search', url)}`;
    for (let tries = 0; tries < 10; tries++) {
      const host = 'green---search-100000000001.us-central1.run.app';
      expect((await rawRequest(`${url}/`, ['Host', host, 'Authorization', authorization])).status).toBe(200);
      expect(admin.seen.at(-1)?.app).toBe('other');
    }
    const back = await deploy('search', {
      revision: 'search-green',
      image: 'other',
      traffic: [{ revisionName: 'search-blue', percent: 100 }],
    });
    expect(condition(back).status).toBe('True');
    for (let tries = 0; tries < 10; tries++) {
      expect(await admin.gateStatus('search', 'search')).toBe(200);
      expect(admin.seen.at(-1)?.app).toBe('search');
    }
    await deploy('search');
  });

  verifies('run:settings', 'from the next request on', async () => {
    const annotations = {
      'run.googleapis.com/ingress': 'internal',
      'run.googleapis.com/custom-audiences': '["https://search.example"]',
    };
    await deploy('search', { annotations, containerConcurrency: 7, timeoutSeconds: 9 });
    expect(admin.cloud.service('search').frontEnd).toMatchObject({
      ingress: 'internal',
      customAudiences: ['https://search.example'],
      concurrency: 7,
      requestTimeout: 9000,
    });
    expect(await admin.gateStatus(undefined, 'search')).toBe(404);
    await deploy('search', { annotations: { 'run.googleapis.com/invoker-iam-disabled': 'true' } });
    expect(await admin.gateStatus(undefined, 'search')).toBe(200);
    await deploy('search');
    expect(await admin.gateStatus(undefined, 'search')).toBe(403);
  });

  verifies('run:act-as', 'whatever else they hold', async () => {
    const bearer = await admin.tokenOf('deployer@example.com');
    const member = 'user:deployer@example.com';
    admin.cloud.policies.grant('project', 'roles/run.developer', member);
    const put = (account: string) =>
      admin.call('PUT', `${services}/search`, knative('search', { serviceAccountName: account }), { bearer });
    for (const account of [emailOf('search-run'), emailOf('nobody'), 'someone@elsewhere.iam.gserviceaccount.com'])
      expect(await put(account)).toMatchObject({
        status: 403,
        body: {
          error: {
            status: 'PERMISSION_DENIED',
            message: `Permission 'iam.serviceaccounts.actAs' denied on service account ${account} (or it may not exist).`,
          },
        },
      });
    admin.cloud.policies.grant(`serviceAccounts/${emailOf('search-run')}`, 'roles/iam.serviceAccountUser', member);
    expect((await put(emailOf('search-run'))).status).toBe(200);
    await admin.until(`${services}/search`, isReady);
    admin.cloud.policies.revoke('project', 'roles/run.developer', member);
  });

  verifies('run:region', 'as gcloud asks through a proxy', async () => {
    const bearer = ['Authorization', `Bearer ${await admin.tokenOf('developer@example.com')}`];
    const direct = (host: string) => rawRequest(`${admin.cloud.url}${services}/search`, ['Host', host, ...bearer]);
    expect((await direct('us-central1-run.googleapis.com')).status).toBe(200);
    expect((await direct('europe-west9-run.googleapis.com')).status).toBe(404);
    expect((await direct('moon-west9-run.googleapis.com')).status).toBe(403);
    const absolute = (host: string) => proxiedRequest(admin.cloud.url, `http://${host}${services}/search`, bearer);
    expect((await absolute('us-central1-run.emulator.internal')).status).toBe(200);
    const elsewhere = await absolute('moon-west9-run.emulator.internal');
    expect(elsewhere.status).toBe(403);
    expect(elsewhere.body).toContain('Location moon-west9 is not found or access is unauthorized.');
    const another = await absolute('example.com');
    expect(another.status).toBe(404);
    expect(another.body).toContain('run-edges is no proxy: it does not ask example.com.');
    const path = `/v1/projects/${project}/locations/moon-west9/services`;
    expect((await admin.call('GET', path)).status).toBe(403);
    expect((await admin.call('GET', `/v1/projects/${project}/locations`)).body.locations).toEqual([
      { name: `projects/${project}/locations/us-central1`, locationId: 'us-central1' },
    ]);
  });

  verifies('run:lists', 'at either host', async () => {
    for (const path of [services, `/v1/projects/${project}/locations/-/services`, `${v1}/services`]) {
      const { body } = await admin.call('GET', path);
      expect(body).toMatchObject({ kind: 'ServiceList', metadata: {} });
      expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toContain('search');
    }
    const list = async (selector: string) =>
      admin.call('GET', `${namespace}/revisions?labelSelector=${encodeURIComponent(selector)}`);
    const { body } = await list('serving.knative.dev/service = search');
    expect(body).toMatchObject({ kind: 'RevisionList', metadata: {} });
    const names = body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(names.length).toBeGreaterThan(3);
    expect(names.every((name: string) => name.startsWith('search-'))).toBe(true);
    expect(names.at(-1)).toMatch(/^search-00001-/);
    const active = body.items.filter((one: Answer['body']) => condition(one, 'Active').status === 'True');
    expect(active).toHaveLength(1);
    expect((await list('serving.knative.dev/service=nobody')).body.items).toEqual([]);
    expect((await list('a in b')).status).toBe(400);
    expect((await admin.call('GET', `${namespace}/revisions/${names[0]}`)).body.kind).toBe('Revision');
  });

  verifies('run:permissions', 'for anybody but those who hold them', async () => {
    const bearer = await admin.tokenOf('stranger@example.com');
    const account = `/v1/projects/${project}/serviceAccounts`;
    const pool = `/v1/projects/${project}/locations/global/workloadIdentityPools`;
    const v2services = `/v2/projects/${project}/locations/us-central1/services`;
    const calls: readonly (readonly [string, string, unknown?])[] = [
      ['GET', services],
      ['POST', services, knative('new', { image: 'other' })],
      ['GET', `${services}/search`],
      ['PUT', `${services}/search`, knative('search')],
      ['DELETE', `${services}/search`],
      ['GET', `${namespace}/revisions`],
      ['GET', `/v1/projects/${project}/locations`],
      ['GET', v2services],
      ['POST', `${v2services}?serviceId=new`, {}],
      ['PATCH', `${v2services}/search`, {}],
      ['PATCH', `${v2services}/new?allowMissing=true`, {}],
      ['DELETE', `${v2services}/search`],
      ['GET', `${v2services}/search/revisions`],
      ['GET', `${v2services.replace('services', 'operations')}`],
      ['POST', `${v2services}/search:setIamPolicy`, { policy: {} }],
      ['POST', account, { accountId: 'new-account' }],
      ['GET', account],
      ['GET', `${account}/${emailOf('search-run')}`],
      ['PATCH', `${account}/${emailOf('search-run')}`, {}],
      ['DELETE', `${account}/${emailOf('search-run')}`],
      ['POST', `${account}/${emailOf('search-run')}/keys`, {}],
      ['GET', `${account}/${emailOf('search-run')}/keys`],
      ['DELETE', `${account}/${emailOf('search-run')}/keys/x`],
      ['POST', `${pool}?workloadIdentityPoolId=pool`, {}],
      ['GET', pool],
      ['GET', `/v1/projects/${project}`],
      ['GET', `/v3/projects/${project}`],
      ['POST', `/v1/projects/${project}:setIamPolicy`, { policy: {} }],
      ['GET', `/v1/projects/${project}/services`],
      ['POST', `/v1/projects/${project}/services/x.googleapis.com:enable`],
      ['POST', `/v1/projects/${project}/services:batchEnable`, { serviceIds: ['x.googleapis.com'] }],
    ];
    for (const [method, path, body] of calls) {
      expect(await admin.call(method, path, body, { bearer }), `${method} ${path}`).toMatchObject({
        status: 403,
        body: { error: { status: 'PERMISSION_DENIED' } },
      });
      expect((await admin.call(method, path, body, { bearer: '' })).status, `${method} ${path}`).toBe(401);
    }
    expect((await admin.call('GET', `${services}/search`)).body.metadata.name).toBe('search');
  });

  verifies('run:delete', 'and one that comes after it is another', async () => {
    await admin.call('POST', `${v1}/services/search:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] },
    });
    const { url } = admin.cloud.service('search');
    const { uid } = (await admin.call('GET', `${services}/search`)).body.metadata;
    expect((await fetch(url)).status).toBe(200);
    expect(await admin.call('DELETE', `${services}/search`)).toMatchObject({
      status: 200,
      body: { status: 'Success' },
    });
    expect((await admin.call('GET', `${services}/search`)).status).toBe(404);
    expect((await fetch(url)).status).toBe(404);
    expect(admin.cloud.decisions.list().at(-1)).toMatchObject({
      receiver: 'search',
      rule: 'unknown-host',
      status: 404,
    });
    expect(admin.cloud.services.map(({ name }) => name)).not.toContain('search');
    const anew = await deploy('search');
    expect(anew.metadata.uid).not.toBe(uid);
    expect(anew.status.url).toBe(url);
    expect((await fetch(url)).status).toBe(403);
  });
});

describe('an API that is off', () => {
  verifies('run:api-off', 'until it is enabled', async () => {
    await using empty = await adminCloud();
    for (const path of [services, `/v1/projects/${project}/serviceAccounts`]) {
      const api = path === services ? 'run.googleapis.com' : 'iam.googleapis.com';
      const { status, body } = await empty.call('GET', path);
      expect(status).toBe(403);
      expect(body.error.message).toContain(
        `https://console.developers.google.com/apis/api/${api}/overview?project=${project}`,
      );
      expect(body.error.details[0]).toMatchObject({ reason: 'SERVICE_DISABLED', metadata: { service: api } });
      await empty.call('POST', `/v1/projects/${project}/services/${api}:enable`);
      expect((await empty.call('GET', path)).status).toBe(200);
    }
  });
});
