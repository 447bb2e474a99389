import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AdminCloud, type Answer, emailOf, namespace, preparedCloud, project, v2 } from './admin-cloud.ts';
import { verifies } from './verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const services = `${v2}/services`;
const full = `projects/${project}/locations/us-central1/services`;
const body = (image: string, change: object = {}) => ({
  template: { serviceAccount: emailOf('search-run'), containers: [{ image }] },
  ...change,
});

/** Waits for an operation as a client library does. */
async function done({ status, body: operation }: Answer): Promise<Answer['body']> {
  expect(status, JSON.stringify(operation)).toBe(200);
  expect(operation.name).toMatch(/^projects\/run-edges-local\/locations\/us-central1\/operations\/[\w-]+$/);
  return admin.until(`/v2/${operation.name}`, (one) => one.done === true);
}
const create = async (id: string, service: object, query = '') =>
  done(await admin.call('POST', `${services}?serviceId=${id}${query}`, service));
const patch = async (id: string, service: object, query = '') =>
  done(await admin.call('PATCH', `${services}/${id}${query}`, service));
const get = async (id: string) => (await admin.call('GET', `${services}/${id}`)).body;

describe('Cloud Run services by the v2 API', () => {
  verifies('v2:operation', 'at each method', async () => {
    const created = await create('search', body('search'));
    expect(created.response).toMatchObject({
      '@type': 'type.googleapis.com/google.cloud.run.v2.Service',
      name: `${full}/search`,
      generation: '1',
      observedGeneration: '1',
      uri: admin.cloud.service('search').url,
      ingress: 'INGRESS_TRAFFIC_ALL',
      launchStage: 'GA',
      terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
      traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }],
      template: { timeout: '300s', maxInstanceRequestConcurrency: 80, serviceAccount: emailOf('search-run') },
    });
    expect(created.response.latestReadyRevision).toMatch(new RegExp(`^${full}/search/revisions/search-00001-`));
    expect(created.response.reconciling).toBe(undefined);

    const failed = await patch('search', body('nothing-stands-for-this'));
    expect(failed.error).toMatchObject({
      code: 9,
      message: expect.stringContaining("Image 'nothing-stands-for-this' not found"),
    });
    expect((await get('search')).terminalCondition.state).toBe('CONDITION_FAILED');
    await patch('search', body('search'));

    const operations = (await admin.call('GET', `${v2}/operations?pageSize=2`)).body;
    expect(operations.operations).toHaveLength(2);
    const [{ name }] = operations.operations;
    expect((await admin.call('POST', `/v2/${name}:wait`, { timeout: '5s' })).body.done).toBe(true);
    expect((await admin.call('DELETE', `/v2/${name}`)).status).toBe(200);
    for (const [method, path] of [
      ['GET', name],
      ['DELETE', name],
      ['POST', `${name}:wait`],
    ] as const)
      expect((await admin.call(method, `/v2/${path}`)).status).toBe(404);

    await create('gone', body('other'));
    const gone = await done(await admin.call('DELETE', `${services}/gone`));
    expect(gone.response).toMatchObject({ name: `${full}/gone`, deleteTime: expect.stringMatching(/Z$/) });
    expect((await admin.call('GET', `${services}/gone`)).status).toBe(404);
    expect((await admin.call('DELETE', `${services}/gone`)).status).toBe(404);
    expect((await admin.call('POST', `${services}?serviceId=search`, body('search'))).body.error.status).toBe(
      'ALREADY_EXISTS',
    );
  });

  verifies('v2:faces', 'flags as gcloud writes them', async () => {
    await create('flags', body('search'));
    const { body: v1 } = await admin.call('GET', `${namespace}/services/flags`);
    v1.metadata.annotations['run.googleapis.com/invoker-iam-disabled'] = 'True';
    v1.spec.template.metadata = {
      annotations: {
        'run.googleapis.com/cpu-throttling': 'False',
        'run.googleapis.com/startup-cpu-boost': 'True',
        'run.googleapis.com/sessionAffinity': 'True',
      },
    };
    expect((await admin.call('PUT', `${namespace}/services/flags`, v1)).status).toBe(200);
    const { invokerIamDisabled, template } = await get('flags');
    expect({ invokerIamDisabled, affinity: template.sessionAffinity, ...template.containers[0].resources }).toEqual({
      invokerIamDisabled: true,
      affinity: true,
      startupCpuBoost: true,
      limits: { cpu: '1000m', memory: '512Mi' },
    });
  });

  verifies('v2:faces', 'there and back', async () => {
    const everything = {
      description: 'finds people',
      labels: { team: 'people' },
      annotations: { note: 'kept' },
      client: 'terraform',
      clientVersion: '7.0',
      ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      launchStage: 'BETA',
      customAudiences: ['https://search.example'],
      invokerIamDisabled: true,
      defaultUriDisabled: true,
      scaling: { minInstanceCount: 1, maxInstanceCount: 4 },
      binaryAuthorization: { useDefault: true },
      template: {
        revision: 'both-named',
        labels: { color: 'blue' },
        annotations: { why: 'test' },
        scaling: { minInstanceCount: 1, maxInstanceCount: 3 },
        timeout: '60s',
        serviceAccount: emailOf('search-run'),
        maxInstanceRequestConcurrency: 5,
        executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
        sessionAffinity: true,
        vpcAccess: { egress: 'ALL_TRAFFIC', networkInterfaces: [{ network: 'default' }] },
        volumes: [{ name: 'sql', cloudSqlInstance: { instances: ['p:r:i'] } }],
        containers: [
          {
            name: 'app',
            image: 'search',
            args: ['--fast'],
            env: [{ name: 'A', value: 'b' }],
            resources: { limits: { cpu: '2', memory: '1Gi' }, startupCpuBoost: true },
            ports: [{ name: 'http1', containerPort: 9090 }],
            volumeMounts: [{ name: 'sql', mountPath: '/cloudsql' }],
            startupProbe: { httpGet: { path: '/health' } },
          },
        ],
      },
      traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100, tag: 'blue' }],
    };
    await create('both', everything);
    expect(await get('both')).toMatchObject(everything);
    expect((await get('both')).template.containers[0].resources.cpuIdle).toBe(undefined);

    const { body: v1 } = await admin.call('GET', `${namespace}/services/both`);
    expect(v1.metadata).toMatchObject({
      labels: { team: 'people' },
      annotations: {
        note: 'kept',
        'run.googleapis.com/ingress': 'internal',
        'run.googleapis.com/custom-audiences': '["https://search.example"]',
        'run.googleapis.com/invoker-iam-disabled': 'true',
        'run.googleapis.com/description': 'finds people',
        'run.googleapis.com/launch-stage': 'BETA',
      },
    });
    expect(v1.spec.template).toMatchObject({
      metadata: {
        annotations: { 'autoscaling.knative.dev/maxScale': '3', 'run.googleapis.com/cpu-throttling': 'false' },
      },
      spec: { timeoutSeconds: 60, containerConcurrency: 5, serviceAccountName: emailOf('search-run') },
    });
    const same = await admin.call('PUT', `${namespace}/services/both`, v1);
    expect(same.status, JSON.stringify(same.body)).toBe(200);
    expect(await get('both')).toMatchObject(everything);
    expect((await get('both')).latestCreatedRevision).toBe(`${full}/both/revisions/both-named`);
  });

  verifies('v2:mask', 'and nothing else', async () => {
    await create('masked', body('search', { labels: { a: '1' }, description: 'before' }));
    const one = await patch(
      'masked',
      { description: 'not asked for', template: { maxInstanceRequestConcurrency: 9, timeout: '7s' } },
      '?updateMask=template.max_instance_request_concurrency,labels',
    );
    expect(one.response).toMatchObject({
      description: 'before',
      template: { maxInstanceRequestConcurrency: 9, timeout: '300s', containers: [{ image: 'search' }] },
    });
    expect(one.response.labels).toBe(undefined);
    expect(
      (await patch('masked', { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' }, '?updateMask=ingress')).response,
    ).toMatchObject({
      ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      template: { maxInstanceRequestConcurrency: 9 },
    });
    const whole = await patch('masked', body('other'));
    expect(whole.response).toMatchObject({
      ingress: 'INGRESS_TRAFFIC_ALL',
      template: { maxInstanceRequestConcurrency: 80 },
    });
    expect(whole.response.description).toBe(undefined);
    for (const mask of ['nonsense', 'template.a.b.c.d.e', '__proto__', 'constructor.x'])
      expect((await admin.call('PATCH', `${services}/masked?updateMask=${mask}`, {})).status, mask).toBe(400);
  });

  verifies('v2:validate-only', 'at create, patch and delete', async () => {
    const { generation } = await get('search');
    expect((await admin.call('POST', `${services}?serviceId=unmade&validateOnly=true`, body('search'))).body.done).toBe(
      true,
    );
    expect((await admin.call('POST', `${services}?serviceId=Un_made&validateOnly=true`, body('search'))).status).toBe(
      400,
    );
    expect((await admin.call('PATCH', `${services}/search?validateOnly=true`, body('other'))).status).toBe(200);
    expect((await admin.call('PATCH', `${services}/search?validateOnly=true`, body('a b'))).status).toBe(400);
    expect((await admin.call('DELETE', `${services}/search?validateOnly=true`)).status).toBe(200);
    expect((await admin.call('GET', `${services}/unmade`)).status).toBe(404);
    expect((await get('search')).generation).toBe(generation);
  });

  verifies('v2:allow-missing', 'and without it is 404', async () => {
    expect((await admin.call('PATCH', `${services}/upserted`, body('search'))).status).toBe(404);
    expect((await patch('upserted', body('search'), '?allowMissing=true')).response.name).toBe(`${full}/upserted`);
    expect((await patch('upserted', body('other'), '?allowMissing=true')).response.generation).toBe('2');
  });

  verifies('v2:etag', 'and the newest is taken', async () => {
    const { etag } = await get('search');
    await patch('search', body('search', { etag }));
    for (const answer of [
      await admin.call('PATCH', `${services}/search`, body('other', { etag })),
      await admin.call('DELETE', `${services}/search?etag=${encodeURIComponent(etag)}`),
    ])
      expect(answer).toMatchObject({ status: 409, body: { error: { status: 'ABORTED' } } });
    expect((await get('search')).template.containers[0].image).toBe('search');
  });

  verifies('v2:enums', 'in ingress, traffic and the rest', async () => {
    const traffic = [{ type: 1, percent: 100 }];
    const { response } = await patch('search', body('search', { ingress: 3, launchStage: 4, traffic }));
    expect(response.ingress).toBe('INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER');
    expect(response.traffic).toEqual([{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }]);
    for (const change of [
      { ingress: 99 },
      { ingress: 'ALL' },
      { traffic: [{ type: 0, percent: 100 }] },
      { launchStage: -1 },
    ])
      expect(
        (await admin.call('PATCH', `${services}/search`, body('search', change))).status,
        JSON.stringify(change),
      ).toBe(400);
  });

  verifies('v2:invalid', 'and nothing is made', async () => {
    const bad: unknown[] = [
      '[]',
      'x',
      { surprise: 1 },
      { template: { surprise: 1 } },
      { template: { containers: [{ image: 'search', surprise: 1 }] } },
      {},
      { template: {} },
      body('search', { labels: { a: 1 } }),
      body('search', { annotations: { 'run.googleapis.com/ingress': 'all' } }),
      body('search', { labels: { 'cloud.googleapis.com/location': 'x' } }),
      body('search', { template: { timeout: '1h', containers: [{ image: 'search' }] } }),
      body('search', { template: { timeout: '0s', containers: [{ image: 'search' }] } }),
      body('search', { template: { containers: [{ image: 'search', env: [{ value: 'x' }] }] } }),
      body('search', {
        template: { scaling: { minInstanceCount: 5, maxInstanceCount: 2 }, containers: [{ image: 'search' }] },
      }),
      body('search', { ingress: 'INGRESS_TRAFFIC_NONE' }),
      body('search', { traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: 'x-1', percent: 100 }] }),
    ];
    for (const sent of bad)
      expect(await admin.call('POST', `${services}?serviceId=bad`, sent), JSON.stringify(sent)).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT' } },
      });
    expect((await admin.call('POST', services, body('search'))).status).toBe(400);
    expect((await admin.call('GET', `${services}/bad`)).status).toBe(404);
    const unknown = await admin.call('POST', `${services}?serviceId=bad`, {
      template: { containers: [{ imagee: 'x' }] },
    });
    expect(unknown.body.error.message).toBe(
      `Invalid JSON payload received. Unknown name "imagee" at 'template.containers[0]': Cannot find field.`,
    );
  });

  verifies('v2:pages', 'of services and revisions', async () => {
    const names: string[] = [];
    let token = '';
    do {
      const { body: page } = await admin.call('GET', `${services}?pageSize=2&pageToken=${token}`);
      expect(page.services.length).toBeLessThanOrEqual(2);
      names.push(...page.services.map(({ name }: { name: string }) => name));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    expect(names).toContain(`${full}/search`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength((await admin.call('GET', services)).body.services.length);
    const { revisions } = (await admin.call('GET', `${services}/masked/revisions`)).body;
    expect(revisions.length).toBeGreaterThan(1);
    expect(revisions[0]).toMatchObject({
      service: 'masked',
      conditions: [
        { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
        { type: 'ContainerHealthy', state: 'CONDITION_SUCCEEDED' },
        { type: 'Active', state: 'CONDITION_SUCCEEDED' },
      ],
    });
    expect((await admin.call('GET', `/v2/${revisions[0].name}`)).body).toEqual(revisions[0]);
    expect((await admin.call('GET', `${services}/-/revisions?pageSize=1`)).body.revisions).toHaveLength(1);
    expect((await admin.call('GET', `${services}/masked/revisions/none`)).status).toBe(404);
    for (const query of ['pageSize=-1', 'pageSize=x', 'pageToken=%21%21'])
      expect((await admin.call('GET', `${services}?${query}`)).status, query).toBe(400);
  });
});

describe('policies of the services', () => {
  verifies('policy:concurrent', 'twenty writers at once', async () => {
    const members = Array.from({ length: 20 }, (_, index) => `user:writer-${index}@example.com`);
    let refused = 0;
    const add = async (member: string) => {
      for (;;) {
        const { body: policy } = await admin.call('GET', `${services}/search:getIamPolicy`);
        const bindings = [...(policy.bindings ?? []), { role: 'roles/run.invoker', members: [member] }];
        const { status } = await admin.call('POST', `${services}/search:setIamPolicy`, {
          policy: { ...policy, bindings },
        });
        if (status === 200) return;
        expect(status).toBe(409);
        refused++;
      }
    };
    await Promise.all(members.map(add));
    const { body: policy } = await admin.call('GET', `${services}/search:getIamPolicy`);
    expect(new Set(policy.bindings[0].members)).toEqual(new Set(members));
    expect(refused).toBeGreaterThan(0);
  });
});
