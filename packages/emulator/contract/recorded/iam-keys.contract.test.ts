import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createLocalJWKSet, exportPKCS8, generateKeyPair, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { certify } from '../../src/identity/keys/certificates.ts';
import { makeSigningKey } from '../../src/identity/keys/signing-key.ts';
import { type AdminCloud, emailOf, preparedCloud, project } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';
import { type KeyFile, signIn } from './sign-in.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const email = emailOf('search-run');
const keys = `/v1/projects/-/serviceAccounts/${email}/keys`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const unbase64 = (text: string) => Buffer.from(text, 'base64').toString();

async function made(): Promise<{ name: string; file: KeyFile }> {
  const { body } = await admin.call('POST', `${keys}?alt=json`, { privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE' });
  return { name: body.name, file: JSON.parse(unbase64(body.privateKeyData)) };
}

describe('keys of service accounts', () => {
  verifies('key:listed', 'as gcloud lists them', async () => {
    const { name } = await made();
    const { body } = await admin.call('GET', keys);
    const mine = body.keys.find((key: { name: string }) => key.name === name);
    expect(mine).toEqual({
      name,
      keyAlgorithm: 'KEY_ALG_RSA_2048',
      keyOrigin: 'GOOGLE_PROVIDED',
      keyType: 'USER_MANAGED',
      validAfterTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      validBeforeTime: '9999-12-31T23:59:59Z',
    });
    expect(Math.abs(Date.parse(mine.validAfterTime) - Date.now())).toBeLessThan(600_000);
    const ofGoogle = body.keys.filter((key: { keyType: string }) => key.keyType === 'SYSTEM_MANAGED');
    expect(ofGoogle).toHaveLength(1);
    expect(Date.parse(ofGoogle[0].validBeforeTime)).toBeGreaterThan(Date.now());
    const types = async (query: string) => {
      const answer = await admin.call('GET', `${keys}?${query}`);
      return [...new Set(answer.body.keys.map(({ keyType }: { keyType: string }) => keyType))].sort();
    };
    expect(await types('keyTypes=USER_MANAGED')).toEqual(['USER_MANAGED']);
    expect(await types('keyTypes=SYSTEM_MANAGED')).toEqual(['SYSTEM_MANAGED']);
    expect(await types('keyTypes=USER_MANAGED&keyTypes=SYSTEM_MANAGED')).toEqual(['SYSTEM_MANAGED', 'USER_MANAGED']);
    expect((await admin.call('GET', `${keys}?keyTypes=OTHER`)).status).toBe(400);
  });

  verifies('key:public', 'of users’ keys and of Google’s own', async () => {
    const { name, file } = await made();
    const spki = createPublicKey(createPrivateKey(file.private_key)).export({ type: 'spki', format: 'pem' });
    const get = async (type: string, of = name) => (await admin.call('GET', `/v1/${of}?publicKeyType=${type}`)).body;
    expect(await get('TYPE_NONE')).not.toHaveProperty('publicKeyData');
    expect(unbase64((await get('TYPE_RAW_PUBLIC_KEY')).publicKeyData)).toBe(spki);
    const certificate = new X509Certificate(unbase64((await get('TYPE_X509_PEM_FILE')).publicKeyData));
    expect(certificate.publicKey.export({ type: 'spki', format: 'pem' })).toBe(spki);
    const { body } = await admin.call('GET', `${keys}?keyTypes=SYSTEM_MANAGED`);
    const own = await get('TYPE_X509_PEM_FILE', body.keys[0].name);
    expect(new X509Certificate(unbase64(own.publicKeyData)).publicKey.asymmetricKeyType).toBe('rsa');
    expect((await get('TYPE_OTHER')).error.status).toBe('INVALID_ARGUMENT');
    expect((await get('TYPE_NONE', `${name}0`)).error.status).toBe('NOT_FOUND');
  });

  verifies('key:disable', 'as often as one likes', async () => {
    const { name, file } = await made();
    const status = async () => (await signIn(admin.cloud.url, file)).status;
    expect(await status()).toBe(200);
    expect((await admin.call('POST', `/v1/${name}:disable?alt=json`, {})).body).toEqual({});
    expect(await signIn(admin.cloud.url, file)).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
    expect((await admin.call('GET', `/v1/${name}`)).body).toMatchObject({ disabled: true });
    expect((await admin.call('POST', `/v1/${name}:enable?alt=json`, {})).body).toEqual({});
    expect(await status()).toBe(200);
    expect((await admin.call('GET', `/v1/${name}`)).body).not.toHaveProperty('disabled');
    const { body } = await admin.call('GET', `${keys}?keyTypes=SYSTEM_MANAGED`);
    for (const method of [':disable', ':enable'])
      expect((await admin.call('POST', `/v1/${body.keys[0].name}${method}`, {})).status).toBe(400);
    expect((await admin.call('DELETE', `/v1/${body.keys[0].name}`)).status).toBe(400);
    expect((await admin.call('POST', `/v1/${name}0:disable`, {})).status).toBe(404);
  });

  verifies('key:upload', 'and nothing that is no certificate of an RSA key', async () => {
    const own = await makeSigningKey();
    const certificate = await certify(own, 'CN=unused');
    const upload = `${keys}:upload?alt=json`;
    const { status, body } = await admin.call('POST', upload, { publicKeyData: base64(certificate) });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ keyOrigin: 'USER_PROVIDED', keyType: 'USER_MANAGED' });
    const { validTo } = new X509Certificate(certificate);
    expect(Date.parse(body.validBeforeTime)).toBe(Date.parse(validTo));
    const keyId = body.name.split('/').at(-1);
    const file = { private_key: await exportPKCS8(own.privateKey), client_email: email, private_key_id: keyId };
    expect((await signIn(admin.cloud.url, file)).status).toBe(200);
    expect((await admin.call('POST', upload, { publicKeyData: base64(certificate) })).status).toBe(409);
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' });
    for (const publicKeyData of [undefined, '', 7, 'no base64', base64('text'), base64(`${small}`)])
      expect((await admin.call('POST', upload, { publicKeyData })).body.error, `${publicKeyData}`).toMatchObject({
        status: 'INVALID_ARGUMENT',
        details: [{ fieldViolations: [{ field: 'public_key_data' }] }],
      });
    expect((await admin.call('DELETE', `/v1/${body.name}`)).status).toBe(200);
    expect((await signIn(admin.cloud.url, file)).status).toBe(400);
  });

  verifies('key:certificates', 'without a sign-in', async () => {
    const { file } = await made();
    const read = async (path: string) => (await fetch(`${admin.cloud.url}${path}/${encodeURIComponent(email)}`)).json();
    const certificates = (await read('/robot/v1/metadata/x509')) as Record<string, string>;
    const spki = createPublicKey(createPrivateKey(file.private_key)).export({ type: 'spki', format: 'pem' });
    const mine = new X509Certificate(certificates[file.private_key_id] ?? '');
    expect(mine.publicKey.export({ type: 'spki', format: 'pem' })).toBe(spki);
    expect(Object.keys(certificates).length).toBeGreaterThan(1);
    await admin.call('POST', `/v1/projects/${project}/serviceAccounts/${email}:setIamPolicy`, {
      policy: {
        bindings: [{ role: 'roles/iam.serviceAccountTokenCreator', members: ['user:developer@example.com'] }],
      },
    });
    const payload = JSON.stringify({ sub: email });
    const signed = await admin.call('POST', `/v1/projects/-/serviceAccounts/${email}:signJwt`, { payload });
    for (const path of ['/robot/v1/metadata/jwk', '/service_accounts/v1/metadata/jwk']) {
      const set = createLocalJWKSet((await read(path)) as JSONWebKeySet);
      expect((await jwtVerify(signed.body.signedJwt, set)).payload.sub).toBe(email);
    }
    expect(certificates).toHaveProperty(signed.body.keyId);
    const { publicKey } = await generateKeyPair('RS256');
    await expect(jwtVerify(signed.body.signedJwt, publicKey)).rejects.toThrow();
  });
});
