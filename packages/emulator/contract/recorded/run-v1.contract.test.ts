import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  type AdminCloud,
  type Answer,
  condition,
  deployed,
  emailOf,
  isReady,
  knative,
  namespace,
  preparedCloud,
  project,
  v1,
} from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const services = `${namespace}/services`;
const namesOf = ({ items }: Answer['body']): string[] =>
  items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);

const deploy = (name: string, change?: Readonly<Record<string, unknown>>) => deployed(admin, name, change);

describe('requests to Cloud Run v1, as they are sent', () => {
  verifies('run:gcloud-deploy', 'and does not ask, as nobody is there to answer', async () => {
    const usage = await admin.call('GET', `/v1/projects/${project}/services/run.googleapis.com?alt=json`);
    expect(usage.body.state).toBe('ENABLED');
    const missing = await admin.call('GET', `${services}/hello?alt=json`);
    expect(missing.body.error).toMatchObject({ code: 404, status: 'NOT_FOUND' });
    const asked = await admin.call('POST', `${v1}/services/none:testIamPermissions?alt=json`, {
      permissions: ['run.services.setIamPolicy'],
    });
    expect(asked).toEqual({ status: 200, body: { permissions: ['run.services.setIamPolicy'] } });
    const made = await admin.call('POST', `${services}?alt=json`, {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: {
        name: 'hello',
        namespace: project,
        labels: {},
        annotations: { 'run.googleapis.com/client-name': 'gcloud', 'run.googleapis.com/client-version': '528.0.0' },
      },
      spec: {
        template: {
          metadata: {
            labels: { 'client.knative.dev/nonce': 'abcdefghij' },
            annotations: { 'run.googleapis.com/startup-cpu-boost': 'True' },
          },
          spec: {
            serviceAccountName: emailOf('search-run'),
            containers: [{ name: '', image: 'other' }],
            nodeSelector: {},
          },
        },
      },
      status: { address: {} },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const ready = await admin.until(`${services}/hello?alt=json`, isReady);
    expect(ready.status.traffic).toMatchObject([{ percent: 100, latestRevision: true }]);
    const byNonce = encodeURIComponent('client.knative.dev/nonce = abcdefghij');
    const revisions = await admin.call('GET', `${namespace}/revisions?labelSelector=${byNonce}&alt=json`);
    expect(namesOf(revisions.body)).toEqual([ready.status.latestReadyRevisionName]);
    expect((await admin.call('DELETE', `${services}/hello?alt=json`)).status).toBe(200);
    expect((await admin.call('GET', `${services}/hello?alt=json`)).status).toBe(404);
  });

  verifies('run:terraform', 'from the first apply to destroy', async () => {
    const body = (image: string) => ({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: {
        annotations: { 'run.googleapis.com/ingress': 'internal' },
        labels: { 'goog-terraform-provisioned': 'true' },
        name: 'by-terraform',
        namespace: project,
      },
      spec: {
        template: {
          metadata: { annotations: { 'autoscaling.knative.dev/maxScale': '3' }, labels: {} },
          spec: { containers: [{ image }], serviceAccountName: emailOf('search-run') },
        },
        traffic: [{ latestRevision: true, percent: 100 }],
      },
    });
    const one = `${services}/by-terraform`;
    expect((await admin.call('POST', `${services}?alt=json`, body('search'))).status).toBe(200);
    const { metadata, status } = await admin.until(`${one}?alt=json`, isReady);
    expect(metadata).toMatchObject({
      namespace: '100000000001',
      generation: 1,
      labels: { 'cloud.googleapis.com/location': 'us-central1', 'goog-terraform-provisioned': 'true' },
    });
    expect(status.observedGeneration).toBe(1);
    expect((await admin.call('PUT', `${one}?alt=json`, body('other'))).status).toBe(200);
    expect((await admin.until(`${one}?alt=json`, isReady)).metadata.generation).toBe(2);

    const policy = `${v1}/services/by-terraform`;
    const read = await admin.call('GET', `${policy}:getIamPolicy?alt=json&options.requestedPolicyVersion=3`);
    expect(read.status).toBe(200);
    const bindings = [{ role: 'roles/run.invoker', members: [`serviceAccount:${emailOf('login-run')}`] }];
    const written = await admin.call('POST', `${policy}:setIamPolicy?alt=json`, {
      policy: { ...read.body, bindings, version: 3 },
    });
    expect(written.body.bindings).toEqual(bindings);
    expect((await admin.call('DELETE', `${one}?alt=json`)).status).toBe(200);
    expect((await admin.call('GET', `${one}?alt=json`)).status).toBe(404);
  });

  verifies('run:regional', 'as skaffold and Google’s Go client send them', async () => {
    const query = '?alt=json&prettyPrint=false';
    const made = await admin.call('POST', `${v1}/services${query}`, knative('search'));
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const one = `${v1}/services/search`;
    const ready = await admin.until(`${one}${query}`, isReady);
    expect((await admin.call('GET', `${services}/search`)).body).toEqual(ready);
    expect(namesOf((await admin.call('GET', `${v1}/services${query}`)).body)).toEqual(['search']);
    expect(namesOf((await admin.call('GET', `${v1}/revisions${query}`)).body)).toEqual([
      ready.status.latestReadyRevisionName,
    ]);
    expect((await admin.call('POST', `${v1}/services${query}`, knative('search'))).status).toBe(409);

    const changed = { ...ready, metadata: { ...ready.metadata, labels: { 'run-id': 'x' } } };
    expect((await admin.call('PUT', `${one}${query}`, changed)).status).toBe(200);
    expect((await admin.call('PUT', `${one}${query}`, changed)).body.error.status).toBe('ABORTED');
    expect((await admin.until(one, isReady)).metadata.labels['run-id']).toBe('x');

    const elsewhere = v1.replace('us-central1', 'moon-west9');
    const stranger = { bearer: await admin.tokenOf('stranger@example.com') };
    for (const [method, path, body] of [
      ['GET', 'services'],
      ['POST', 'services', knative('other')],
      ['GET', 'services/search'],
      ['PUT', 'services/search', knative('search')],
      ['DELETE', 'services/search'],
      ['GET', 'revisions'],
      ['GET', `revisions/${ready.status.latestReadyRevisionName}`],
      ['DELETE', `revisions/${ready.status.latestReadyRevisionName}`],
      ['GET', 'configurations'],
      ['GET', 'routes/search'],
    ] as const) {
      expect((await admin.call(method, `${elsewhere}/${path}`, body)).status, `${method} ${path}`).toBe(403);
      expect((await admin.call(method, `${v1}/${path}`, body, stranger)).status, `${method} ${path}`).toBe(403);
    }
    expect((await admin.call('DELETE', `${one}${query}`)).body).toMatchObject({ kind: 'Status', status: 'Success' });
    expect((await admin.call('GET', one)).status).toBe(404);
    expect((await admin.call('DELETE', one)).status).toBe(404);
  });

  verifies('run:dry-run', 'as gcloud run services replace --dry-run asks', async () => {
    await deploy('search');
    const { body: before } = await admin.call('GET', `${services}/search`);
    const earlier = (await admin.call('GET', '/run-edges/v1/calls')).body.calls.length;
    for (const base of [services, `${v1}/services`]) {
      const made = await admin.call(
        'POST',
        `${base}?alt=json&dryRun=all`,
        knative('new', { image: 'other', serviceAccountName: '' }),
      );
      expect(made.status).toBe(200);
      expect(made.body).toMatchObject({
        kind: 'Service',
        metadata: { name: 'new', generation: 1, annotations: { 'run.googleapis.com/ingress': 'all' } },
        spec: { template: { spec: { containerConcurrency: 80 } }, traffic: [{ latestRevision: true, percent: 100 }] },
      });
      const env = [{ name: 'A', value: 'b' }];
      const put = await admin.call('PUT', `${base}/search?dryRun=all`, knative('search', { env }));
      expect(put.body.metadata.generation).toBe(before.metadata.generation + 1);
      expect(put.body.spec.template.spec.containers[0].env).toEqual(env);
      expect(put.body.status.latestCreatedRevisionName).not.toBe(before.status.latestCreatedRevisionName);
      expect((await admin.call('DELETE', `${base}/search?dryRun=all`)).body.status).toBe('Success');

      for (const [method, path, body, status] of [
        ['POST', base, knative('search'), 409],
        ['POST', base, knative('Bad', { serviceAccountName: '' }), 400],
        ['POST', base, knative('new', { image: 'other', serviceAccountName: emailOf('nobody') }), 403],
        ['PUT', `${base}/search`, { ...before, metadata: { ...before.metadata, resourceVersion: 'old' } }, 409],
        ['PUT', `${base}/search`, knative('search', { timeoutSeconds: 0 }), 400],
        ['DELETE', `${base}/nobody`, undefined, 404],
      ] as const)
        expect((await admin.call(method, `${path}?dryRun=all`, body)).status, `${method} ${path}`).toBe(status);
      for (const value of ['some', 'ALL', 'true'])
        expect((await admin.call('DELETE', `${base}/search?dryRun=${value}`)).body.error.message).toBe(
          `dryRun: Invalid value "${value}"; it must be all.`,
        );
    }
    expect((await admin.call('GET', `${services}/search`)).body).toEqual(before);
    expect((await admin.call('GET', `${services}/new`)).status).toBe(404);
    expect(admin.cloud.services.map(({ name }) => name)).toEqual(['search']);
    const { calls } = (await admin.call('GET', '/run-edges/v1/calls')).body;
    const tried = calls.slice(earlier).filter(({ status }: Answer) => status === 200);
    expect(tried.map(({ mutating }: { mutating: boolean }) => mutating)).toEqual(tried.map(() => false));
  });

  verifies('run:revision-delete', 'whoever asks for it', async () => {
    const first = (await deploy('search')).status.latestReadyRevisionName;
    const second = (await deploy('search', { env: [{ name: 'N', value: '2' }] })).status.latestReadyRevisionName;
    const third = (await deploy('search', { env: [{ name: 'N', value: '3' }] })).status.latestReadyRevisionName;
    const tagged = [
      { latestRevision: true, percent: 100 },
      { revisionName: second, tag: 'before' },
    ];
    await deploy('search', { env: [{ name: 'N', value: '3' }], traffic: tagged });
    for (const name of [second, third])
      for (const base of [namespace, v1])
        expect(await admin.call('DELETE', `${base}/revisions/${name}`), name).toMatchObject({
          status: 400,
          body: {
            error: {
              status: 'FAILED_PRECONDITION',
              message: `Revision "${name}" cannot be directly deleted because it is actively serving.`,
            },
          },
        });
    const broken = await deploy('search', { image: 'nothing', traffic: tagged });
    const newest = broken.status.latestCreatedRevisionName;
    expect(newest).not.toBe(third);
    for (const name of [newest, third])
      expect((await admin.call('DELETE', `${namespace}/revisions/${name}`)).status, name).toBe(400);

    expect((await admin.call('DELETE', `${namespace}/revisions/${first}?dryRun=all`)).status).toBe(200);
    expect((await admin.call('GET', `${v1}/revisions/${first}`)).status).toBe(200);
    expect((await admin.call('DELETE', `${v1}/revisions/${first}?alt=json`)).body.status).toBe('Success');
    expect((await admin.call('GET', `${namespace}/revisions/${first}`)).status).toBe(404);
    expect((await admin.call('DELETE', `${namespace}/revisions/${first}`)).status).toBe(404);
    expect(namesOf((await admin.call('GET', `${namespace}/revisions`)).body)).not.toContain(first);
    const back = await admin.call('PUT', `${services}/search`, {
      ...(knative('search') as object),
      spec: { ...broken.spec, traffic: [{ revisionName: first, percent: 100 }] },
    });
    expect(back.body.error.message).toBe(`spec.traffic: Revision "${first}" does not exist.`);
    await deploy('search');
    expect((await admin.call('GET', `${namespace}/revisions/${newest}`)).status).toBe(200);
    expect((await admin.call('DELETE', `${namespace}/revisions/${newest}`)).status).toBe(200);
  });

  verifies('run:parts', 'in either place', async () => {
    await deploy('search');
    for (const base of [namespace, v1]) {
      const service = (await admin.call('GET', `${base}/services/search`)).body;
      const configuration = (await admin.call('GET', `${base}/configurations/search?alt=json`)).body;
      expect(configuration).toMatchObject({
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Configuration',
        metadata: { name: 'search', namespace: '100000000001', labels: { 'serving.knative.dev/service': 'search' } },
        spec: { template: service.spec.template },
        status: {
          observedGeneration: service.metadata.generation,
          latestCreatedRevisionName: service.status.latestCreatedRevisionName,
          latestReadyRevisionName: service.status.latestReadyRevisionName,
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
      const route = (await admin.call('GET', `${base}/routes/search?alt=json`)).body;
      expect(route).toMatchObject({
        kind: 'Route',
        metadata: { name: 'search' },
        spec: { traffic: service.spec.traffic },
        status: {
          url: service.status.url,
          traffic: service.status.traffic,
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
      expect(new Set([service, configuration, route].map(({ metadata }) => metadata.uid)).size).toBe(3);
      expect((await admin.call('GET', `${base}/configurations`)).body).toEqual({
        apiVersion: 'serving.knative.dev/v1',
        kind: 'ConfigurationList',
        metadata: {},
        items: [configuration],
      });
      expect((await admin.call('GET', `${base}/routes`)).body).toMatchObject({ kind: 'RouteList', items: [route] });
      for (const kind of ['configurations', 'routes'])
        expect((await admin.call('GET', `${base}/${kind}/nobody`)).body.error.message).toBe(
          `Resource 'nobody' of kind '${kind.toUpperCase().slice(0, -1)}' in region 'us-central1' in project '${project}' does not exist.`,
        );
    }
  });

  verifies('run:pages', 'of every kind', async () => {
    await deploy('login');
    await deploy('other', { image: 'other', serviceAccountName: emailOf('search-run') });
    for (const base of [namespace, v1])
      for (const kind of ['services', 'revisions', 'configurations', 'routes']) {
        const all = namesOf((await admin.call('GET', `${base}/${kind}`)).body);
        expect(all.length).toBeGreaterThan(2);
        const seen: string[] = [];
        let token = '';
        do {
          const { body } = await admin.call('GET', `${base}/${kind}?limit=2&continue=${token}`);
          expect(body.items.length).toBeLessThanOrEqual(2);
          seen.push(...namesOf(body));
          token = body.metadata.continue ?? '';
        } while (token !== '');
        expect(seen).toEqual(all);
        for (const query of ['limit=-1', 'limit=x', 'continue=bogus', 'continue=MTA%3D', 'continue=%21'])
          expect((await admin.call('GET', `${base}/${kind}?${query}`)).status, `${kind} ${query}`).toBe(400);
      }
    expect((await admin.call('GET', `${services}?limit=1`)).body.items).toHaveLength(1);
  });

  verifies('run:selectors', 'and what is none is 400', async () => {
    const list = (selector: string) =>
      admin.call('GET', `${namespace}/configurations?labelSelector=${encodeURIComponent(selector)}`);
    for (const [selector, ...names] of [
      ['serving.knative.dev/service = login', 'login'],
      ['serving.knative.dev/service != login', 'search', 'other'],
      ['serving.knative.dev/service in (login, other)', 'login', 'other'],
      ['serving.knative.dev/service notin (login,other)', 'search'],
      ['serving.knative.dev/service', 'search', 'login', 'other'],
      ['!serving.knative.dev/service'],
      ['cloud.googleapis.com/location=us-central1,serving.knative.dev/service in (other),!nothing', 'other'],
      ['constructor'],
    ] as const)
      expect(namesOf((await list(selector)).body), selector).toEqual(names);
    for (const selector of ['a in b', 'a in (', '=b', 'a b', ',', '!', `a in (${'b,'.repeat(2000)})`])
      expect((await list(selector)).status, selector).toBe(400);
  });

  verifies('run:absent', 'also where some of them can be made', async () => {
    const locations = `/v1/projects/${project}/locations/us-central1`;
    for (const [path, kind] of [
      [`/apis/run.googleapis.com/v1/namespaces/${project}/jobs`, 'JobList'],
      [`/apis/run.googleapis.com/v1/namespaces/${project}/executions?limit=10`, 'ExecutionList'],
      [`/apis/run.googleapis.com/v1/namespaces/${project}/workerpools`, 'WorkerPoolList'],
      [`/apis/domains.cloudrun.com/v1/namespaces/${project}/domainmappings?alt=json`, 'DomainMappingList'],
      [`${locations}/domainmappings`, 'DomainMappingList'],
    ] as const)
      expect((await admin.call('GET', path)).body, path).toMatchObject({ kind, metadata: {}, items: [] });
    for (const path of [
      `/apis/domains.cloudrun.com/v1/namespaces/${project}/authorizeddomains`,
      `/v1/projects/${project}/authorizeddomains`,
      `${locations}/authorizeddomains`,
      `${locations.replace('v1', 'v2')}/jobs`,
      `${locations.replace('v1', 'v2')}/workerPools?pageSize=5`,
    ])
      expect(await admin.call('GET', path), path).toEqual({ status: 200, body: {} });
    const permissions = ['run.jobs.create'];
    for (const path of [`${locations}/jobs/none`, `${locations.replace('v1', 'v2')}/workerPools/none`]) {
      expect(await admin.call('POST', `${path}:testIamPermissions`, { permissions })).toEqual({
        status: 200,
        body: { permissions },
      });
      const unknown = { permissions: ['run.jobs.nonsense'] };
      expect((await admin.call('POST', `${path}:testIamPermissions`, unknown)).status).toBe(400);
      expect((await admin.call('POST', `${path}:setIamPolicy`, { policy: {} })).status).toBe(404);
    }
    const made = await admin.call('POST', `/apis/domains.cloudrun.com/v1/namespaces/${project}/domainmappings`, {});
    expect(made.body.error).toMatchObject({ code: 501, status: 'UNIMPLEMENTED' });
    const stranger = { bearer: await admin.tokenOf('stranger@example.com') };
    const jobs = `/apis/run.googleapis.com/v1/namespaces/${project}/jobs`;
    expect((await admin.call('GET', jobs, undefined, stranger)).status).toBe(403);
  });

  verifies('run:violations', 'in every part', async () => {
    for (const [body, field] of [
      [knative('Bad', { serviceAccountName: '' }), 'metadata.name'],
      [knative('bad', { image: 'a b', serviceAccountName: '' }), 'spec.template.spec.containers[0].image'],
      [
        knative('bad', { image: 'search', serviceAccountName: '', env: [{ name: 'PORT', value: '1' }] }),
        'spec.template.spec.containers[0].env',
      ],
      [
        knative('bad', { image: 'search', serviceAccountName: '', timeoutSeconds: 0 }),
        'spec.template.spec.timeoutSeconds',
      ],
      [knative('bad', { image: 'search', serviceAccountName: '', revision: 'other-1' }), 'spec.template.metadata.name'],
      [
        knative('bad', {
          image: 'search',
          serviceAccountName: '',
          annotations: { 'run.googleapis.com/ingress': 'sometimes' },
        }),
        'metadata.annotations[run.googleapis.com/ingress]',
      ],
      [knative('bad', { image: 'search', serviceAccountName: '', traffic: [{ percent: 7 }] }), 'spec.traffic'],
    ] as const) {
      const { status, body: answer } = await admin.call('POST', services, body);
      expect(status, field).toBe(400);
      const [{ fieldViolations }] = answer.error.details;
      expect(fieldViolations).toMatchObject([{ field }]);
      expect(answer.error.message).toBe(`${field}: ${fieldViolations[0].description}`);
    }
    const shape = { ...(knative('bad') as object), spec: { template: { spec: { containers: [{ imagee: 'x' }] } } } };
    const { body } = await admin.call('POST', services, shape);
    expect(body.error.details[0].fieldViolations).toEqual([
      { field: 'spec.template.spec.containers[0]', description: body.error.message },
    ]);
    expect(condition((await admin.call('GET', `${services}/search`)).body).status).toBe('True');
  });
});
