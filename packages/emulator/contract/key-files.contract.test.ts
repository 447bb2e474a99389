import { createPrivateKey } from 'node:crypto';
import { decodeJwt, type JWTPayload, SignJWT } from 'jose';
import { describe, expect, onTestFinished } from 'vitest';
import type { EmulatorOptions } from '../src/index.ts';
import { echoCloud } from './echo-cloud.ts';
import { verifies } from './verifies.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const clock = Math.floor(Date.now() / 1000);

/** login's key file, and an exchange of what is signed with it. */
async function keyFile(options: Partial<EmulatorOptions> = {}) {
  const echo = await echoCloud({ now: () => clock, ...options });
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const key = await echo.cloud.serviceAccountKey('login');
  const exchange = async (change: JWTPayload = {}, path = '/token') => {
    const claims = {
      iss: key.client_email,
      aud: key.token_uri,
      iat: clock,
      exp: clock + 60,
      target_audience: 'a',
      ...change,
    };
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.private_key_id })
      .sign(createPrivateKey(key.private_key));
    const body = new URLSearchParams({ grant_type: grantType, assertion });
    const response = await fetch(`${echo.cloud.url}${path}`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  return { echo, key, exchange };
}

describe('a key file', () => {
  verifies('exchange:key-file', 'and two files are of two keys', async () => {
    const { echo, key } = await keyFile();
    const email = 'login-run@run-edges-local.iam.gserviceaccount.com';
    expect(key).toEqual({
      type: 'service_account',
      project_id: 'run-edges-local',
      private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/),
      client_email: email,
      client_id: decodeJwt(await echo.cloud.idToken('login', 'a')).sub,
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: `${echo.cloud.url}/token`,
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
      universe_domain: 'googleapis.com',
    });
    expect((await echo.cloud.serviceAccountKey('login')).private_key_id).not.toBe(key.private_key_id);
  });

  verifies('exchange:deleted-key', 'while another of the same account goes on', async () => {
    const { echo, key, exchange } = await keyFile();
    const other = await echo.cloud.serviceAccountKey('login');
    const user = await echo.cloud.userCredentials('developer@example.com');
    const body = new URLSearchParams({ ...user, grant_type: 'refresh_token' });
    const answer = await fetch(`${echo.cloud.url}/token`, { method: 'POST', body });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const remove = (keyId: string) =>
      fetch(`${echo.cloud.url}/v1/projects/-/serviceAccounts/${key.client_email}/keys/${keyId}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await remove(other.private_key_id)).status).toBe(200);
    expect((await exchange()).status).toBe(200);
    expect((await remove(key.private_key_id)).status).toBe(200);
    expect(await exchange()).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
  });

  verifies('exchange:alias', 'with its own address as audience, too', async () => {
    const { echo, exchange } = await keyFile();
    const path = '/oauth2/v4/token';
    for (const aud of [`${echo.cloud.url}${path}`, 'https://www.googleapis.com/oauth2/v4/token'])
      expect((await exchange({ aud }, path)).status, aud).toBe(200);
  });

  verifies('exchange:subject', 'and stand in no token', async () => {
    const { key, exchange } = await keyFile();
    const { status, body } = await exchange({
      sub: key.client_email,
      scope: 'a b',
      email: 'eve@example.com',
      azp: 'eve',
    });
    expect(status).toBe(200);
    expect(decodeJwt(body.id_token ?? '')).toMatchObject({
      sub: key.client_id,
      email: key.client_email,
      azp: key.client_email,
    });
  });

  verifies('exchange:unknown-account', 'though the signature is good', async () => {
    const { exchange } = await keyFile();
    for (const iss of [
      'nobody@run-edges-local.iam.gserviceaccount.com',
      'search-run@run-edges-local.iam.gserviceaccount.com',
      '',
    ])
      expect(await exchange({ iss })).toEqual({
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Invalid grant: account not found' },
      });
  });

  verifies('exchange:skew', 'ahead and behind, and no more than it says', async () => {
    for (const [assertionSkew, seconds] of [
      [undefined, 300],
      [600, 600],
      [0, 0],
    ] as const) {
      const { exchange } = await keyFile(assertionSkew === undefined ? {} : { google: { assertionSkew } });
      const ahead = (by: number) => exchange({ iat: clock + by, exp: clock + by + 60 });
      expect((await ahead(seconds)).status).toBe(200);
      expect((await ahead(seconds + 1)).status).toBe(400);
      expect((await exchange({ iat: clock - 3000, exp: clock - seconds + 1 })).status).toBe(200);
      expect((await exchange({ iat: clock - 3000, exp: clock - seconds - 1 })).status).toBe(400);
    }
  });
});
