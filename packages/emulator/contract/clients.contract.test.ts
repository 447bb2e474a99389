import { X509Certificate } from 'node:crypto';
import { OAuth2Client } from 'google-auth-library';
import { importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { verifies } from './verifies.ts';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());

const certificates = async () =>
  (await (await fetch(`${echo.cloud.url}/oauth2/v1/certs`)).json()) as Record<string, string>;
const jwks = async () => (await (await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).json()) as { keys: JWK[] };

async function leaf(path: string): Promise<{ type: string | null; body: string }> {
  const { metadataHost } = echo.cloud.service('login').listed();
  const url = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/${path}`;
  const response = await fetch(url, { headers: { 'Metadata-Flavor': 'Google' } });
  return { type: response.headers.get('content-type'), body: await response.text() };
}

describe('what client libraries fetch', () => {
  verifies('token:pem-certs', 'and a withdrawn key’s certificate is gone', async () => {
    const response = await fetch(`${echo.cloud.url}/oauth2/v1/certs`);
    const { headers } = await fetch(`${echo.cloud.url}/oauth2/v3/certs`);
    expect(response.headers.get('cache-control')).toBe(headers.get('cache-control'));
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);

    const before = await certificates();
    const { keys } = await jwks();
    expect(Object.keys(before)).toEqual(keys.map(({ kid }) => kid));
    for (const key of keys) {
      const certificate = new X509Certificate(before[key.kid ?? ''] ?? '');
      expect(certificate.subject).toBe('CN=federated-signon.system.gserviceaccount.com');
      expect(certificate.issuer).toBe(certificate.subject);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.ca).toBe(false);
      expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ n: key.n, e: key.e });
      await importJWK(key);
    }
    expect(await certificates()).toEqual(before);

    await echo.cloud.rotateKeys({ withdraw: true });
    const after = await certificates();
    expect(Object.keys(after)).toEqual((await jwks()).keys.map(({ kid }) => kid));
    expect(Object.keys(after)).not.toContain(keys[0]?.kid);
  });

  verifies('token:pem-certs', 'by which google-auth-library verifies, and refuses other tokens', async () => {
    const client = new OAuth2Client({
      endpoints: { oauth2FederatedSignonPemCertsUrl: `${echo.cloud.url}/oauth2/v1/certs` },
    });
    const verify = (idToken: string, audience = 'https://a.example') => client.verifyIdToken({ idToken, audience });
    const token = await echo.cloud.idToken('login', 'https://a.example');
    expect((await verify(token)).getPayload()).toMatchObject({ email_verified: true, aud: 'https://a.example' });
    await expect(verify(token, 'https://b.example')).rejects.toThrow(/audience/);
    await expect(verify(`${token.slice(0, -8)}AAAAAAAA`)).rejects.toThrow(/signature/);
    await using other = await echoCloud();
    await expect(verify(await other.cloud.idToken('login', 'https://a.example'))).rejects.toThrow(/No pem found/);
  });

  verifies('metadata:alt', 'for text and lists', async () => {
    const email = 'login-run@run-edges-local.iam.gserviceaccount.com';
    const scope = 'https://www.googleapis.com/auth/cloud-platform';
    expect(await leaf('email?alt=json')).toEqual({ type: 'application/json', body: `"${email}"` });
    expect(await leaf('email?alt=text')).toEqual({ type: 'application/text', body: email });
    expect(await leaf('scopes?alt=json')).toEqual({ type: 'application/json', body: `["${scope}"]` });
    expect(await leaf('scopes')).toEqual({ type: 'application/text', body: `${scope}\n` });
  });
});
