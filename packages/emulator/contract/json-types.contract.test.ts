import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminCloud, emailOf, knative, namespace, preparedCloud, project, v1 } from './admin-cloud.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
  const resource = `serviceAccounts/${emailOf('search-run')}` as const;
  admin.cloud.policies.grant(resource, 'roles/iam.serviceAccountTokenCreator', 'user:developer@example.com');
});
afterAll(() => admin[Symbol.asyncDispose]());

const account = `/v1/projects/-/serviceAccounts/${emailOf('search-run')}`;

/** An endpoint of each of Google's APIs that reads a body. */
const endpoints = [
  ['POST', `${account}:generateIdToken`, { audience: 'https://a.example' }],
  ['POST', `${account}:generateAccessToken`, { scope: ['a'] }],
  ['POST', `${account}:testIamPermissions`, { permissions: [] }],
  ['POST', `/v1/projects/${project}:testIamPermissions`, { permissions: [] }],
  ['POST', `/v1/projects/${project}/services:batchEnable`, { serviceIds: ['run.googleapis.com'] }],
  ['POST', `${v1}/services/nobody:getIamPolicy`, {}],
  ['POST', `${namespace}/services`, knative('search')],
  ['POST', '/token', { grant_type: 'refresh_token' }],
  ['POST', '/v1/token', { grant_type: 'x' }],
] as const;
const answered = async (type: string): Promise<number[]> => {
  const statuses: number[] = [];
  for (const [method, path, body] of endpoints)
    statuses.push((await admin.call(method, path, JSON.stringify(body), { headers: { 'content-type': type } })).status);
  return statuses;
};

describe('the type of a body', () => {
  verifies('api:json-types', 'at every API', async () => {
    await answered('application/json');
    const expected = await answered('application/json');
    expect(expected).not.toContain(415);
    for (const type of [
      'text/json',
      'text/json; charset=utf-8',
      'application/json; charset=UTF-8',
      'APPLICATION/JSON;charset=utf-8',
      'application/vnd.api+json',
      'application/json-patch+json',
      'text/x-json',
      'application/x-json;x=y',
    ])
      expect(await answered(type), type).toEqual(expected);
  });

  test('that a page may send without being asked is refused where no form is expected', async () => {
    for (const type of [
      'text/plain',
      'text/plain; application/json',
      'text/plain+json=',
      'multipart/form-data; boundary=json',
      'application/jsonx',
      'application/xjson ;',
      'json',
    ])
      expect(new Set(await answered(type)), type).toEqual(new Set([415]));
    const form = await answered('application/x-www-form-urlencoded');
    expect(form.slice(0, -2)).toEqual(endpoints.slice(2).map(() => 415));
  });

  verifies('api:http-1.0', 'with a body over several lines', async () => {
    const body = '  {\n      "audience": "https://a.example"\n  }\n';
    const bearer = await admin.tokenOf('developer@example.com');
    for (const version of ['1.0', '1.1']) {
      const answer = await wire(
        admin.cloud.url,
        [
          `POST ${account}:generateIdToken HTTP/${version}`,
          `Host: ${new URL(admin.cloud.url).host}`,
          'Connection: close',
          'Content-Type: text/json; charset=utf-8',
          `Authorization: Bearer ${bearer}`,
          `Content-Length: ${body.length}`,
          '',
          body,
        ].join('\r\n'),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"token":"eyJ/s);
    }
  });
});
