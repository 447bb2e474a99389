import { createHmac, createPublicKey } from 'node:crypto';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { base64url, decodeJwt, decodeProtectedHeader, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { indexFed, notReached } from './support/containers.ts';
import { edgesFile } from './support/repository.ts';

let clock = Math.floor(Date.now() / 1000);
let cloud: Cloud;
let search: string;
beforeAll(async () => {
  cloud = await startEmulator({ edges: edgesFile, now: () => clock });
  search = cloud.service('search').url;
  await indexFed(cloud);
});
afterAll(() => cloud.stop());

/** As `curl` would ask login's metadata server. */
async function tokenOf(caller: string, audience: string): Promise<string> {
  const { metadataHost } = cloud.service(caller).listed();
  const url = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/identity?audience=${audience}`;
  return (await fetch(url, { headers: { 'metadata-flavor': 'Google' } })).text();
}

/** Forgeries of a token that would otherwise be let in. */
async function forge(): Promise<Record<string, () => Promise<string>>> {
  const good = await tokenOf('user-profiles', search);
  const [, payload = '', signature = ''] = good.split('.');
  const header = { ...decodeProtectedHeader(good), alg: 'RS256' };
  const { keys } = (await (await fetch(`${cloud.url}/oauth2/v3/certs`)).json()) as {
    keys: [JWK & Record<string, string>];
  };
  const publicKey = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const head = (alg: string) => base64url.encode(JSON.stringify({ ...header, alg }));
  return {
    'another audience': () => tokenOf('user-profiles', 'https://elsewhere.example'),
    'another key': async () =>
      new SignJWT(decodeJwt(good)).setProtectedHeader(header).sign((await generateKeyPair('RS256')).privateKey),
    'alg none': async () => `${head('none')}.${payload}.`,
    'alg none, signature kept': async () => `${head('none')}.${payload}.${signature}`,
    'HS256 signed with the public key': async () =>
      `${head('HS256')}.${payload}.${createHmac('sha256', publicKey)
        .update(`${head('HS256')}.${payload}`)
        .digest('base64url')}`,
    expired: async () => {
      clock += 3600;
      return good;
    },
  };
}

describe('search behind its gate', () => {
  test('login’s own token for search: 403, with Google’s page', async () => {
    const token = await tokenOf('login', search);
    const response = await notReached(cloud, 'search', () =>
      fetch(`${search}/search?q=ada`, { headers: { authorization: `Bearer ${token}` } }),
    );
    expect(response.status).toBe(403);
    expect(response.headers.get('server')).toBe('Google Frontend');
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.text()).toContain(
      '<h2>Your client does not have permission to get URL <code>/search</code> from this server.</h2>',
    );
  });

  test('no token: 403', async () => {
    const response = await notReached(cloud, 'search', () => fetch(`${search}/search?q=ada`));
    expect(response.status).toBe(403);
  });

  test('search verifies its caller itself: a token without its signature is not enough', async () => {
    const token = await tokenOf('user-profiles', search);
    const ask = (headers: Record<string, string>) => fetch(`${search}/search?q=ada`, { headers });
    const stripped = await ask({ 'x-serverless-authorization': `Bearer ${token}` });
    expect(stripped.status).toBe(401);
    expect(stripped.headers.get('content-type')).toContain('application/problem+json');
    const whole = await ask({ authorization: `Bearer ${token}` });
    expect(whole.status).toBe(200);
    const both = await ask({ 'x-serverless-authorization': `Bearer ${token}`, authorization: `Bearer ${token}` });
    expect(both.status).toBe(200);
  });

  test('a good token is let in, and spoilt in any way it is 401', async () => {
    const good = { authorization: `Bearer ${await tokenOf('user-profiles', search)}` };
    expect((await fetch(`${search}/health/live`, { headers: good })).status).toBe(200);
    for (const [how, token] of Object.entries(await forge())) {
      const authorization = `Bearer ${await token()}`;
      const response = await notReached(cloud, 'search', () =>
        fetch(`${search}/health/live`, { headers: { authorization } }),
      );
      expect(response.status, how).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        'Bearer error="invalid_token" error_description="The access token could not be verified"',
      );
      expect(await response.text()).toContain('<h1>Error: Unauthorized</h1>');
    }
  });
});
