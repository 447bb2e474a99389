import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AdminCloud, type Answer, emailOf, preparedCloud, project, v2 } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const services = `${v2}/services`;
const full = `projects/${project}/locations/us-central1/services`;
const SERVICE = 'type.googleapis.com/google.cloud.run.v2.Service';
const REVISION = 'type.googleapis.com/google.cloud.run.v2.Revision';
const body = (image: string, change: object = {}) => ({
  template: { serviceAccount: emailOf('search-run'), containers: [{ image }] },
  ...change,
});

async function done({ status, body: operation }: Answer): Promise<Answer['body']> {
  expect(status, JSON.stringify(operation)).toBe(200);
  return admin.until(`/v2/${operation.name}`, (one) => one.done === true);
}
const get = async (id: string) => (await admin.call('GET', `${services}/${id}`)).body;

describe('requests to Cloud Run v2, as they are sent', () => {
  verifies('v2:terraform', 'from the first apply to destroy', async () => {
    const sent = {
      ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      labels: { 'goog-terraform-provisioned': 'true' },
      template: {
        containers: [
          {
            env: [{ name: 'COLOR', value: 'blue' }],
            image: 'search',
            ports: [{ containerPort: 8080 }],
            resources: { limits: { cpu: '1', memory: '512Mi' } },
          },
        ],
        scaling: { maxInstanceCount: 3 },
        serviceAccount: emailOf('search-run'),
      },
    };
    const started = await admin.call('POST', `${services}?alt=json&serviceId=by-terraform`, {
      ...sent,
      annotations: {},
      invokerIamDisabled: false,
    });
    expect(started.body).toMatchObject({
      name: expect.stringContaining(`projects/${project}/locations/us-central1/operations/`),
      metadata: { '@type': SERVICE },
      done: false,
    });
    const made = await admin.until(`/v2/${started.body.name}?alt=json`, (one) => one.done === true);
    expect(made.response).toMatchObject({ '@type': SERVICE, name: `${full}/by-terraform`, generation: '1' });
    const read = await admin.call('GET', `${services}/by-terraform?alt=json`);
    expect(read.body).toMatchObject(sent);

    const patched = await admin.call('PATCH', `${services}/by-terraform?alt=json`, {
      ...sent,
      etag: read.body.etag,
      template: { ...sent.template, containers: [{ image: 'other' }] },
    });
    const changed = await admin.until(`/v2/${patched.body.name}?alt=json`, (one) => one.done === true);
    expect(changed.response).toMatchObject({ '@type': SERVICE, generation: '2' });

    const policy = `${services}/by-terraform`;
    const before = await admin.call('GET', `${policy}:getIamPolicy?alt=json&options.requestedPolicyVersion=3`);
    const bindings = [{ role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('login-run')}`] }];
    const written = await admin.call('POST', `${policy}:setIamPolicy?alt=json`, {
      policy: { ...before.body, bindings },
    });
    expect(written.body.bindings).toEqual(bindings);
    const deleted = await done(await admin.call('DELETE', `${services}/by-terraform?alt=json`));
    expect(deleted).toMatchObject({ metadata: { '@type': SERVICE }, response: { '@type': SERVICE } });
    expect((await admin.call('GET', `${services}/by-terraform?alt=json`)).status).toBe(404);
  });

  verifies('v2:rest-clients', 'and paths of masks in JSON’s words', async () => {
    const alt = '%24alt=json%3Benum-encoding%3Dint';
    const sent = {
      ingress: 1,
      launchStage: 4,
      template: {
        serviceAccount: emailOf('search-run'),
        timeout: '30s',
        containers: [{ image: 'search', ports: [{ containerPort: 8080 }] }],
      },
      traffic: [{ type: 1, percent: 100 }],
    };
    const made = await done(await admin.call('POST', `${services}?serviceId=search&${alt}`, sent));
    expect(made.response.template.timeout).toBe('30s');
    const waited = await admin.call('POST', `/v2/${made.name}:wait?${alt}`, { timeout: '10s' });
    expect(waited.body.done).toBe(true);
    const name = `${full}/search`;
    const mask = 'updateMask=template.maxInstanceRequestConcurrency,template.timeout';
    const change = { name, template: { maxInstanceRequestConcurrency: 5, timeout: '40s' } };
    const patched = await done(await admin.call('PATCH', `/v2/${name}?${mask}&${alt}`, change));
    expect(patched.response.template).toMatchObject({ maxInstanceRequestConcurrency: 5, timeout: '40s' });
    expect(patched.response.template.containers).toMatchObject([{ image: 'search' }]);
    const { services: listed, nextPageToken } = (await admin.call('GET', `${services}?pageSize=50&${alt}`)).body;
    expect(listed.map((one: { name: string }) => one.name)).toEqual([name]);
    expect(nextPageToken).toBe(undefined);
  });

  verifies('v2:mask-paths', 'in either spelling', async () => {
    const { etag } = await get('search');
    const patch = (mask: string, change: object = { description: 'changed', labels: { a: 'b' } }) =>
      admin.call('PATCH', `${services}/search?updateMask=${encodeURIComponent(mask)}`, change);
    for (const mask of [
      'nonsense',
      'description,nonsense',
      'template.nonsense',
      'template.containers.image',
      'template.containers[0]',
      'template.scaling.nonsense',
      'traffic.percent',
      'description.x',
      'labels.a.b',
      'template..timeout',
      '.',
      '*,description',
      'Description',
      '__proto__',
      'template.__proto__',
      'constructor',
    ]) {
      const { status, body: answer } = await patch(mask);
      expect(status, mask).toBe(400);
      expect(answer.error.details[0].fieldViolations).toMatchObject([
        { field: 'Violation in UpdateServiceRequest.update_mask', description: expect.stringContaining('is no field') },
      ]);
    }
    expect((await get('search')).etag).toBe(etag);

    const labels = { my_key: '1', other: '2' };
    await done(await patch('labels', { labels }));
    await done(await patch('labels.my_key,uri,etag,description', { labels: { my_key: '3', other: '4' } }));
    expect((await get('search')).labels).toEqual({ my_key: '3', other: '2' });
    for (const [mask, concurrency] of [
      ['template.max_instance_request_concurrency', 6],
      ['template.maxInstanceRequestConcurrency', 7],
    ] as const)
      expect(
        (await done(await patch(mask, { template: { maxInstanceRequestConcurrency: concurrency } }))).response.template,
      ).toMatchObject({ maxInstanceRequestConcurrency: concurrency, timeout: '40s' });
    const whole = await done(await patch('*', body('search')));
    expect(whole.response.labels).toBe(undefined);
    expect(whole.response.template.timeout).toBe('300s');
  });

  verifies('v2:validate-only', 'with what would be', async () => {
    const before = await get('search');
    const ask = (method: string, path: string, sent?: object) =>
      admin.call(method, `${services}${path}validateOnly=true`, sent);
    const made = await ask('POST', '?serviceId=unmade&', body('other'));
    expect(made.body).toMatchObject({
      done: true,
      metadata: { '@type': SERVICE },
      response: {
        '@type': SERVICE,
        name: `${full}/unmade`,
        generation: '1',
        ingress: 'INGRESS_TRAFFIC_ALL',
        template: { timeout: '300s', maxInstanceRequestConcurrency: 80 },
      },
    });
    const patched = await ask('PATCH', '/search?updateMask=description&', { description: 'would be' });
    expect(patched.body.response).toMatchObject({ '@type': SERVICE, description: 'would be' });
    expect(patched.body.response.generation).toBe(`${Number(before.generation) + 1}`);
    expect((await ask('DELETE', '/search?')).body).toMatchObject({
      done: true,
      response: { '@type': SERVICE, deleteTime: expect.stringMatching(/Z$/) },
    });
    expect((await ask('PATCH', '/unmade?allowMissing=true&', body('other'))).body.response.name).toBe(`${full}/unmade`);
    for (const [method, path, sent, status] of [
      ['POST', '?serviceId=search&', body('other'), 409],
      ['POST', '?serviceId=unmade&', body('a b'), 400],
      ['PATCH', '/unmade?', body('other'), 404],
      ['PATCH', '/search?', body('other', { etag: '"old"' }), 409],
      ['DELETE', '/search?etag=old&', undefined, 409],
      ['DELETE', '/unmade?', undefined, 404],
    ] as const)
      expect((await ask(method, path, sent)).status, `${method} ${path}`).toBe(status);
    expect(await get('search')).toEqual(before);
    expect((await get('unmade')).error.code).toBe(404);
    const { operations } = (await admin.call('GET', `${v2}/operations?pageSize=1`)).body;
    expect(operations[0].response.description).not.toBe('would be');
  });

  verifies('v2:force-revision', 'and without it does not', async () => {
    const { latestCreatedRevision: before } = await get('search');
    const same = await done(await admin.call('PATCH', `${services}/search`, body('search', { description: 'a' })));
    expect(same.response.latestCreatedRevision).toBe(before);
    const forced = await done(
      await admin.call('PATCH', `${services}/search?forceNewRevision=true`, body('search', { description: 'a' })),
    );
    expect(forced.response.latestCreatedRevision).not.toBe(before);
    expect(forced.response.latestReadyRevision).toBe(forced.response.latestCreatedRevision);
  });

  verifies('v2:revision-delete', 'and its service knows it no more', async () => {
    const { latestReadyRevision: latest } = await get('search');
    const list = async () => (await admin.call('GET', `${services}/search/revisions`)).body.revisions;
    const all: readonly { name: string; etag: string }[] = await list();
    const oldest = all.at(-1) as { name: string; etag: string };
    expect(await admin.call('DELETE', `/v2/${latest}`)).toMatchObject({
      status: 400,
      body: { error: { status: 'FAILED_PRECONDITION', message: expect.stringContaining('actively serving') } },
    });
    expect((await admin.call('DELETE', `/v2/${oldest.name}?etag=old`)).status).toBe(409);
    const tried = await admin.call('DELETE', `/v2/${oldest.name}?validateOnly=true`);
    expect(tried.body).toMatchObject({ done: true, response: { '@type': REVISION, name: oldest.name } });
    expect(await list()).toHaveLength(all.length);
    const gone = await done(
      await admin.call('DELETE', `/v2/${oldest.name}?etag=${encodeURIComponent(oldest.etag)}&alt=json`),
    );
    expect(gone).toMatchObject({
      metadata: { '@type': REVISION },
      response: { '@type': REVISION, name: oldest.name, deleteTime: expect.stringMatching(/Z$/) },
    });
    expect((await list()).map(({ name }: { name: string }) => name)).toEqual(all.slice(0, -1).map(({ name }) => name));
    expect((await admin.call('GET', `/v2/${oldest.name}`)).status).toBe(404);
    expect((await admin.call('DELETE', `/v2/${oldest.name}`)).status).toBe(404);
  });

  verifies('v2:violations', 'at create and patch', async () => {
    const container = (change: object) => ({ template: { containers: [{ image: 'search', ...change }] } });
    for (const [sent, field] of [
      [container({ image: 'a b' }), 'service.template.containers[0].image'],
      [container({ env: [{ name: 'PORT', value: '1' }] }), 'service.template.containers[0].env'],
      [container({ ports: [{ containerPort: 1 }, { containerPort: 2 }] }), 'service.template.containers[0].ports'],
      [container({ ports: [{ containerPort: 70_000 }] }), 'service.template.containers[0].ports[0].container_port'],
      [{ template: {} }, 'service.template.containers'],
      [body('search', { template: { timeout: '0s', containers: [{ image: 'search' }] } }), 'service.template.timeout'],
      [
        body('search', {
          template: { maxInstanceRequestConcurrency: 5000, containers: [{ image: 'search' }] },
        }),
        'service.template.max_instance_request_concurrency',
      ],
      [body('search', { template: { revision: 'x', containers: [{ image: 'search' }] } }), 'service.template.revision'],
      [body('search', { traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 7 }] }), 'service.traffic'],
      [body('search', { annotations: { 'run.googleapis.com/ingress': 'all' } }), 'service.annotations'],
    ] as const)
      for (const [method, path, request] of [
        ['POST', `${services}?serviceId=bad`, 'CreateServiceRequest'],
        ['PATCH', `${services}/search`, 'UpdateServiceRequest'],
      ] as const) {
        const { status, body: answer } = await admin.call(method, path, sent);
        expect(status, `${method} ${field}`).toBe(400);
        const [{ '@type': type, fieldViolations }] = answer.error.details;
        expect(type).toBe('type.googleapis.com/google.rpc.BadRequest');
        expect(fieldViolations).toMatchObject([{ field: `Violation in ${request}.${field}` }]);
        expect(answer.error.message).toBe(`${fieldViolations[0].field}: ${fieldViolations[0].description}`);
      }
    const named = await admin.call('POST', `${services}?serviceId=Bad`, body('search'));
    expect(named.body.error.message).toMatch(/^Violation in CreateServiceRequest.service_id: /);
    const shape = await admin.call('POST', `${services}?serviceId=bad`, container({ imagee: 'x' }));
    expect(shape.body.error.details[0].fieldViolations).toEqual([
      { field: 'template.containers[0]', description: shape.body.error.message },
    ]);
  });
});
