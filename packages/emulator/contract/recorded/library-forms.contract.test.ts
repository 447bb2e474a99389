import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminCloud, emailOf, preparedCloud, project, v2 } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

/** The forms in which Google's client libraries send what others send plainly. */
let admin: AdminCloud;
let authorization: string;
beforeAll(async () => {
  admin = await preparedCloud();
  authorization = `Bearer ${await admin.tokenOf('developer@example.com')}`;
});
afterAll(() => admin[Symbol.asyncDispose]());

const accounts = `/v1/projects/${project}/serviceAccounts`;
const account = `${accounts}/${emailOf('search-run')}`;

type Body = string | Buffer<ArrayBuffer>;

async function send(path: string, body: Body, headers: Readonly<Record<string, string>>) {
  const all = { authorization, 'content-type': 'application/json; charset=UTF-8', ...headers };
  const response = await fetch(`${admin.cloud.url}${path}`, { method: 'POST', headers: all, body });
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
  return { status: response.status, body: (await response.json()) as any };
}

describe('a method behind POST', () => {
  const means = (method: string, path: string, body: Body = '', headers = {}) =>
    send(path, body, { 'X-HTTP-Method-Override': method, ...headers });

  verifies('api:method-override', 'of each that changes something', async () => {
    const patch = JSON.stringify({ serviceAccount: { displayName: 'Search' }, updateMask: 'displayName' });
    expect(await means('PATCH', account, patch)).toMatchObject({ status: 200, body: { displayName: 'Search' } });
    const { body: made } = await send(accounts, JSON.stringify({ accountId: 'short-lived' }), {});
    expect((await means('GET', `/v1/${made.name}`)).body.email).toBe(made.email);
    expect((await means('DELETE', `/v1/${made.name}`)).status).toBe(200);
    expect((await admin.call('GET', `/v1/${made.name}`)).status).toBe(404);
    const { body } = await admin.call('GET', '/run-edges/v1/calls');
    expect(body.calls.findLast((one: { path: string }) => one.path === account)).toMatchObject({
      method: 'PATCH',
      mutating: true,
    });
  });

  test('is none that is not sent by POST, that there is not, or that asks run-edges itself', async () => {
    const headers = { authorization, 'X-HTTP-Method-Override': 'DELETE' };
    expect((await fetch(`${admin.cloud.url}${account}`, { headers })).status).toBe(200);
    expect((await admin.call('GET', account)).status).toBe(200);
    for (const method of ['delete', 'CONNECT', 'OPTIONS', '', 'DELETE, DELETE'])
      expect((await means(method, account)).status, method).toBe(404);
    expect((await means('GET', '/run-edges/v1/services')).status).toBe(404);
  });

  verifies('api:long-query', 'packed or not', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const services = `/v2/projects/${project}/locations/us-central1/services`;
    const list = (query: Body, headers = {}) => means('GET', services, query, { ...form, ...headers });
    expect((await list('pageSize=1')).status).toBe(200);
    for (const query of ['pageSize=x', `pageToken=${'x'.repeat(3000)}`]) {
      expect((await list(query)).status, query).toBe(400);
      expect((await list(gzipSync(query), { 'content-encoding': 'gzip' })).status, query).toBe(400);
    }
    expect((await list('x'.repeat(2 * 1024 * 1024))).status).toBe(413);
  });
});

describe('a body packed by gzip', () => {
  const packed = (path: string, body: Buffer<ArrayBuffer>, encoding = 'gzip') =>
    send(path, body, { 'content-encoding': encoding });

  verifies('api:gzip', 'is read as what it holds', async () => {
    const body = gzipSync(JSON.stringify({ permissions: ['iam.serviceAccounts.get'] }));
    for (const encoding of ['gzip', 'GZIP', 'x-gzip'])
      expect(await packed(`${account}:testIamPermissions`, body, encoding)).toMatchObject({
        status: 200,
        body: { permissions: ['iam.serviceAccounts.get'] },
      });
    for (const empty of ['', '{}'])
      expect((await packed(`${account}:getIamPolicy`, gzipSync(empty))).status, empty).toBe(200);
  });

  test('that is none, or holds more than a body may, is refused', async () => {
    const large = gzipSync(JSON.stringify({ permissions: ['x'.repeat(50 * 1024 * 1024)] }));
    expect(large.length).toBeLessThan(100_000);
    for (const [body, encoding] of [
      [large, 'gzip'],
      [Buffer.from('{}'), 'gzip'],
      [gzipSync('{}').subarray(0, 15), 'gzip'],
      [gzipSync('{'), 'gzip'],
      [gzipSync('{}'), 'br'],
      [gzipSync(gzipSync('{}')), 'gzip, gzip'],
    ] as const)
      expect(await packed(`${account}:testIamPermissions`, Buffer.from(body), encoding), encoding).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT' } },
      });
    expect((await packed(`${account}:testIamPermissions`, Buffer.alloc(2 * 1024 * 1024))).status).toBe(413);
  });
});

describe('fields by the names of the proto', () => {
  verifies('api:proto-names', 'in each API that is played', async () => {
    const serviceIds = await admin.call('POST', `/v1/projects/${project}/services:batchEnable`, {
      service_ids: ['sts.googleapis.com'],
    });
    expect(serviceIds.status).toBe(200);
    const made = await admin.call('POST', accounts, {
      account_id: 'proto-run',
      service_account: { display_name: 'As the proto says' },
    });
    expect(made.body).toMatchObject({ email: emailOf('proto-run'), displayName: 'As the proto says' });
    const role = { title: 'Caller', included_permissions: ['run.routes.invoke'] };
    const { body } = await admin.call('POST', `/v1/projects/${project}/roles`, { role_id: 'caller', role });
    expect(body.includedPermissions).toEqual(role.included_permissions);
    const service = {
      labels: { team_name: 'a' },
      template: { service_account: emailOf('search-run'), containers: [{ image: 'search' }] },
    };
    expect((await admin.call('POST', `${v2}/services?service_id=proto`, service)).status).toBe(200);
    const there = await admin.until(`${v2}/services/proto`, ({ reconciling }) => reconciling !== true);
    expect(there).toMatchObject({ labels: { team_name: 'a' }, template: { serviceAccount: emailOf('search-run') } });
  });

  test('not under both, and no deeper than a message can be', async () => {
    const twice = await admin.call('POST', accounts, { accountId: 'some-one', account_id: 'other-one' });
    expect(twice).toMatchObject({ status: 400, body: { error: { status: 'INVALID_ARGUMENT' } } });
    const deep = `{"a_b":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect((await send(accounts, deep, {})).status).toBe(400);
  });
});
