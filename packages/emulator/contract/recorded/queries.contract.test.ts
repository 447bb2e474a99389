import { afterAll, beforeAll, describe, expect } from 'vitest';
import { googleMethods } from '../../src/google/http/methods/method-at.ts';
import { type AdminCloud, knative, namespace, preparedCloud, project, v1, v2 } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
  await admin.call('POST', `${namespace}/services`, knative('search'));
});
afterAll(() => admin[Symbol.asyncDispose]());

const violation = (description: string) => ({
  status: 400,
  body: {
    error: {
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: description,
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description }] }],
    },
  },
});

describe('queries of Google’s APIs', () => {
  verifies('api:query', 'for every API', async () => {
    for (const [method, path, body] of [
      ['GET', `${namespace}/services`],
      ['POST', `${namespace}/services`, knative('other')],
      ['DELETE', `${namespace}/services/search`],
      ['GET', `${v2}/services/search`],
      ['PATCH', `${v2}/services/search`, {}],
      ['DELETE', `${v2}/services/search`],
      ['POST', `${v1}/services/search:setIamPolicy`, { policy: {} }],
      ['GET', `/v1/projects/${project}/serviceAccounts`],
      ['POST', `/v1/projects/${project}/serviceAccounts`, { accountId: 'new-account' }],
      ['GET', `/v1/projects/${project}`],
      ['POST', `/v1/projects/${project}/services/run.googleapis.com:disable`],
    ] as const)
      for (const name of ['surprise', 'dry-run', 'validateonly', '__proto__', 'constructor'])
        expect(await admin.call(method, `${path}?${name}=all`, body), `${method} ${path} ${name}`).toEqual(
          violation(
            `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
          ),
        );
    expect((await admin.call('GET', `${v2}/services/search`)).status).toBe(200);

    const everywhere =
      'alt=json&prettyPrint=false&key=k&quotaUser=q&$.xgafv=2&$alt=json%3Benum-encoding%3Dint&uploadType=media&callback=';
    expect((await admin.call('GET', `${v2}/services?${everywhere}&page_size=1&pageToken=`)).body.services).toHaveLength(
      1,
    );
    const unchanged = await admin.call('PATCH', `${v2}/services/search?validate_only=true&update_mask=labels`, {
      labels: { a: 'b' },
    });
    expect(unchanged.status).toBe(200);
    expect((await admin.call('GET', `${v2}/services/search`)).body.labels).toBe(undefined);
  });

  verifies('api:query-types', 'where it would change something', async () => {
    const remove = (query: string) => admin.call('DELETE', `${v2}/services/search?${query}`);
    expect(await remove('validateOnly=perhaps')).toEqual(
      violation(`Invalid value at 'validate_only' (TYPE_BOOL), "perhaps"`),
    );
    for (const query of ['validateOnly=true&validateOnly=true', 'validateOnly=false&validate_only=true'])
      expect((await remove(query)).body.error.message, query).toMatch(
        /^Invalid JSON payload received. Unknown name "validate_?[oO]nly": Proto field is not repeating, cannot start list.$/,
      );
    for (const yes of ['true', 'True', '1', 't', 'YES'])
      expect((await remove(`validateOnly=${yes}`)).status, yes).toBe(200);
    expect((await admin.call('GET', `${v2}/services/search`)).status).toBe(200);
    expect(await admin.call('GET', `${v2}/services?pageSize=many`)).toEqual(
      violation(`Invalid value at 'page_size' (TYPE_INT32), "many"`),
    );
  });

  verifies('api:fields', 'whatever the API, the way and the depth', async () => {
    const of = async (path: string, fields: string) =>
      (await admin.call('GET', `${path}?fields=${encodeURIComponent(fields)}`)).body;
    expect(await of(`${namespace}/services`, 'items(metadata/name,spec.template.spec.containers(image)),kind')).toEqual(
      {
        kind: 'ServiceList',
        items: [{ metadata: { name: 'search' }, spec: { template: { spec: { containers: [{ image: 'search' }] } } } }],
      },
    );
    const { uri } = (await admin.call('GET', `${v2}/services/search`)).body;
    expect(await of(`${v2}/services/search`, 'uri,nothing')).toEqual({ uri });
    expect(await of(`${v2}/services`, 'services/uri,services(generation),nextPageToken')).toEqual({
      services: [{ generation: '1', uri }],
    });
    expect(await of(`${v2}/services`, '*/template/service_account')).toMatchObject({
      services: [{ template: { serviceAccount: `search-run@${project}.iam.gserviceaccount.com` } }],
    });
    // As the Terraform provider lists what is enabled.
    const enabled = await of(`/v1/projects/${project}/services`, 'services/name,nextPageToken');
    expect(Object.keys(enabled.services[0])).toEqual(['name']);
    expect(await of(`/v1/projects/${project}`, 'projectNumber')).toEqual({ projectNumber: '100000000001' });
    const byHeader = await admin.call('GET', `${v2}/services/search`, undefined, {
      headers: { 'x-goog-fieldmask': 'uri' },
    });
    expect(byHeader.body).toEqual({ uri });
    const token = await admin.call(
      'POST',
      `/v1/projects/-/serviceAccounts/search-run@${project}.iam.gserviceaccount.com:getIamPolicy?fields=etag`,
    );
    expect(Object.keys(token.body)).toEqual(['etag']);

    for (const fields of ['a(b', 'a)', ',', 'a//b', 'a(', '()', 'a b', `${'a('.repeat(50)}b${')'.repeat(50)}`]) {
      const refused = await admin.call('DELETE', `${v2}/services/search?$fields=${encodeURIComponent(fields)}`);
      expect(refused, fields).toMatchObject({
        status: 400,
        body: { error: { message: 'Request contains an invalid argument.' } },
      });
    }
    expect((await of(`${v2}/services/nobody`, 'name')).error.status).toBe('NOT_FOUND');
  });

  verifies('api:not-emulated', 'whoever asks', async () => {
    for (const [method, path, id] of [
      ['POST', `/v2/projects/${project}/locations/us-central1/builds:submit`, 'run.projects.locations.builds.submit'],
      ['POST', `${v2}/instances`, 'run.projects.locations.instances.create'],
      ['DELETE', `/v1/projects/${project}`, 'cloudresourcemanager.projects.delete'],
    ] as const)
      expect(await admin.call(method, path, {}), path).toMatchObject({
        status: 501,
        body: {
          error: { code: 501, status: 'UNIMPLEMENTED', message: expect.stringContaining(`${id} is not emulated`) },
        },
      });
    for (const path of [`${v2}/nonsense`, `${v2}/services/search:nonsense`, `/v9/projects/${project}`])
      expect(await admin.call('POST', path, {}), path).toMatchObject({
        status: 404,
        body: { error: { code: 404, status: 'NOT_FOUND' } },
      });
    // No method is answered in any other way: whoever has no token is told so, or that there is none here.
    for (const { verb, path, id } of googleMethods) {
      const named = path.replaceAll('projects/*', `projects/${project}`).replaceAll('*', 'x');
      const { status } = await admin.call(verb, named, undefined, { bearer: '' });
      expect([401, 501], `${id} ${verb} ${named}`).toContain(status);
    }
  });
});
