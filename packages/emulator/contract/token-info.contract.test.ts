import { OAuth2Client } from 'google-auth-library';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { userToken } from './user-token.ts';
import { verifies } from './verifies.ts';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());

const email = 'login-run@run-edges-local.iam.gserviceaccount.com';
async function ask(query: string, init: RequestInit = {}, path = '/tokeninfo') {
  const response = await fetch(`${echo.cloud.url}${path}?${query}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
const invalid = { status: 400, body: { error: 'invalid_token', error_description: 'Invalid Value' } };

async function accessToken(): Promise<string> {
  const { metadataHost } = echo.cloud.service('login').listed();
  const url = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/token`;
  const response = await fetch(url, { headers: { 'Metadata-Flavor': 'Google' } });
  return ((await response.json()) as { access_token: string }).access_token;
}

describe('tokeninfo', () => {
  verifies('token-info:id-token', 'of a service and of a user, by query and by form', async () => {
    for (const token of [
      await echo.cloud.idToken('login', 'https://a.example'),
      await userToken(echo.cloud, 'dev@example.com'),
    ]) {
      const said = { ...decodeJwt(token), ...decodeProtectedHeader(token) };
      const texts = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, `${value}`]));
      expect(await ask(`id_token=${token}`)).toEqual({ status: 200, body: texts });
      expect(texts).toMatchObject({ email_verified: 'true', alg: 'RS256', typ: 'JWT' });
      const body = new URLSearchParams({ id_token: token });
      expect(await ask('', { method: 'POST', body })).toEqual({ status: 200, body: texts });
      expect(await ask(`id_token=${token}`, {}, '/oauth2/v3/tokeninfo')).toEqual({ status: 200, body: texts });
    }
  });

  verifies('token-info:id-token', 'and nothing of one that is not good', async () => {
    const token = await echo.cloud.idToken('login', 'https://a.example');
    const hmac = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: 'HS256', kid: `${decodeProtectedHeader(token).kid}` })
      .sign(Buffer.alloc(32));
    for (const bad of [
      '',
      'x',
      `${token.slice(0, -8)}AAAAAAAA`,
      token.replace(/[^.]+$/, ''),
      hmac,
      await accessToken(),
    ])
      expect(await ask(`id_token=${bad}`), bad.slice(-20)).toEqual(invalid);
    expect(await ask('')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    echo.pass(3600);
    expect(await ask(`id_token=${token}`)).toEqual(invalid);
  });

  verifies('token-info:access-token', 'of a service, and of a user as Node’s client library asks', async () => {
    const token = await accessToken();
    const { body } = await ask(`access_token=${token}`);
    expect(body).toMatchObject({
      azp: expect.stringMatching(/^\d{21}$/),
      aud: body.azp,
      email,
      email_verified: 'true',
      scope: expect.stringContaining('cloud-platform'),
      expires_in: expect.stringMatching(/^3[56]\d\d$/),
    });
    const user = await echo.cloud.userCredentials('dev@example.com');
    const client = new OAuth2Client({ endpoints: { tokenInfoUrl: `${echo.cloud.url}/tokeninfo` } });
    const refreshed = await fetch(`${echo.cloud.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...user, grant_type: 'refresh_token' }),
    });
    const { access_token } = (await refreshed.json()) as { access_token: string };
    expect(await client.getTokenInfo(access_token)).toMatchObject({
      email: 'dev@example.com',
      aud: '32555940559.apps.googleusercontent.com',
      scopes: expect.arrayContaining(['openid', 'email']),
    });
    for (const bad of ['x', 'ya29.x', await echo.cloud.idToken('login', 'a')])
      expect(await ask(`access_token=${bad}`), bad.slice(0, 10)).toEqual(invalid);
  });
});
