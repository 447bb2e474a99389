import { verify, X509Certificate } from 'node:crypto';
import { Impersonated, OAuth2Client } from 'google-auth-library';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AdminCloud, emailOf, preparedCloud } from './admin-cloud.ts';
import { verifies } from './verifies.ts';

const clock = Math.floor(Date.now() / 1000);
const search = emailOf('search-run');
const resource = `serviceAccounts/${search}` as const;
const creator = 'roles/iam.serviceAccountTokenCreator';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud({ now: () => clock });
  admin.cloud.policies.grant(resource, creator, 'user:dev@example.com');
});
afterAll(() => admin[Symbol.asyncDispose]());

const as = async (email: string, method: string, body: object) =>
  admin.call('POST', `/v1/projects/-/serviceAccounts/${search}:${method}`, body, {
    bearer: await admin.tokenOf(email),
  });
const get = async (path: string) => (await fetch(`${admin.cloud.url}${path}`)).json();
const certificates = async () => (await get(`/service_accounts/v1/metadata/x509/${search}`)) as Record<string, string>;
const jwks = async () => (await get(`/service_accounts/v1/jwk/${search}`)) as JSONWebKeySet;
const assertion = async (signed: string) => {
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: signed });
  const response = await fetch(`${admin.cloud.url}/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
};

describe('signBlob', () => {
  verifies('credentials:sign-blob', 'as Node’s client library asks for it', async () => {
    const sourceClient = new OAuth2Client();
    sourceClient.setCredentials({ access_token: await admin.tokenOf('dev@example.com') });
    const impersonated = new Impersonated({ sourceClient, targetPrincipal: search, endpoint: admin.cloud.url });
    const { keyId, signedBlob } = await impersonated.sign('to be signed');
    const certificate = new X509Certificate((await certificates())[keyId] ?? '');
    const signature = Buffer.from(signedBlob, 'base64');
    expect(verify('RSA-SHA256', Buffer.from('to be signed'), certificate.publicKey, signature)).toBe(true);
    expect(verify('RSA-SHA256', Buffer.from('something else'), certificate.publicKey, signature)).toBe(false);
    expect(Object.keys(await certificates())).toEqual([keyId]);
    expect((await impersonated.sign('again')).keyId).toBe(keyId);
    // No key that signs ID tokens signs this.
    const { keys } = (await get('/oauth2/v3/certs')) as JSONWebKeySet;
    expect(keys.map(({ kid }) => kid)).not.toContain(keyId);
  });

  verifies('credentials:sign-blob', 'to nobody without the permission, and nothing that is no base64', async () => {
    const payload = Buffer.from('x').toString('base64');
    for (const email of ['stranger@example.com', 'developer@example.com'])
      expect((await as(email, 'signBlob', { payload })).body.error).toMatchObject({
        code: 403,
        message: "Permission 'iam.serviceAccounts.signBlob' denied on resource (or it may not exist).",
      });
    for (const bad of [undefined, '', 7, 'x', '!!!!', 'eA=='.repeat(2)])
      expect((await as('dev@example.com', 'signBlob', { payload: bad })).status, `${bad}`).toBe(400);
    for (const good of ['eA==', 'eA', 'eHg', '-_-_'])
      expect((await as('dev@example.com', 'signBlob', { payload: good })).status, good).toBe(200);
  });
});

describe('signJwt', () => {
  const claims = (more: object = {}) =>
    JSON.stringify({ iss: search, aud: `${admin.cloud.url}/token`, iat: clock, exp: clock + 3600, ...more });

  verifies('credentials:sign-jwt', 'which is the account at the token endpoint, until it is deleted', async () => {
    const payload = claims({ target_audience: 'https://a.example' });
    const { status, body } = await as('dev@example.com', 'signJwt', { payload });
    expect(status).toBe(200);
    const { payload: verified } = await jwtVerify(body.signedJwt, createLocalJWKSet(await jwks()));
    expect(verified).toEqual(JSON.parse(payload));
    expect(decodeProtectedHeader(body.signedJwt)).toEqual({ alg: 'RS256', kid: body.keyId, typ: 'JWT' });
    const exchanged = await assertion(body.signedJwt);
    expect(exchanged.status).toBe(200);
    expect(decodeJwt(exchanged.body.id_token ?? '')).toMatchObject({ email: search, aud: 'https://a.example' });

    const login = emailOf('login-run');
    admin.cloud.policies.grant(`serviceAccounts/${login}`, creator, 'user:dev@example.com');
    const bearer = await admin.tokenOf('dev@example.com');
    const path = `/v1/projects/-/serviceAccounts/${login}:signJwt`;
    const forged = await admin.call('POST', path, { payload }, { bearer });
    expect((await assertion(forged.body.signedJwt)).body.error, 'of another account').toBe('invalid_grant');
    const own = await admin.call('POST', path, { payload: claims({ iss: login, scope: 'a' }) }, { bearer });
    expect((await assertion(own.body.signedJwt)).status).toBe(200);
    await admin.call('DELETE', `/v1/projects/-/serviceAccounts/${login}`);
    expect((await assertion(own.body.signedJwt)).body.error).toBe('invalid_grant');
  });

  verifies('credentials:sign-jwt', 'and no other claims, nor for whom may not', async () => {
    for (const payload of [
      undefined,
      '',
      '[]',
      '"x"',
      'x',
      '{"exp":"soon"}',
      JSON.stringify({ exp: clock - 1 }),
      JSON.stringify({ exp: clock + 12 * 3600 + 1 }),
    ])
      expect((await as('dev@example.com', 'signJwt', { payload })).status, payload).toBe(400);
    for (const payload of ['{}', JSON.stringify({ exp: clock + 12 * 3600 })])
      expect((await as('dev@example.com', 'signJwt', { payload })).status, payload).toBe(200);
    expect((await as('developer@example.com', 'signJwt', { payload: claims() })).status).toBe(403);
  });

  verifies('credentials:sign-jwt', 'beside the keys that users made', async () => {
    const path = `/v1/projects/-/serviceAccounts/${search}/keys`;
    const { body } = await admin.call('POST', path, {});
    const made = body.name.split('/').at(-1);
    expect((await jwks()).keys.map(({ kid }) => kid)).toContain(made);
    expect((await fetch(`${admin.cloud.url}/service_accounts/v1/jwk/nobody@example.com`)).status).toBe(404);
  });
});
