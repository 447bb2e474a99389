import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { verifies } from './verifies.ts';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());

const email = 'login-run@run-edges-local.iam.gserviceaccount.com';
const account = '/computeMetadata/v1/instance/service-accounts/default';

function ask(path: string, headers: Record<string, string> = { 'Metadata-Flavor': 'Google' }): Promise<Response> {
  return fetch(`http://${echo.cloud.service('login').listed().metadataHost}${path}`, { headers, redirect: 'manual' });
}

describe('the metadata server', () => {
  verifies('metadata:flavor-header', 'on success, redirect and every refusal', async () => {
    const paths = [
      '/',
      '/computeMetadata/v1/',
      '/computeMetadata/v1/instance',
      '/computeMetadata/v1/none',
      `${account}/identity`,
    ];
    for (const path of paths) expect((await ask(path)).headers.get('metadata-flavor'), path).toBe('Google');
    expect((await ask(`${account}/email`, {})).headers.get('metadata-flavor')).toBe('Google');
  });

  verifies('metadata:server-header', 'by which libraries know that they are on Cloud Run', async () => {
    expect((await ask('/')).headers.get('server')).toBe('Metadata Server for Serverless');
  });

  verifies('metadata:flavor-required', 'missing or other than Google', async () => {
    for (const headers of [{}, { 'Metadata-Flavor': 'google' }, { 'Metadata-Flavor': 'Other' }]) {
      const response = await ask(`${account}/token`, headers as Record<string, string>);
      expect(response.status).toBe(403);
      expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
      const body = await response.text();
      expect(body).toContain(
        `get URL <code>${account}/token</code> from this server. Missing Metadata-Flavor:Google header.`,
      );
      expect(body).not.toContain('ya29');
    }
  });

  verifies('metadata:root-free', 'for the ping of client libraries', async () => {
    const response = await ask('/', {});
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('computeMetadata/\n');
  });

  verifies('metadata:forwarded-refused', 'so that a proxy cannot be used to reach it', async () => {
    const response = await ask(`${account}/token`, { 'Metadata-Flavor': 'Google', 'X-Forwarded-For': '10.0.0.1' });
    expect(response.status).toBe(403);
  });

  verifies('metadata:unknown-path', 'and keys of JavaScript objects are unknown paths too', async () => {
    for (const path of ['none', 'instance/none', 'constructor', '__proto__/', 'instance/zone/', 'instance/../../etc'])
      expect((await ask(`/computeMetadata/v1/${path}`)).status, path).toBe(404);
    expect((await ask('/latest/meta-data')).status).toBe(404);
  });

  verifies('metadata:directory-redirect', 'with Location and the path as body', async () => {
    const response = await ask('/computeMetadata/v1/instance');
    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/computeMetadata\/v1\/instance\/$/);
    expect(await response.text()).toBe('/computeMetadata/v1/instance/\n');
  });

  verifies('metadata:listing', 'exactly as on Cloud Run', async () => {
    expect(await (await ask('/computeMetadata/v1/instance/')).text()).toBe('id\nregion\nservice-accounts/\nzone\n');
    expect(await (await ask('/computeMetadata/v1/instance/service-accounts/')).text()).toBe(`default/\n${email}/\n`);
  });

  verifies('metadata:recursive', 'for Python’s default account', async () => {
    const response = await ask(`${account}/?recursive=true`);
    expect(response.headers.get('content-type')).toBe('application/json');
    const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
    expect(await response.json()).toEqual({ aliases: ['default'], email, scopes });
    const project = await (await ask('/computeMetadata/v1/project/?recursive=true')).json();
    expect(project).toEqual({ numericProjectId: 100000000001, projectId: 'run-edges-local' });
  });

  verifies('metadata:tree', 'with full paths for region and zone', async () => {
    const text = async (path: string) => (await ask(`/computeMetadata/v1/${path}`)).text();
    expect(await text('project/project-id')).toBe('run-edges-local');
    expect(await text('project/numeric-project-id')).toBe('100000000001');
    expect(await text('instance/region')).toBe('projects/100000000001/regions/us-central1');
    expect(await text('instance/zone')).toBe('projects/100000000001/zones/us-central1-1');
    expect(await text('instance/id')).toMatch(/^[0-9a-f]{64}$/);
    expect(await text('instance/service-accounts/default/email')).toBe(email);
    expect(await text('universe/universe-domain')).toBe('googleapis.com');
  });

  verifies('metadata:recursive-text', 'without tokens', async () => {
    const text = await (await ask('/computeMetadata/v1/project/?recursive=true&alt=text')).text();
    expect(text).toBe('numeric-project-id 100000000001\nproject-id run-edges-local\n');
    const whole = await (await ask('/computeMetadata/v1/?recursive=true&alt=text')).text();
    expect(whole).toContain(`instance/service-accounts/default/email ${email}\n`);
    expect(whole).not.toMatch(/token|identity/);
  });

  verifies('metadata:etag', 'and tokens none', async () => {
    for (const path of ['instance/id', 'instance/', 'project/?recursive=true'])
      expect((await ask(`/computeMetadata/v1/${path}`)).headers.get('etag'), path).toMatch(/^[0-9a-f]{16}$/);
    expect((await ask(`${account}/token`)).headers.get('etag')).toBeNull();
  });

  verifies('metadata:token-scopes', 'each set with a token of its own', async () => {
    const token = async (query: string) =>
      ((await (await ask(`${account}/token${query}`)).json()) as { access_token: string }).access_token;
    expect(await token('?scopes=a,b')).toBe(await token('?scopes=a,b'));
    expect(await token('?scopes=a,b')).not.toBe(await token(''));
  });

  verifies('metadata:access-token', 'opaque, and kept while it has life', async () => {
    const first = await (await ask(`${account}/token`)).json();
    const again = await (await ask(`/computeMetadata/v1/instance/service-accounts/${email}/token`)).json();
    expect(first).toEqual({
      access_token: expect.stringMatching(/^ya29\.[\w-]+$/),
      expires_in: 3599,
      token_type: 'Bearer',
    });
    expect(again).toEqual(first);
  });

  verifies('metadata:identity-audience', 'missing or empty', async () => {
    for (const query of ['', '?', '?audience=', '?format=full']) {
      const response = await ask(`${account}/identity${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toBe('non-empty audience parameter required\n');
    }
  });

  verifies('metadata:identity-unencoded', 'scheme, slashes and plus as they are', async () => {
    const token = await (await ask(`${account}/identity?format=full&audience=https://a.example/x+y`)).text();
    expect(decodeJwt(token).aud).toBe('https://a.example/x+y');
  });

  verifies('metadata:self-only', 'whatever account it names', async () => {
    for (const other of ['search-run@run-edges-local.iam.gserviceaccount.com', 'search', '*', 'default%2F..%2Fsearch'])
      for (const leaf of ['identity?audience=a', 'token', 'email', ''])
        expect((await ask(`/computeMetadata/v1/instance/service-accounts/${other}/${leaf}`)).status).toBe(404);
  });

  verifies('token:header', 'nothing more', async () => {
    const token = await (await ask(`${account}/identity?audience=a`)).text();
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'RS256',
      kid: expect.stringMatching(/^[0-9a-f]{40}$/),
      typ: 'JWT',
    });
  });

  verifies('token:claims', 'as Cloud Run’s metadata server gives them', async () => {
    const claims = decodeJwt(await (await ask(`${account}/identity?audience=https://x.example&format=full`)).text());
    expect(claims).toEqual({
      aud: 'https://x.example',
      azp: claims.sub,
      email,
      email_verified: true,
      exp: (claims.iat as number) + 3600,
      iat: expect.any(Number),
      iss: 'https://accounts.google.com',
      sub: expect.stringMatching(/^\d{21}$/),
    });
  });

  verifies('token:jwks', 'with Cache-Control', async () => {
    const response = await fetch(`${echo.cloud.url}/oauth2/v3/certs`);
    expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d+, must-revalidate, no-transform$/);
    const jwks = (await response.json()) as JSONWebKeySet;
    expect(jwks.keys[0]).toEqual({
      kty: 'RSA',
      alg: 'RS256',
      use: 'sig',
      kid: expect.any(String),
      n: expect.any(String),
      e: 'AQAB',
    });
    const token = await (await ask(`${account}/identity?audience=a`)).text();
    await jwtVerify(token, createLocalJWKSet(jwks), { issuer: 'https://accounts.google.com', audience: 'a' });
  });
});
