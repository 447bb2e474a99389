import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminCloud, namespace, preparedCloud, project } from './admin-cloud.ts';
import { proxiedRequest, rawRequest } from './raw-request.ts';
import { wire } from './wire.ts';

/** What gcloud asks of other APIs, some of it at paths that are played here, too, for another API. */
const others = [
  ['cloudbuild.googleapis.com', `/v1/projects/${project}/locations/us-central1/builds`],
  ['us-central1-cloudbuild.googleapis.com', `/v1/projects/${project}/builds`],
  ['artifactregistry.googleapis.com', `/v1/projects/${project}/locations`],
  ['storage.googleapis.com', '/storage/v1/b?project=p'],
  ['secretmanager.googleapis.com', `/v1/projects/${project}/locations`],
  ['compute.googleapis.com', `/compute/v1/projects/${project}/zones`],
  ['logging.googleapis.com', '/v2/entries:list'],
  ['cloudfunctions.googleapis.com', `/v2/projects/${project}/locations/us-central1/services`],
  ['some.thing.googleapis.com', '/'],
  ['myaccount.google.com', '/.well-known/openid-configuration'],
  ['us-docker.pkg.dev', '/v2/'],
  ['gcr.io', '/v2/'],
] as const;

describe('an API of Google’s that is not played here', () => {
  let admin: AdminCloud;
  let bearer: string[];
  beforeAll(async () => {
    admin = await preparedCloud();
    bearer = ['Authorization', `Bearer ${await admin.tokenOf('developer@example.com')}`];
  });
  afterAll(() => admin[Symbol.asyncDispose]());

  const told = (host: string) => ({
    error: {
      code: 501,
      status: 'UNIMPLEMENTED',
      message: expect.stringMatching(new RegExp(`^${host.replaceAll('.', '\\.')} is not emulated by run-edges: `)),
    },
  });

  test.for(others)(
    'answers 501 with its name, asked as through a proxy, by Host, and for a tunnel: %s',
    async ([host, path]) => {
      const { url } = admin.cloud;
      const proxied = await proxiedRequest(url, `http://${host}${path}`, bearer);
      expect(proxied.status).toBe(501);
      expect(proxied.headers['content-type']).toMatch(/^application\/json/);
      expect(JSON.parse(proxied.body)).toEqual(told(host));

      for (const method of ['GET', 'POST', 'DELETE']) {
        const direct = await rawRequest(`${url}${path}`, ['Host', `${host}:443`, ...bearer], method);
        expect(direct.status).toBe(501);
        expect(JSON.parse(direct.body)).toEqual(told(host));
      }

      const tunnel = await wire(url, `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
      expect(tunnel).toMatch(/^HTTP\/1\.1 501 Not Implemented\r\n/);
      expect(JSON.parse(tunnel.slice(tunnel.indexOf('\r\n\r\n')))).toEqual(told(host));
    },
  );

  test('says how to do without a build', async () => {
    const { body } = await proxiedRequest(admin.cloud.url, 'http://cloudbuild.googleapis.com/v1/x', bearer);
    expect(body).toContain(
      'start run-edges with --map IMAGE=FOLDER, and deploy with --image=IMAGE instead of --source',
    );
  });

  test('those that are played answer as before, by each of their names', async () => {
    for (const host of ['run.googleapis.com', 'us-central1-run.googleapis.com', 'us-central1-run.emulator.internal'])
      expect((await proxiedRequest(admin.cloud.url, `http://${host}${namespace}/services`, bearer)).status).toBe(200);
    for (const [host, path] of [
      ['iam.googleapis.com', `/v1/projects/${project}/serviceAccounts`],
      ['cloudresourcemanager.googleapis.com', `/v1/projects/${project}`],
      ['serviceusage.googleapis.com', `/v1/projects/${project}/services/run.googleapis.com`],
      ['www.googleapis.com', '/oauth2/v3/certs'],
    ])
      expect((await proxiedRequest(admin.cloud.url, `http://${host}${path}`, bearer)).status).toBe(200);
  });

  test('a tunnel to anywhere else is refused with a word, and nothing is asked of others', async () => {
    const tunnel = await wire(admin.cloud.url, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    expect(tunnel).toMatch(/^HTTP\/1\.1 501 /);
    expect(tunnel).toContain('run-edges opens no tunnel to example.com');
    const played = await wire(admin.cloud.url, 'CONNECT run.googleapis.com:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(played).toContain('at the addresses that run-edges env names');
    for (const target of ['/', '/token', 'example.com', 'example.com:x', 'a@example.com:443', 'example.com:443/'])
      expect(await wire(admin.cloud.url, `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`), target).toMatch(
        /^HTTP\/1\.1 400 /,
      );
  });
});
