import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished } from 'vitest';
import { echoCloud } from './echo-cloud.ts';
import { googleSigned } from './google-signed.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;
const ADC = '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com';

async function emulator() {
  const echo = await echoCloud();
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const post = async (path: string, fields: object) => {
    const body = new URLSearchParams(fields as Record<string, string>);
    return (await fetch(`${echo.cloud.url}${path}`, { method: 'POST', body })).json();
  };
  return { echo, post };
}

interface UserTokens {
  readonly access_token: string;
  readonly id_token: string;
}

describe('ID tokens', () => {
  verifies('token:lifetime', 'of the metadata server, of a key file, of a user', async () => {
    const { echo, post } = await emulator();
    const { metadataHost } = echo.cloud.service('login').listed();
    const identity = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/identity?audience=a`;
    const user = await echo.cloud.userCredentials('dev@example.com');
    const tokens = [
      (await rawRequest(identity, ['Metadata-Flavor', 'Google'])).body,
      await echo.cloud.idToken('login', 'a'),
      ((await post('/token', { ...user, grant_type: 'refresh_token' })) as UserTokens).id_token,
    ];
    for (const token of tokens) {
      const { exp = 0, iat = 0 } = decodeJwt(token);
      expect(exp - iat).toBe(3600);
    }
  });

  verifies('token:discovery', 'at the addresses of this emulator', async () => {
    const { echo } = await emulator();
    const response = await fetch(`${echo.cloud.url}/.well-known/openid-configuration`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
    const found = (await response.json()) as Record<string, unknown>;
    expect(found).toMatchObject({
      issuer: 'https://accounts.google.com',
      jwks_uri: `${echo.cloud.url}/oauth2/v3/certs`,
      token_endpoint: `${echo.cloud.url}/token`,
      id_token_signing_alg_values_supported: ['RS256'],
      subject_types_supported: ['public'],
    });
    expect((await fetch(`${found.jwks_uri}`)).status).toBe(200);
  });

  verifies('token:user-claims', 'for gcloud and for application default credentials', async () => {
    const { echo, post } = await emulator();
    const user = await echo.cloud.userCredentials('dev@example.com');
    for (const client of [user.client_id, ADC]) {
      const fields = { ...user, client_id: client, grant_type: 'refresh_token' };
      const { access_token: accessToken, id_token: idToken } = (await post('/token', fields)) as UserTokens;
      expect(decodeJwt(idToken)).toMatchObject({
        aud: client,
        azp: client,
        email: 'dev@example.com',
        email_verified: true,
        hd: 'example.com',
        at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
      });
    }
    const mail = await echo.cloud.userCredentials('dev@gmail.com');
    const { id_token: ofGmail } = (await post('/token', { ...mail, grant_type: 'refresh_token' })) as UserTokens;
    expect(decodeJwt(ofGmail)).not.toHaveProperty('hd');
  });

  verifies('token:stable-subject', 'and another account has another', async () => {
    const subjects = async () => {
      const { echo } = await emulator();
      return Promise.all(['login', 'search'].map(async (name) => decodeJwt(await echo.cloud.idToken(name, 'a')).sub));
    };
    const first = await subjects();
    expect(first).toEqual([expect.stringMatching(/^\d{21}$/), expect.stringMatching(/^\d{21}$/)]);
    expect(first[0]).not.toBe(first[1]);
    expect(await subjects()).toEqual(first);
  });

  verifies('token:daily-keys', 'after two days', async () => {
    const { echo } = await emulator();
    const keys = async () => (await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).text();
    const before = await keys();
    echo.pass(2 * 24 * 3600);
    await echo.cloud.idToken('login', 'a');
    expect(await keys()).not.toBe(before);
  });
});

describe('ID tokens at a gate', () => {
  const claimsOf = async (token: string) => decodeJwt(token);
  const status = async (url: string, token: string) =>
    (await rawRequest(`${url}/`, ['Authorization', `Bearer ${token}`])).status;

  verifies('token:issuers', 'and none that looks like it', async () => {
    const { gates, sign } = await googleSigned();
    const claims = await claimsOf(await gates.cloud.idToken('open', gates.url('closed')));
    for (const iss of ['https://accounts.google.com', 'accounts.google.com'])
      expect(await status(gates.url('closed'), await sign({ ...claims, iss })), iss).toBe(200);
    for (const iss of [
      'https://accounts.google.com/',
      'http://accounts.google.com',
      'accounts.google.com.evil.example',
      '',
    ]) {
      expect(await status(gates.url('closed'), await sign({ ...claims, iss })), iss).toBe(401);
      expect(gates.newest()).toMatchObject({ rule: 'wrong-issuer' });
    }
  });

  verifies('token:email-optional', 'and an e-mail alone lets nobody in', async () => {
    const { gates, sign } = await googleSigned();
    const {
      email,
      email_verified: verified,
      ...bare
    } = await claimsOf(await gates.cloud.idToken('open', gates.url('closed')));
    expect(email).toBe(emailOf('open'));
    expect(await status(gates.url('closed'), await sign(bare))).toBe(200);
    expect(gates.newest()).toMatchObject({ caller: 'open', rule: 'invoker' });
    const stolen = {
      ...bare,
      sub: '100000000000000000000',
      azp: '100000000000000000000',
      email,
      email_verified: verified,
    };
    expect(await status(gates.url('closed'), await sign(stolen))).toBe(401);
    expect(gates.newest()).toMatchObject({ caller: 'anonymous', rule: 'unknown-principal' });
    const { sub: _, ...nobody } = bare;
    expect(await status(gates.url('closed'), await sign(nobody))).toBe(401);
    expect(gates.newest()).toMatchObject({ rule: 'malformed-token' });
  });
});
