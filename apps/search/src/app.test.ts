import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildApp } from './app.ts';
import { type Google, startGoogle } from './testing/google.ts';

const SERVICE_URL = 'http://127.0.0.1:8083';
const CALLER = 'user-profiles-run@demo.iam.gserviceaccount.com';
const config = { PORT: 0, LOG_LEVEL: 'silent', PLAIN_HTTP_HOSTS: '', SERVICE_URL, ALLOWED_CALLERS: CALLER } as const;
const ada = { version: 1, name: 'Ada', title: 'Engineer', team: 'Engines', city: 'London', skills: ['C'], bio: '' };

let google: Google;
beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google[Symbol.asyncDispose]());

let app: Awaited<ReturnType<typeof buildApp>>;
let authorization: string;
beforeEach(async () => {
  app = await buildApp({ ...config, GOOGLE_CERTS_URL: google.certsUrl });
  authorization = `Bearer ${await google.idToken({ aud: SERVICE_URL, email: CALLER })}`;
});
afterEach(() => app.close());

const call = (method: 'GET' | 'PUT' | 'DELETE', url: string, payload?: unknown) =>
  app.inject({
    method,
    url,
    headers: { authorization, ...(payload !== undefined && { 'content-type': 'application/json' }) },
    ...(payload !== undefined && { payload: JSON.stringify(payload) }),
  });

describe('with a token of user-profiles', () => {
  test('what was put is found, and what was deleted is not', async () => {
    expect((await call('PUT', '/documents/ada', ada)).json()).toEqual({ id: 'ada', version: 1, applied: true });
    expect((await call('GET', '/search?q=ad')).json()).toEqual({
      hits: [
        {
          id: 'ada',
          version: 1,
          cursor: expect.any(String),
          highlights: {
            name: [
              { text: 'Ad', match: true },
              { text: 'a', match: false },
            ],
          },
        },
      ],
    });
    expect((await call('DELETE', '/documents/ada?version=2')).json()).toEqual({ id: 'ada', version: 2, applied: true });
    expect((await call('GET', '/search?q=ada')).json()).toEqual({ hits: [] });
  });

  test('an overtaken delivery is acknowledged and changes nothing', async () => {
    await call('PUT', '/documents/ada', { ...ada, version: 5 });
    const answer = await call('PUT', '/documents/ada', { ...ada, name: 'Grace', version: 4 });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ id: 'ada', version: 5, applied: false });
  });

  test.each([
    ['/search', 400],
    ['/search?q=', 400],
    [`/search?q=${'a'.repeat(201)}`, 400],
    ['/search?q=a&limit=0', 400],
    ['/search?q=a&limit=101', 400],
    ['/search?q=a&limit=ten', 400],
    ['/search?q=a&limit=1.5', 400],
    ['/search?q=a&q=b', 400],
    ['/search?q=a&sort=name', 400],
    ['/search?q=%00', 400],
    ['/search?q=%ff', 400],
    ['/search?q=%22', 200],
    ['/search?q=AND', 200],
    ['/search?q=name%3A%20NEAR(', 200],
    ['/search?q=%3Cscript%3E', 200],
    ["/search?q=';DROP%20TABLE%20documents;--", 200],
  ])('GET %s is %i', async (url, status) => {
    const answer = await call('GET', url);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/(problem\+)?json/);
  });

  test.each([
    ['no version', { ...ada, version: undefined }],
    ['version 0', { ...ada, version: 0 }],
    ['version as text', { ...ada, version: '1' }],
    ['version beyond exact numbers', { ...ada, version: 2 ** 60 }],
    ['a fraction', { ...ada, version: 1.5 }],
    ['no name', { ...ada, name: undefined }],
    ['empty name', { ...ada, name: '' }],
    ['name as number', { ...ada, name: 7 }],
    ['long name', { ...ada, name: 'a'.repeat(201) }],
    ['NUL in a name', { ...ada, name: 'a\0' }],
    ['skills as text', { ...ada, skills: 'C' }],
    ['too many skills', { ...ada, skills: Array(51).fill('C') }],
    ['unknown field', { ...ada, hidden: true }],
    ['null', null],
    ['list', [ada]],
  ])('PUT with %s is 400 and stores nothing', async (_case, payload) => {
    const answer = await call('PUT', '/documents/ada', payload);
    expect(answer.statusCode).toBe(400);
    expect((await app.inject('/health/ready')).json()).toMatchObject({ documents: 0 });
  });

  test.each([
    ['PUT', '/documents/a%20b'],
    ['PUT', '/documents/..%2f..'],
    ['PUT', `/documents/${'a'.repeat(65)}`],
    ['DELETE', '/documents/ada'],
    ['DELETE', '/documents/ada?version=0'],
    ['DELETE', '/documents/ada?version=-1'],
    ['DELETE', '/documents/ada?version=1e3'],
    ['DELETE', `/documents/ada?version=${'9'.repeat(16)}`],
  ] as const)('%s %s is 400', async (method, url) => {
    expect((await call(method, url, method === 'PUT' ? ada : undefined)).statusCode).toBe(400);
  });
});

describe('who may call', () => {
  const status = async (token: string) =>
    (await app.inject({ url: '/search?q=a', headers: { authorization: `Bearer ${token}` } })).statusCode;

  test.each(['/search?q=a', '/documents/ada'])('nobody without a token: %s', async (url) => {
    expect((await app.inject({ url, method: url.startsWith('/s') ? 'GET' : 'DELETE' })).statusCode).toBe(401);
  });

  test('another caller is refused', async () => {
    const token = await google.idToken({ aud: SERVICE_URL, email: 'login-run@demo.iam.gserviceaccount.com' });
    expect(await status(token)).toBe(403);
  });

  test('a token for another service is refused', async () => {
    expect(await status(await google.idToken({ aud: 'http://127.0.0.1:8082', email: CALLER }))).toBe(401);
  });

  test('an expired token is refused', async () => {
    const exp = Math.floor(Date.now() / 1_000) - 3_600;
    expect(await status(await google.idToken({ aud: SERVICE_URL, email: CALLER, exp }))).toBe(401);
  });

  test('a token without its signature is refused, although the front end vouched for it', async () => {
    const token = authorization.replace(/^Bearer /, '').replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');
    expect(await status(token)).toBe(401);
  });

  test('a token signed with another key under the same id is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const claims = {
      aud: SERVICE_URL,
      email: CALLER,
      email_verified: true,
      sub: '1',
      iss: 'https://accounts.google.com',
    };
    const forged = new SignJWT(claims).setIssuedAt().setExpirationTime('1h');
    const header = { alg: 'RS256', kid: 'a'.repeat(40), jwk: await exportJWK(publicKey) };
    expect(await status(await forged.setProtectedHeader(header).sign(privateKey))).toBe(401);
  });

  test('nobody at all when the declaration lets nobody call', async () => {
    await using closed = await buildApp({ ...config, ALLOWED_CALLERS: '', GOOGLE_CERTS_URL: google.certsUrl });
    expect((await closed.inject({ url: '/search?q=a', headers: { authorization } })).statusCode).toBe(403);
  });

  test('health needs no token', async () => {
    expect((await app.inject('/health/live')).json()).toMatchObject({ status: 'ok', service: 'search' });
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
  });
});
