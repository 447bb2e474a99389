import { join } from 'node:path';
import { ServicesClient } from '@google-cloud/run';
import { serviceAccountEmail } from '@run-edges/edges';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { toolEnv } from '../support/tool-env.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';

let small: SmallCloud;
let client: ServicesClient;
beforeAll(async () => {
  small = await startSmallCloud();
  vi.stubEnv('RUN_EDGES_TOKEN', small.cloud.developerToken);
  const { url } = small.cloud;
  const { GOOGLE_APPLICATION_CREDENTIALS: file = '' } = await toolEnv([
    '--target',
    url,
    '--folder',
    join(small.folder, 'developer'),
  ]);
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
  const { hostname, port } = new URL(url);
  client = new ServicesClient({ fallback: true, apiEndpoint: hostname, port: Number(port), protocol: 'http' });
});
afterAll(async () => {
  await client.close();
  vi.unstubAllEnvs();
  await small[Symbol.asyncDispose]();
});
afterEach(() => vi.restoreAllMocks());

describe('@google-cloud/run, over REST', () => {
  test('creates a service, grants and takes back an invoker, and the gate follows', async () => {
    const { cloud } = small;
    const { id, region } = cloud.project;
    const role = 'roles/run.invoker';
    const login = `serviceAccount:${serviceAccountEmail('login-run', id)}`;
    const parent = client.locationPath(id, region);

    const [creating] = await client.createService({
      parent,
      serviceId: 'people',
      service: {
        ingress: 'INGRESS_TRAFFIC_ALL',
        labels: { made: 'by-the-client' },
        template: {
          serviceAccount: serviceAccountEmail('search-run', id),
          maxInstanceRequestConcurrency: 5,
          containers: [{ image: 'europe-docker.pkg.dev/acme/images/search:v1' }],
        },
      },
    });
    const [service] = await creating.promise();
    const name = `${parent}/services/people`;
    expect(service).toMatchObject({ name, uri: cloud.service('people').url, labels: { made: 'by-the-client' } });
    expect(cloud.service('people').frontEnd.concurrency).toBe(5);

    const status = async () => {
      const url = service.uri ?? '';
      const token = await cloud.idToken('login', url);
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      return [response.status, await response.text()];
    };
    const setInvokers = async (members: readonly string[]) => {
      const [policy] = await client.getIamPolicy({ resource: name });
      const bindings = members.length === 0 ? [] : [{ role, members: [...members] }];
      await client.setIamPolicy({ resource: name, policy: { ...policy, bindings } });
    };
    expect((await status())[0]).toBe(403);
    await setInvokers([login]);
    expect(await status()).toEqual([200, 'search was reached']);
    expect((await client.getIamPolicy({ resource: name }))[0].bindings).toMatchObject([{ role, members: [login] }]);
    await setInvokers([]);
    expect((await status())[0]).toBe(403);

    const [updating] = await client.updateService({
      service: { name, ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' },
      updateMask: { paths: ['ingress'] },
    });
    const [updated] = await updating.promise();
    expect(updated.template?.maxInstanceRequestConcurrency).toBe(5);
    expect((await fetch(service.uri ?? '')).status).toBe(404);

    const [deleting] = await client.deleteService({ name });
    await deleting.promise();
    await expect(client.getService({ name })).rejects.toMatchObject({ code: 5 });
  });

  test('tells why a service cannot be: a refusal at once, a failure when its operation ends', async () => {
    const { id, region } = small.cloud.project;
    const parent = client.locationPath(id, region);
    const create = (template: object) => client.createService({ parent, serviceId: 'broken', service: { template } });
    const serviceAccount = serviceAccountEmail('search-run', id);
    await expect(create({ serviceAccount, containers: [] })).rejects.toMatchObject({ code: 3 });
    await expect(create({ serviceAccount: 'nobody@x.y', containers: [{ image: 'search' }] })).rejects.toMatchObject({
      code: 7,
      message: expect.stringContaining("Permission 'iam.serviceaccounts.actAs' denied"),
    });
    const [operation] = await create({ serviceAccount, containers: [{ image: 'nothing' }] });
    await expect(operation.promise()).rejects.toThrow("Image 'nothing' not found");
  });
});
