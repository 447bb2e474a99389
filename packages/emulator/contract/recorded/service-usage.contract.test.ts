import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AdminCloud, emailOf, preparedCloud, project } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const services = `/v1/projects/${project}/services`;

describe('Service Usage', () => {
  verifies('usage:operation', 'each of them', async () => {
    const V1 = 'type.googleapis.com/google.api.serviceusage.v1';
    for (const [path, sent, type] of [
      ['pubsub.googleapis.com:enable', {}, 'EnableServiceResponse'],
      ['pubsub.googleapis.com:disable', { disableDependentServices: true }, 'DisableServiceResponse'],
    ] as const) {
      const { body } = await admin.call('POST', `${services}/${path}?alt=json`, sent);
      expect(body).toMatchObject({
        name: expect.stringMatching(/^operations\/ac[\w.-]+$/),
        done: true,
        metadata: {
          '@type': `${V1}.OperationMetadata`,
          resourceNames: ['projects/100000000001/services/pubsub.googleapis.com'],
        },
        response: { '@type': `${V1}.${type}`, service: { config: { name: 'pubsub.googleapis.com' } } },
      });
      expect((await admin.call('GET', `/v1/${body.name}?alt=json`)).body).toEqual(body);
    }
    const serviceIds = ['cloudtasks.googleapis.com', 'eventarc.googleapis.com'];
    const { body } = await admin.call('POST', `${services}:batchEnable`, { serviceIds });
    expect(body.response).toMatchObject({ '@type': `${V1}.BatchEnableServicesResponse` });
    expect(body.response.services).toHaveLength(2);
    const names = serviceIds.map((id) => `names=projects/${project}/services/${id}`).join('&');
    const { body: got } = await admin.call('GET', `${services}:batchGet?${names}`);
    expect(got.services).toEqual(body.response.services);
    expect((await admin.call('GET', `${services}:batchGet`)).status).toBe(400);
  });

  verifies('usage:pages', 'as the Terraform provider and gcloud ask', async () => {
    const ids = async (query: string) => {
      const found: string[] = [];
      for (let token: string | undefined = ''; token !== undefined; ) {
        const { body } = await admin.call('GET', `${services}?${query}&pageToken=${token}&alt=json`);
        found.push(...(body.services ?? []).map(({ config }: { config: { name: string } }) => config.name));
        token = body.nextPageToken;
      }
      return found;
    };
    const enabled = await ids('filter=state:ENABLED&pageSize=2');
    expect(enabled).toContain('run.googleapis.com');
    expect(enabled).toEqual(await ids('filter=state:ENABLED&pageSize=200'));
    const disabled = await ids('filter=state%3ADISABLED&pageSize=3');
    expect(disabled).toContain('sts.googleapis.com');
    expect((await ids('pageSize=1')).toSorted()).toEqual([...enabled, ...disabled].toSorted());
    for (const query of ['pageToken=x', 'pageSize=x', 'filter=name:x'])
      expect((await admin.call('GET', `${services}?${query}`)).status, query).toBe(400);
  });

  verifies('usage:disable', 'whether it is forced or not', async () => {
    for (const sent of [{}, { disableDependentServices: true }])
      expect((await admin.call('POST', `${services}/redis.googleapis.com:disable`, sent)).body.error).toMatchObject({
        code: 400,
        status: 'FAILED_PRECONDITION',
      });
  });
});

describe('iamcredentials', () => {
  const path = (at: string, method: string) => `/v1/projects/${at}/serviceAccounts/${emailOf('search-run')}:${method}`;

  verifies('credentials:wildcard', 'by its id and its number', async () => {
    for (const [method, sent] of [
      ['generateIdToken', { audience: 'a' }],
      ['generateAccessToken', { scope: ['x'] }],
      ['signBlob', { payload: 'YQ==' }],
      ['signJwt', { payload: '{}' }],
    ] as const)
      for (const at of [project, '100000000001'])
        expect((await admin.call('POST', path(at, method), sent)).body.error, method).toMatchObject({
          code: 400,
          status: 'INVALID_ARGUMENT',
        });
  });

  verifies('credentials:lifetime', 'and names the account', async () => {
    const bindings = [{ role: 'roles/iam.serviceAccountTokenCreator', members: ['user:developer@example.com'] }];
    await admin.call('POST', path(project, 'setIamPolicy'), { policy: { bindings } });
    const ask = (lifetime: string) =>
      admin.call('POST', path('-', 'generateAccessToken'), { scope: ['x'], lifetime, delegates: [] });
    expect((await ask('3600s')).status).toBe(200);
    expect((await ask('3601s')).body.error).toMatchObject({
      code: 400,
      message: expect.stringContaining(
        `Access tokens for service account ${emailOf('search-run')} can not have lifetimes of more than 1 hour.`,
      ),
    });
    expect((await ask('an hour')).status).toBe(400);
  });
});

describe('policies', () => {
  verifies('policy:cleared', 'on whatever resource it is', async () => {
    const account = `/v1/projects/${project}/serviceAccounts/${emailOf('login-run')}`;
    expect((await admin.call('POST', `${account}:getIamPolicy`)).body).toEqual({ etag: 'ACAB' });
    const bindings = [{ role: 'roles/iam.serviceAccountUser', members: ['user:a@example.com'] }];
    const { body: set } = await admin.call('POST', `${account}:setIamPolicy`, { policy: { bindings } });
    expect(set).toEqual({ version: 1, etag: expect.any(String), bindings });
    const { body: cleared } = await admin.call('POST', `${account}:setIamPolicy`, { policy: { etag: set.etag } });
    expect(cleared).toEqual({ version: 1, etag: expect.any(String) });
    expect((await admin.call('POST', `${account}:getIamPolicy`)).body).toEqual(cleared);
  });

  verifies('project:defaults', 'by the option newProjectDefaults', async () => {
    const member = 'serviceAccount:100000000001-compute@developer.gserviceaccount.com';
    const rolesOf = async (cloud: AdminCloud) => {
      const { body } = await cloud.call('POST', `/v1/projects/${project}:getIamPolicy`);
      const held = body.bindings.filter(({ members }: { members: string[] }) => members.includes(member));
      return held.map(({ role }: { role: string }) => role);
    };
    expect(await rolesOf(admin)).toEqual([]);
    await using before = await preparedCloud({ google: { newProjectDefaults: 'editor' } });
    expect(await rolesOf(before)).toEqual(['roles/editor']);
  });
});
